import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { VerdictError } from '../../../src/errors.ts';
import type { Decision } from '../../../src/generated/decision.ts';
import { type AppDeps, buildApp } from '../../../src/server/app.ts';
import type { Decided, Decides, Outcome, Question } from '../../../src/server/decider.ts';
import { createLogger } from '../../../src/server/log.ts';
import { createMetrics } from '../../../src/server/metrics.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const CACHED = { age: 0, expires: '' };

const finding = (msg: string): Decision['violations'][number] => ({
  code: 'acme.rule',
  msg,
  severity: 'high',
  title: '',
  description: '',
  solution: '',
  term: '',
  effective_on: '',
  collections: [],
  subject: DIGEST,
  evidence: [],
  metadata: {},
});

function decided(denied: string, gap = ''): Decided {
  const violations = denied === '' ? [] : [finding(denied)];
  const decision = {
    allow: denied === '',
    violations,
    warnings: [],
    exceptions: [],
    expires: '',
    truncated: 0,
    metadata: {},
  };
  const subject = {
    reference: `r.example/app@${DIGEST}`,
    requested: 'r.example/app:1',
    digest: DIGEST,
    targets: [DIGEST],
  };
  const answer = {
    decision,
    message: denied,
    subject,
    policies: [],
    time: '',
    id: DIGEST,
    cached: CACHED,
    durations: {},
  };
  return {
    answer,
    evidence: { complete: gap === '', artifacts: [] } as unknown as Decided['evidence'],
    gap,
    traceId: '',
  };
}

/** Decides by repository: what it is told to say, else it allows. */
class Fake implements Decides {
  readonly asked: Question[] = [];
  readonly #says: Readonly<Record<string, Outcome>>;

  constructor(says: Readonly<Record<string, Outcome>>) {
    this.#says = says;
  }

  async decide(question: Question): Promise<Outcome> {
    this.asked.push(question);
    return this.#says[question.reference.repository] ?? { kind: 'decided', decided: decided(''), cached: CACHED };
  }

  async pin(reference: Question['reference']): Promise<Question['reference']> {
    const said = this.#says[reference.repository];
    if (said?.kind === 'fault') throw said.error;
    return { ...reference, digest: DIGEST };
  }
}

const fault = (code: ConstructorParameters<typeof VerdictError>[0], message: string): Outcome => ({
  kind: 'fault',
  error: new VerdictError(code, message),
});
const denied = (why: string, gap = ''): Outcome => ({ kind: 'decided', decided: decided(why, gap), cached: CACHED });

let app: FastifyInstance | undefined;
afterEach(async () => await app?.close());

function open(says: Readonly<Record<string, Outcome>> = {}, more: Partial<AppDeps> & { passthrough?: boolean } = {}) {
  const decider = new Fake(says);
  const settings = { keys: 5, verifyTimeout: 1000, mutateTimeout: 1000, passthrough: more.passthrough === true };
  const metrics = createMetrics();
  app = buildApp({
    gatekeeper: { decider: () => decider, settings: () => settings, metrics },
    native: { decider: () => decider, settings: () => ({ parameters: ['commit'], deadline: 1000, keys: 5 }) },
    data: undefined,
    health: { notReady: () => '', metrics },
    metrics,
    log: createLogger({ level: 'silent', write: () => undefined, now: () => new Date(0) }),
    bodyBytes: 4096,
    ...more,
  });
  return { app, decider };
}

async function ask(path: string, payload: unknown, says: Readonly<Record<string, Outcome>> = {}, more = {}) {
  const opened = open(says, more);
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const headers = { 'content-type': 'application/json' };
  const reply = await opened.app.inject({ method: 'POST', url: path, payload: body, headers });
  return { status: reply.statusCode, json: reply.json(), decider: opened.decider };
}

const keys = (...list: readonly string[]) => ({
  apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
  kind: 'ProviderRequest',
  request: { keys: list },
});
const VALIDATE = '/v1/gatekeeper/validate';
const MUTATE = '/v1/gatekeeper/mutate';

