import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../../src/opa/policy.ts';
import { Pool } from '../../../src/opa/pool.ts';
import { bytes, policyBundle, TIME } from './fixtures.ts';

const MIB = 1024 * 1024;
const ALLOW = '{"case":"allow"}';

const cases = (pool: Pool) => createPolicy({ pool, name: 'cases', scope: 'cluster', source: policyBundle('cases') });

describe('a pool', () => {
  it('answers many questions at once, each its own', async () => {
    const pool = new Pool({ size: 2, spares: 1 });
    const policy = await cases(pool);
    const ask = (index: number) => policy.evaluate(['verdict/identity'], { input: bytes(String(index)), time: TIME });
    const answers = await Promise.all(Array.from({ length: 500 }, (_, index) => ask(index)));
    expect(answers).toEqual(answers.map((_, index) => ({ kind: 'values', values: [String(index)] })));
    await pool.close();
  });

  it('asks every worker that is there, spares included, and none that is at work', async () => {
    const pool = new Pool({ size: 1, spares: 2, timeoutMs: 1000 });
    const policy = await cases(pool);
    const question = { input: bytes(ALLOW), time: TIME };
    expect(await policy.decideOnEach(question)).toHaveLength(1);
    // Spares are there once a worker had to be given up.
    expect(await policy.decide({ input: bytes('{"case":"endless"}'), time: TIME })).toMatchObject({ allow: false });
    const all = await policy.decideOnEach(question);
    expect(all.map(({ allow }) => allow)).toEqual([true, true, true]);
    const [single, others] = await Promise.all([
      policy.decide({ input: bytes(ALLOW), time: TIME }),
      policy.decideOnEach(question),
    ]);
    expect([single.allow, others.length]).toEqual([true, 2]);
    await pool.close();
    await expect(policy.decideOnEach(question)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('asks whoever comes when too many wait to come again', async () => {
    const pool = new Pool({ size: 1, spares: 0 });
    const policy = await cases(pool);
    const all = Array.from({ length: 1_100 }, () => policy.decide({ input: bytes(ALLOW), time: TIME }));
    const outcomes = await Promise.allSettled(all);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ reason: { code: 'LIMIT_EXCEEDED', retryable: true } });
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled').every(({ value }) => value.allow)).toBe(true);
    expect((await policy.decide({ input: bytes(ALLOW), time: TIME })).allow).toBe(true);
    await pool.close();
  });

  it('lets large evaluations wait for memory rather than fail', async () => {
    const pool = new Pool({ size: 2, spares: 0, memoryBytes: 160 * MIB });
    const policy = await cases(pool);
    const text = `{"case":"allow","padding":[${'0,'.repeat(150_000)}0]}`;
    const decisions = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        policy.decide({ input: bytes(index % 2 === 0 ? text : ALLOW), time: TIME }),
      ),
    );
    expect(decisions.map(({ allow }) => allow)).toEqual(Array(6).fill(true));
    await pool.close();
  });

  it('gives memory back after a large input', async () => {
    const pool = new Pool({ size: 1, spares: 0 });
    const policy = await cases(pool);
    const text = `{"case":"allow","padding":[${'{"a":"b"},'.repeat(300_000)}0]}`;
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 5; round++) {
      expect((await policy.decide({ input: bytes(text), time: TIME })).allow).toBe(true);
    }
    expect((await policy.decide({ input: bytes(ALLOW), time: TIME })).allow).toBe(true);
    // One such evaluation takes more than 150 MB in the module.
    await expect.poll(() => process.memoryUsage().rss - before, { timeout: 20_000 }).toBeLessThan(100 * MIB);
    await pool.close();
  });

  it('can be asked again where a worker ended in the middle of its work', async () => {
    const workers: Worker[] = [];
    const listen = (worker: Worker): void => void workers.push(worker);
    process.on('worker', listen);
    const pool = new Pool({ size: 1, spares: 0, timeoutMs: 60_000 });
    const policy = await cases(pool);
    const running = policy.decide({ input: bytes('{"case":"endless"}'), time: TIME });
    const outcome = expect(running).rejects.toMatchObject({ code: 'INTERNAL', retryable: true });
    await workers[0]?.terminate();
    await outcome;
    expect((await policy.decide({ input: bytes(ALLOW), time: TIME })).allow).toBe(true);
    process.off('worker', listen);
    await pool.close();
  });

  it('fails what waits when it is closed, and everything after', async () => {
    const pool = new Pool({ size: 1, spares: 0, timeoutMs: 60_000 });
    const policy = await cases(pool);
    const running = policy.decide({ input: bytes('{"case":"endless"}'), time: TIME });
    const waiting = policy.decide({ input: bytes(ALLOW), time: TIME });
    const outcomes = Promise.allSettled([running, waiting]);
    await pool.close();
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'INTERNAL' } },
      { status: 'rejected', reason: { code: 'INTERNAL' } },
    ]);
    await expect(policy.decide({ input: bytes(ALLOW), time: TIME })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
