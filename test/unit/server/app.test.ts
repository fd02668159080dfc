import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/server/metrics.ts';
import type { Outcome } from '../../../src/server/question.ts';
import { allowed, DIGEST, denied, fault } from '../../support/server/fake-decider.ts';
import { openApp, providerRequest } from '../../support/server/open-app.ts';

let app: FastifyInstance | undefined;
afterEach(async () => await app?.close());

function open(says: Readonly<Record<string, Outcome>> = {}, more: Parameters<typeof openApp>[1] = {}) {
  const opened = openApp(says, more);
  app = opened.app;
  return opened;
}

async function ask(path: string, payload: unknown, says: Readonly<Record<string, Outcome>> = {}, more = {}) {
  const opened = open(says, more);
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const headers = { 'content-type': 'application/json' };
  const reply = await opened.app.inject({ method: 'POST', url: path, payload: body, headers });
  return { status: reply.statusCode, json: reply.json(), decider: opened.decider };
}

const VALIDATE = '/v1/gatekeeper/validate';
const MUTATE = '/v1/gatekeeper/mutate';

describe('validation', () => {
  it('answers every key once and in order, with the decision as value', async () => {
    const says = { 'team/bad': denied('not signed') };
    const { status, json, decider } = await ask(
      VALIDATE,
      providerRequest('[ns]r.example/team/bad:1', 'r.example/ok', 'r.example/ok'),
      says,
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderResponse',
      response: { idempotent: false, systemError: '' },
    });
    expect(json.response.items).toMatchObject([
      {
        key: '[ns]r.example/team/bad:1',
        value: { allow: false, message: 'not signed', violations: [{ code: 'acme.rule' }] },
      },
      { key: 'r.example/ok', value: { allow: true, message: '', cached: { age: 0, expires: '' } } },
    ]);
    expect(json.response.items).toHaveLength(2);
    expect(decider.asked.map(({ namespace, caller }) => [namespace, caller])).toEqual([
      ['ns', 'gatekeeper'],
      ['', 'gatekeeper'],
    ]);
  });

  it('answers no keys with no items', async () => {
    expect((await ask(VALIDATE, { request: {} })).json.response).toEqual({
      idempotent: false,
      items: [],
      systemError: '',
    });
  });

  it.each([
    'UPPER/../x',
    'oci:/etc',
    'file:/etc/passwd',
    `sha256:${'a'.repeat(64)}`,
    '',
    'a\nb',
    'a\0b',
    '[ns',
    '[Not A Namespace]r.example/a',
  ])('answers the key %j with an error, and the others as ever', async (key) => {
    const { json } = await ask(VALIDATE, providerRequest(key, 'r.example/ok'));
    expect(json.response.items[0]).toEqual({ key, error: expect.stringContaining('REFERENCE_INVALID') });
    expect(json.response.items[1].value.allow).toBe(true);
  });

  it('keeps what will not pass as an error of its key', async () => {
    const { json } = await ask(VALIDATE, providerRequest('r.example/gone'), {
      gone: fault('NOT_FOUND', 'no such image'),
    });
    expect(json.response.items).toEqual([{ key: 'r.example/gone', error: 'NOT_FOUND: no such image' }]);
  });

  it.each<[string, Outcome]>([
    ['no decision for a reason that passes', fault('REGISTRY_UNAVAILABLE', 'the registry is down')],
    [
      'a denial on evidence that is incomplete for one',
      denied('no SBOM', { gap: 'REGISTRY_UNAVAILABLE: the registry is down' }),
    ],
  ])('gives no items at all for %s, so that nothing is kept', async (_, outcome) => {
    const says = { slow: outcome, bad: denied('not signed') };
    const { status, json } = await ask(
      VALIDATE,
      providerRequest('r.example/slow', 'r.example/bad', 'r.example/ok'),
      says,
    );
    expect(status).toBe(200);
    expect(json.response.items).toEqual([]);
    expect(json.response.systemError).toContain('r.example/slow: REGISTRY_UNAVAILABLE: the registry is down');
    expect(json.response.systemError).toContain('r.example/bad: not signed');
    expect(json.response.systemError).not.toContain('r.example/ok');
  });

  it('lets an allow stand, whatever is missing', async () => {
    const says = { app: allowed({ gap: 'a list is missing' }) };
    expect((await ask(VALIDATE, providerRequest('r.example/app'), says)).json.response.items[0].value.allow).toBe(true);
    const { json } = await ask(VALIDATE, providerRequest('r.example/app'), says, { passthrough: true });
    expect(json.response).toMatchObject({ items: [], systemError: expect.stringContaining('a list is missing') });
  });

  it('never allows by itself where Gatekeeper’s own Rego decides', async () => {
    const { json } = await ask(VALIDATE, providerRequest('r.example/ok'), {}, { passthrough: true });
    expect(json.response.items[0].value).toMatchObject({ allow: false, reports: [], advice: { allow: true } });
  });

  it('keeps a system error short', async () => {
    const long = fault('REGISTRY_UNAVAILABLE', 'x'.repeat(5000));
    const { json } = await ask(VALIDATE, providerRequest('r.example/a'), { a: long });
    expect(json.response.systemError.length).toBeLessThanOrEqual(2048);
  });

  it.each<[string, unknown]>([
    ['no JSON', 'hello'],
    ['a list', []],
    ['keys that are no texts', { request: { keys: [1] } }],
    ['keys twice', '{"request":{"keys":[]},"request":{"keys":["r.example/ok"]}}'],
    ['too many keys', providerRequest(...Array.from({ length: 6 }, (_, at) => `r.example/${at}`))],
    ['a body that is too large', providerRequest('x'.repeat(5000))],
    ['half a surrogate pair', '{"request":{"keys":["\\ud800"]}}'],
  ])('answers %s with a system error and no items', async (_, body) => {
    const { status, json } = await ask(VALIDATE, body);
    expect(status).toBe(200);
    expect(json.response.items).toEqual([]);
    expect(json.response.systemError).not.toBe('');
  });
});

