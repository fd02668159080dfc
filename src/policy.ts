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
    message: decision.violations.map((violation) => violation.msg).join('; '),
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
