import type { OpenSide, Service } from '../config/service.ts';
import { asVerdictError } from '../errors.ts';
import { evaluate } from '../evaluate.ts';
import type { EvidenceSet } from '../evidence.ts';
import { bothAllow, type Policy, SILENT } from '../policy.ts';
import type { Resolved } from '../store.ts';
import { type Span, type Trace, within } from '../trace.ts';
import { DecisionCache, type Got, type Made, type Work } from './cache/cache.ts';
import { found, type Kept, orAbsent } from './cache/kept.ts';
import { decisionKey } from './cache/key.ts';
import { lifeOf, shortest } from './cache/life.ts';
import { retryableGap } from './cache/undecided.ts';
import { Shed, type ShedReason } from './load/shed.ts';
import type { Logger } from './log.ts';
import type { CacheEvent, DecisionOutcome, Metrics } from './metrics.ts';
import type { Patience } from './patience.ts';
import type { Decided, ImageReference, Outcome, Question } from './question.ts';
import type { Tracing } from './tracing.ts';

export interface DeciderOptions {
  /** Number of the configuration. */
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly metrics: DeciderMetrics;
  readonly log: Logger;
  readonly tracing: Pick<Tracing, 'renewal'>;
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

/** What routes need of a {@link Decider}. */
export type Decides = Pick<Decider, 'decide' | 'pin'>;

/** What a tag or a decision takes in memory besides its own text. */
const ENTRY_BYTES = 1024;
/** How much more objects take in memory than their JSON text, with the texts that were made of them. */
const OBJECT_FACTOR = 4;
/** Documents are kept as bytes, and as the text that they are answered with. */
const DOCUMENT_FACTOR = 2;
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
  readonly #generation: number;
  readonly #now: () => number;
  readonly #metrics: DeciderMetrics;
  readonly #log: Logger;
  readonly #tracing: DeciderOptions['tracing'];
  readonly #decisions: DecisionCache<Kept<Decided>>;
  readonly #pins: DecisionCache<Kept<string>>;
  /** The last key of each reference: the same text is the same object, mostly, and asked about again in the same way. */
  readonly #keys = new WeakMap<ImageReference, { question: Question; digest: string; key: string }>();

  constructor(service: Service, { generation, now, metrics, log, tracing, load }: DeciderOptions) {
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
    this.#generation = generation;
    this.#now = now;
    this.#metrics = metrics;
    this.#log = log;
    this.#tracing = tracing;
    this.#decisions = new DecisionCache({ ...common, maxBytes: cache.bytes });
    this.#pins = new DecisionCache({ ...common, maxBytes: PINS_BYTES });
  }

