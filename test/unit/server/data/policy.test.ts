import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VerdictError } from '../../../../src/errors.ts';
import { createPolicy, type WasmPolicy } from '../../../../src/opa/policy.ts';
import { Pool } from '../../../../src/opa/pool.ts';
import type { DataDeps, Evaluated } from '../../../../src/server/data/data.ts';
import { ConsoleLog } from '../../../../src/server/data/log.ts';
import { appOf, get, post, TIME } from './api.ts';

const BUNDLE = new URL('../../../fixtures/policies/cases/bundle.tar.gz', import.meta.url);

/** How a policy of this repository stands behind the API. It takes no undefined input: none is null, as in version 0. */
function depsOf(policy: WasmPolicy): DataDeps {
  let ids = 0;
  const evaluate = async (entrypoint: string, input: Uint8Array | undefined, time: Date): Promise<Evaluated> => {
    const answer = await policy.evaluate([entrypoint], { input: input ?? Buffer.from('null'), time });
    if (answer.kind === 'fault') return { kind: 'fault', error: new VerdictError(answer.code, answer.message) };
    const [value] = answer.values;
    return value === undefined ? { kind: 'undefined' } : { kind: 'result', json: Buffer.from(value) };
  };
  return {
    entrypoints: () => policy.entrypoints,
    evaluate,
    revisions: () => ({ cases: { revision: policy.info.revision } }),
    onFault: () => undefined,
    now: () => TIME,
    newId: () => `id-${++ids}`,
  };
}

describe('a policy.wasm behind the Data API', () => {
  const pool = new Pool({ size: 2, spares: 0, memoryBytes: 64 * 1024 * 1024 });
  let policy: WasmPolicy;
  beforeAll(async () => {
    const data = [{ path: 'config', text: Buffer.from('{"a":1}') }];
    policy = await createPolicy({ pool, name: 'cases', scope: 'cluster', source: readFileSync(BUNDLE), data });
  });
  afterAll(() => pool.close());

  it('answers exact numbers, sets as arrays and the frozen time', async () => {
    const app = appOf(depsOf(policy));
    expect((await post(app, '/v1/data/verdict/numbers_kept', '{"input":{"number":12345678901234567890}}')).body).toBe(
      '{"result":[9007199254740993,1700000000123456789,0.10,1e3,12345678901234567890]}\n',
    );
    expect((await get(app, '/v1/data/verdict/now')).body).toBe('{"result":1795255200123000000}\n');
    expect(await get(app, '/v1/data/verdict/config')).toMatchObject({ json: { result: { a: 1 } } });
    expect((await get(app, '/v1/data/verdict/sets')).body).toContain('"empty":[]');
  });

  it('sees what the caller sends and nothing else', async () => {
    const app = appOf(depsOf(policy));
    const input = '{"a":["\\ud840\\udc00",null,{"é":1e2}],"n":0.10}';
    expect(await post(app, '/v1/data/verdict/identity', `{"input": ${input}}`)).toMatchObject({
      json: { result: JSON.parse(input) },
    });
    expect(await post(app, '/v1/data/verdict/identity')).toMatchObject({ json: { result: null } });
    expect(await post(app, '/v1/data/verdict/identity', '{"input": null}')).toMatchObject({ json: { result: null } });
  });

  it('is undefined where the policy is', async () => {
    const app = appOf(depsOf(policy));
    expect(await post(app, '/v1/data/verdict/decision', '{"input":{"case":"none"}}')).toMatchObject({ body: '{}\n' });
    const allowed = '{"input":{"case":"echo","decision":{"allow":true}}}';
    expect(await post(app, '/v1/data/verdict/decision/allow', allowed)).toMatchObject({ body: '{"result":true}\n' });
    expect(await post(app, '/', '{"case":"none"}')).toMatchObject({ status: 404 });
    expect(await post(app, '/', '{"case":"echo","decision":{"allow":true}}')).toMatchObject({
      body: '{"allow":true}\n',
    });
  });

  it.each([
    ['conflict', 'POLICY_ABORTED'],
    ['hungry', 'POLICY_MEMORY'],
  ])('reports the fault of the case %s', async (name, code) => {
    const app = appOf(depsOf(policy));
    expect(await post(app, '/v1/data/verdict/decision', `{"input":{"case":"${name}"}}`)).toMatchObject({
      status: 500,
      json: { code: 'internal_error', errors: [{ code }] },
    });
  });

  it('answers a whole package over one input', async () => {
    const answer = await post(appOf(depsOf(policy)), '/v1/data/verdict', '{"input":{"case":"echo","decision":1}}');
    const { result } = answer.json as { result: Record<string, unknown> };
    expect(result).toMatchObject({ decision: 1, config: { a: 1 }, identity: { case: 'echo' } });
    expect(Object.keys(result)).not.toContain('refused');
  });

  it('answers a batch of a hundred, and records each decision', async () => {
    const lines: string[] = [];
    const log = new ConsoleLog((line) => lines.push(line), { inputs: true });
    const inputs = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, { n: index }]));
    const app = appOf({ ...depsOf(policy), log });
    const answer = await post(app, '/v1/batch/data/verdict/identity', JSON.stringify({ inputs }));
    const { responses } = answer.json as { responses: Record<string, { result: { n: number } }> };
    expect(Object.values(responses).map(({ result }) => result.n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    const events: unknown[] = lines.map((line) => JSON.parse(line));
    expect(events).toHaveLength(100);
    expect(events).toContainEqual(
      expect.objectContaining({
        path: 'verdict/identity',
        bundles: { cases: { revision: 'cases' } },
        input: { n: 7 },
        result: { n: 7 },
        timestamp: TIME.toISOString(),
      }),
    );
  });
});
