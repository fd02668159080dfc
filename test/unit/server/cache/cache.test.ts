import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VerdictError } from '../../../../src/errors.ts';
import { DecisionCache, type DecisionCacheOptions, type Made } from '../../../../src/server/cache/cache.ts';
import type { Life } from '../../../../src/server/cache/life.ts';

const never = new AbortController().signal;

let now = 1_000_000;
/** Each piece of work, in the order in which it began. */
let works: Work[] = [];

interface Work {
  readonly signal: AbortSignal;
  readonly finish: (made: Made<string>) => void;
  readonly fail: (thrown: unknown) => void;
}

const work = (signal: AbortSignal): Promise<Made<string>> => {
  const { promise, resolve, reject } = Promise.withResolvers<Made<string>>();
  works.push({ signal, finish: resolve, fail: reject });
  return promise;
};
const workAt = (index: number): Work => {
  const found = works[index];
  if (found === undefined) throw new Error(`work ${index} has not begun`);
  return found;
};
const make = (options: Partial<DecisionCacheOptions> = {}): DecisionCache<string> =>
  new DecisionCache({ maxBytes: 1e6, maxFlights: 10, workTimeout: 60_000, now: () => now, ...options });
const living = (fresh: number, stale = fresh): Life => ({ fresh: now + fresh, stale: now + stale });
const made = (value: string, life: Life | undefined = living(100), bytes = 10): Made<string> => ({
  value,
  bytes,
  life,
});
const done = (value: string, life?: Life, bytes?: number) => async (): Promise<Made<string>> =>
  made(value, life, bytes);
const uncached = (value: string) => async (): Promise<Made<string>> => ({ value, bytes: 1, life: undefined });
const fault = (code: string): unknown => expect.objectContaining({ code });

beforeEach(() => {
  now = 1_000_000;
  works = [];
});

describe('a cache of decisions', () => {
  it('makes a value once and reuses it while it is fresh', async () => {
    const cache = make();
    const expires = new Date(now + 100).toISOString();
    expect(cache.hit('a')).toBeUndefined();
    expect(await cache.get('a', never, done('x'))).toEqual({
      value: 'x',
      cached: { age: 0, expires },
      state: 'made',
    });
    now += 99;
    const kept = { value: 'x', cached: { age: 99, expires }, state: 'hit' };
    expect(await cache.get('a', never, work)).toEqual(kept);
    expect(cache.hit('a')).toEqual(kept);
    expect(works).toHaveLength(0);
    expect(cache.hit('b')).toBeUndefined();
  });

  it('makes it anew when its life has ended', async () => {
    const cache = make();
    await cache.get('a', never, done('x'));
    now += 100;
    expect(cache.hit('a')).toBeUndefined();
    expect(cache.peek('a')).toBeUndefined();
    expect(await cache.get('a', never, done('y'))).toMatchObject({ value: 'y', state: 'made' });
    expect(cache.hit('a')?.value).toBe('y');
  });

  it('counts the age from when the work began, not from when it ended', async () => {
    const cache = make();
    const got = cache.get('a', never, work);
    now += 30;
    workAt(0).finish(made('x'));
    await got;
    now += 5;
    expect(cache.hit('a')?.cached.age).toBe(35);
  });

  it('keeps nothing that may not be reused', async () => {
    const cache = make();
    expect(await cache.get('a', never, uncached('x'))).toEqual({
      value: 'x',
      cached: { age: 0, expires: '' },
      state: 'made',
    });
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
    expect(await cache.get('a', never, uncached('y'))).toMatchObject({ value: 'y', state: 'made' });
  });

  it('keeps nothing whose life ended while it was made', async () => {
    const cache = make();
    const life = living(10);
    const got = cache.get('a', never, work);
    now += 10;
    workAt(0).finish(made('x', life));
    expect(await got).toMatchObject({ value: 'x', cached: { expires: '' } });
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.stats().entries).toBe(0);
  });

  it('does not reuse a value from what is the future since the clock went back', async () => {
    const cache = make();
    await cache.get('a', never, done('x', living(100, 1000)));
    now -= 1;
    expect(cache.hit('a')).toBeUndefined();
    expect(cache.peek('a')).toBeUndefined();
    expect(await cache.get('a', never, done('y'))).toMatchObject({ value: 'y', state: 'made' });
  });

  it('lets nobody see a value under another key', async () => {
    const cache = make();
    await cache.get('a', never, done('x'));
    for (const key of ['', 'A', 'a\0', '__proto__', 'constructor']) expect(cache.hit(key)).toBeUndefined();
  });

  it('looks without a trace', async () => {
    const cache = make();
    await cache.get('a', never, done('x', living(10, 20)));
    const before = cache.stats();
    expect(cache.peek('a')).toMatchObject({ value: 'x', state: 'hit' });
    now += 15;
    expect(cache.peek('a')).toMatchObject({ value: 'x', state: 'stale', cached: { age: 15 } });
    expect(cache.stats()).toEqual(before);
  });

  it('counts what happened', async () => {
    const cache = make();
    const both = [cache.get('a', never, work), cache.get('a', never, work)];
    expect(cache.stats()).toMatchObject({ misses: 1, joined: 1, flights: 1 });
    workAt(0).finish(made('x', living(10, 20)));
    await Promise.all(both);
    cache.hit('a');
    await cache.get('a', never, work);
    now += 15;
    await cache.get('a', never, work);
    expect(cache.stats()).toMatchObject({ hits: 2, stale: 1, misses: 1, joined: 1, failed: 0, entries: 1, flights: 1 });
    workAt(1).fail(new Error('no'));
    await turn();
    expect(cache.stats()).toMatchObject({ failed: 1, entries: 0, bytes: 0, flights: 0 });
  });
});

