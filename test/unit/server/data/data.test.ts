import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../../../src/errors.ts';
import { MAX_PRETTY_BYTES } from '../../../../src/server/data/answer.ts';
import { MAX_PACKAGE_ENTRYPOINTS, MAX_STEPS } from '../../../../src/server/data/deps.ts';
import { appOf, fault, get, KeptLog, madePolicy, post, result, TIME } from './api.ts';

const DECISION = '/v1/data/verdict/decision';

describe('POST /v1/data', () => {
  it('hands the very bytes of the input to the entrypoint, and answers its very bytes', async () => {
    const { deps, asked } = madePolicy();
    const input =
      '{ "big": 12345678901234567890, "tenth": 0.10, "e": 1e3, "é": "\\u00e9\\ud83d\\ude00", "__proto__": [] }';
    const answer = await post(appOf(deps), DECISION, `{"input": ${input}}`);
    expect(answer).toMatchObject({ status: 200, body: `{"result":${input}}\n` });
    expect(asked).toEqual([{ entrypoint: 'verdict/decision', input, time: TIME }]);
  });

  it.each(['null', 'false', '0', '""', '[]', '"text"', '{}'])('takes %s as input', async (input) => {
    const { deps, asked } = madePolicy();
    expect(await post(appOf(deps), DECISION, `{"other": {"input": 1}, "input": ${input}, "x": 2}`)).toMatchObject({
      body: `{"result":${input}}\n`,
    });
    expect(asked).toMatchObject([{ input }]);
  });

  it.each([undefined, '', '{}', '{"inputs": 1}'])(
    'asks without input where the body is %s, and warns',
    async (body) => {
      const { deps, asked } = madePolicy();
      const answer = await post(appOf(deps), DECISION, body);
      expect(answer).toMatchObject({ status: 200, json: { result: null, warning: { code: 'api_usage_warning' } } });
      expect(asked).toMatchObject([{ entrypoint: 'verdict/decision', input: undefined }]);
    },
  );

  it('answers no result where the policy or the path is undefined', async () => {
    const { deps, asked } = madePolicy({ 'verdict/none': () => ({ kind: 'undefined' }) });
    const app = appOf(deps);
    expect(await post(app, '/v1/data/verdict/none', '{"input":1}')).toMatchObject({ status: 200, body: '{}\n' });
    expect(await post(app, '/v1/data/nothing/here', '{"input":1}')).toMatchObject({ status: 200, body: '{}\n' });
    expect(asked).toHaveLength(1);
  });

  it('leads into the object that an entrypoint answers, and keeps its bytes', async () => {
    const { deps } = madePolicy();
    const app = appOf(deps);
    const body = '{"input":{"allow":true,"n":{"é/":{"x":1.0}},"l":[[1]]}}';
    const into = async (path: string): Promise<string> => (await post(app, `${DECISION}/${path}`, body)).body;
    expect(await into('allow')).toBe('{"result":true}\n');
    expect(await into('n/%C3%A9%2F/')).toBe('{"result":{"x":1.0}}\n');
    for (const path of ['allow/x', 'nothing', 'l/0', '__proto__', 'toString', 'n/x'])
      expect(await into(path)).toBe('{}\n');
  });

  it('leads no further than so many names', async () => {
    const { deps, asked } = madePolicy();
    const path = `${DECISION}${'/a'.repeat(MAX_STEPS + 1)}`;
    const answer = await post(appOf(deps), path, '{"input":1}');
    expect(answer).toMatchObject({ status: 500, json: { errors: [{ code: 'LIMIT_EXCEEDED' }] } });
    expect(asked).toEqual([]);
  });

  it('answers a fault as OPA answers an error of evaluation', async () => {
    const { deps } = madePolicy({ 'a/slow': () => fault(), 'a/broken': () => Promise.reject(new TypeError('oh')) });
    const app = appOf(deps);
    expect(await post(app, '/v1/data/a/slow', '{"input":1}')).toMatchObject({
      status: 500,
      json: {
        code: 'internal_error',
        message: 'error(s) occurred while evaluating query',
        errors: [{ code: 'POLICY_TIMEOUT', message: 'it took too long' }],
      },
    });
    expect(await post(app, '/v1/data/a/broken', '{"input":1}')).toMatchObject({
      status: 500,
      json: { code: 'internal_error', errors: [{ code: 'INTERNAL' }] },
    });
  });

  it('answers the object of a package, each entrypoint over the same input', async () => {
    const { deps, asked } = madePolicy({
      'verdict/lib/b': () => result('2'),
      'verdict/lib/a': () => result('1'),
      'verdict/lib/a/inner': () => result('3'),
      'verdict/empty/none': () => ({ kind: 'undefined' }),
      'other/x': () => result('9'),
    });
    const app = appOf(deps);
    const answer = await post(app, '/v1/data/verdict/', '{"input":{"n":1}}');
    expect(answer.body).toBe('{"result":{"decision":{"n":1},"empty":{},"lib":{"a":1,"b":2}}}\n');
    expect(asked.map(({ input }) => input)).toEqual(Array.from({ length: 4 }, () => '{"n":1}'));
    for (const url of ['/v1/data', '/v1/data/']) {
      expect(await post(app, url, '{"input":1}')).toMatchObject({
        json: { result: { other: { x: 9 }, verdict: { decision: 1 } } },
      });
    }
  });

  it('answers the fault of one entrypoint as that of its package', async () => {
    const { deps } = madePolicy({ 'verdict/slow': () => fault() });
    expect(await post(appOf(deps), '/v1/data/verdict', '{"input":1}')).toMatchObject({ status: 500 });
  });

  it('evaluates no package of too many entrypoints', async () => {
    const names = Array.from({ length: MAX_PACKAGE_ENTRYPOINTS + 1 }, (_, index) => [`p/r${index}`, () => result('1')]);
    const { deps, asked } = madePolicy(Object.fromEntries(names));
    const answer = await post(appOf(deps), '/v1/data/p', '{"input":1}');
    expect(answer).toMatchObject({ status: 500, json: { errors: [{ code: 'LIMIT_EXCEEDED' }] } });
    expect(asked).toEqual([]);
  });

  it('adds what is asked for beside the result', async () => {
    const { deps } = madePolicy();
    const app = appOf({ ...deps, labels: { version: '0.1.0' } });
    expect(
      await post(app, `${DECISION}?provenance&metrics=true&strict-builtin-errors&explain=full`, '{"input":1}'),
    ).toEqual({
      status: 200,
      body: expect.any(String),
      json: {
        decision_id: 'id-1',
        provenance: { version: '0.1.0', bundles: { starter: { revision: 'r1' } } },
        metrics: {
          timer_rego_input_parse_ns: expect.any(Number),
          timer_rego_query_eval_ns: expect.any(Number),
          timer_server_handler_ns: expect.any(Number),
        },
        result: 1,
      },
    });
    expect((await post(app, `${DECISION}?provenance=false&metrics=0`, '{"input":1}')).body).toBe('{"result":1}\n');
    expect((await post(app, `${DECISION}?pretty`, '{"input":{"a":[1e400]}}')).body).toBe(
      '{\n  "result": {\n    "a": [\n      1e400\n    ]\n  }\n}\n',
    );
  });

  it('indents nothing large', async () => {
    const { deps } = madePolicy();
    const body = `{"result":[${'0,'.repeat(MAX_PRETTY_BYTES / 2)}0]}`;
    const answer = await post(appOf(deps), `${DECISION}?pretty`, body.replace('result', 'input'));
    expect(answer.body === `${body}\n`).toBe(true);
  });

  it('takes a compressed body', async () => {
    const { deps, asked } = madePolicy();
    const body = gzipSync('{"input":{"a":1}}');
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect(await post(appOf(deps), DECISION, body, headers)).toMatchObject({ status: 200 });
    expect(asked).toMatchObject([{ input: '{"a":1}' }]);
  });

  it.each<Record<string, string>>([
    {},
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'application/json; charset=utf-16' },
  ])('reads a body as JSON whatever its type: %j', async (headers) => {
    const { deps } = madePolicy();
    expect(await post(appOf(deps), DECISION, '{"input":1}', headers)).toMatchObject({ json: { result: 1 } });
  });
});

