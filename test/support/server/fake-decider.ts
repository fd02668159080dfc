import { VerdictError } from '../../../src/errors.ts';
import type { Decision } from '../../../src/generated/decision.ts';
import type { Decides } from '../../../src/server/decider.ts';
import type { Decided, Outcome, Question } from '../../../src/server/question.ts';

export const DIGEST = `sha256:${'a'.repeat(64)}`;
export const CACHED = { age: 0, expires: '' };
/** When every decision was made. */
export const TIME = '2026-11-21T10:00:00.120Z';

const finding = (msg: string): Decision['violations'][number] => ({
  code: 'acme.rule',
  msg,
  severity: 'high',
  title: '',
  description: '',
  solution: '',
  term: '',
  effective_on: '',
  collections: [],
  subject: DIGEST,
  evidence: [],
  policy: '',
  metadata: {},
});

/** A decision that denies for this reason; without one, it allows. */
function decided(denied: string, { gap = '', metadata = {} }: Said): Decided {
  const decision = {
    allow: denied === '',
    violations: denied === '' ? [] : [finding(denied)],
    warnings: [],
    exceptions: [],
    expires: '',
    truncated: 0,
    metadata,
  };
  const subject = {
    reference: `r.example/app@${DIGEST}`,
    requested: 'r.example/app:1',
    digest: DIGEST,
    targets: [DIGEST],
  };
  const answer = {
    decision,
    message: denied,
    subject,
    policies: [],
    time: TIME,
    id: DIGEST,
    cached: CACHED,
    durations: {},
  };
  return {
    answer,
    evidence: { complete: gap === '', artifacts: [] } as unknown as Decided['evidence'],
    documents: new Map(),
    traceId: '',
    generation: 1,
    gap,
  };
}

/** What a decision says besides allowing or not. */
export interface Said {
  /** What could not be looked up. */
  readonly gap?: string;
  readonly metadata?: Decision['metadata'];
}

export const allowed = (said: Said = {}): Outcome => ({ kind: 'decided', decided: decided('', said), cached: CACHED });
export const denied = (why: string, said: Said = {}): Outcome => ({
  kind: 'decided',
  decided: decided(why, said),
  cached: CACHED,
});
export const fault = (...[code, message]: ConstructorParameters<typeof VerdictError>): Outcome => ({
  kind: 'fault',
  error: new VerdictError(code, message),
});

/** Decides by repository: what it is told to say, else it allows. */
export class FakeDecider implements Decides {
  readonly asked: Question[] = [];
  readonly #says: Readonly<Record<string, Outcome>>;

  constructor(says: Readonly<Record<string, Outcome>>) {
    this.#says = says;
  }

  async decide(question: Question): Promise<Outcome> {
    this.asked.push(question);
    return this.#says[question.reference.repository] ?? allowed();
  }

  async pin(reference: Question['reference']): Promise<Question['reference']> {
    const said = this.#says[reference.repository];
    if (said?.kind === 'fault') throw said.error;
    return { ...reference, digest: DIGEST };
  }
}
