import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { readDecision } from '../../../../src/decision.ts';
import { CATALOGUE, type ErrorCode } from '../../../../src/errors.ts';
import type { Outcome } from '../../../../src/server/question.ts';
import { allowed, DIGEST, denied, fault } from '../../../support/server/fake-decider.ts';
import { BODY_BYTES, KEYS, openApp, providerRequest } from '../../../support/server/open-app.ts';
import { flat, ratify, tree } from '../../../support/server/ratify-reports.ts';

const VERIFY = '/ratify/gatekeeper/v1/verify';
const MUTATE = '/ratify/gatekeeper/v1/mutate';
const CACHED = { age: 0, expires: '' };

let app: FastifyInstance | undefined;
afterEach(async () => await app?.close());

interface Asking {
  readonly says?: Readonly<Record<string, Outcome>>;
  readonly passthrough?: boolean;
  readonly form?: '0.2.0';
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(url: string, body: unknown, { says = {}, headers = {}, ...more }: Asking = {}) {
  const opened = openApp(says, more);
  app = opened.app;
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const reply = await app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: reply.statusCode, text: reply.body, json: reply.json(), asked: opened.decider.asked };
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const NEW: unknown = expect.stringMatching(/^(?!0{32})[0-9a-f]{32}$/);

/** The answer for the one key r.example/app:1. */
async function valueFor(outcome: Outcome, asking: Omit<Asking, 'says'> = {}) {
  const { json } = await ask(VERIFY, providerRequest('r.example/app:1'), { ...asking, says: { app: outcome } });
  return json.response.items[0]?.value;
}

describe('the value', () => {
  it.each<['0.2.0' | '1.1.0', object]>([
    ['0.2.0', flat()],
    ['1.1.0', tree()],
  ])('has, in the form %s, the keys of Ratify in its order, then ours', async (version, report) => {
    const says = { app: allowed(ratify(version, true, [report])) };
    const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
    const { text } = await ask(VERIFY, providerRequest('r.example/app:1'), { says, headers });
    const value = `{"version":"${version}","isSuccess":true,"traceID":"${TRACE}","timestamp":"2026-11-21T10:00:00.12Z","verifierReports":[${JSON.stringify(report)}],"cached":{"age":0,"expires":""},"generation":1}`;
    expect(text).toBe(
      `{"apiVersion":"externaldata.gatekeeper.sh/v1alpha1","kind":"ProviderResponse","response":{"items":[{"key":"r.example/app:1","value":${value}}]}}`,
    );
  });

  it('has no reports where the policy knows nothing of Ratify, and says why it denies', async () => {
    const common = { version: '1.1.0', traceID: NEW, timestamp: '2026-11-21T10:00:00.12Z', verifierReports: [] };
    expect(await valueFor(allowed())).toEqual({ ...common, isSuccess: true, cached: CACHED, generation: 1 });
    expect(await valueFor(denied('nobody signed it'))).toEqual({
      ...common,
      isSuccess: false,
      message: 'nobody signed it',
      cached: CACHED,
      generation: 1,
    });
  });

  it.each<[string, Outcome, string]>([
    ['the policy denies', denied('a licence', ratify('1.1.0', true, [tree()])), 'a licence'],
    ['the reports say that it fails', allowed(ratify('1.1.0', false, [tree()])), 'its reports say that it fails'],
    ['both do', denied('the policy says no', ratify('0.2.0', false, [flat()])), 'the policy says no'],
  ])('is no success where %s', async (_, outcome, message) => {
    const value = await valueFor(outcome);
    expect(value).toMatchObject({ isSuccess: false, message });
    expect(value.verifierReports).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'yes'],
    ['a list', []],
    ['an object without anything', {}],
    ['another version', { version: '2.0.0', isSuccess: true, verifierReports: [] }],
    ['a success that is a text', { version: '1.1.0', isSuccess: 'true', verifierReports: [] }],
    ['reports that are no list', { version: '1.1.0', isSuccess: true, verifierReports: {} }],
  ])('is no success where the decision has %s under ratify', async (_, said) => {
    expect(await valueFor(allowed({ metadata: { ratify: said } }))).toMatchObject({
      version: '1.1.0',
      isSuccess: false,
      verifierReports: [],
      message: expect.stringContaining('`ratify`'),
    });
  });

  it('takes nothing from the prototype of what a policy said', async () => {
    const metadata = Object.create({ ratify: { version: '0.2.0', isSuccess: true, verifierReports: [flat()] } });
    expect(await valueFor(denied('no', { metadata }))).toMatchObject({ version: '1.1.0', verifierReports: [] });
  });

  it('is never a success where Gatekeeper’s own Rego decides, and has all reports', async () => {
    const reports = [flat(), flat({ isSuccess: false })];
    const value = await valueFor(allowed(ratify('0.2.0', true, reports)), { passthrough: true });
    expect(value).toMatchObject({ version: '0.2.0', isSuccess: false, verifierReports: reports });
  });

  it.each<[string, unknown]>([
    [`00-${TRACE}-b7ad6b7169203331-01`, TRACE],
    ['00-00000000000000000000000000000000-b7ad6b7169203331-01', NEW],
    ['"},"isSuccess":true', NEW],
  ])('belongs to the caller’s trace, if it has one: %s', async (traceparent, traceID) => {
    expect(await valueFor(denied('no'), { headers: { traceparent } })).toMatchObject({ isSuccess: false, traceID });
  });

  it('is of the time when the decision was made, also when it is reused', async () => {
    const outcome = { ...allowed(), cached: { age: 5000, expires: '2026-11-21T10:01:00.000Z' } } as Outcome;
    expect(await valueFor(outcome)).toMatchObject({
      timestamp: '2026-11-21T10:00:00.12Z',
      cached: { age: 5000, expires: '2026-11-21T10:01:00.000Z' },
    });
  });
});

