import type { Service } from '../config/service.ts';
import { asVerdictError, type VerdictError } from '../errors.ts';
import { evaluate, type Request } from '../evaluate.ts';
import type { EvidenceSet } from '../evidence.ts';
import type { Answer } from '../generated/decision.ts';
import type { Reference } from '../reference.ts';
import { DecisionCache, type Got, type Made } from './cache/cache.ts';
import { decisionKey } from './cache/key.ts';
import { lifeOf } from './cache/life.ts';
import { retryableGap } from './cache/undecided.ts';
import type { Logger } from './log.ts';
import type { CacheEvent, DecisionOutcome, Metrics } from './metrics.ts';

export type ImageReference = Extract<Reference, { readonly kind: 'registry' }>;

/** What a client of the service wants decided. */
export interface Question {
  readonly reference: ImageReference;
  readonly namespace: string;
  readonly caller: Request['caller'];
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A decision with what it rests on. */
export interface Decided {
  readonly answer: Answer;
  readonly evidence: EvidenceSet['head'];
  /** What could not be looked up and may be at the next try; empty where there is nothing. */
  readonly gap: string;
}

export type Outcome =
  | { readonly kind: 'decided'; readonly decided: Decided; readonly cached: Got<Decided>['cached'] }
  /** No decision: `error.retryable` says whether the same question may have an answer later. */
  | { readonly kind: 'fault'; readonly error: VerdictError };

export interface DeciderOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly metrics: DeciderMetrics;
  readonly log: Logger;
}

export type DeciderMetrics = Pick<Metrics, 'decision' | 'stage' | 'cache' | 'cacheSize' | 'flights' | 'deadlineMissed'>;

/** How long somebody waits: makes the signal, the same each time, when it is needed. */
export type Patience = () => AbortSignal;

/** Waits so many milliseconds, from now on. */
export function patience(ms: number): Patience {
  const started = performance.now();
  let signal: AbortSignal | undefined;
  return () => {
    signal ??= AbortSignal.timeout(Math.max(1, Math.round(ms - (performance.now() - started))));
    return signal;
  };
}

/** What routes need of a {@link Decider}. */
export type Decides = Pick<Decider, 'decide' | 'pin'>;

/** What a tag or a decision takes in memory besides its own text. */
const ENTRY_BYTES = 1024;
/** How much more objects take in memory than their JSON text, with the texts that were made of them. */
const OBJECT_FACTOR = 4;
/** A tag and its digest. */
const PIN_BYTES = 256;
/** Bytes of pinned tags: some 100,000. */
const PINS_BYTES = 32 * 1024 * 1024;

/**
 * Decides for many callers: each question is worked on once at a time, work goes on when its caller has left, and
 * decisions are reused for as long as they may be. One decider belongs to one configuration at work.
 */
export class Decider {
  readonly #service: Service;
  readonly #now: () => number;
  readonly #metrics: DeciderMetrics;
  readonly #log: Logger;
  readonly #decisions: DecisionCache<Decided>;
  readonly #pins: DecisionCache<string>;

  constructor(service: Service, { now, metrics, log }: DeciderOptions) {
    const { cache, concurrency } = service.config.server;
    const { deadline, policyTime } = service.config.limits;
    // Gathering has the deadline to itself; then the policy waits for a worker, and runs.
    const common = { maxFlights: concurrency, now, workTimeout: deadline + 2 * policyTime };
    this.#service = service;
    this.#now = now;
    this.#metrics = metrics;
    this.#log = log;
    this.#decisions = new DecisionCache({ ...common, maxBytes: cache.bytes });
    this.#pins = new DecisionCache({ ...common, maxBytes: PINS_BYTES });
  }

