import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Histogram from 'prom-client/lib/histogram.js';
import { statusCode } from './metric-labels.ts';

/** Metrics under the names, units and buckets of Ratify v1, for the dashboards that query them. */
export interface RatifyMetrics {
  request(kind: 'verification' | 'mutation', seconds: number): void;
  verifier(name: string, success: boolean, seconds: number): void;
  systemError(code: string): void;
  registryRequest(host: string, status: number): void;
  /** One manifest or blob was read, from the cache or not. */
  blobCache(hit: boolean): void;
}

const HUNDREDS = [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000];
const MUTATION_BUCKETS = [0, 10, 30, 50, ...HUNDREDS, 1100, 1200, 1400, 1600, 1800];
const VERIFICATION_BUCKETS = [...MUTATION_BUCKETS, 2000, 2300, 2600, 4000, 4400, 4900];
const VERIFIER_BUCKETS = [0, 10, 50, 100, 200, 300, 400, 600, 800, 1100, 1500, 2000];

/**
 * Ratify's labels `subject` and `error` (of verifiers) are left out: they hold references and free texts without bound.
 * Namespaces too: one decision serves many.
 */
export function createRatifyMetrics(registers: Registry[]): RatifyMetrics {
  const verification = new Histogram({
    name: 'ratify_verification_request',
    help: 'Time of a verification request, in milliseconds.',
    buckets: VERIFICATION_BUCKETS,
    registers,
  });
  const mutation = new Histogram({
    name: 'ratify_mutation_request',
    help: 'Time of a mutation request, in milliseconds.',
    buckets: MUTATION_BUCKETS,
    registers,
  });
  const verifierDuration = new Histogram({
    name: 'ratify_verifier_duration',
    help: 'Time that a verifier took for one artifact, in milliseconds.',
    labelNames: ['verifier', 'success'] as const,
    buckets: VERIFIER_BUCKETS,
    registers,
  });
  const systemErrors = new Counter({
    name: 'ratify_system_error_count_total',
    help: 'Requests answered with an error of the whole; the label is its code.',
    labelNames: ['error'] as const,
    registers,
  });
  const registryRequests = new Counter({
    name: 'ratify_registry_request_count_total',
    help: 'Requests to registries.',
    labelNames: ['status_code', 'registry_host'] as const,
    registers,
  });
  const blobCache = new Counter({
    name: 'ratify_blob_cache_count_total',
    help: 'Manifests and blobs read, from the cache or not.',
    labelNames: ['hit'] as const,
    registers,
  });
  return {
    request: (kind, seconds) => (kind === 'verification' ? verification : mutation).observe(seconds * 1000),
    verifier: (verifier, success, seconds) =>
      verifierDuration.observe({ verifier, success: String(success) }, seconds * 1000),
    systemError: (error) => systemErrors.inc({ error }),
    registryRequest: (host, status) => registryRequests.inc({ status_code: statusCode(status), registry_host: host }),
    blobCache: (hit) => blobCache.inc({ hit: String(hit) }),
  };
}