describe('verification', () => {
  it('answers every key once and in order, with its namespace', async () => {
    const keys = ['[team]r.example/bad:1', 'r.example/ok', 'r.example/ok', 'nginx'];
    const { status, json, asked } = await ask(VERIFY, providerRequest(...keys), { says: { bad: denied('no') } });
    expect(status).toBe(200);
    expect(
      json.response.items.map(({ key, value }: never) => [key, (value as { isSuccess: boolean }).isSuccess]),
    ).toEqual([
      ['[team]r.example/bad:1', false],
      ['r.example/ok', true],
      ['nginx', true],
    ]);
    expect(asked.map(({ namespace, caller }) => [namespace, caller])).toEqual([
      ['team', 'gatekeeper'],
      ['', 'gatekeeper'],
      ['', 'gatekeeper'],
    ]);
    expect(asked[2]?.reference).toMatchObject({ registry: 'docker.io', repository: 'library/nginx', tag: 'latest' });
  });

  it('reads over line ends in a key, and answers under the key as it was asked for', async () => {
    const key = '[team]r.example/app\r\n:1\n';
    const { json, asked } = await ask(VERIFY, providerRequest(key));
    expect(json.response.items).toMatchObject([{ key, value: { isSuccess: true } }]);
    expect(asked[0]).toMatchObject({ namespace: 'team', reference: { repository: 'app', tag: '1' } });
  });

  it.each(['', '[]', '[ns', 'UPPER/../x', 'oci:/etc', 'file:/etc/passwd', 'a\0b', '[Not A Namespace]r.example/a'])(
    'answers the key %j with an error, and the others as ever',
    async (key) => {
      const { json } = await ask(VERIFY, providerRequest(key, 'r.example/ok'));
      expect(json.response.items[0]).toEqual({ key, error: expect.stringMatching(/^REFERENCE_INVALID: /) });
      expect(json.response.items[1].value.isSuccess).toBe(true);
    },
  );

  it.each<[ErrorCode, string]>([
    ['NOT_FOUND', 'GET_SUBJECT_DESCRIPTOR_FAILURE: NOT_FOUND: why'],
    ['REGISTRY_DENIED', 'AUTH_DENIED: REGISTRY_DENIED: why'],
    ['MANIFEST_INVALID', 'MANIFEST_INVALID: why'],
    ['LIMIT_EXCEEDED', 'EXECUTOR_FAILURE: LIMIT_EXCEEDED: why'],
    ['INTERNAL', 'UNKNOWN: INTERNAL: why'],
  ])('keeps what will not pass as an error of its key: %s', async (code, error) => {
    const { json } = await ask(VERIFY, providerRequest('r.example/app'), { says: { app: fault(code, 'why') } });
    expect(json.response).toEqual({ items: [{ key: 'r.example/app', error }] });
  });

  it.each<[string, Outcome, string]>([
    ['r.example/app', fault('NOT_FOUND', 'why'), 'GET_SUBJECT_DESCRIPTOR_FAILURE: NOT_FOUND: why'],
    ['a\0b', allowed(), 'REFERENCE_INVALID: '],
  ])('makes it a failed report where the policy is one of Ratify’s `configPolicy`: %j', async (image, outcome, why) => {
    const { json } = await ask(VERIFY, providerRequest(`[team]${image}`, 'r.example/ok'), {
      says: { app: outcome },
      form: '0.2.0',
    });
    expect(json.response.items).toMatchObject([
      {
        key: `[team]${image}`,
        value: {
          version: '0.2.0',
          isSuccess: false,
          traceID: NEW,
          timestamp: '2026-11-21T10:00:00.12Z',
          verifierReports: [
            {
              subject: image,
              isSuccess: false,
              message: expect.stringContaining(why),
              remediation: expect.any(String),
            },
          ],
          message: expect.stringContaining(why),
        },
      },
      { value: { version: '0.2.0', isSuccess: true } },
    ]);
    const away = { says: { app: fault('REGISTRY_UNAVAILABLE', 'down') }, form: '0.2.0' } as const;
    expect((await ask(VERIFY, providerRequest('r.example/app'), away)).json.response).toMatchObject({
      items: [],
      systemError: expect.stringContaining('down'),
    });
  });

  it.each([undefined, '0.2.0'] as const)('keeps back an answer whose reports were cut off, form %s', async (form) => {
    const outcome = allowed({ metadata: readDecision({ allow: true, ratify: 'x'.repeat(100_000) }).metadata });
    for (const passthrough of [false, true]) {
      const asking = { says: { app: outcome }, passthrough, ...(form && { form }) };
      const { json } = await ask(VERIFY, providerRequest('r.example/app'), asking);
      const [{ error, value }] = json.response.items;
      expect(error ?? value.message).toContain('EXECUTOR_FAILURE: LIMIT_EXCEEDED');
      expect(value?.isSuccess ?? false).toBe(false);
      await app?.close();
    }
  });

  it.each<[string, Outcome, string]>([
    ['knows nothing of Ratify', allowed(), ''],
    ['failed', denied('it ran too long'), 'it ran too long'],
    ['says something else', allowed({ metadata: { ratify: [] } }), ''],
  ])('is an error where a template decides on the reports of a policy that %s', async (_, outcome, why) => {
    const asking = { says: { app: outcome }, passthrough: true };
    const { json } = await ask(VERIFY, providerRequest('r.example/app'), asking);
    expect(json.response.items).toEqual([
      { key: 'r.example/app', error: expect.stringMatching(/^EXECUTOR_FAILURE: POLICY_MALFORMED: /) },
    ]);
    expect(json.response.items[0].error).toContain(why);
  });

  it('has a code of Ratify’s for every fault, and names ours', async () => {
    for (const code of Object.keys(CATALOGUE) as ErrorCode[]) {
      const { json } = await ask(VERIFY, providerRequest('r.example/app'), { says: { app: fault(code, 'why') } });
      const { items, systemError } = json.response;
      const text = systemError ?? items[0].error;
      expect(RATIFY_CODES, text).toContain(/(?:^|: )([A-Z_]+): (?:[A-Z_]+: )?why$/.exec(text)?.[1]);
      expect(text).toContain(`${code}: why`);
      await app?.close();
    }
  });

  it.each<[string, Outcome]>([
    ['no decision for a reason that passes', fault('REGISTRY_UNAVAILABLE', 'the registry is down')],
    ['a denial on evidence with a gap', denied('no SBOM', { gap: 'the registry is down' })],
    [
      'reports that say no on evidence with a gap',
      allowed({ gap: 'the registry is down', ...ratify('1.1.0', false, []) }),
    ],
  ])('gives no items at all for %s, so that nothing is kept', async (_, outcome) => {
    const { status, json } = await ask(VERIFY, providerRequest('r.example/slow', 'r.example/bad', 'r.example/ok'), {
      says: { slow: outcome, bad: denied('not signed') },
    });
    expect(status).toBe(200);
    expect(Object.keys(json.response)).toEqual(['items', 'systemError']);
    expect(json.response.items).toEqual([]);
    expect(json.response.systemError).toMatch(/^operation failed with error r\.example\/slow: .*the registry is down/);
    expect(json.response.systemError).toContain('r.example/bad: not signed');
    expect(json.response.systemError).not.toContain('r.example/ok');
  });

  it('lets a success stand, whatever is missing, unless a template decides', async () => {
    const outcome = allowed({ gap: 'a list is missing', ...ratify('1.1.0', true, [tree()]) });
    expect(await valueFor(outcome)).toMatchObject({ isSuccess: true });
    expect(await valueFor(outcome, { passthrough: true })).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['a list', []],
    ['keys that are no texts', { request: { keys: [1] } }],
    ['keys twice', '{"request":{"keys":[]},"request":{"keys":["r.example/ok"]}}'],
    ['too many keys', providerRequest(...Array.from({ length: KEYS + 1 }, (_, at) => `r.example/${at}`))],
    ['a body that is too large', providerRequest('x'.repeat(BODY_BYTES))],
    ['half a surrogate pair', '{"request":{"keys":["\\ud800"]}}'],
  ])('answers %s with a system error and no items', async (_, body) => {
    for (const url of [VERIFY, MUTATE]) {
      const { status, json } = await ask(url, body);
      expect(status).toBe(200);
      expect(json.response.items).toEqual([]);
      expect(json.response.systemError).toMatch(/^operation failed with error (BAD_REQUEST|EXECUTOR_FAILURE): /);
      await app?.close();
    }
  });

  it('answers to POST alone', async () => {
    app = openApp({}).app;
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      expect((await app.inject({ method, url: VERIFY })).statusCode).toBe(404);
    }
  });
});

