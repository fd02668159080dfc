import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import { CATALOGUE } from '../errors.ts';
import type { ShedReason } from './load/shed.ts';
import { BoundedLabel, statusClass } from './metric-labels.ts';
import { createRatifyMetrics } from './metrics-ratify.ts';
import { Tally } from './tally.ts';

/** What the service tells of itself, in numbers. Every label has a bounded set of values. */
export interface Metrics {
  /** One HTTP request was answered. `route`: the pattern, never the URL; `''`: none fitted. */
  request(route: string, status: number, seconds: number, provider?: Provider): void;
  /** One policy decided; `code`: of the first violation or of the fault, `''` where there is none. */
  decision(policy: string, outcome: DecisionOutcome, code: string): void;
  stage(stage: Stage, seconds: number): void;
  /** One verifier looked at one artifact. */
  verifier(event: VerifierRan): void;
  cache(cache: CacheName, event: CacheEvent): void;
  cacheSize(cache: CacheName, size: { readonly entries: number; readonly bytes: number }): void;
  /** One exchange with a registry; `status` 0: no answer came. */
  registryRequest(event: { readonly host: string; readonly status: number }): void;
  /** Decisions being made now. */
  flights(running: number): void;
  /** Decisions that wait to begin. */
  queue(waiting: number): void;
  /** One waited so long to begin. */
  waited(seconds: number): void;
  /** Something was refused because there is too much to do. */
  shed(reason: ShedReason): void;
  deadlineMissed(): void;
  /** A request was answered with an error of the whole: no decision for any of its keys. */
  systemError(code: string): void;
  reload(outcome: 'ok' | 'failed'): void;
  /** Number of the configuration at work. */
  generation(number: number): void;
  /** Certificates in use; one that is used no more is no longer listed. Of several in one role, the first to expire. */
  certificates(certificates: ReadonlyArray<{ readonly role: CertificateRole; readonly notAfter: Date }>): void;
  /** Everything, in the format of `contentType`. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** What a provider was asked by Gatekeeper. */
export type Provider = 'verification' | 'mutation';

export interface VerifierRan {
  /** As configured. */
  readonly name: string;
  readonly seconds: number;
  /** Of its best report. */
  readonly outcome: 'verified' | 'present' | 'failed' | 'errored';
}

export type DecisionOutcome = 'allow' | 'deny' | 'undecided' | 'error';
export type Stage = 'resolve' | 'gather' | 'policy';
/** `content`: manifests and blobs by digest, in memory; `disk`: the same on a disk. */
export type CacheName = 'decision' | 'content' | 'disk';
export type CacheEvent = 'hit' | 'stale' | 'miss' | 'joined' | 'discarded' | 'skipped' | 'fault';
export type CertificateRole = 'server' | 'client-ca';

export interface MetricsOptions {
  /** Registries that have a label of their own however many others come first. */
  readonly hosts?: readonly string[];
}

/** A warm answer takes a millisecond, a cold one some hundred; Gatekeeper waits 3 s, a CI job a minute. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60];

/** Codes of rules, besides those of the catalogue. */
const MAX_RULE_CODES = 200;
const MAX_HOSTS = 100;
const MAX_POLICIES = 100;
const MAX_VERIFIERS = 100;
/** The application has about ten. */
const MAX_ROUTES = 50;

/** Metrics in a registry of their own, those of Ratify v1 that mean the same under its names too, for its dashboards. */
export function createMetrics({ hosts = [] }: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const made = nativeMetrics(registers);
  const hostLabel = new BoundedLabel(MAX_HOSTS, hosts);
  const codeLabel = new BoundedLabel(MAX_RULE_CODES, ['', ...Object.keys(CATALOGUE)]);
  const policyLabel = new BoundedLabel(MAX_POLICIES);
  const verifierLabel = new BoundedLabel(MAX_VERIFIERS);
  const routeLabel = new BoundedLabel(MAX_ROUTES);
  const ratify = createRatifyMetrics(registers);

  return {
    request: (route, status, measured, provider) => {
      const seconds = amount(measured);
      const label = routeLabel.of(route === '' ? 'none' : route);
      made.requests.add(label, statusClass(status));
      made.requestSeconds.observe({ route: label }, seconds);
      if (provider !== undefined) ratify.request(provider, seconds);
    },
    decision: (policy, outcome, code) => made.decisions.add(policyLabel.of(policy), outcome, codeLabel.of(code)),
    stage: (stage, seconds) => made.stageSeconds.observe({ stage }, amount(seconds)),
    verifier: ({ name, seconds: measured, outcome }) => {
      const seconds = amount(measured);
      const verifier = verifierLabel.of(name);
      made.verifierSeconds.observe({ verifier, outcome }, seconds);
      ratify.verifier(verifier, outcome === 'verified', seconds);
    },
    cache: (cache, event) => {
      made.cacheEvents.add(cache, event);
      if (cache === 'content') ratify.blobCache(event === 'hit');
    },
    cacheSize: (cache, { entries, bytes }) => {
      made.cacheEntries.set({ cache }, entries);
      made.cacheBytes.set({ cache }, bytes);
    },
    registryRequest: ({ host, status }) => {
      const label = hostLabel.of(host);
      made.registryRequests.inc({ host: label, status: statusClass(status) });
      ratify.registryRequest(label, status);
    },
    flights: (running) => made.flights.set(running),
    queue: (waiting) => made.queueLength.set(waiting),
    waited: (seconds) => made.queueSeconds.observe(amount(seconds)),
    shed: (reason) => made.shed.inc({ reason }),
    deadlineMissed: () => made.deadlines.inc(),
    systemError: (code) => {
      const label = codeLabel.of(code);
      made.systemErrors.inc({ code: label });
      ratify.systemError(label);
    },
    reload: (outcome) => made.reloads.inc({ outcome }),
    generation: (number) => made.generation.set(number),
    certificates: (certificates) => {
      made.certificateExpiry.reset();
      for (const [role, all] of Map.groupBy(certificates, (certificate) => certificate.role)) {
        const first = Math.min(...all.map(({ notAfter }) => notAfter.getTime()));
        made.certificateExpiry.set({ role }, first / 1000);
      }
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** prom-client throws on what is no number; a clock that jumped must not fail a request. */
const amount = (value: number): number => (Number.isFinite(value) && value > 0 ? value : 0);

/** The table of metrics. */
function nativeMetrics(registers: Registry[]) {
  return {
    requests: new Tally({
      name: 'verdict_http_requests_total',
      help: 'HTTP requests answered, by route and class of status.',
      labelNames: ['route', 'status'] as const,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'verdict_http_request_duration_seconds',
      help: 'Time until an HTTP request was answered, by route.',
      labelNames: ['route'] as const,
      buckets: SECONDS,
      registers,
    }),
    decisions: new Tally({
      name: 'verdict_decisions_total',
      help: 'Decisions, by policy, outcome and code of the first violation or of the fault.',
      labelNames: ['policy', 'outcome', 'code'] as const,
      registers,
    }),
    stageSeconds: new Histogram({
      name: 'verdict_stage_duration_seconds',
      help: 'Time that one stage of a decision took.',
      labelNames: ['stage'] as const,
      buckets: SECONDS,
      registers,
    }),
    verifierSeconds: new Histogram({
      name: 'verdict_verifier_duration_seconds',
      help: 'Time that a verifier took for one artifact, by name and outcome.',
      labelNames: ['verifier', 'outcome'] as const,
      buckets: SECONDS,
      registers,
    }),
    cacheEvents: new Tally({
      name: 'verdict_cache_events_total',
      help: 'How caches were met: hit, stale, miss, joined (another caller had begun); on the disk also discarded (a file was damaged), skipped (not tried) and fault (a call failed).',
      labelNames: ['cache', 'event'] as const,
      registers,
    }),
    cacheEntries: new Gauge({
      name: 'verdict_cache_entries',
      help: 'Entries in a cache.',
      labelNames: ['cache'] as const,
      registers,
    }),
    cacheBytes: new Gauge({
      name: 'verdict_cache_bytes',
      help: 'Bytes in a cache.',
      labelNames: ['cache'] as const,
      registers,
    }),
    registryRequests: new Counter({
      name: 'verdict_registry_requests_total',
      help: 'Requests to registries, by host and class of status; `none`: no answer came.',
      labelNames: ['host', 'status'] as const,
      registers,
    }),
    flights: new Gauge({
      name: 'verdict_flights',
      help: 'Decisions being made.',
      registers,
    }),
    queueLength: new Gauge({
      name: 'verdict_queue_length',
      help: 'Decisions that wait to begin.',
      registers,
    }),
    queueSeconds: new Histogram({
      name: 'verdict_queue_wait_seconds',
      help: 'Time that decisions waited to begin; those that began at once are not counted.',
      buckets: SECONDS,
      registers,
    }),
    shed: new Counter({
      name: 'verdict_shed_total',
      help: 'What was refused because there was too much to do, by reason: queue, patience, loop, connections.',
      labelNames: ['reason'] as const,
      registers,
    }),
    deadlines: new Counter({
      name: 'verdict_deadlines_missed_total',
      help: 'Requests whose deadline passed before the decision was made.',
      registers,
    }),
    systemErrors: new Counter({
      name: 'verdict_system_errors_total',
      help: 'Requests answered with an error of the whole, by code.',
      labelNames: ['code'] as const,
      registers,
    }),
    reloads: new Counter({
      name: 'verdict_policy_reloads_total',
      help: 'Configurations and policies read again, by outcome.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    generation: new Gauge({
      name: 'verdict_policy_generation',
      help: 'Number of the configuration at work.',
      registers,
    }),
    certificateExpiry: new Gauge({
      name: 'verdict_certificate_expiry_timestamp_seconds',
      help: 'When the first certificate of a role expires, in seconds since the epoch.',
      labelNames: ['role'] as const,
      registers,
    }),
  };
}