describe('mutation', () => {
  it('pins tags and keeps them, and maps what is pinned to itself', async () => {
    const pinned = `r.example/app@${DIGEST}`;
    const { json } = await ask(MUTATE, providerRequest('r.example/app:1.4', pinned, 'nginx'));
    expect(json.response).toEqual({
      idempotent: true,
      systemError: '',
      items: [
        { key: 'r.example/app:1.4', value: `r.example/app:1.4@${DIGEST}` },
        { key: pinned, value: pinned },
        { key: 'nginx', value: `docker.io/library/nginx:latest@${DIGEST}` },
      ],
    });
  });

  it('answers a tag that is not there with an error, and a registry that is away with no items', async () => {
    const gone = await ask(MUTATE, providerRequest('r.example/gone'), { gone: fault('NOT_FOUND', 'no such tag') });
    expect(gone.json.response.items).toEqual([{ key: 'r.example/gone', error: 'NOT_FOUND: no such tag' }]);
    const away = await ask(MUTATE, providerRequest('r.example/away'), { away: fault('REGISTRY_UNAVAILABLE', 'down') });
    expect(away.json.response).toMatchObject({
      idempotent: true,
      items: [],
      systemError: expect.stringContaining('down'),
    });
  });
});

describe('the native routes', () => {
  it('answer one question, or several in their order', async () => {
    const says = { bad: denied('not signed') };
    const one = await ask(
      '/v1/verify',
      { reference: 'r.example/bad', namespace: 'team', parameters: { commit: 'x' } },
      says,
    );
    expect(one.json).toMatchObject({ allow: false, message: 'not signed' });
    expect(one.decider.asked[0]).toMatchObject({ namespace: 'team', caller: 'api', parameters: { commit: 'x' } });
    const questions = [{ reference: 'r.example/bad' }, { reference: 5 }, { reference: 'r.example/ok' }];
    const many = await ask('/v1/verify', { questions }, says);
    expect(many.json.answers).toMatchObject([{ allow: false }, { error: { code: 'USAGE' } }, { allow: true }]);
  });

  it.each<[unknown, number, string]>([
    [{ reference: 'r.example/a', parameters: { other: 1 } }, 400, 'server.parameters'],
    [{ reference: 'file:/etc/passwd' }, 400, 'no image in a registry'],
    [{ reference: 'r.example/a', namespace: 'a]b' }, 400, ''],
    [{}, 400, 'reference'],
    ['[]', 400, 'JSON object'],
  ])('refuse %j', async (body, status, text) => {
    const said = await ask('/v1/verify', body);
    expect(said.status).toBe(status);
    expect(JSON.stringify(said.json)).toContain(text);
    expect(said.decider.asked).toEqual([]);
  });

  it('say when to come again', async () => {
    const { status, json } = await ask(
      '/v1/evidence',
      { reference: 'r.example/away' },
      { away: fault('REGISTRY_UNAVAILABLE', 'down') },
    );
    expect(status).toBe(503);
    expect(json.error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retryable: true });
  });
});

describe('health', () => {
  it('tells alive from ready', async () => {
    const opened = open({}, { health: { notReady: () => 'starting', metrics: createMetrics() } });
    expect((await opened.app.inject('/livez')).statusCode).toBe(200);
    expect(await opened.app.inject('/readyz')).toMatchObject({ statusCode: 503, body: 'starting\n' });
    expect((await opened.app.inject('/nothing')).json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('counts what was answered, by route and by why there was no answer', async () => {
    const opened = open({ away: fault('REGISTRY_UNAVAILABLE', 'down') });
    await opened.app.inject({
      method: 'POST',
      url: VALIDATE,
      payload: JSON.stringify(providerRequest('r.example/away')),
    });
    const { body, headers } = await opened.app.inject('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toContain(`verdict_http_requests_total{route="${VALIDATE}",status="2xx"} 1`);
    expect(body).toContain('verdict_system_errors_total{code="REGISTRY_UNAVAILABLE"} 1');
    expect(body).toContain('ratify_verification_request_count 1');
  });
});