describe('mutation', () => {
  it('pins tags and keeps them, and maps what is pinned to itself', async () => {
    const pinned = `r.example/app@${DIGEST}`;
    const { text } = await ask(MUTATE, providerRequest('r.example/app:1.4', pinned, 'nginx'));
    const items = [
      { key: 'r.example/app:1.4', value: `r.example/app:1.4@${DIGEST}` },
      { key: pinned, value: pinned },
      { key: 'nginx', value: `docker.io/library/nginx:latest@${DIGEST}` },
    ];
    expect(text).toBe(
      `{"apiVersion":"externaldata.gatekeeper.sh/v1alpha1","kind":"ProviderResponse","response":{"idempotent":true,"items":${JSON.stringify(items)}}}`,
    );
  });

  it('answers a tag that is not there with an error, and a registry that is away with no items', async () => {
    const gone = await ask(MUTATE, providerRequest('r.example/gone'), { says: { gone: fault('NOT_FOUND', 'no') } });
    expect(gone.json.response).toEqual({
      idempotent: true,
      items: [{ key: 'r.example/gone', error: 'GET_SUBJECT_DESCRIPTOR_FAILURE: NOT_FOUND: no' }],
    });
    const says = { away: fault('REGISTRY_UNAVAILABLE', 'down') };
    const away = await ask(MUTATE, providerRequest('r.example/away'), { says });
    expect(away.json.response).toEqual({
      idempotent: true,
      items: [],
      systemError:
        'operation failed with error r.example/away: REPOSITORY_OPERATION_FAILURE: REGISTRY_UNAVAILABLE: down',
    });
  });
});

