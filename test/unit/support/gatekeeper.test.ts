import { readFileSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { Gatekeeper, type GatekeeperOptions, requestBody } from '../../support/gatekeeper/client.ts';
import { type Answer, listenProvider, type Provider, respond } from '../../support/gatekeeper/fake-provider.ts';
import { makeTestCa } from '../../support/gatekeeper/pki.ts';
import { decodeProviderResponse } from '../../support/gatekeeper/provider-response.ts';

const CA = makeTestCa();
const SERVER = CA.server();
const open: Array<() => void> = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function listen(answer: (keys: readonly string[]) => Answer, tls: ServerOptions = {}): Promise<Provider> {
  const provider = await listenProvider(answer, { ...SERVER, ...tls });
  open.push(provider.close);
  return provider;
}

function gatekeeper(url: string, options: Partial<GatekeeperOptions> = {}): Gatekeeper {
  const client = new Gatekeeper({ url, ca: CA.ca, timeoutMs: 10_000, ...options });
  open.push(() => client.close());
  return client;
}

const allowAll = (keys: readonly string[]): { readonly body: string } =>
  respond({ items: keys.map((key) => ({ key, value: { allow: true } })) });
const NOTHING = { responses: null, errors: null, status_code: 500 };
const sent = (url: string, why: string): string => `failed to send external data request: Post "${url}": ${why}`;

describe('the wire', () => {
  it('carries exactly what Go sends', async () => {
    const provider = await listen(allowAll);
    await gatekeeper(provider.url).externalData(['[team]a@b', '<&>\u2028"\\é']);
    const [request] = provider.seen;
    expect(request?.body).toBe(
      '{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderRequest","request":{"keys":["[team]a@b","\\u003c\\u0026\\u003e\\u2028\\"\\\\é"]}}',
    );
    const pairs = request?.headers
      .map((text, index, all) => [text, all[index + 1]])
      .filter((_, index) => index % 2 === 0);
    expect(pairs).toEqual([
      ['Host', new URL(provider.url).host],
      ['User-Agent', 'Go-http-client/1.1'],
      ['Content-Length', String(Buffer.byteLength(request?.body ?? ''))],
      ['Content-Type', 'application/json'],
      ['Accept-Encoding', 'gzip'],
    ]);
  });

  it('leaves `keys` out where there are none', () => {
    expect(requestBody([])).toBe(
      '{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderRequest","request":{}}',
    );
  });

  it('is TLS 1.3 without ALPN, server name or resumption', async () => {
    const provider = await listen(allowAll);
    await gatekeeper(provider.url).externalData(['a']);
    const socket = provider.seen[0]?.socket;
    expect([socket?.getProtocol(), socket?.alpnProtocol, socket?.servername, socket?.isSessionReused()]).toEqual([
      'TLSv1.3',
      false,
      false,
      false,
    ]);
  });

  it('uses one connection for hundreds of requests, whatever the server says of keeping it', async () => {
    const provider = await listen((keys) => ({ ...allowAll(keys), headers: { 'Keep-Alive': 'timeout=1' } }));
    const client = gatekeeper(provider.url);
    for (let n = 0; n < 300; n++) await client.externalData([`k${n}`]);
    expect([provider.seen.length, provider.connections()]).toEqual([300, 1]);
  });

  it('opens a connection for each request at a time and keeps ten of them', async () => {
    const provider = await listen(allowAll);
    const client = gatekeeper(provider.url);
    const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);
    const round = () => Promise.all(keys.map((key) => client.externalData([key])));
    expect((await round()).map(({ responses }) => responses?.[0]?.[0])).toEqual(keys);
    expect(provider.connections()).toBe(30);
    await round();
    expect(provider.connections()).toBe(50);
  });

  it('shows its certificate to a provider that asks for one', async () => {
    const provider = await listen(allowAll, { requestCert: true, rejectUnauthorized: true, ca: CA.ca });
    const answer = await gatekeeper(provider.url, { client: CA.client() }).externalData(['a']);
    expect(answer.status_code).toBe(200);
    expect(provider.seen[0]?.socket.getPeerCertificate().subject.CN).toBe(
      'gatekeeper-webhook-service.gatekeeper-system.svc',
    );
  });

  it('says EOF where the provider wants a certificate of another authority', async () => {
    const provider = await listen(allowAll, { requestCert: true, rejectUnauthorized: true, ca: CA.ca });
    const answer = await gatekeeper(provider.url, { client: makeTestCa('other').client() }).externalData(['a']);
    expect(answer).toEqual({ ...NOTHING, system_error: sent(provider.url, 'EOF') });
  });

  it('has no answer where the provider wants a certificate and there is none', async () => {
    const provider = await listen(allowAll, { requestCert: true, rejectUnauthorized: true, ca: CA.ca });
    const answer = await gatekeeper(provider.url).externalData(['a']);
    expect(answer).toMatchObject(NOTHING);
    // The alert may be lost with the connection.
    expect(['EOF', 'remote error: tls: certificate required'].map((words) => sent(provider.url, words))).toContain(
      answer.system_error,
    );
    expect(provider.seen).toEqual([]);
  });

  it.each([
    ['another authority', makeTestCa('other').server(), 'certificate signed by unknown authority'],
    ['no name for the address', CA.server(['localhost']), "because it doesn't contain any IP SANs"],
    ['another address', CA.server(['127.0.0.2']), 'x509: certificate is valid for 127.0.0.2, not 127.0.0.1'],
    ['an end in the past', CA.server(undefined, { notAfter: new Date('2021-01-01') }), 'certificate has expired'],
  ])('refuses a server certificate with %s', async (_, identity, words) => {
    const provider = await listen(allowAll, identity);
    const answer = await gatekeeper(provider.url).externalData(['a']);
    expect(answer).toMatchObject(NOTHING);
    expect(answer.system_error).toContain(words);
    expect(provider.seen).toEqual([]);
  });

  it('refuses a server that speaks TLS 1.2 at most', async () => {
    const provider = await listen(allowAll, { maxVersion: 'TLSv1.2' });
    const answer = await gatekeeper(provider.url).externalData(['a']);
    expect(answer.system_error).toBe(sent(provider.url, 'remote error: tls: protocol version not supported'));
  });

  it('reads a valid answer of any status', async () => {
    const provider = await listen((keys) => ({ ...allowAll(keys), status: 500 }));
    expect(await gatekeeper(provider.url).externalData(['a'])).toEqual({
      responses: [['a', { allow: true }]],
      errors: [],
      status_code: 500,
      system_error: '',
    });
  });

  it('unpacks an answer that comes as gzip', async () => {
    const provider = await listen((keys) => ({
      body: gzipSync(allowAll(keys).body),
      headers: { 'Content-Encoding': 'gzip' },
    }));
    expect((await gatekeeper(provider.url).externalData(['a'])).responses).toHaveLength(1);
  });

  it('follows a 307 with the same body', async () => {
    const target = await listen(allowAll);
    const provider = await listen(() => ({ status: 307, body: '', headers: { Location: target.url } }));
    await gatekeeper(provider.url).externalData(['a']);
    expect(target.seen[0]?.body).toBe(provider.seen[0]?.body);
  });

  it('says which connection was refused', async () => {
    const provider = await listen(allowAll);
    provider.close();
    const { host } = new URL(provider.url);
    expect(await gatekeeper(provider.url).externalData(['a'])).toEqual({
      ...NOTHING,
      system_error: sent(provider.url, `dial tcp ${host}: connect: connection refused`),
    });
  });

  it('says EOF where the connection ends without an answer', async () => {
    const provider = await listen(() => 'drop');
    expect((await gatekeeper(provider.url).externalData(['a'])).system_error).toBe(sent(provider.url, 'EOF'));
  });

  it.each([50, 0])('gives up after the timeout of %d ms', async (timeoutMs) => {
    const provider = await listen(() => 'hang');
    expect(await gatekeeper(provider.url, { timeoutMs }).externalData(['a'])).toEqual({
      ...NOTHING,
      system_error: sent(provider.url, 'context deadline exceeded'),
    });
  });
});

