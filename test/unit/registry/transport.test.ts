import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { VerdictError } from '../../../src/errors.ts';
import { parseReference } from '../../../src/reference.ts';
import type { HostSettings, RegistryOptions } from '../../../src/registry/options.ts';
import { type OpenStore, openStore, patience, referenceTo } from '../../support/registry/open.ts';
import {
  startRegistry,
  TEST_TLS,
  type TestRegistry,
  type TestRegistryOptions,
} from '../../support/registry/registry.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  closing.push(() => registry.close());
  registry.image({ tag: 'v1' });
  return registry;
}
function open(options: RegistryOptions = {}): OpenStore {
  const opened = openStore(options);
  closing.push(() => opened.store.close());
  return opened;
}
const resolve = ({ store }: OpenStore, registry: TestRegistry, signal = patience()) =>
  store.resolve(referenceTo(registry, 'v1'), signal);
const fault = (code: string) => expect.objectContaining({ code });

describe('TLS', () => {
  const resolveWith = (registry: TestRegistry, settings: HostSettings) =>
    resolve(open({ hosts: { [registry.host]: settings } }), registry);

  it('trusts the authority that the settings name', async () => {
    const registry = await start({ tls: true });
    await expect(resolveWith(registry, { ca: TEST_TLS.ca })).resolves.toBeDefined();
  });

  it('trusts nobody else, and does not ask again', async () => {
    const registry = await start({ tls: true });
    const opened = open({ hosts: { [registry.host]: { tls: true } } });
    await expect(resolve(opened, registry)).rejects.toThrow(fault('REGISTRY_TLS'));
    expect(opened.events).toMatchObject([{ status: 0, error: 'REGISTRY_TLS', attempt: 1 }]);
    expect(opened.waits).toEqual([]);
  });

  it('trusts no certificate of another host', async () => {
    const registry = await start({ tls: true });
    const reference = parseReference(`elsewhere.example:${registry.host.split(':')[1]}/team/app:v1`);
    const surroundings = { lookup: async () => [{ address: '127.0.0.1', family: 4 }] };
    const { store } = open({
      hosts: { [reference.kind === 'registry' ? reference.registry : '']: { ca: TEST_TLS.ca } },
      surroundings,
    });
    await expect(store.resolve(reference, patience())).rejects.toThrow(fault('REGISTRY_TLS'));
  });

  it('says so where the host does not speak it', async () => {
    const registry = await start();
    await expect(resolveWith(registry, { tls: true })).rejects.toThrow(fault('REGISTRY_TLS'));
  });

  it('shows the client certificate of the host', async () => {
    const registry = await start({ tls: true, clientCertificates: true });
    await expect(resolveWith(registry, { ca: TEST_TLS.ca, ...TEST_TLS.client })).resolves.toBeDefined();
    await expect(resolveWith(registry, { ca: TEST_TLS.ca })).rejects.toBeInstanceOf(VerdictError);
  });

  it('speaks HTTP/2 where the host does, unless told not to', async () => {
    const registry = await start({ tls: true, http2: true });
    await resolveWith(registry, { ca: TEST_TLS.ca });
    await resolveWith(registry, { ca: TEST_TLS.ca, http2: false });
    expect(registry.requests.map(({ headers }) => headers[':scheme'] ?? 'none')).toEqual(['https', 'none']);
  });
});

describe('plain HTTP', () => {
  it('is not spoken to a host that merely stands for a loopback address', async () => {
    const registry = await start();
    const port = registry.host.split(':')[1];
    const reference = parseReference(`registry.test:${port}/team/app:v1`);
    const surroundings = { lookup: async () => [{ address: '127.0.0.1', family: 4 }] };
    await expect(open({ surroundings }).store.resolve(reference, patience())).rejects.toThrow(fault('REGISTRY_TLS'));
    expect(registry.requests).toHaveLength(0);
    const hosts = { [`registry.test:${port}`]: { plainHttp: true } };
    await expect(open({ surroundings, hosts }).store.resolve(reference, patience())).resolves.toBeDefined();
  });
});