describe('single flight', () => {
  it('does the work once, whoever asks', async () => {
    const cache = make();
    const all = [1, 2, 3].map(() => cache.get('a', never, work));
    expect(works).toHaveLength(1);
    workAt(0).finish(made('x'));
    expect((await Promise.all(all)).map(({ value, state }) => [value, state])).toEqual([
      ['x', 'made'],
      ['x', 'joined'],
      ['x', 'joined'],
    ]);
  });

  it('takes nothing from the others when one leaves, even the first', async () => {
    const cache = make();
    const leaving = new AbortController();
    const first = cache.get('a', leaving.signal, work);
    const second = cache.get('a', never, work);
    leaving.abort();
    await expect(first).rejects.toEqual(fault('DEADLINE_EXCEEDED'));
    expect(workAt(0).signal.aborted).toBe(false);
    workAt(0).finish(made('x'));
    expect(await second).toMatchObject({ value: 'x', state: 'joined' });
  });

  it('goes on for the cache when all have left', async () => {
    const cache = make();
    const leaving = new AbortController();
    const got = cache.get('a', leaving.signal, work);
    leaving.abort(new VerdictError('DEADLINE_EXCEEDED', 'three seconds'));
    await expect(got).rejects.toThrow('three seconds');
    expect(workAt(0).signal.aborted).toBe(false);
    workAt(0).finish(made('x'));
    await turn();
    expect(cache.hit('a')?.value).toBe('x');
  });

  it('begins no work for one who has left already', async () => {
    const cache = make();
    await expect(cache.get('a', AbortSignal.abort(), work)).rejects.toEqual(fault('DEADLINE_EXCEEDED'));
    expect(works).toHaveLength(0);
    expect(cache.stats()).toMatchObject({ misses: 0, flights: 0 });
  });

  it('fails for those who wait only, and is begun anew by the next', async () => {
    const cache = make();
    const both = [cache.get('a', never, work), cache.get('a', never, work)];
    workAt(0).fail(new VerdictError('REGISTRY_UNAVAILABLE', 'down'));
    for (const one of await Promise.allSettled(both))
      expect(one).toEqual({ status: 'rejected', reason: fault('REGISTRY_UNAVAILABLE') });
    expect(await cache.get('a', never, done('x'))).toMatchObject({ value: 'x', state: 'made' });
  });

  it.each<readonly [string, (signal: AbortSignal) => Promise<Made<string>>]>([
    [
      'throws at once',
      () => {
        throw new TypeError('no');
      },
    ],
    ['rejects with something of its own', async () => await Promise.reject(new RangeError('no'))],
    ['gives a life that is no time', done('x', { fresh: 9e15, stale: 9e15 })],
    ...[Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY].map(
      (bytes) => [`takes ${bytes} bytes`, async () => made('x', living(100), bytes)] as const,
    ),
  ])('survives work that %s', async (_, bad) => {
    const cache = make();
    await expect(cache.get('a', never, bad)).rejects.toEqual(fault('INTERNAL'));
    await cache.get('a', never, done('old', living(1, 100)));
    now += 1;
    expect(await cache.get('a', never, bad)).toMatchObject({ state: 'stale' });
    await turn();
    expect(cache.stats()).toMatchObject({ failed: 2, flights: 0, entries: 0 });
  });

  it('takes no life that is not a number', async () => {
    const cache = make();
    const life = { fresh: Number.NaN, stale: Number.NaN };
    await expect(cache.get('a', never, done('x', life))).rejects.toEqual(fault('INTERNAL'));
    await cache.get('a', never, done('x', { fresh: now, stale: Number.NaN }));
    expect(cache.stats().entries).toBe(0);
  });

  it('begins no more than may run at a time, and lets others join and hit', async () => {
    const cache = make({ maxFlights: 2 });
    await cache.get('known', never, done('k'));
    const running = ['a', 'b', 'b'].map((key) => cache.get(key, never, work));
    const refused = cache.get('c', never, work);
    await expect(refused).rejects.toEqual(expect.objectContaining({ code: 'LIMIT_EXCEEDED', retryable: true }));
    expect(works).toHaveLength(2);
    expect(await cache.get('known', never, work)).toMatchObject({ state: 'hit' });
    workAt(0).finish(made('x'));
    workAt(1).finish(made('y'));
    await Promise.all(running);
    expect(cache.stats()).toMatchObject({ flights: 0, misses: 3 });
    expect(await cache.get('c', never, done('z'))).toMatchObject({ value: 'z' });
  });

  it('gives one who joined late nothing that had ended before', async () => {
    const cache = make();
    const first = cache.get('a', never, work);
    const life = living(50);
    now += 50;
    const late = cache.get('a', never, work);
    workAt(0).finish(made('old', life));
    expect(await first).toMatchObject({ value: 'old' });
    await turn();
    workAt(1).finish(made('new'));
    expect(await late).toMatchObject({ value: 'new', state: 'made' });
  });

  it('leaves no listener on the signal of one who waited', async () => {
    const cache = make();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const added = vi.spyOn(signal, 'addEventListener');
    await cache.get('a', signal, done('x'));
    await expect(cache.get('b', signal, () => Promise.reject(new Error('no')))).rejects.toEqual(fault('INTERNAL'));
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed.mock.calls.map(([type, listener]) => [type, listener])).toEqual(
      added.mock.calls.map(([type, listener]) => [type, listener]),
    );
  });
});