describe('an answer', () => {
  const RECORDED = JSON.parse(
    readFileSync(new URL('../../support/gatekeeper/recorded.json', import.meta.url), 'utf8'),
  ) as ReadonlyArray<{ readonly body: string; readonly error: string; readonly decoded: object }>;

  it.each(RECORDED)('$body is read as Go reads it', ({ body, error, decoded }) => {
    const read = (): unknown => {
      try {
        return decodeProviderResponse(Buffer.from(body));
      } catch (fault) {
        return (fault as Error).message;
      }
    };
    const { items = [] } = decoded as { readonly items?: readonly object[] };
    const good = {
      idempotent: false,
      systemError: '',
      ...decoded,
      items: items.map((item) => ({ key: '', value: null, error: '', ...item })),
    };
    expect(read()).toEqual(error === '' ? good : error);
  });

  it('that is not JSON leaves null lists', async () => {
    const provider = await listen(() => ({ body: '<html>' }));
    expect(await gatekeeper(provider.url).externalData(['a'])).toEqual({
      ...NOTHING,
      system_error: "failed to unmarshal external data response: invalid character '<' looking for beginning of value",
    });
  });

  it('with a value beside an error has the error only, and a value of null where there is none', async () => {
    const provider = await listen(() =>
      respond({ items: [{ key: 'a', error: 'no', value: { allow: true } }, { key: 'b' }], systemError: 'late' }),
    );
    expect(await gatekeeper(provider.url).externalData(['a', 'b'])).toEqual({
      responses: [['b', null]],
      errors: [['a', 'no']],
      status_code: 200,
      system_error: 'late',
    });
  });

  it('has duplicate keys as they were sent', async () => {
    const provider = await listen(allowAll);
    const { responses } = await gatekeeper(provider.url).externalData(['a', 'a']);
    expect(provider.seen[0]?.keys).toEqual(['a', 'a']);
    expect(responses).toHaveLength(2);
  });
});