describe('a server that misbehaves', () => {
  it('is unavailable where nobody listens', async () => {
    const registry = await start();
    const opened = open();
    const reference = referenceTo(registry, 'v1');
    await registry.close();
    await expect(opened.store.resolve(reference, patience())).rejects.toThrow(fault('REGISTRY_UNAVAILABLE'));
    expect(opened.waits).toEqual([250, 500, 1000]);
  });

  it('is asked once where its name does not exist', async () => {
    const lookup = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND registry.test'), { code: 'ENOTFOUND' });
    };
    const opened = open({ surroundings: { lookup } });
    const reference = parseReference('registry.test/team/app:v1');
    await expect(opened.store.resolve(reference, patience())).rejects.toThrow(fault('REGISTRY_UNAVAILABLE'));
    expect(opened.events).toHaveLength(1);
  });

  it('is given up when it does not answer, or stops in the middle', async () => {
    const registry = await start();
    for (const after of [-1, 5]) {
      registry.forget();
      registry.fault({ route: 'manifest' }, { kind: 'hang', after });
      const opened = open({ limits: { headersTimeout: 50, bodyTimeout: 50, attempts: 2 } });
      await expect(resolve(opened, registry)).rejects.toThrow(fault('REGISTRY_UNAVAILABLE'));
      expect(registry.requests).toHaveLength(2);
    }
  });

  it('does not keep anybody beyond the deadline', async () => {
    const registry = await start();
    for (const after of [-1, 5]) {
      registry.fault({ route: 'manifest' }, { kind: 'hang', after });
      const signal = AbortSignal.timeout(50);
      await expect(resolve(open(), registry, signal)).rejects.toThrow(fault('DEADLINE_EXCEEDED'));
    }
    await expect(resolve(open(), registry, AbortSignal.abort())).rejects.toThrow(fault('DEADLINE_EXCEEDED'));
  });

  it('has failed, as a list, when the deadline passes', async () => {
    const registry = await start();
    registry.fault({ route: 'referrers' }, { kind: 'hang' });
    const { store } = open();
    const digest = `sha256:${'a'.repeat(64)}`;
    const listing = await store.referrers(
      referenceTo(registry, 'v1'),
      'referrers-api',
      digest,
      AbortSignal.timeout(50),
    );
    expect(listing).toMatchObject({ outcome: 'failed', entries: [], error: fault('DEADLINE_EXCEEDED') });
  });

  it('ends the wait between attempts with the deadline', async () => {
    const registry = await start();
    registry.fault({ route: 'manifest' }, { kind: 'answer', status: 503 });
    const controller = new AbortController();
    const { store } = open({ surroundings: { sleep: async (_, signal) => signal.throwIfAborted() } });
    const resolving = store.resolve(referenceTo(registry, 'v1'), controller.signal);
    controller.abort(new VerdictError('LIMIT_EXCEEDED', 'enough'));
    await expect(resolving).rejects.toThrow(fault('LIMIT_EXCEEDED'));
  });

  it('is not understood where it does not speak HTTP', async () => {
    const server = createTcpServer((socket) => void socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => void server.close(() => resolve())));
    const reference = parseReference(`127.0.0.1:${(server.address() as AddressInfo).port}/team/app:v1`);
    await expect(open().store.resolve(reference, patience())).rejects.toThrow(fault('REGISTRY_INVALID_RESPONSE'));
  });

  it('sends no more headers than anybody reads', async () => {
    const registry = await start();
    registry.fault({ route: 'manifest' }, { kind: 'headers', headers: { 'x-long': 'x'.repeat(64 * 1024) } });
    await expect(resolve(open(), registry)).rejects.toThrow(fault('REGISTRY_INVALID_RESPONSE'));
  });
});

