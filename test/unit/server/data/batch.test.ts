import { describe, expect, it } from 'vitest';
import { MAX_BATCH_INPUTS } from '../../../../src/server/data/deps.ts';
import { appOf, fault, get, KeptLog, madePolicy, post, result } from './api.ts';

const DECISION = '/v1/batch/data/verdict/decision';
/** Faults for a number, is undefined for null. */
const picky = madePolicy({
  'p/picky': (input) => (/^\d/.test(input) ? fault() : input === 'null' ? { kind: 'undefined' } : result(input)),
}).deps;

describe('POST /v1/batch/data', () => {
  it('answers each input under its name, with its very bytes', async () => {
    const { deps, asked } = madePolicy();
    const inputs = '{"a": {"n": 12345678901234567890}, "__proto__": [1.0], "1": null, "": "x"}';
    const answer = await post(appOf(deps), DECISION, `{"inputs": ${inputs}}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toBe(
      '{"responses":{"a":{"result":{"n": 12345678901234567890}},"__proto__":{"result":[1.0]},"1":{"result":null},"":{"result":"x"}}}\n',
    );
    expect(asked.map(({ input }) => input)).toEqual(['{"n": 12345678901234567890}', '[1.0]', 'null', '"x"']);
  });

  it('answers 207 for some faults and 500 for nothing but faults', async () => {
    const app = appOf(picky);
    const error = { http_status_code: '500', code: 'internal_error', errors: [{ code: 'POLICY_TIMEOUT' }] };
    expect(await post(app, '/v1/batch/data/p/picky', '{"inputs":{"a":"x","b":1,"c":null}}')).toMatchObject({
      status: 207,
      json: {
        responses: { a: { http_status_code: '200', result: 'x' }, b: error, c: { http_status_code: '200' } },
      },
    });
    expect(await post(app, '/v1/batch/data/p/picky', '{"inputs":{"a":1,"b":2}}')).toMatchObject({
      status: 500,
      json: { responses: { a: error, b: error } },
    });
    expect(await post(app, '/v1/batch/data/no/where', '{"inputs":{"a":1}}')).toMatchObject({
      status: 200,
      json: { responses: { a: {} } },
    });
    expect(await post(app, '/v1/batch/data/p/picky', '{"inputs":{}}')).toMatchObject({ json: { responses: {} } });
  });

  it('records every decision of it, and names the batch', async () => {
    const log = new KeptLog();
    const { deps } = madePolicy();
    const answer = await post(appOf({ ...deps, log }), `${DECISION}?metrics`, '{"inputs":{"a":1,"b":2}}');
    expect(answer.json).toMatchObject({
      batch_decision_id: 'id-1',
      responses: { a: { decision_id: 'id-2', result: 1, metrics: {} }, b: { decision_id: 'id-3', result: 2 } },
    });
    expect(log.events).toMatchObject([
      { batchDecisionId: 'id-1', decisionId: 'id-2', input: '1', result: '1' },
      { batchDecisionId: 'id-1', decisionId: 'id-3', input: '2', result: '2' },
    ]);
  });

  it('asks about all at the same time', async () => {
    const { deps, asked } = madePolicy();
    let now = 0;
    await post(appOf({ ...deps, now: () => new Date(++now) }), DECISION, '{"inputs":{"a":1,"b":2,"c":3}}');
    expect(asked.map(({ time }) => time.getTime())).toEqual([1, 1, 1]);
  });

  it('keeps the order sent though answers come in another', async () => {
    let waiting: (() => void) | undefined;
    const { deps } = madePolicy({
      'p/slow': async (input) => {
        if (input === '1') await new Promise<void>((resolve) => (waiting = resolve));
        if (input === '4') waiting?.();
        return result(input);
      },
    });
    const answer = await post(appOf(deps), '/v1/batch/data/p/slow', '{"inputs":{"d":1,"c":2,"b":3,"a":4}}');
    expect(Object.keys((answer.json as { responses: object }).responses)).toEqual(['d', 'c', 'b', 'a']);
  });

  it('takes so many inputs and no more', async () => {
    const { deps, asked } = madePolicy();
    const app = appOf(deps);
    const inputs = (count: number) =>
      JSON.stringify({ inputs: Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i])) });
    expect(await post(app, DECISION, inputs(MAX_BATCH_INPUTS))).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(MAX_BATCH_INPUTS);
    expect(await post(app, DECISION, inputs(MAX_BATCH_INPUTS + 1))).toMatchObject({
      status: 400,
      json: { errors: [{ code: 'LIMIT_EXCEEDED' }] },
    });
    expect(asked).toHaveLength(MAX_BATCH_INPUTS);
  });

  it.each([
    '',
    '{}',
    '[]',
    '{"inputs":[1]}',
    '{"inputs":null}',
    '{"inputs":{"a":1,"a":2}}',
    '{"inputs":{"a":1},"inputs":{}}',
    '{"inputs":{"a":{"b":1,"\\u0062":2}}}',
    '{"inputs":{"a":1},"common_input":{"b":1}}',
  ])('refuses %s', async (body) => {
    const { deps, asked } = madePolicy();
    expect(await post(appOf(deps), DECISION, body)).toMatchObject({
      status: 400,
      json: { code: 'invalid_parameter', errors: [{ code: 'DOCUMENT_INVALID' }] },
    });
    expect(asked).toEqual([]);
  });

  it('is not to be had with GET', async () => {
    expect((await get(appOf(picky), DECISION)).status).toBe(404);
  });

  it('answers a fault for what no longer fits the answer', async () => {
    const half = `"${'x'.repeat(33 * 1024 * 1024)}"`;
    const { deps } = madePolicy({ 'p/large': () => result(half) });
    const answer = await post(appOf(deps), '/v1/batch/data/p/large', '{"inputs":{"a":1,"b":2}}');
    expect(answer.status).toBe(207);
    const { responses } = answer.json as { responses: Record<string, { result?: string; errors?: unknown }> };
    expect(responses.a?.result?.length).toBe(33 * 1024 * 1024);
    expect(responses.b).toMatchObject({ http_status_code: '500', errors: [{ code: 'LIMIT_EXCEEDED' }] });
  });
});
