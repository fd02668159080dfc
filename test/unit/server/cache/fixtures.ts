import { type Decision, denial, type Finding } from '../../../../src/decision.ts';
import type { EvidenceSet } from '../../../../src/evidence.ts';
import type { Artifact, Discovery, Report } from '../../../../src/generated/evidence.ts';
import { report } from '../../../../src/report.ts';

export const TIME = new Date('2026-11-21T10:00:00.000Z');
export const NOW = TIME.getTime();
export const DIGEST = `sha256:${'a'.repeat(64)}`;

/** An instant some milliseconds after {@link TIME}. */
export const at = (ms: number): string => new Date(NOW + ms).toISOString();

export const DENY: Decision = denial('POLICY_NO_REASON', 'no');
export const ALLOW: Decision = { ...DENY, allow: true, violations: [] };

const FINDING = DENY.violations[0];
if (FINDING === undefined) throw new Error('a denial has a reason');

export const finding = (effective_on = ''): Finding => ({ ...FINDING, effective_on });
export const exception = (until: string): Decision['exceptions'][number] => ({
  ...FINDING,
  until,
  reason: '',
  reference: '',
});

export const question = (outcome: Discovery['outcome'], retryable?: boolean): Discovery => ({
  subject: DIGEST,
  source: 'referrers-api',
  outcome,
  types: [],
  found: 0,
  limit: '',
  ...(retryable === undefined
    ? {}
    : { error: { code: retryable ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_DENIED', message: 'why', retryable } }),
});

const ORIGIN = { verifier: { name: 'fake', type: 'fake' } };
export const artifact = (outcome: Report['outcome'], retryable?: boolean, collected = true): Artifact => ({
  digest: DIGEST,
  mediaType: 'a/b',
  artifactType: '',
  size: 1,
  annotations: {},
  subject: DIGEST,
  binding: 'manifest',
  sources: ['referrers-api'],
  depth: 1,
  collected,
  reports: [
    report(
      ORIGIN,
      outcome,
      'said',
      retryable === undefined ? {} : { error: { code: 'TRUST_UNAVAILABLE', message: 'why', retryable } },
    ),
  ],
});

/** Evidence that is complete unless something makes it incomplete. */
export function evidence(discovery: readonly Discovery[] = [], artifacts: readonly Artifact[] = []): EvidenceSet {
  const complete =
    discovery.every(({ outcome }) => outcome !== 'failed' && outcome !== 'truncated') &&
    artifacts.every((one) => !one.collected || one.reports.every(({ outcome }) => outcome !== 'errored'));
  const subject = {
    reference: `registry.example/a@${DIGEST}`,
    requested: 'registry.example/a:1',
    registry: 'registry.example',
    repository: 'a',
    tag: '1',
    digest: DIGEST,
    mediaType: 'a/b',
    artifactType: '',
    size: 1,
    annotations: {},
    manifest: {},
    targets: [],
  };
  const context = { time: TIME.toISOString(), caller: 'api' as const, namespace: '', parameters: {} };
  return {
    head: { version: '1', complete, subject, artifacts, discovery, context },
    documents: new Map(),
    holds: undefined,
  };
}
