import { afterAll, describe, expect, it } from 'vitest';
import { canonical, type Decision } from '../../../src/decision.ts';
import { digestOf } from '../../../src/descriptor.ts';
import { readBundle } from '../../../src/opa/bundle.ts';
import { createPolicy, type PolicyOptions, type WasmPolicy } from '../../../src/opa/policy.ts';
import { Pool, type PoolOptions } from '../../../src/opa/pool.ts';
import { bytes, policyBundle, TIME, TIME_NS } from './fixtures.ts';
import { abort, handMade, type ModuleOptions } from './modules.ts';

const MIB = 1024 * 1024;
const open: Pool[] = [];

function poolOf(options: PoolOptions = {}): Pool {
  const pool = new Pool({ size: 1, spares: 0, ...options });
  open.push(pool);
  return pool;
}
const pool = poolOf();
afterAll(async () => Promise.all(open.map((one) => one.close())));

const create = (source: Uint8Array, options: Partial<PolicyOptions> = {}): Promise<WasmPolicy> =>
  createPolicy({ pool, name: 'test', scope: 'cluster', source, ...options });

const decide = (policy: WasmPolicy, input: unknown): Promise<Decision> =>
  policy.decide({ input: bytes(typeof input === 'string' ? input : JSON.stringify(input)), time: TIME });

const codes = (decision: Decision): string[] => {
  expect(decision.allow).toBe(false);
  return decision.violations.map(({ code }) => code);
};

describe('createPolicy', () => {
  it('tells what it activated', async () => {
    const policy = await create(policyBundle('cases'), { data: [{ path: 'config', text: bytes('{"a":1}') }] });
    const { wasm } = await readBundle(policyBundle('cases'));
    expect(policy.info).toEqual({
      name: 'test',
      scope: 'cluster',
      revision: 'cases',
      digest: digestOf(wasm),
      data: digestOf(bytes('{"config":{"a":1}}')),
    });
    expect(policy.entrypoints).toContain('verdict/identity');
  });

  it('takes a policy.wasm without a bundle', async () => {
    const policy = await create(handMade());
    expect(await decide(policy, {})).toMatchObject({ allow: true });
    expect(policy.info.revision).toBe('');
  });

  it('refuses a policy whose built-ins are missing, and names them all', async () => {
    const refusal = create(policyBundle('missing'));
    await expect(refusal).rejects.toMatchObject({ code: 'BUILTIN_MISSING' });
    await expect(refusal).rejects.toThrow(/http\.send, opa\.runtime/);
  });

  it('refuses a policy without the entrypoint asked for, and names those it has', async () => {
    const refusal = create(policyBundle('gate'), { entrypoint: 'ratify/policy/valid' });
    await expect(refusal).rejects.toMatchObject({ code: 'POLICY_MISSING' });
    await expect(refusal).rejects.toThrow(/verdict\/decision/);
    await expect(create(handMade({ entrypoints: '{}' }))).rejects.toMatchObject({ code: 'POLICY_MISSING' });
  });

  it.each<[string, string, Uint8Array, Partial<PolicyOptions>]>([
    ['what is neither bundle nor module', 'BUNDLE_INVALID', bytes('hello'), {}],
    ['a module that is none', 'POLICY_INVALID', new Uint8Array([0, 0x61, 0x73, 0x6d, 1]), {}],
    ['a module with other imports', 'POLICY_INVALID', handMade({ imports: '(import "env" "fetch" (func))' }), {}],
    ['a module with an older interface', 'POLICY_INVALID', handMade({ abi: [1, 1] }), {}],
    [
      'a module whose data lies outside its memory',
      'POLICY_INVALID',
      handMade({ fields: '(data (i32.const 2147483000) "x")' }),
      {},
    ],
    ['a module that aborts as it starts', 'POLICY_INVALID', handMade({ start: '(unreachable)' }), {}],
    ['configured data that is no JSON', 'CONFIG_INVALID', handMade(), { data: [{ path: 'config', text: bytes('{') }] }],
  ])('refuses %s with %s', async (_name, code, source, options) => {
    await expect(create(source, options)).rejects.toMatchObject({ code });
  });

  it('refuses a module that never ends its start', async () => {
    const short = poolOf({ timeoutMs: 1000 });
    const source = handMade({ start: '(loop (br 0))' });
    await expect(create(source, { pool: short })).rejects.toMatchObject({ code: 'POLICY_TIMEOUT' });
  });

  it('refuses data that does not fit the memory', async () => {
    const small = poolOf({ memoryBytes: 16 * MIB });
    const text = bytes(`[${'0,'.repeat(100_000)}0]`);
    await expect(
      create(policyBundle('cases'), { pool: small, data: [{ path: 'config', text }] }),
    ).rejects.toMatchObject({
      code: 'POLICY_MEMORY',
    });
  });
});