describe('the cache of items', () => {
  const START = 1_000_500;
  const setting = async (answer: (keys: readonly string[]) => Answer) => {
    const provider = await listen(answer);
    const clock = { now: START };
    const client = gatekeeper(provider.url, { ttlMs: 180_000, now: () => clock.now });
    return { provider, clock, client };
  };

  it('answers without a request and with status 0 where every key is in it', async () => {
    const { provider, client } = await setting(allowAll);
    await client.externalData(['a']);
    expect(await client.externalData(['a'])).toEqual({
      responses: [['a', { allow: true }]],
      errors: [],
      status_code: 0,
      system_error: '',
    });
    expect(provider.seen).toHaveLength(1);
  });

  it('has only the others asked for, and its own items stand first', async () => {
    const { provider, client } = await setting(allowAll);
    await client.externalData(['b']);
    const { responses, status_code: status } = await client.externalData(['a', 'b']);
    expect(provider.seen.map(({ keys }) => keys)).toEqual([['b'], ['a']]);
    expect(responses?.map(([key]) => key)).toEqual(['b', 'a']);
    expect(status).toBe(200);
  });

  it('counts from the second of the answer', async () => {
    const { provider, client, clock } = await setting(allowAll);
    await client.externalData(['a']);
    clock.now = START - 500 + 180_000;
    await client.externalData(['a']);
    expect(provider.seen).toHaveLength(1);
    clock.now += 1;
    await client.externalData(['a']);
    expect(provider.seen).toHaveLength(2);
  });

  it('keeps errors of items', async () => {
    const { provider, client } = await setting(() => respond({ items: [{ key: 'a', error: 'no' }] }));
    await client.externalData(['a']);
    expect((await client.externalData(['a'])).errors).toEqual([['a', 'no']]);
    expect(provider.seen).toHaveLength(1);
  });

  it('keeps no system error, but the items beside it', async () => {
    const { provider, client } = await setting((keys) =>
      keys.includes('a')
        ? respond({ systemError: 'late', items: [{ key: 'a', value: { allow: true } }] })
        : respond({ systemError: 'late' }),
    );
    expect((await client.externalData(['a'])).system_error).toBe('late');
    expect(await client.externalData(['a'])).toMatchObject({ status_code: 0, system_error: '' });
    await client.externalData(['b']);
    await client.externalData(['b']);
    expect(provider.seen.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['b']]);
  });

  it('keeps keys that nobody asked for', async () => {
    const { provider, client } = await setting(() => respond({ items: [{ key: 'other', value: { allow: true } }] }));
    await client.externalData(['a']);
    expect((await client.externalData(['other'])).status_code).toBe(0);
    expect(provider.seen).toHaveLength(1);
  });

  it('outlives the Provider, which is asked for the rest only', async () => {
    const { client } = await setting(allowAll);
    await client.externalData(['a']);
    client.deleteProvider();
    expect((await client.externalData(['a'])).responses).toHaveLength(1);
    expect(await client.externalData(['a', 'b'])).toEqual({
      responses: null,
      errors: null,
      status_code: 400,
      system_error: 'key is not found in provider cache',
    });
  });

  it('is not there without a TTL', async () => {
    const provider = await listen(allowAll);
    const client = gatekeeper(provider.url);
    await client.externalData(['a']);
    await client.externalData(['a']);
    expect(provider.seen).toHaveLength(2);
  });

  it('is not used by mutation, and mutation does not fill it', async () => {
    const { provider, client } = await setting((keys) =>
      respond({ idempotent: true, items: keys.map((key) => ({ key, value: `${key}@sha256:0` })) }),
    );
    await client.mutate(['a']);
    await client.mutate(['a']);
    await client.externalData(['a']);
    await client.mutate(['a']);
    expect(provider.seen).toHaveLength(4);
  });
});