  /** Tells the metrics how full it is, and the caches below it. */
  measure(): void {
    const { entries, bytes, flights, waiting } = this.#decisions.stats();
    this.#metrics.cacheSize('decision', { entries, bytes });
    this.#metrics.flights(flights);
    for (const [cache, size] of this.#service.contentSizes()) this.#metrics.cacheSize(cache, size);
    this.#metrics.queue(waiting + this.#pins.stats().waiting);
  }

  /**
   * Never throws. An aborted signal ends the waiting, not the work; none is made where there is nothing to wait for. Work
   * belongs to the trace of whoever began it.
   */
  async decide(question: Question, signal: Patience, trace: Trace): Promise<Outcome> {
    const span = trace.begin('decide', question.reference.requested);
    try {
      const asked = question.reference;
      const pinned = asked.digest === '' ? await this.#pin(asked, signal, span) : { reference: asked };
      const key = this.#keyOf(question, pinned.reference.digest);
      const got = found(this.#decisions.hit(key) ?? (await this.#join(key, { ...question, ...pinned }, signal, span)));
      this.#count(got);
      if (got.state === 'joined') this.#tellJoined(question, got.value, span);
      conclude(span, got);
      return { kind: 'decided', decided: got.value, cached: got.cached };
    } catch (thrown) {
      const error = asVerdictError(thrown);
      const { requested } = question.reference;
      const { namespace } = question;
      const { traceId } = span;
      // Refusals are told of once per burst.
      if (!(error instanceof Shed)) {
        this.#log.warn({ reference: requested, namespace, traceId, error: error.toFacts() }, 'no decision');
      }
      this.#metrics.decision(this.#service.everybody.policy.info.name, 'error', error.code);
      if (error.code === 'DEADLINE_EXCEEDED') this.#metrics.deadlineMissed();
      span.end(error.code);
      return { kind: 'fault', error };
    }
  }

  #keyOf(question: Question, digest: string): string {
    const { reference, namespace, caller, parameters, wants } = question;
    const known = this.#keys.get(reference);
    if (known?.digest === digest && isSame(known.question, question)) return known.key;
    const { requested, registry, repository } = reference;
    const { revision } = this.#service;
    const common = { requested, registry, repository, namespace, caller, parameters, wants };
    const key = decisionKey({ ...common, digest, revision });
    // A caller's own parameters may be large, and are hardly ever the same object again.
    if (caller === 'gatekeeper') this.#keys.set(reference, { question, digest, key });
    return key;
  }

  /** The reference with the digest that its tag stands for now, or a short time ago. Throws VerdictError. */
  async pin(reference: ImageReference, signal: Patience, trace: Trace): Promise<ImageReference> {
    return reference.digest === '' ? (await this.#pin(reference, signal, trace)).reference : reference;
  }

  /** Who asked the registry has its answer too; it is not kept. */
  async #pin(
    reference: ImageReference,
    signal: Patience,
    trace: Trace,
  ): Promise<{ readonly reference: ImageReference; readonly resolved: Resolved | undefined }> {
    const { registry, repository, tag } = reference;
    const key = JSON.stringify([registry, repository, tag]);
    let resolved: Resolved | undefined;
    const resolve = (work: AbortSignal): Promise<Made<Kept<string>>> =>
      this.#kept(async () => {
        resolved = await this.#resolve(reference, work, trace);
        const fresh = this.#now() + this.#service.config.server.cache.tags;
        return { value: resolved.descriptor.digest, bytes: PIN_BYTES, life: { fresh, stale: fresh } };
      });
    const got = found(this.#pins.hit(key) ?? (await this.#pins.get(key, signal(), resolve, signal.left?.())));
    return { reference: { ...reference, digest: got.value }, resolved };
  }