describe('GET /v1/data', () => {
  it('takes the input from the query', async () => {
    const { deps, asked } = madePolicy();
    const app = appOf(deps);
    const input = '{"a":"b c+&","n":12345678901234567890}';
    expect(await get(app, `${DECISION}?input=${encodeURIComponent(input)}`)).toMatchObject({
      status: 200,
      body: `{"result":${input}}\n`,
    });
    expect(await get(app, DECISION)).toMatchObject({ body: '{"result":null}\n' });
    expect(asked.map((one) => one.input)).toEqual([input, undefined]);
  });

  it('evaluates nothing for HEAD', async () => {
    const { deps, asked } = madePolicy();
    expect((await appOf(deps).inject({ method: 'HEAD', url: DECISION })).statusCode).toBe(404);
    expect(asked).toEqual([]);
  });

  it.each([
    'input=1&input=2',
    'input={',
    'input=',
    'input',
    'input=%ff',
    'input="%5Cud800"',
    'input=1e999999999',
    'x=%',
  ])('refuses ?%s', async (query) => {
    const { deps, asked } = madePolicy();
    expect(await get(appOf(deps), `${DECISION}?${query}`)).toMatchObject({
      status: 400,
      json: { code: 'invalid_parameter', errors: [{ code: 'DOCUMENT_INVALID' }] },
    });
    expect(asked).toEqual([]);
  });
});