describe('mutation', () => {
  it('asks once for each value and puts the answers in their places', async () => {
    const provider = await listen((keys) =>
      respond({ idempotent: true, items: keys.map((key) => ({ key, value: `${key}@sha256:0` })) }),
    );
    expect(await gatekeeper(provider.url).mutate(['a', 'b', 'a'])).toEqual({
      ok: true,
      values: ['a@sha256:0', 'b@sha256:0', 'a@sha256:0'],
    });
    expect(provider.seen.map(({ keys }) => keys)).toEqual([['a', 'b']]);
  });

  it('asks nothing where there is nothing to mutate', async () => {
    const provider = await listen(allowAll);
    expect(await gatekeeper(provider.url).mutate([])).toEqual({ ok: true, values: [] });
    expect(provider.seen).toEqual([]);
  });

  const item = (value: unknown): object => ({ idempotent: true, items: [{ key: 'a', value }] });
  const notText = 'failed to convert external data item value from provider verdict to string, got type';
  const invalid = 'failed to validate external data response from provider verdict:';
  it.each([
    ['not idempotent', { items: [{ key: 'a', value: 'b' }] }, `${invalid} non-idempotent response`],
    ['a system error', { ...item('b'), systemError: ' late ' }, `${invalid} non-empty system error: late`],
    [
      'an error',
      { idempotent: true, items: [{ key: 'a', value: 'b', error: 'no' }] },
      'failed to retrieve external data item from provider verdict: no',
    ],
    ['no item', { idempotent: true }, 'failed to find external data item in response for provider verdict'],
    ['an object', item({}), `${notText} map[string]interface {}`],
    ['a list', item([]), `${notText} []interface {}`],
    ['a number', item(1), `${notText} float64`],
    ['a boolean', item(true), `${notText} bool`],
    ['null', item(null), `${notText} <nil>`],
  ])('refuses an answer with %s', async (_, response, message) => {
    const provider = await listen(() => respond(response));
    expect(await gatekeeper(provider.url).mutate(['a'])).toEqual({
      ok: false,
      message: `failed to resolve external data placeholders: ${message}`,
    });
  });

  it('takes an empty string', async () => {
    const provider = await listen(() => respond(item('')));
    expect(await gatekeeper(provider.url).mutate(['a'])).toEqual({ ok: true, values: [''] });
  });

  it('takes a system error of spaces for none', async () => {
    const provider = await listen(() => respond({ ...item('b'), systemError: ' ' }));
    expect(await gatekeeper(provider.url).mutate(['a'])).toEqual({ ok: true, values: ['b'] });
  });

  it('joins different faults in brackets and says equal ones once', async () => {
    const provider = await listen(() =>
      respond({ idempotent: true, items: ['a', 'b', 'c'].map((key) => ({ key, error: key === 'c' ? 'y' : 'x' })) }),
    );
    const words = 'failed to retrieve external data item from provider verdict:';
    expect(await gatekeeper(provider.url).mutate(['a', 'b', 'c'])).toEqual({
      ok: false,
      message: `failed to resolve external data placeholders: [${words} x, ${words} y]`,
    });
  });

  it('names the provider twice where it cannot be reached', async () => {
    const provider = await listen(() => 'drop');
    expect(await gatekeeper(provider.url).mutate(['a'])).toEqual({
      ok: false,
      message: `failed to resolve external data placeholders: failed to send external data request to provider verdict: ${sent(provider.url, 'EOF')}`,
    });
  });

  it('finds no response of a Provider that is not there', async () => {
    const provider = await listen(allowAll);
    const client = gatekeeper(provider.url);
    client.deleteProvider();
    expect(await client.mutate(['a'])).toEqual({
      ok: false,
      message:
        'failed to resolve external data placeholders: failed to find external data provider verdict in responses',
    });
  });

  it('follows the failure policy', async () => {
    const provider = await listen(() => 'drop');
    const client = gatekeeper(provider.url);
    expect(await client.mutate(['a'], { kind: 'Ignore' })).toEqual({ ok: true, values: ['a'] });
    expect(await client.mutate(['a'], { kind: 'UseDefault', default: 'b' })).toEqual({ ok: true, values: ['b'] });
  });
});