describe('attempts', () => {
  it.each([408, 429, 500, 502, 503, 504])('are repeated after %i', async (status) => {
    const registry = await start();
    registry.fault({ route: 'manifest' }, { kind: 'answer', status }, { times: 2 });
    const opened = open();
    await expect(resolve(opened, registry)).resolves.toBeDefined();
    expect(opened.waits).toEqual([250, 500]);
    expect(opened.events.map((event) => [event.status, event.attempt])).toEqual([
      [status, 1],
      [status, 2],
      [200, 3],
    ]);
  });

  it('are repeated after a reset', async () => {
    const registry = await start();
    registry.fault({ route: 'manifest' }, { kind: 'reset' }, { times: 1 });
    registry.fault({ route: 'manifest' }, { kind: 'reset', after: 7 }, { times: 1 });
    await expect(resolve(open(), registry)).resolves.toBeDefined();
    expect(registry.requests).toHaveLength(3);
  });

  it.each([400, 403, 404, 418, 501])('are not repeated after %i', async (status) => {
    const registry = await start();
    registry.fault({ route: 'manifest' }, { kind: 'answer', status });
    await expect(resolve(open(), registry)).rejects.toBeInstanceOf(VerdictError);
    expect(registry.requests).toHaveLength(1);
  });

  it('end with what the server kept saying', async () => {
    const registry = await start();
    registry.fault({ route: 'manifest' }, { kind: 'rate-limit' });
    await expect(resolve(open(), registry)).rejects.toThrow(fault('REGISTRY_RATE_LIMITED'));
    registry.fault({ route: 'manifest' }, { kind: 'answer', status: 502, body: '<html>\u001b[31mBad\u0007 gateway' });
    await expect(resolve(open(), registry)).rejects.toThrow(fault('REGISTRY_UNAVAILABLE'));
    expect(registry.requests).toHaveLength(8);
  });

  it('wait as the server asks, in seconds or until a date', async () => {
    const registry = await start();
    registry.fault(
      { route: 'manifest' },
      { kind: 'rate-limit', retryAfter: 'Sat, 21 Nov 2026 10:00:05 GMT' },
      { times: 1 },
    );
    registry.fault({ route: 'manifest' }, { kind: 'rate-limit', retryAfter: '2' }, { times: 1 });
    const opened = open();
    await expect(resolve(opened, registry)).resolves.toBeDefined();
    expect(opened.waits).toEqual([2000, 3000]);
  });

  it('are not made where the server asks to come back much later', async () => {
    const registry = await start();
    registry.fault({ route: 'manifest' }, { kind: 'rate-limit', retryAfter: '21600' });
    const opened = open();
    await expect(resolve(opened, registry)).rejects.toThrow(fault('REGISTRY_RATE_LIMITED'));
    expect([registry.requests.length, opened.waits]).toEqual([1, []]);
  });

  it('bring what the registry says into the message, in one printable line', async () => {
    const registry = await start();
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'no\u001b[31m\naccess' }] });
    registry.fault({ route: 'manifest' }, { kind: 'answer', status: 403, body });
    const thrown = await resolve(open(), registry).catch((error: Error) => error.message);
    expect(thrown).toContain('(DENIED: no [31m access)');
  });
});

describe('requests to one host', () => {
  it('are as many at a time as allowed, and all are made', async () => {
    const registry = await start({ latency: 20 });
    const { store } = open({ limits: { hostConcurrency: 3 } });
    const reference = referenceTo(registry, 'v1');
    await Promise.all(Array.from({ length: 9 }, () => store.resolve(reference, patience())));
    const rounds = registry.requests.map(({ round }) => round);
    expect(rounds).toHaveLength(9);
    for (const round of new Set(rounds)) expect(rounds.filter((one) => one === round).length).toBeLessThanOrEqual(3);
  });

  it('go on with one slot only, also where a token is needed from the same host', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    const { store } = open({ limits: { hostConcurrency: 1 }, credentials: async () => undefined });
    const reference = referenceTo(registry, 'v1');
    const all = Promise.all([1, 2, 3].map(() => store.resolve(reference, patience())));
    await expect(all).resolves.toHaveLength(3);
  });
});