describe('work that takes too long', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is aborted and given up, even if it does not heed its signal', async () => {
    const cache = make({ workTimeout: 1000 });
    const got = cache.get('a', never, work);
    const told = expect(got).rejects.toEqual(fault('DEADLINE_EXCEEDED'));
    vi.advanceTimersByTime(999);
    expect(workAt(0).signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    await told;
    expect(workAt(0).signal.reason).toEqual(fault('DEADLINE_EXCEEDED'));
    expect(cache.stats()).toMatchObject({ flights: 0, failed: 1 });
  });

  it('does not fill the cache when it ends at last', async () => {
    const cache = make({ workTimeout: 1000 });
    const first = expect(cache.get('a', never, work)).rejects.toEqual(fault('DEADLINE_EXCEEDED'));
    vi.advanceTimersByTime(1000);
    await first;
    const second = cache.get('a', never, work);
    workAt(0).finish(made('late'));
    await turn();
    expect(cache.peek('a')).toBeUndefined();
    workAt(1).finish(made('x'));
    expect(await second).toMatchObject({ value: 'x' });
    expect(cache.hit('a')?.value).toBe('x');
  });

  it('leaves no timer behind', async () => {
    const cache = make();
    await cache.get('a', never, done('x'));
    await expect(cache.get('b', never, () => Promise.reject(new Error('no')))).rejects.toEqual(fault('INTERNAL'));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a stale value', () => {
  const stale = async (options: Partial<DecisionCacheOptions> = {}): Promise<DecisionCache<string>> => {
    const cache = make(options);
    await cache.get('a', never, done('old', living(10, 100)));
    now += 10;
    return cache;
  };

  it('is served at once while it is made anew, once', async () => {
    const cache = await stale();
    expect(cache.hit('a')).toBeUndefined();
    for (let index = 0; index < 3; index++)
      expect(await cache.get('a', never, work)).toMatchObject({ value: 'old', state: 'stale', cached: { age: 10 } });
    expect(works).toHaveLength(1);
    workAt(0).finish(made('new'));
    await turn();
    expect(cache.hit('a')).toMatchObject({ value: 'new', state: 'hit' });
  });

  it('is not served beyond its bound: who asks then waits for what is being made', async () => {
    const cache = await stale();
    await cache.get('a', never, work);
    now += 90;
    const got = cache.get('a', never, work);
    workAt(0).finish(made('new'));
    expect(await got).toMatchObject({ value: 'new', state: 'joined' });
    expect(works).toHaveLength(1);
  });

  it('is forgotten when its renewal fails, without an unhandled rejection', async () => {
    const cache = await stale();
    await cache.get('a', never, work);
    workAt(0).fail(new VerdictError('REGISTRY_UNAVAILABLE', 'down'));
    await turn();
    expect(cache.peek('a')).toBeUndefined();
    expect(await cache.get('a', never, done('new'))).toMatchObject({ state: 'made' });
  });

  it('is forgotten when its renewal may not be kept', async () => {
    const cache = await stale();
    await cache.get('a', never, uncached('undecided'));
    await turn();
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.stats()).toMatchObject({ failed: 0, entries: 0 });
  });

  it('is forgotten when its renewal is too large to be kept', async () => {
    const cache = await stale();
    await cache.get('a', never, done('new', living(100), 1e6));
    await turn();
    expect(cache.peek('a')).toBeUndefined();
  });

  it('is renewed although its caller left', async () => {
    const cache = await stale();
    const leaving = new AbortController();
    await cache.get('a', leaving.signal, work);
    leaving.abort();
    expect(workAt(0).signal.aborted).toBe(false);
    workAt(0).finish(made('new'));
    await turn();
    expect(cache.hit('a')?.value).toBe('new');
  });

  it('is served within its bound while too much else is running, and renewed later', async () => {
    const cache = await stale({ maxFlights: 1 });
    const other = cache.get('b', never, work);
    expect(await cache.get('a', never, work)).toMatchObject({ value: 'old', state: 'stale' });
    expect(works).toHaveLength(1);
    workAt(0).finish(made('x'));
    await other;
    await cache.get('a', never, work);
    expect(works).toHaveLength(2);
    now += 90;
    workAt(1).fail(new Error('no'));
    await turn();
    expect(cache.stats().entries).toBe(1);
  });
});

