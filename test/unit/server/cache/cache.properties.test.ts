import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asVerdictError, VerdictError } from '../../../../src/errors.ts';
import { DecisionCache, type Got, type Made } from '../../../../src/server/cache/cache.ts';
import type { Life } from '../../../../src/server/cache/life.ts';

const MAX_BYTES = 20_000;
const MAX_FLIGHTS = 2;

type Step =
  | { readonly kind: 'ask' | 'leave'; readonly who: number }
  | {
      readonly kind: 'finish';
      readonly which: number;
      readonly life: readonly [number, number] | undefined;
      readonly bytes: number;
    }
  | { readonly kind: 'fail'; readonly which: number }
  | { readonly kind: 'wait'; readonly ms: number };

const small = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), who: small }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who: small }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('finish' as const),
      which: small,
      life: fc.option(fc.tuple(fc.integer({ min: -20, max: 60 }), fc.nat({ max: 60 })), { nil: undefined, freq: 5 }),
      bytes: fc.nat({ max: 2500 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), which: small }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 40 }) }) },
);

interface Value {
  readonly key: string;
  readonly life: Life | undefined;
}

interface Work {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly finish: (made: Made<Value>) => void;
  readonly fail: (thrown: unknown) => void;
}

interface Caller {
  readonly key: string;
  readonly asked: number;
  readonly controller: AbortController;
  readonly outcome: Promise<void>;
  isDone: boolean;
}

/** A world with a cache in it, that checks after every step what must always be true. */
class World {
  now = 1000;
  readonly running: Work[] = [];
  readonly callers: Caller[] = [];
  readonly failedKeys = new Set<string>();
  readonly cache = new DecisionCache<Value>({
    maxBytes: MAX_BYTES,
    maxFlights: MAX_FLIGHTS,
    workTimeout: 60_000,
    now: () => this.now,
  });

  async take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'ask':
        this.#ask(`${next.who % 4}`);
        break;
      case 'leave':
        this.#leave(next.who);
        break;
      case 'finish':
        this.#finish(next.which, next.life, next.bytes);
        break;
      case 'fail':
        this.#fail(next.which);
        break;
      case 'wait':
        this.now += next.ms;
        break;
      default:
        next satisfies never;
    }
    await turn();
    this.check();
  }

  check(): void {
    const keys = this.running.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeLessThanOrEqual(MAX_FLIGHTS);
    expect(this.running.every(({ signal }) => !signal.aborted)).toBe(true);
    const { flights, bytes, entries } = this.cache.stats();
    expect(flights).toBe(keys.length);
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    expect(entries > 0).toBe(bytes > 0);
    for (const key of ['0', '1', '2', '3']) this.#reused(key, this.cache.peek(key), this.now);
  }

  #ask(key: string): void {
    const controller = new AbortController();
    const asked = this.now;
    const hit = this.cache.hit(key);
    this.#reused(key, hit, asked);
    const caller: Caller = {
      key,
      asked,
      controller,
      isDone: false,
      outcome: this.cache
        .get(key, controller.signal, (signal) => this.#work(key, signal))
        .then(
          (got) => this.#got(caller, got),
          (thrown: unknown) => this.#refused(caller, thrown),
        )
        .finally(() => {
          caller.isDone = true;
        }),
    };
    this.callers.push(caller);
  }

  #got({ key, asked }: Caller, got: Got<Value>): void {
    expect(got.value.key).toBe(key);
    if (got.state === 'hit' || got.state === 'stale') this.#reused(key, got, asked);
    // Nobody gets what had ended when he asked, not even from work in flight.
    else if (got.state === 'joined') expect(asked).toBeLessThan(got.value.life?.stale ?? Number.POSITIVE_INFINITY);
  }

  #reused(key: string, got: Got<Value> | undefined, when: number): void {
    if (got === undefined) return;
    expect(got.value.key).toBe(key);
    expect(when).toBeLessThan(got.value.life?.stale ?? 0);
    expect(got.state).toBe(when < (got.value.life?.fresh ?? 0) ? 'hit' : 'stale');
    expect(got.cached.age).toBeGreaterThanOrEqual(0);
  }

  #refused({ key, controller }: Caller, thrown: unknown): void {
    const { code } = asVerdictError(thrown);
    if (controller.signal.aborted && code === 'DEADLINE_EXCEEDED') return;
    if (code === 'LIMIT_EXCEEDED') expect(this.running).toHaveLength(MAX_FLIGHTS);
    else expect([code, this.failedKeys.has(key)]).toEqual(['REGISTRY_UNAVAILABLE', true]);
  }

  #work(key: string, signal: AbortSignal): Promise<Made<Value>> {
    const { promise, resolve, reject } = Promise.withResolvers<Made<Value>>();
    const work: Work = { key, signal, finish: resolve, fail: reject };
    this.running.push(work);
    return promise;
  }

  #leave(who: number): void {
    const waiting = this.callers.filter(({ isDone }) => !isDone);
    waiting[who % Math.max(1, waiting.length)]?.controller.abort();
  }

  #landing(which: number): Work | undefined {
    return this.running.splice(which % Math.max(1, this.running.length), 1)[0];
  }

  #finish(which: number, life: readonly [number, number] | undefined, bytes: number): void {
    const work = this.#landing(which);
    if (work === undefined) return;
    const fresh = this.now + (life?.[0] ?? 0);
    const given = life && { fresh, stale: fresh + life[1] };
    work.finish({ value: { key: work.key, life: given }, bytes, life: given });
  }

  #fail(which: number): void {
    const work = this.#landing(which);
    if (work === undefined) return;
    this.failedKeys.add(work.key);
    work.fail(new VerdictError('REGISTRY_UNAVAILABLE', 'down'));
  }

  /** Everything that runs ends, and everybody who waits is told. */
  async end(): Promise<void> {
    // One who joined late may begin work of his own.
    while (this.running.length > 0) {
      this.#finish(0, [60, 0], 1);
      await turn();
      this.check();
    }
    await Promise.all(this.callers.map(({ outcome }) => outcome));
    expect(this.cache.stats().flights).toBe(0);
    expect(this.callers.every(({ isDone }) => isDone)).toBe(true);
  }
}

describe('a cache of decisions, whatever happens in whatever order', () => {
  it('serves nothing beyond its life, works once per key, takes nothing from others, leaks nothing and keeps its bound', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
        const world = new World();
        for (const one of steps) await world.take(one);
        await world.end();
      }),
      { numRuns: 300 },
    );
  });

  it('keeps its bound of bytes with entries of any size', async () => {
    const signal = new AbortController().signal;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ maxLength: 300 }), fc.nat({ max: 3000 }))),
        fc.nat({ max: 40_000 }),
        async (all, maxBytes) => {
          const cache = new DecisionCache<number>({ maxBytes, maxFlights: 1, workTimeout: 1000, now: () => 0 });
          for (const [key, bytes] of all) {
            await cache.get(key, signal, async () => ({ value: bytes, bytes, life: { fresh: 1, stale: 1 } }));
            expect(cache.stats().bytes).toBeLessThanOrEqual(maxBytes);
            if (bytes > maxBytes / 10) expect(cache.peek(key)?.value).not.toBe(bytes);
          }
        },
      ),
    );
  });
});
