import { denial, message, together } from './decision.ts';
import { digestOf } from './descriptor.ts';
import type { Answer, Decision } from './generated/decision.ts';
import type { Evidence } from './generated/evidence.ts';

export type PolicyInfo = Answer['policies'][number];

/** What a policy is asked: an entrypoint over one input. */
export interface PolicyQuestion {
  /** The evidence as JSON text. The policy takes the buffer over: it must not be used afterwards. */
  readonly input: Uint8Array;
  /** What `time.now_ns()` returns. */
  readonly time: Date;
}

/** A policy that passed its checks and can decide. */
export interface Policy {
  readonly info: PolicyInfo;
  /**
   * One evaluation. Never throws for anything the policy or the input did: whatever is not a well-formed allow is a
   * denial with a code of the catalogue.
   */
  decide(question: PolicyQuestion): Promise<Decision>;
  close(): Promise<void>;
}

/** In place of a policy where somebody else decides on the evidence. It allows nothing. */
export const SILENT: Policy = {
  info: { name: 'none', scope: 'cluster', revision: '', digest: '', data: '' },
  decide: async () => denial('POLICY_NOT_ASKED', 'no policy was asked: whoever reads the reports decides'),
  close: async () => undefined,
};

/** A decision with what the host adds beside it, never inside. `digest` names the evidence it rests on. */
export function answer(
  decision: Decision,
  { subject, context }: Pick<Evidence, 'subject' | 'context'>,
  digest: string,
  policies: readonly PolicyInfo[],
  durations: Readonly<Record<string, number>>,
): Answer {
  const name = [digest, context.time, ...policies.flatMap((one) => [one.digest, one.data])].join('\n');
  return {
    decision,
    message: message(decision),
    subject: {
      reference: subject.reference,
      requested: subject.requested,
      digest: subject.digest,
      targets: subject.targets.map((target) => target.digest),
    },
    policies,
    time: context.time,
    id: digestOf(new TextEncoder().encode(name)),
    cached: { age: 0, expires: '' },
    durations,
  };
}

/**
 * What two policies say together, each of what it may see: the one for everybody and the one of a namespace, which can
 * only ask for more. Allowed only if both allow.
 */
export function bothAllow(everybody: Answer, own: Answer): Answer {
  const named = [everybody, own].map(({ decision, policies }) => ({ decision, policy: policies[0]?.name ?? '' }));
  const decision = together(named);
  return {
    ...everybody,
    decision,
    message: message(decision),
    policies: [...everybody.policies, ...own.policies],
    id: digestOf(new TextEncoder().encode([everybody.id, own.id].join('\n'))),
    durations: slowest(everybody.durations, own.durations),
  };
}

/** Both work at the same time. */
const slowest = (a: Answer['durations'], b: Answer['durations']): Answer['durations'] =>
  Object.fromEntries(Object.entries(a).map(([step, ms]) => [step, Math.max(ms ?? 0, b[step] ?? 0)]));
