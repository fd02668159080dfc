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
import { Shed, type ShedReason } from './load/shed.ts';
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
  /** What the service can take on now. */
  readonly load: ServiceLoad;
}

export interface ServiceLoad {
  /** Whether the event loop is so far behind that nothing new should begin. */
  readonly isOverloaded: () => boolean;
  /** Told of each refusal. */
  readonly onShed: (reason: ShedReason) => void;
}

export type DeciderMetrics = Pick<
  Metrics,
  'decision' | 'stage' | 'cache' | 'cacheSize' | 'flights' | 'queue' | 'waited' | 'deadlineMissed'
>;

/** How long somebody waits. */
export interface Patience {
  /** Makes the signal, the same each time, when it is needed. */
  (): AbortSignal;
  /** Milliseconds that are left; without it, nobody can tell. */
  readonly left?: () => number;
}

/** Waits so many milliseconds, from now on. */
export function patience(ms: number): Patience {
  const started = performance.now();
  let signal: AbortSignal | undefined;
  const left = (): number => ms - (performance.now() - started);
  const wait = (): AbortSignal => {
    signal ??= AbortSignal.timeout(Math.max(1, Math.round(left())));
    return signal;
  };
  return Object.assign(wait, { left });
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

  constructor(service: Service, { now, metrics, log, load }: DeciderOptions) {
    const { cache, concurrency, queue } = service.config.server;
    const { deadline, policyTime } = service.config.limits;
    // Gathering has the deadline to itself; then the policy waits for a worker, and runs.
    const common = {
      maxFlights: concurrency,
      maxWaiting: queue,
      now,
      workTimeout: deadline + 2 * policyTime,
      isOverloaded: load.isOverloaded,
      onShed: ({ reason }: Shed) => load.onShed(reason),
      onWaited: (ms: number) => metrics.waited(ms / 1000),
    };
    this.#service = service;
    this.#now = now;
    this.#metrics = metrics;
    this.#log = log;
    this.#decisions = new DecisionCache({ ...common, maxBytes: cache.bytes });
    this.#pins = new DecisionCache({ ...common, maxBytes: PINS_BYTES });
  }

  /** Tells the metrics how full it is. */
  measure(): void {
    const { entries, bytes, flights, waiting } = this.#decisions.stats();
    this.#metrics.cacheSize('decision', { entries, bytes });
    this.#metrics.flights(flights);
    this.#metrics.queue(waiting + this.#pins.stats().waiting);
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
      const got = this.#decisions.hit(key) ?? (await this.#join(key, { ...question, reference }, signal));
      this.#count(got);
      return { kind: 'decided', decided: got.value, cached: got.cached };
    } catch (thrown) {
      const error = asVerdictError(thrown);
      const { requested } = question.reference;
      // Refusals are told of once per burst.
      if (!(error instanceof Shed)) {
        this.#log.warn({ reference: requested, namespace: question.namespace, error: error.toFacts() }, 'no decision');
      }
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
    const resolve = (work: AbortSignal): Promise<Made<string>> => this.#resolve(reference, work);
    const got = this.#pins.hit(key) ?? (await this.#pins.get(key, signal(), resolve, signal.left?.()));
    return { ...reference, digest: got.value };
  }

  async #resolve(reference: ImageReference, signal: AbortSignal): Promise<Made<string>> {
    const started = performance.now();
    const { descriptor } = await this.#service.means.store.resolve(reference, signal);
    this.#metrics.stage('resolve', (performance.now() - started) / 1000);
    const fresh = this.#now() + this.#service.config.server.cache.tags;
    return { value: descriptor.digest, bytes: PIN_BYTES, life: { fresh, stale: fresh } };
  }

  #join(key: string, question: Question, signal: Patience): Promise<Got<Decided>> {
    const make = async (work: AbortSignal): Promise<Made<Decided>> => await this.#make(question, work);
    return this.#decisions.get(key, signal(), make, signal.left?.());
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
