import { Buffer } from 'node:buffer';
import { VerdictError } from '../errors.ts';
import type { Evidence, Report, Signer } from '../generated/evidence.ts';
import { isObject } from '../json.ts';
import type { Policy } from '../policy.ts';
import type { Example } from './bundle.ts';
import {
  attachedEvidence,
  type CanaryScope,
  type CanaryTrust,
  emptyEvidence,
  type Standing,
  strangerOf,
} from './canary-evidence.ts';

export type { CanaryScope, CanaryTrust } from './canary-evidence.ts';

/** Names under which `policy.accepts` takes a canary. */
export const CANARIES = ['empty', 'undiscovered', 'errored', 'failed', 'unsigned', 'stranger'] as const;
type CanaryName = (typeof CANARIES)[number];

/** An evidence that nobody trusted vouched for: a policy that allows it trusts what it should not. */
export interface Canary {
  /** What it is, for a person. */
  readonly name: string;
  /** The name under which `policy.accepts` takes it. */
  readonly accept: CanaryName;
  readonly evidence: Evidence;
}

/**
 * A smoke detector, not a proof: nothing attached, discovery failed, everything errored, failed, unsigned or signed by a
 * stranger (for each trust that does not name its signers), and every allowed example without its signers and with
 * strangers in their place.
 *
 * @throws VerdictError BUNDLE_INVALID when an example is no evidence.
 */
export function canaries(
  trusts: readonly CanaryTrust[],
  scope: CanaryScope,
  examples: readonly Example[],
): readonly Canary[] {
  const strangers = trusts.filter(({ namesSigners }) => !namesSigners).map(strangerOf);
  const attached = (standing: Standing): Evidence => attachedEvidence(scope, standing);
  return [
    { name: 'nothing is attached', accept: 'empty', evidence: emptyEvidence(scope, true) },
    { name: 'discovery failed', accept: 'undiscovered', evidence: emptyEvidence(scope, false) },
    { name: 'every report is errored', accept: 'errored', evidence: attached({ kind: 'errored' }) },
    { name: 'every report failed', accept: 'failed', evidence: attached({ kind: 'failed' }) },
    { name: 'everything is there and unsigned', accept: 'unsigned', evidence: attached({ kind: 'present' }) },
    ...strangers.map((signer) => ({
      name: `everything is signed by a stranger whom trust ${signer.trust.name} knows`,
      accept: 'stranger' as const,
      evidence: attached({ kind: 'verified', signer }),
    })),
    ...examples.flatMap((example) => fromExample(example, strangers)),
  ];
}

/** The canaries that the policy allows; there should be none that it does not accept. */
export async function runCanaries(
  policy: Pick<Policy, 'decide'>,
  flock: readonly Canary[],
): Promise<readonly Canary[]> {
  const allowed: Canary[] = [];
  for (const canary of flock) {
    const input = new Uint8Array(Buffer.from(JSON.stringify(canary.evidence)));
    const decision = await policy.decide({ input, time: new Date(canary.evidence.context.time) });
    if (decision.allow) allowed.push(canary);
  }
  return allowed;
}

function fromExample({ name, evidence: value }: Example, strangers: readonly Signer[]): readonly Canary[] {
  const evidence = evidenceOf(value, name);
  const unsigned: Canary = {
    name: `example ${name} without its signers`,
    accept: 'unsigned',
    evidence: withReports(evidence, unsign),
  };
  const isSigned = evidence.artifacts.some(({ reports }) => reports.some(({ signers }) => signers.length > 0));
  if (!isSigned) return [unsigned];
  const replaced = strangers.map((stranger) => ({
    name: `example ${name} signed by a stranger whom trust ${stranger.trust.name} knows`,
    accept: 'stranger' as const,
    evidence: withReports(evidence, (one) => (one.outcome === 'verified' ? { ...one, signers: [stranger] } : one)),
  }));
  return [unsigned, ...replaced];
}

const withReports = (evidence: Evidence, change: (report: Report) => Report): Evidence => ({
  ...evidence,
  artifacts: evidence.artifacts.map((artifact) => ({ ...artifact, reports: artifact.reports.map(change) })),
});

function unsign(report: Report): Report {
  if (report.outcome !== 'verified') return report;
  const skipped = { outcome: 'skipped', message: '' } as const;
  const checks = { ...report.checks, signature: skipped, chain: skipped };
  return { ...report, outcome: 'present', checks, signers: [] };
}

/** The parts of an example that are changed here; the schema is checked where the bundle is built. */
function evidenceOf(value: unknown, name: string): Evidence {
  const { artifacts, context } = isObject(value) ? value : {};
  const isEvidence =
    isObject(context) &&
    typeof context.time === 'string' &&
    !Number.isNaN(Date.parse(context.time)) &&
    Array.isArray(artifacts) &&
    artifacts.every(
      (artifact) => isObject(artifact) && Array.isArray(artifact.reports) && artifact.reports.every(isReport),
    );
  if (!isEvidence) throw new VerdictError('BUNDLE_INVALID', `the example ${name} of the policy is not an evidence`);
  return value as unknown as Evidence;
}

const isReport = (value: unknown): boolean => isObject(value) && Array.isArray(value.signers) && isObject(value.checks);
