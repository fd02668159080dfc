import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VerdictError } from '../../../../src/errors.ts';
import { DetachedFlights, type FlightsOptions } from '../../../../src/server/cache/flights.ts';
import { createBurst } from '../../../../src/server/load/burst.ts';
import { MAX_LOOP_DELAY, watchLoopDelay } from '../../../../src/server/load/loop-delay.ts';
import { retryAfter, Shed, type ShedReason } from '../../../../src/server/load/shed.ts';

const never = () => new AbortController().signal;

function flights(options: Partial<FlightsOptions> = {}) {
  const shed: ShedReason[] = [];
  const made = new DetachedFlights<string>({
    maxFlights: 1,
    maxWaiting: 2,
    workTimeout: 60_000,
    onShed: ({ reason }) => void shed.push(reason),
    ...options,
  });
  const began: string[] = [];
  const ended = new Map<string, string | undefined>();
  const ends = new Map<string, (value: string) => void>();
  const begin = (key: string, left?: number) =>
    made.begin(
      key,
      () => {
        began.push(key);
        return new Promise<string>((resolve) => ends.set(key, resolve));
      },
      (value) => void ended.set(key, value),
      left,
    );
  return { made, shed, began, ended, begin, end: (key: string) => ends.get(key)?.(`${key} made`) };
}

describe('work that waits to begin', () => {
  it('begins in its order and is told to whoever waits', async () => {
    const { made, began, ended, begin, end } = flights();
    const waits = ['a', 'b', 'c'].map((key) => made.wait(begin(key), never()));
    expect({ began: [...began], waiting: made.waiting, running: made.running }).toEqual({
      began: ['a'],
      waiting: 2,
      running: 1,
    });
    for (const key of ['a', 'b', 'c']) {
      await vi.waitFor(() => expect(began).toContain(key));
      end(key);
    }
    expect(await Promise.all(waits)).toEqual(['a made', 'b made', 'c made']);
    expect(began).toEqual(['a', 'b', 'c']);
    expect([...ended]).toEqual([
      ['a', 'a made'],
      ['b', 'b made'],
      ['c', 'c made'],
    ]);
    expect([made.running, made.waiting]).toEqual([0, 0]);
  });

  it('never begins once nobody waits for it, and does begin while one does', async () => {
    const { made, began, begin, end } = flights();
    const first = made.wait(begin('a'), never());
    const gone = new AbortController();
    const b = begin('b');
    const c = begin('c');
    const leaving = [made.wait(b, gone.signal), made.wait(c, gone.signal)];
    const staying = made.wait(c, never());
    gone.abort();
    for (const one of leaving) await expect(one).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(made.waiting).toBe(1);
    expect(made.get('b')).toBeUndefined();
    end('a');
    await first;
    await vi.waitFor(() => expect(began).toEqual(['a', 'c']));
    end('c');
    expect(await staying).toBe('c made');
  });

  it('goes on when its waiters leave after it has begun', async () => {
    const { made, ended, begin, end } = flights();
    const gone = new AbortController();
    const wait = made.wait(begin('a'), gone.signal);
    gone.abort();
    await expect(wait).rejects.toThrow();
    end('a');
    await vi.waitFor(() => expect(ended.get('a')).toBe('a made'));
  });

  it('is refused where too much waits, where the loop is behind, and counted', () => {
    let isOverloaded = false;
    const { made, shed, begin } = flights({ isOverloaded: () => isOverloaded });
    for (const key of ['a', 'b', 'c']) begin(key);
    expect(() => begin('d')).toThrow(Shed);
    isOverloaded = true;
    expect(() => begin('e')).toThrow('more to do than can be done');
    expect(shed).toEqual(['queue', 'loop']);
    expect([made.running, made.waiting, made.isFull]).toEqual([1, 2, true]);
  });
});

describe('the delay of the event loop', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Each look comes so many milliseconds late. */
  function looks(...late: readonly number[]): number {
    let now = 0;
    const delay = watchLoopDelay(() => now);
    for (const ms of late) {
      now += 50 + ms;
      vi.advanceTimersByTime(50);
    }
    delay.close();
    expect(vi.getTimerCount()).toBe(0);
    return delay.mean();
  }
  const repeat = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

  it('is over the limit only while timers are late again and again', () => {
    expect(looks(...repeat(100, 0))).toBe(0);
    expect(looks(0, 0, 600)).toBeLessThan(MAX_LOOP_DELAY);
    expect(looks(...repeat(10, 300))).toBeGreaterThan(MAX_LOOP_DELAY);
    expect(looks(...repeat(10, 300), ...repeat(3, 0))).toBeLessThan(MAX_LOOP_DELAY);
    expect(looks(...repeat(100, 100))).toBeLessThan(MAX_LOOP_DELAY);
  });

  it('is nothing where the clock stands still or goes back', () => {
    expect(looks(...repeat(10, -60))).toBe(0);
  });
});

describe('a burst of refusals', () => {
  it('is told of once, and again when it comes back or goes on', () => {
    let now = 0;
    const told: unknown[] = [];
    const shed = createBurst({ warn: (fields) => void told.push(fields) }, () => now);
    for (let at = 0; at < 100; at++) shed('queue');
    expect(told).toEqual([{ reason: 'queue', refused: 1 }]);
    now += 10_001;
    shed('loop');
    expect(told.at(-1)).toEqual({ reason: 'loop', refused: 100 });
    for (let at = 0; at < 70; at++) {
      now += 1000;
      shed('queue');
    }
    expect(told).toHaveLength(3);
  });
});

describe('Retry-After', () => {
  it.each([
    [new VerdictError('REGISTRY_UNAVAILABLE', 'down'), 1],
    [new Shed('queue', 'too much', 0), 1],
    [new Shed('patience', 'too late', 1200), 2],
    [new Shed('queue', 'too much', 1e9), 30],
  ])('of %s is %d s', (error, seconds) => {
    expect(retryAfter(error)).toBe(seconds);
  });
});