  async #resolve(reference: ImageReference, signal: AbortSignal, trace: Trace): Promise<Resolved> {
    const started = performance.now();
    const resolved = await within(trace, 'resolve', reference.requested, (span) =>
      this.#service.everybody.means.store.resolve(reference, signal, span),
    );
    this.#metrics.stage('resolve', (performance.now() - started) / 1000);
    return resolved;
  }

  #join(key: string, question: Question, signal: Patience, trace: Trace): Promise<Got<Kept<Decided>>> {
    const work: Work<Kept<Decided>> = (ending, isRenewal) =>
      this.#kept(() => (isRenewal ? this.#renew(question, ending) : this.#make(question, ending, trace)));
    return this.#decisions.get(key, signal(), work, signal.left?.());
  }

  async #renew(question: Question, signal: AbortSignal): Promise<Made<Decided>> {
    const span = this.#tracing.renewal();
    try {
      return await this.#make(question, signal, span);
    } finally {
      span.end();
    }
  }

  #kept<T>(work: () => Promise<Made<T>>): Promise<Made<Kept<T>>> {
    return orAbsent(work, () => this.#now() + this.#service.config.server.cache.absent);
  }

  async #make(question: Question, signal: AbortSignal, trace: Trace): Promise<Made<Decided>> {
    const { reference, namespace, wants } = question;
    const { config, sidesFor } = this.#service;
    const time = new Date(this.#now());
    const request = { ...question, time, signal, trace };
    const asked = ({ policy }: OpenSide): Policy => (wants.advice ? policy : SILENT);
    const [everybody, own] = sidesFor({ registry: reference.registry, repository: reference.repository, namespace });
    const [verdict, ofNamespace] = await Promise.all([
      evaluate(request, everybody.means, asked(everybody)),
      own && evaluate(request, own.means, asked(own)),
    ]);
    const verdicts = ofNamespace === undefined ? [verdict] : [verdict, ofNamespace];
    const answer = ofNamespace === undefined ? verdict.answer : bothAllow(verdict.answer, ofNamespace.answer);
    const { durations } = answer;
    for (const stage of ['gather', 'policy'] as const) this.#metrics.stage(stage, (durations[stage] ?? 0) / 1000);
    const gap = verdicts.map(({ evidence }) => retryableGap(evidence)).find((text) => text !== '') ?? '';
    // What a namespace's verifiers said is for its own policy alone.
    const documents = wants.documents ? verdict.evidence.documents : NONE;
    const value = {
      answer,
      evidence: verdict.evidence.head,
      documents,
      gap,
      traceId: trace.traceId,
      generation: this.#generation,
    };
    this.#tell(question, value);
    const text = JSON.stringify(answer).length + JSON.stringify(verdict.evidence.head).length;
    const bytes = ENTRY_BYTES + OBJECT_FACTOR * text + DOCUMENT_FACTOR * sizeOf(documents);
    const lives = verdicts.map(({ answer: { decision }, evidence }) =>
      lifeOf({ decision, evidence, time }, config.server.cache),
    );
    return { value, bytes, life: shortest(lives) };
  }

  /** Every decision is told of once, when it is made. */
  #tell({ namespace, caller }: Question, { answer, gap, traceId }: Decided): void {
    const { decision, subject, durations, id } = answer;
    const { allow, violations } = decision;
    const codes = [...new Set(violations.map(({ code }) => code))];
    const { requested: reference, digest } = subject;
    this.#log.info(
      { reference, digest, namespace, caller, traceId, allow, codes, ...(gap && { gap }), id, ms: durations },
      'decided',
    );
  }

  /** Who waited for a decision that another request began finds it by that one's trace. */
  #tellJoined(
    { namespace, caller }: Question,
    { answer: { id, subject }, traceId: joined }: Decided,
    { traceId }: Trace,
  ): void {
    this.#log.info({ reference: subject.requested, namespace, caller, traceId, joined, id }, 'joined');
  }

  #count({ value: { answer, gap }, state }: Got<Decided>): void {
    const { allow, violations } = answer.decision;
    const outcome: DecisionOutcome = allow ? 'allow' : gap === '' ? 'deny' : 'undecided';
    this.#metrics.decision(answer.policies[0]?.name ?? '', outcome, violations[0]?.code ?? '');
    this.#metrics.cache('decision', EVENTS[state]);
  }
}

const isSame = (a: Question, b: Question): boolean =>
  a.namespace === b.namespace && a.caller === b.caller && a.parameters === b.parameters && a.wants === b.wants;

const NONE: EvidenceSet['documents'] = new Map();

const sizeOf = (documents: EvidenceSet['documents']): number =>
  [...documents.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);

function conclude(span: Span, { state, value: { answer, traceId } }: Got<Decided>): void {
  if (span.isRecorded) {
    const { allow, violations } = answer.decision;
    const code = violations[0]?.code ?? '';
    span.set({
      'verdict.allow': allow,
      'verdict.code': code,
      'verdict.cache': EVENTS[state],
      'verdict.made_in': traceId,
    });
  }
  span.end();
}

const EVENTS: Readonly<Record<Got<unknown>['state'], CacheEvent>> = {
  hit: 'hit',
  stale: 'stale',
  made: 'miss',
  joined: 'joined',
};
