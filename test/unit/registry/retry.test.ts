import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../../src/errors.ts';
import { PassingFault } from '../../../src/registry/faults.ts';
import { DEFAULT_REGISTRY_LIMITS } from '../../../src/registry/options.ts';
import { backOff, parseRetryAfter, withRetries } from '../../../src/registry/retry.ts';

const unavailable = new VerdictError('REGISTRY_UNAVAILABLE', 'not there');

/** Fails so many times, waiting as told; gives the number of attempts and all waits. */
async function run(failures: number, options: { wait?: number; took?: number; hasProgress?: boolean } = {}) {
  let now = 0;
  let attempts = 0;
  const waits: number[] = [];
  const surroundings = {
    now: () => now,
    random: () => 0.5,
    sleep: async (milliseconds: number) => {
      waits.push(milliseconds);
      now += milliseconds;
    },
  };
  const work = async (): Promise<string> => {
    attempts++;
    now += options.took ?? 0;
    if (attempts <= failures) throw new PassingFault(unavailable, options);
    return 'done';
  };
  const signal = new AbortController().signal;
  const result = await withRetries({ limits: DEFAULT_REGISTRY_LIMITS, surroundings }, signal, work).catch(
    (error: VerdictError) => error.code,
  );
  return { result, attempts, waits };
}

describe('withRetries', () => {
  it('waits longer each time, and gives up after the last attempt', async () => {
    expect(await run(2)).toEqual({ result: 'done', attempts: 3, waits: [250, 500] });
    expect(await run(9)).toEqual({ result: 'REGISTRY_UNAVAILABLE', attempts: 4, waits: [250, 500, 1000] });
  });

  it('waits as long as the server asks', async () => {
    expect(await run(1, { wait: 4000 })).toEqual({ result: 'done', attempts: 2, waits: [4000] });
  });

  it('does not wait where the server asks for more than anybody would wait', async () => {
    expect(await run(1, { wait: 10_001 })).toEqual({ result: 'REGISTRY_UNAVAILABLE', attempts: 1, waits: [] });
  });

  it('begins no attempt outside of the window', async () => {
    expect(await run(9, { took: 10_000 })).toEqual({ result: 'REGISTRY_UNAVAILABLE', attempts: 2, waits: [250] });
  });

  it('counts the window anew where part of the content has come', async () => {
    expect(await run(1, { took: 20_000, hasProgress: true })).toEqual({ result: 'done', attempts: 2, waits: [250] });
  });

  it('repeats nothing but what may pass', async () => {
    const limits = DEFAULT_REGISTRY_LIMITS;
    const surroundings = { now: () => 0, random: () => 0, sleep: async () => {} };
    let attempts = 0;
    const work = async () => {
      attempts++;
      throw unavailable;
    };
    await expect(withRetries({ limits, surroundings }, new AbortController().signal, work)).rejects.toBe(unavailable);
    expect(attempts).toBe(1);
  });
});

describe('backOff', () => {
  it('varies by a tenth and is bounded', () => {
    expect([0, 0.5, 1].map((random) => backOff(1, random))).toEqual([225, 250, 275]);
    expect(backOff(20, 0.5)).toBe(3000);
  });
});

describe('parseRetryAfter', () => {
  const now = Date.UTC(2026, 10, 21, 10, 0, 0);

  it('reads seconds and dates', () => {
    expect(parseRetryAfter('7', now)).toBe(7000);
    expect(parseRetryAfter('Sat, 21 Nov 2026 10:00:05 GMT', now)).toBe(5000);
    expect(parseRetryAfter('Sat, 21 Nov 2026 09:00:00 GMT', now)).toBe(0);
  });

  it('takes nothing else', () => {
    const headers = ['', '-1', '1.5', 'soon', '2026-11-21', '1e3', 'x'.repeat(100)];
    expect(headers.map((header) => parseRetryAfter(header, now))).toEqual(headers.map(() => undefined));
  });
});