describe('validation', () => {
  it('answers every key once and in order, with the decision as value', async () => {
    const says = { 'team/bad': denied('not signed') };
    const { status, json, decider } = await ask(
      VALIDATE,
      keys('[ns]r.example/team/bad:1', 'r.example/ok', 'r.example/ok'),
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
    const { json } = await ask(VALIDATE, keys(key, 'r.example/ok'));
    expect(json.response.items[0]).toEqual({ key, error: expect.stringContaining('REFERENCE_INVALID') });
    expect(json.response.items[1].value.allow).toBe(true);
  });

  it('keeps what will not pass as an error of its key', async () => {
    const { json } = await ask(VALIDATE, keys('r.example/gone'), { gone: fault('NOT_FOUND', 'no such image') });
    expect(json.response.items).toEqual([{ key: 'r.example/gone', error: 'NOT_FOUND: no such image' }]);
  });

  it.each<[string, Outcome]>([
    ['no decision for a reason that passes', fault('REGISTRY_UNAVAILABLE', 'the registry is down')],
    [
      'a denial on evidence that is incomplete for one',
      denied('no SBOM', 'REGISTRY_UNAVAILABLE: the registry is down'),
    ],
  ])('gives no items at all for %s, so that nothing is kept', async (_, outcome) => {
    const says = { slow: outcome, bad: denied('not signed') };
    const { status, json } = await ask(VALIDATE, keys('r.example/slow', 'r.example/bad', 'r.example/ok'), says);
    expect(status).toBe(200);
    expect(json.response.items).toEqual([]);
    expect(json.response.systemError).toContain('r.example/slow: REGISTRY_UNAVAILABLE: the registry is down');
    expect(json.response.systemError).toContain('r.example/bad: not signed');
    expect(json.response.systemError).not.toContain('r.example/ok');
  });

  it('lets an allow stand, whatever is missing', async () => {
    const says = { app: { kind: 'decided', decided: decided('', 'a list is missing'), cached: CACHED } } as const;
    expect((await ask(VALIDATE, keys('r.example/app'), says)).json.response.items[0].value.allow).toBe(true);
    const { json } = await ask(VALIDATE, keys('r.example/app'), says, { passthrough: true });
    expect(json.response).toMatchObject({ items: [], systemError: expect.stringContaining('a list is missing') });
  });

  it('never allows by itself where Gatekeeper’s own Rego decides', async () => {
    const { json } = await ask(VALIDATE, keys('r.example/ok'), {}, { passthrough: true });
    expect(json.response.items[0].value).toMatchObject({ allow: false, reports: [], advice: { allow: true } });
  });

  it('keeps a system error short', async () => {
    const long = fault('REGISTRY_UNAVAILABLE', 'x'.repeat(5000));
    const { json } = await ask(VALIDATE, keys('r.example/a'), { a: long });
    expect(json.response.systemError.length).toBeLessThanOrEqual(2048);
  });

  it.each<[string, unknown]>([
    ['no JSON', 'hello'],
    ['a list', []],
    ['keys that are no texts', { request: { keys: [1] } }],
    ['keys twice', '{"request":{"keys":[]},"request":{"keys":["r.example/ok"]}}'],
    ['too many keys', keys(...Array.from({ length: 6 }, (_, at) => `r.example/${at}`))],
    ['a body that is too large', keys('x'.repeat(5000))],
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
    const { json } = await ask(MUTATE, keys('r.example/app:1.4', pinned, 'nginx'));
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
    const gone = await ask(MUTATE, keys('r.example/gone'), { gone: fault('NOT_FOUND', 'no such tag') });
    expect(gone.json.response.items).toEqual([{ key: 'r.example/gone', error: 'NOT_FOUND: no such tag' }]);
    const away = await ask(MUTATE, keys('r.example/away'), { away: fault('REGISTRY_UNAVAILABLE', 'down') });
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
    await opened.app.inject({ method: 'POST', url: VALIDATE, payload: JSON.stringify(keys('r.example/away')) });
    const { body, headers } = await opened.app.inject('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toContain(`verdict_http_requests_total{route="${VALIDATE}",status="2xx"} 1`);
    expect(body).toContain('verdict_system_errors_total{code="REGISTRY_UNAVAILABLE"} 1');
    expect(body).toContain('ratify_verification_request_count 1');
  });
});