describe('the metrics', () => {
  it('count what was asked at Ratify’s routes, and what had no answer', async () => {
    app = openApp({ away: fault('REGISTRY_UNAVAILABLE', 'down') }).app;
    await app.inject({ method: 'POST', url: VERIFY, payload: JSON.stringify(providerRequest('r.example/away')) });
    await app.inject({ method: 'POST', url: VERIFY, payload: JSON.stringify(providerRequest('r.example/app')) });
    await app.inject({ method: 'POST', url: MUTATE, payload: JSON.stringify(providerRequest('r.example/app')) });
    const { body } = await app.inject('/metrics');
    expect(body).toContain('ratify_verification_request_count 2');
    expect(body).toContain('ratify_mutation_request_count 1');
    expect(body).toContain('ratify_system_error_count_total{error="REGISTRY_UNAVAILABLE"} 1');
    expect(body).toContain(`verdict_http_requests_total{route="${VERIFY}",status="2xx"} 2`);
  });
});

/** https://ratify.dev/docs/troubleshoot/errors */
const RATIFY_CODES =
  'UNKNOWN EXECUTOR_FAILURE BAD_REQUEST REFERENCE_INVALID CACHE_NOT_SET CONFIG_INVALID AUTH_DENIED ENV_NOT_SET GET_CLUSTER_RESOURCE_FAILURE HOST_NAME_INVALID NO_MATCHING_CREDENTIAL DATA_DECODING_FAILURE DATA_ENCODING_FAILURE RESOURCE_NOT_FOUND OPERATION_FORBIDDEN ALIBABACLOUD_IMAGE_INVALID VERIFY_REFERENCE_FAILURE VERIFY_PLUGIN_FAILURE SIGNATURE_NOT_FOUND LIST_REFERRERS_FAILURE GET_SUBJECT_DESCRIPTOR_FAILURE GET_REFERRER_MANIFEST_FAILURE GET_BLOB_CONTENT_FAILURE REFERRER_STORE_FAILURE CREATE_REPOSITORY_FAILURE REPOSITORY_OPERATION_FAILURE MANIFEST_INVALID NO_VERIFIER_REPORT PLUGIN_INIT_FAILURE PLUGIN_NOT_FOUND DOWNLOAD_PLUGIN_FAILURE CERT_INVALID KEY_INVALID POLICY_PROVIDER_NOT_FOUND KEY_VAULT_OPERATION_FAILURE KEY_MANAGEMENT_PROVIDER_FAILURE'.split(
    ' ',
  );