  /** Tells the metrics how full it is, and the caches below it. */
  measure(): void {
    const { entries, bytes, flights } = this.#decisions.stats();
    this.#metrics.cacheSize('decision', { entries, bytes });
    this.#metrics.flights(flights);
    for (const [cache, size] of this.#service.contentSizes()) this.#metrics.cacheSize(cache, size);
  }

  /** Never throws. An aborted signal ends the waiting, not the work; none is made where there is nothing to wait for. */
  async decide(question: Question, signal: Patience): Promise<Outcome> {
    try {
      const asked = question.reference;
      const reference = asked.digest === '' ? await this.pin(asked, signal) : asked;
      const { digest, requested, registry, repository } = reference;
      const { namespace, caller, parameters } = question;
      const { revision } = this.#service;
      const key = decisionKey({ digest, requested, registry, repository, namespace, caller, parameters, revision });
      const got = this.#decisions.hit(key) ?? (await this.#join(key, { ...question, reference }, signal()));
      this.#count(got);
      return { kind: 'decided', decided: got.value, cached: got.cached };
    } catch (thrown) {
      const error = asVerdictError(thrown);
      const { requested } = question.reference;
      this.#log.warn({ reference: requested, namespace: question.namespace, error: error.toFacts() }, 'no decision');
      this.#metrics.decision(this.#service.policy.info.name, 'error', error.code);
      if (error.code === 'DEADLINE_EXCEEDED') this.#metrics.deadlineMissed();
      return { kind: 'fault', error };
    }
  }

  /** The reference with the digest that its tag stands for now, or a short time ago. Throws VerdictError. */
  async pin(reference: ImageReference, signal: Patience): Promise<ImageReference> {
    if (reference.digest !== '') return reference;
    const { registry, repository, tag } = reference;
    const key = JSON.stringify([registry, repository, tag]);
    const got = this.#pins.hit(key) ?? (await this.#pins.get(key, signal(), (work) => this.#resolve(reference, work)));
    return { ...reference, digest: got.value };
  }

  async #resolve(reference: ImageReference, signal: AbortSignal): Promise<Made<string>> {
    const started = performance.now();
    const { descriptor } = await this.#service.means.store.resolve(reference, signal);
    this.#metrics.stage('resolve', (performance.now() - started) / 1000);
    const fresh = this.#now() + this.#service.config.server.cache.tags;
    return { value: descriptor.digest, bytes: PIN_BYTES, life: { fresh, stale: fresh } };
  }

  #join(key: string, question: Question, signal: AbortSignal): Promise<Got<Decided>> {
    return this.#decisions.get(key, signal, async (work) => await this.#make(question, work));
  }

  async #make(question: Question, signal: AbortSignal): Promise<Made<Decided>> {
    const { means, policy, config } = this.#service;
    const time = new Date(this.#now());
    const { answer, evidence } = await evaluate({ ...question, time, signal }, means, policy);
    const { decision, durations } = answer;
    for (const stage of ['gather', 'policy'] as const) this.#metrics.stage(stage, (durations[stage] ?? 0) / 1000);
    const value = { answer, evidence: evidence.head, gap: retryableGap(evidence) };
    this.#tell(question, value);
    const text = JSON.stringify(answer).length + JSON.stringify(evidence.head).length;
    const bytes = ENTRY_BYTES + OBJECT_FACTOR * text;
    return { value, bytes, life: lifeOf({ decision, evidence, time }, config.server.cache) };
  }

  /** Every decision is told of once, when it is made. */
  #tell({ namespace, caller }: Question, { answer, gap }: Decided): void {
    const { decision, subject, durations, id } = answer;
    const { allow, violations } = decision;
    const codes = [...new Set(violations.map(({ code }) => code))];
    const { requested: reference, digest } = subject;
    this.#log.info(
      { reference, digest, namespace, caller, allow, codes, ...(gap && { gap }), id, ms: durations },
      'decided',
    );
  }

  #count({ value: { answer, gap }, state }: Got<Decided>): void {
    const { allow, violations } = answer.decision;
    const outcome: DecisionOutcome = allow ? 'allow' : gap === '' ? 'deny' : 'undecided';
    this.#metrics.decision(this.#service.policy.info.name, outcome, violations[0]?.code ?? '');
    this.#metrics.cache('decision', EVENTS[state]);
  }
}

const EVENTS: Readonly<Record<Got<unknown>['state'], CacheEvent>> = {
  hit: 'hit',
  stale: 'stale',
  made: 'miss',
  joined: 'joined',
};