describe('POST /v0/data and POST /', () => {
  it('take the bare input and answer the bare result', async () => {
    const { deps, asked } = madePolicy({ 'p/q': () => result('[1.0]') });
    const app = appOf(deps);
    expect(await post(app, '/v0/data/p/q', ' {"input": 1} ')).toMatchObject({ status: 200, body: '[1.0]\n' });
    expect(await post(app, '/', '{"a": 1}')).toMatchObject({ status: 200, body: '{"a": 1}\n' });
    expect(await post(app, '/')).toMatchObject({ status: 200, body: 'null\n' });
    expect(asked).toMatchObject([
      { entrypoint: 'p/q', input: ' {"input": 1} ' },
      { entrypoint: 'verdict/decision', input: '{"a": 1}' },
      { entrypoint: 'verdict/decision', input: undefined },
    ]);
  });

  it('answer 404 where the result is undefined', async () => {
    const { deps } = madePolicy({ 'verdict/decision': () => ({ kind: 'undefined' }) });
    const app = appOf(deps);
    const missing = { status: 404, json: { code: 'undefined_document', errors: [] } };
    expect(await post(app, '/v0/data/no/such%20thing', '1')).toMatchObject(missing);
    expect(await post(app, '/', '1')).toMatchObject(missing);
  });

  it('answer faults and refuse what is no JSON', async () => {
    const { deps } = madePolicy({ 'p/slow': () => fault() });
    const app = appOf(deps);
    expect(await post(app, '/v0/data/p/slow', '1')).toMatchObject({ status: 500, json: { code: 'internal_error' } });
    expect(await post(app, '/v0/data', '{"a":1,"a":2}')).toMatchObject({ status: 400 });
    expect(await post(app, '/', 'x')).toMatchObject({ status: 400, json: { code: 'invalid_parameter' } });
  });
});

describe('the decision log', () => {
  it('records every decision with what was answered', async () => {
    const log = new KeptLog();
    const { deps } = madePolicy({ 'p/slow': () => fault(), 'p/none': () => ({ kind: 'undefined' }) });
    const app = appOf({ ...deps, log, labels: { id: 'here' } });
    const answers = [
      await post(app, DECISION, '{"input": {"a": 1}}'),
      await post(app, '/v1/data/p/slow', '{"input":1}'),
      await get(app, '/v1/data/p/none'),
      await post(app, '/', '2'),
    ];
    expect(answers.map(({ json }) => json)).toMatchObject([
      { decision_id: 'id-1', result: { a: 1 } },
      { decision_id: 'id-2', code: 'internal_error' },
      { decision_id: 'id-3' },
      2,
    ]);
    const bundles = { starter: { revision: 'r1' } };
    const common = { labels: { id: 'here' }, bundles, requestedBy: '127.0.0.1:0', timestamp: TIME };
    expect(log.events).toMatchObject([
      { ...common, decisionId: 'id-1', path: 'verdict/decision', input: '{"a": 1}', result: '{"a": 1}', requestId: 1 },
      { ...common, decisionId: 'id-2', path: 'p/slow', error: { code: 'POLICY_TIMEOUT' }, requestId: 2 },
      { ...common, decisionId: 'id-3', path: 'p/none', requestId: 3 },
      { ...common, decisionId: 'id-4', path: 'verdict/decision', result: '2', requestId: 4 },
    ]);
    expect(log.events[2]).not.toHaveProperty('input');
    expect(log.events[2]).not.toHaveProperty('result');
  });

  it('records nothing of a request that asked no policy', async () => {
    const log = new KeptLog();
    const app = appOf({ ...madePolicy().deps, log });
    await post(app, DECISION, '{');
    await get(app, '/health');
    expect(log.events).toEqual([]);
  });
});