describe('proxies', () => {
  /** A proxy that leads every name to the loopback interface. */
  async function startProxy(): Promise<{ readonly url: string; readonly asked: string[] }> {
    const asked: string[] = [];
    const sockets = new Set<Socket>();
    const server: Server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(502).end();
    });
    server.on('connect', (request, client: Socket) => {
      asked.push(`CONNECT ${request.url}`);
      const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }
  const lookup = async () => [{ address: '127.0.0.1', family: 4 }];

  it('are used for TLS hosts, through a tunnel that keeps the trust', async () => {
    const proxy = await startProxy();
    const registry = await start({ tls: true });
    const name = `registry.test:${registry.host.split(':')[1]}`;
    const reference = parseReference(`${name}/team/app:v1`);
    const surroundings = { environment: { HTTPS_PROXY: proxy.url } };
    const trusting = open({ hosts: { [name]: { ca: TEST_TLS.ca } }, surroundings });
    await expect(trusting.store.resolve(reference, patience())).resolves.toBeDefined();
    await expect(open({ surroundings }).store.resolve(reference, patience())).rejects.toThrow(fault('REGISTRY_TLS'));
    expect(proxy.asked).toEqual([`CONNECT ${name}`, `CONNECT ${name}`]);
  });

  it('are not used for hosts that NO_PROXY names', async () => {
    const proxy = await startProxy();
    const registry = await start({ tls: true });
    const name = `registry.test:${registry.host.split(':')[1]}`;
    const environment = { https_proxy: proxy.url, NO_PROXY: 'other.test, .test' };
    const { store } = open({ hosts: { [name]: { ca: TEST_TLS.ca } }, surroundings: { environment, lookup } });
    await expect(store.resolve(parseReference(`${name}/team/app:v1`), patience())).resolves.toBeDefined();
    expect(proxy.asked).toEqual([]);
  });

  it.each(['proxy:3128', 'not a url', 'ftp://proxy.test'])(
    'are refused where they are no URL of a proxy: %s',
    async (proxy) => {
      const { store } = open({ surroundings: { environment: { HTTPS_PROXY: proxy }, lookup } });
      const resolving = store.resolve(parseReference('registry.test/team/app:v1'), patience());
      await expect(resolving).rejects.toThrow(fault('CONFIG_INVALID'));
    },
  );

  it('are never used for loopback hosts', async () => {
    const proxy = await startProxy();
    const registry = await start();
    const { store } = open({ surroundings: { environment: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url } } });
    await expect(store.resolve(referenceTo(registry, 'v1'), patience())).resolves.toBeDefined();
    expect(proxy.asked).toEqual([]);
  });

  it('do not let a registry send us to this machine', async () => {
    const proxy = await startProxy();
    const inner = await start();
    const registry = await start({ tls: true });
    const name = `registry.test:${registry.host.split(':')[1]}`;
    for (const to of [
      `${inner.url}/secret`,
      `https://127.0.0.1:1/secret`,
      'https://10.0.0.1/secret',
      'https://localhost:1/secret',
    ]) {
      registry.fault({ route: 'manifest' }, { kind: 'redirect', to });
      const { store } = open({
        hosts: { [name]: { ca: TEST_TLS.ca } },
        surroundings: { environment: { HTTPS_PROXY: proxy.url }, lookup },
      });
      const resolving = store.resolve(parseReference(`${name}/team/app:v1`), patience());
      await expect(resolving).rejects.toThrow(fault('REGISTRY_NOT_ALLOWED'));
    }
    expect(inner.requests).toHaveLength(0);
  });
});

describe('close', () => {
  it('ends what is under way, and everything after it', async () => {
    const registry = await start();
    registry.fault({ route: 'manifest' }, { kind: 'hang' });
    const opened = open();
    const hanging = resolve(opened, registry);
    await expect.poll(() => registry.requests.length, { interval: 1 }).toBe(1);
    await opened.store.close();
    await expect(hanging).rejects.toThrow(fault('REGISTRY_UNAVAILABLE'));
    await expect(resolve(opened, registry)).rejects.toThrow(fault('REGISTRY_UNAVAILABLE'));
    expect(registry.requests).toHaveLength(1);
  });
});

describe('events', () => {
  it('tell every exchange with its size', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    const opened = open({ credentials: async () => undefined });
    const { manifest } = await resolve(opened, registry);
    const { host, url } = registry;
    const common = { method: 'GET', host, attempt: 1, error: '', ms: 0 };
    expect(opened.events).toMatchObject([
      { ...common, url: `${url}/v2/team/app/manifests/v1`, status: 401 },
      { ...common, url: `${url}/token`, status: 200 },
      { ...common, url: `${url}/v2/team/app/manifests/v1`, status: 200, bytes: manifest?.byteLength },
    ]);
  });
});