describe('the room of a cache', () => {
  it('is kept, the least recently used going first', async () => {
    const cache = make({ maxBytes: 20_000 });
    for (let index = 0; index < 10; index++) await cache.get(`${index}`, never, done('x', living(100), 1400));
    cache.hit('0');
    for (let index = 10; index < 15; index++) await cache.get(`${index}`, never, done('x', living(100), 1400));
    expect(cache.stats().bytes).toBeLessThanOrEqual(20_000);
    expect(cache.stats().entries).toBe(10);
    expect(cache.hit('0')).toBeDefined();
    expect(cache.hit('1')).toBeUndefined();
    expect(cache.hit('14')).toBeDefined();
  });

  it('is not given to one value by more than a tenth', async () => {
    const cache = make({ maxBytes: 20_000 });
    await cache.get('small', never, done('x'));
    expect(await cache.get('large', never, done('x', living(100), 2000))).toMatchObject({ cached: { expires: '' } });
    expect(cache.hit('large')).toBeUndefined();
    expect(cache.hit('small')).toBeDefined();
  });

  it('is taken by long keys too', async () => {
    const cache = make({ maxBytes: 20_000 });
    await cache.get('k'.repeat(1000), never, done('x'));
    expect(cache.stats().entries).toBe(0);
  });

  it('may be none: work is still shared', async () => {
    const cache = make({ maxBytes: 0 });
    const both = [cache.get('a', never, work), cache.get('a', never, work)];
    workAt(0).finish(made('x', living(100), 0));
    expect((await Promise.all(both)).map(({ value }) => value)).toEqual(['x', 'x']);
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('is empty after it was cleared, and what was running then does not fill it', async () => {
    const cache = make();
    await cache.get('a', never, done('x'));
    const running = cache.get('b', never, work);
    cache.clear();
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, flights: 1 });
    const again = cache.get('b', never, work);
    expect(works).toHaveLength(2);
    workAt(0).finish(made('before'));
    expect(await running).toMatchObject({ value: 'before', cached: { expires: '' } });
    expect(cache.peek('b')).toBeUndefined();
    workAt(1).finish(made('after'));
    expect(await again).toMatchObject({ value: 'after' });
    expect(cache.hit('b')?.value).toBe('after');
    expect(cache.stats().flights).toBe(0);
  });
});