describe('health, status and what is not offered', () => {
  it('is healthy, and with bundles or plugins only once a policy is active', async () => {
    const { deps } = madePolicy();
    const [ready, waiting] = [appOf(deps), appOf({ ...deps, entrypoints: () => [], revisions: () => ({}) })];
    for (const url of ['/health', '/health?bundles', '/health?bundle=true', '/health?plugins']) {
      expect(await get(ready, url)).toMatchObject({ status: 200, body: '{}\n' });
    }
    for (const url of ['/health?bundles', '/health?bundle=true', '/health?plugins']) {
      expect(await get(waiting, url)).toMatchObject({ status: 500, json: { error: expect.any(String) } });
    }
    expect(await get(waiting, '/health')).toMatchObject({ status: 200 });
    expect(await get(waiting, '/health?plugins&exclude-plugin=bundle')).toMatchObject({ status: 200 });
  });

  it('tells which bundles are active', async () => {
    const { deps } = madePolicy();
    expect(await get(appOf({ ...deps, labels: { id: 'a' }, log: new KeptLog() }), '/v1/status')).toMatchObject({
      status: 200,
      json: {
        result: {
          labels: { id: 'a' },
          bundles: { starter: { name: 'starter', active_revision: 'r1' } },
          plugins: { bundle: { state: 'OK' } },
          decision_logs: { metrics: { counter_dropped: 0 } },
        },
      },
    });
    expect(await get(appOf({ ...deps, entrypoints: () => [] }), '/v1/status')).toMatchObject({
      json: { result: { plugins: { bundle: { state: 'NOT_READY' } } } },
    });
  });

  it.each([
    ['GET', '/v1/policies'],
    ['PUT', '/v1/policies/mine'],
    ['DELETE', '/v1/policies/mine'],
    ['PUT', '/v1/data/verdict'],
    ['PATCH', '/v1/data/verdict'],
    ['DELETE', '/v1/data'],
    ['GET', '/v1/query'],
    ['POST', '/v1/query'],
    ['POST', '/v1/compile'],
    ['POST', '/v1/compile/a/b'],
    ['GET', '/v1/config'],
  ] as const)('refuses %s %s', async (method, url) => {
    const { deps, asked } = madePolicy();
    const payload = method === 'GET' ? {} : { payload: '{"input":1}' };
    const { statusCode, body } = await appOf(deps).inject({ method, url, ...payload });
    expect(statusCode).toBe(501);
    expect(JSON.parse(body)).toMatchObject({ code: 'invalid_operation', errors: [] });
    expect(asked).toEqual([]);
  });

  it('leaves the rest of the application alone', async () => {
    const app = appOf(madePolicy().deps);
    app.post('/other', (request) => ({ got: request.body }));
    expect(await post(app, '/other', '{"a":1}')).toMatchObject({ json: { got: { a: 1 } } });
    expect(await post(app, '/other', '{')).toMatchObject({ status: 400, json: { error: 'Bad Request' } });
  });

  it('answers what fails of its own with 500 and without saying what', async () => {
    const { deps } = madePolicy();
    const revisions = (): never => {
      throw new VerdictError('CONFIG_INVALID', 'a secret place');
    };
    const answer = await post(appOf({ ...deps, revisions }), DECISION, '{"input":1}');
    expect(answer).toMatchObject({ status: 500, json: { code: 'internal_error', errors: [] } });
    expect(answer.body).not.toContain('secret');
  });
});