describe('a decision', () => {
  it('comes as the policy said it, in canonical form', async () => {
    const policy = await create(policyBundle('cases'));
    expect(await decide(policy, { case: 'allow' })).toMatchObject({
      allow: true,
      violations: [],
      // A number that no double holds stays as its text.
      metadata: { big: '12345678901234567890', tenth: 0.1, seen: [1, 2, 3] },
    });
    const denied = await decide(policy, { case: 'deny', name: 'x "y"' });
    expect(denied.violations.map(({ code, msg }) => [code, msg])).toEqual([
      ['', 'a text alone'],
      ['a.first', `"x \\"y\\"" at ${TIME_NS}`],
      ['b.second', 'two'],
    ]);
  });

  it('is the same bytes every time', async () => {
    const policy = await create(policyBundle('cases'));
    const answers = new Set<string>();
    for (let round = 0; round < 20; round++) answers.add(canonical(await decide(policy, { case: 'deny', name: 'n' })));
    expect(answers.size).toBe(1);
  });

  it('allows only where the policy says so, well-formed', async () => {
    const policy = await create(policyBundle('cases'));
    const echo = (decision: unknown): Promise<Decision> => decide(policy, { case: 'echo', decision });
    expect((await echo({ allow: true })).allow).toBe(true);
    expect(codes(await echo({ allow: true, violations: ['x'] }))).toContain('POLICY_MALFORMED');
    expect(codes(await echo({ allow: 'true' }))).toEqual(['POLICY_MALFORMED']);
    expect(codes(await echo(true))).toEqual(['POLICY_MALFORMED']);
    expect(codes(await echo({ allow: false }))).toEqual(['POLICY_NO_REASON']);
    expect(codes(await decide(policy, { case: 'unknown' }))).toEqual(['POLICY_UNDEFINED']);
  });

  it('sees data of the operator and time of the question', async () => {
    const data = [{ path: 'config', text: bytes('{"mode":"strict","serial":12345678901234567890}') }];
    const policy = await create(policyBundle('cases'), { data });
    const answer = await policy.evaluate(['verdict/config', 'verdict/now', 'verdict/refused'], {
      input: bytes('{}'),
      time: TIME,
    });
    expect(answer).toEqual({
      kind: 'values',
      values: ['{"mode":"strict","serial":12345678901234567890}', String(TIME_NS), undefined],
    });
  });

  it('leaves bytes of a shared buffer to their owner', async () => {
    const policy = await create(policyBundle('cases'));
    const whole = bytes('xx{"case":"allow"}yy');
    const decision = await policy.decide({ input: whole.subarray(2, -2), time: TIME });
    expect(decision.allow).toBe(true);
    expect(whole.byteLength).toBe(20);
  });

  it('is refused for bytes that were given away already', async () => {
    const policy = await create(policyBundle('cases'));
    const input = bytes('{"case":"allow"}');
    expect((await policy.decide({ input, time: TIME })).allow).toBe(true);
    await expect(policy.decide({ input, time: TIME })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('a fault denies with its code, and the next evaluation works:', () => {
  const input = { case: 'echo', decision: { allow: true } };

  it.each<[string, string, string]>([
    ['a conflict between rules', 'POLICY_ABORTED', '{"case":"conflict"}'],
    ['input that is no JSON', 'DOCUMENT_INVALID', '{"case":'],
    ['half a surrogate pair', 'POLICY_ABORTED', '{"case":"\\ud800"}'],
    ['endless nesting', 'POLICY_ABORTED', '['.repeat(500_000)],
  ])('%s', async (_name, code, text) => {
    const policy = await create(policyBundle('cases'));
    expect(codes(await decide(policy, text))).toEqual([code]);
    expect((await decide(policy, input)).allow).toBe(true);
  });

  it('a policy that takes too long', async () => {
    // Short: its numbers take memory, and a fast machine would reach that limit first.
    const short = poolOf({ timeoutMs: 250 });
    const policy = await create(policyBundle('cases'), { pool: short });
    const endless = decide(policy, { case: 'endless' });
    const waiting = decide(policy, input);
    expect(codes(await endless)).toEqual(['POLICY_TIMEOUT']);
    expect((await waiting).allow).toBe(true);
    expect((await decide(policy, input)).allow).toBe(true);
  });

  it('a policy that takes too long, with a spare worker ready', async () => {
    const short = poolOf({ timeoutMs: 1000, spares: 1 });
    const policy = await create(handMade({ eval: '(loop (br 0)) (i32.const 0)' }), { pool: short });
    const good = await create(handMade(), { pool: short });
    expect(codes(await decide(policy, {}))).toEqual(['POLICY_TIMEOUT']);
    expect((await decide(good, {})).allow).toBe(true);
    expect(codes(await decide(policy, {}))).toEqual(['POLICY_TIMEOUT']);
    expect((await decide(good, {})).allow).toBe(true);
  });

  it('a policy that takes too much memory', async () => {
    const policy = await create(policyBundle('cases'));
    expect(codes(await decide(policy, { case: 'hungry', text: 'x'.repeat(1000) }))).toEqual(['POLICY_MEMORY']);
    expect((await decide(policy, input)).allow).toBe(true);
  });

  it('an input that cannot fit, which is not even begun', async () => {
    const small = poolOf({ memoryBytes: 64 * MIB });
    const policy = await create(policyBundle('cases'), { pool: small });
    expect(codes(await decide(policy, `[${'0,'.repeat(500_000)}0]`))).toEqual(['POLICY_MEMORY']);
    expect((await decide(policy, input)).allow).toBe(true);
  });

  it.each<[string, string, ModuleOptions]>([
    ['an abort', 'POLICY_ABORTED', abort('policy.rego:3:1: something')],
    ['no memory', 'POLICY_MEMORY', abort('opa_malloc: failed')],
    ['a trap', 'POLICY_ABORTED', { eval: '(unreachable)' }],
    ['endless recursion', 'POLICY_ABORTED', { eval: '(call $eval (local.get 0))' }],
    ['an answer cut off', 'POLICY_MALFORMED', { answer: '{{"result": {"allow"' }],
    ['a built-in never declared', 'BUILTIN_MISSING', { eval: '(call $opa_builtin0 (i32.const 7) (i32.const 0))' }],
    [
      'growing for ever',
      'POLICY_ABORTED',
      { eval: '(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)' },
    ],
  ])('%s of a hand-made module', async (_name, code, options) => {
    const policy = await create(handMade(options));
    expect(codes(await decide(policy, {}))).toEqual([code]);
    expect(codes(await decide(policy, {}))).toEqual([code]);
    const good = await create(handMade());
    expect((await decide(good, {})).allow).toBe(true);
  });

  it('an abort tells the place that OPA knows', async () => {
    const policy = await create(policyBundle('cases'));
    const { violations } = await decide(policy, { case: 'conflict' });
    expect(violations[0]?.msg).toMatch(/policy\.rego:\d+:\d+/);
  });

  it('an entrypoint that is not there', async () => {
    const policy = await create(policyBundle('cases'));
    const answer = await policy.evaluate(['verdict/nothing'], { input: bytes('{}'), time: TIME });
    expect(answer).toMatchObject({ kind: 'fault', code: 'POLICY_MISSING' });
  });
});

describe('several policies', () => {
  it('share a pool, each with its own data', async () => {
    const both = poolOf({ size: 2 });
    const policies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        create(policyBundle('cases'), { pool: both, data: [{ path: 'config', text: bytes(String(index)) }] }),
      ),
    );
    const ask = { input: bytes('{}'), time: TIME };
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        policies.map((policy) => policy.evaluate(['verdict/config'], { ...ask, input: bytes('{}') })),
      );
      expect(answers).toEqual(policies.map((_, index) => ({ kind: 'values', values: [String(index)] })));
    }
  });

  it('close without harm to each other, after what runs', async () => {
    const one = await create(policyBundle('cases'));
    const other = await create(policyBundle('cases'));
    const running = decide(one, { case: 'allow' });
    await one.close();
    expect((await running).allow).toBe(true);
    expect((await decide(other, { case: 'allow' })).allow).toBe(true);
    await expect(decide(one, { case: 'allow' })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
