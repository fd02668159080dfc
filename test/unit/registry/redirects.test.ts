import { afterEach, describe, expect, it } from 'vitest';
import type { RegistryOptions } from '../../../src/registry/options.ts';
import { type OpenStore, openStore, patience, referenceTo } from '../../support/registry/open.ts';
import {
  type Made,
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
  return registry;
}
function open(options: RegistryOptions = {}): OpenStore {
  const opened = openStore(options);
  closing.push(() => opened.store.close());
  return opened;
}

const CREDENTIAL = { kind: 'basic', username: 'jane', password: 'secret' } as const;
const AUTH = { kind: 'basic', username: 'jane', password: 'secret' } as const;

/** An image whose blobs the registry keeps at another place. */
async function begin(
  options: TestRegistryOptions,
  to: (path: string) => string,
): Promise<{ registry: TestRegistry; image: Made }> {
  const registry = await start(options);
  const image = registry.image();
  registry.fault({ route: 'blob' }, { kind: 'redirect', to: to('/storage/blob?signature=secret') });
  return { registry, image };
}
const content = (image: Made): Uint8Array => image.blobs.get(image.layers[0]?.digest ?? '') ?? new Uint8Array();
const fetchLayer = ({ store }: OpenStore, registry: TestRegistry, image: Made) => {
  const [layer] = image.layers;
  if (layer === undefined) throw new Error('no layer');
  return store.fetch(referenceTo(registry, image.digest), 'blob', layer, 1024, patience());
};
const fault = (code: string) => expect.objectContaining({ code });
const authorizations = (registry: TestRegistry) => registry.requests.map(({ headers }) => headers.authorization ?? '');

describe('a redirect to another host', () => {
  it.each([301, 302, 303, 307, 308])('is followed (%i), and the credential stays at home', async (status) => {
    const storage = await start();
    const registry = await start({ auth: AUTH });
    const image = registry.image();
    registry.fault({ route: 'blob' }, { kind: 'redirect', to: `${storage.url}/storage/blob`, status }, { after: 1 });
    storage.file('/storage/blob', content(image));
    const opened = open({ credentials: async () => CREDENTIAL });
    expect(await fetchLayer(opened, registry, image)).toEqual(content(image));
    expect(authorizations(registry)).toEqual(['', 'Basic amFuZTpzZWNyZXQ=']);
    expect(storage.requests).toHaveLength(1);
    const [request] = storage.requests;
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
  });

  it('does not show a token either', async () => {
    const storage = await start();
    const registry = await start({ auth: { kind: 'bearer' } });
    const image = registry.image();
    registry.fault({ route: 'blob' }, { kind: 'redirect', to: `${storage.url}/storage/blob` }, { after: 1 });
    storage.file('/storage/blob', content(image));
    expect(await fetchLayer(open({ credentials: async () => undefined }), registry, image)).toEqual(content(image));
    expect(authorizations(storage)).toEqual(['']);
  });

  it('gets no credential even if it asks for one, or leads back home', async () => {
    const storage = await start({ auth: AUTH });
    const { registry, image } = await begin({ auth: AUTH }, (path) => storage.url + path);
    const opened = open({
      hosts: { [registry.host]: { credential: CREDENTIAL }, [storage.host]: { credential: CREDENTIAL } },
    });
    storage.fault({ route: 'file' }, { kind: 'unauthorized' });
    await expect(fetchLayer(opened, registry, image)).rejects.toThrow(fault('REGISTRY_DENIED'));
    expect(authorizations(storage)).toEqual(['']);

    storage.clearFaults();
    storage.fault({ route: 'file' }, { kind: 'redirect', to: `${registry.url}/home` });
    registry.file('/home', content(image));
    registry.forget();
    expect(await fetchLayer(opened, registry, image)).toEqual(content(image));
    expect(registry.requests.find(({ path }) => path === '/home')?.headers.authorization).toBeUndefined();
  });

  it('is not remembered: what is checked is the content', async () => {
    const storage = await start();
    const { registry, image } = await begin({}, (path) => storage.url + path);
    storage.file('/storage/blob', 'another content');
    await expect(fetchLayer(open(), registry, image)).rejects.toThrow(fault('SIZE_MISMATCH'));
  });

  it('is followed from plain HTTP to TLS, with the certificates of that host', async () => {
    const storage = await start({ tls: true });
    const { registry, image } = await begin({}, (path) => storage.url + path);
    storage.file('/storage/blob', content(image));
    await expect(fetchLayer(open(), registry, image)).rejects.toThrow(fault('REGISTRY_TLS'));
    const hosts = { [storage.host]: { ca: TEST_TLS.ca } };
    expect(await fetchLayer(open({ hosts }), registry, image)).toEqual(content(image));
  });

  it('shows the client certificate of the registry to nobody else', async () => {
    const storage = await start({ tls: true, clientCertificates: true });
    const { registry, image } = await begin({ tls: true, clientCertificates: true }, (path) => storage.url + path);
    storage.file('/storage/blob', content(image));
    const both = { ca: TEST_TLS.ca, ...TEST_TLS.client };
    const apart = open({ hosts: { [registry.host]: both, [storage.host]: { ca: TEST_TLS.ca } } });
    await expect(fetchLayer(apart, registry, image)).rejects.toThrow();
    expect(storage.requests).toHaveLength(0);
    const together = open({ hosts: { [registry.host]: both, [storage.host]: both } });
    expect(await fetchLayer(together, registry, image)).toEqual(content(image));
  });

  it('is refused from TLS to plain HTTP', async () => {
    const storage = await start();
    const { registry, image } = await begin({ tls: true }, (path) => storage.url + path);
    const opened = open({ hosts: { [registry.host]: { ca: TEST_TLS.ca } } });
    await expect(fetchLayer(opened, registry, image)).rejects.toThrow(fault('REGISTRY_NOT_ALLOWED'));
    expect(storage.requests).toHaveLength(0);
  });

  const targets = [
    'http://storage.test/blob',
    'ftp://127.0.0.1/blob',
    'file:///etc/passwd',
    'https://user:secret@127.0.0.1/blob',
    'https://169.254.169.254/latest/meta-data',
    'https://2852039166/latest/meta-data',
    'https://[fe80::1]/blob',
    'https://[::ffff:169.254.169.254]/blob',
    'https://100.100.100.200/blob',
  ];
  it.each(targets)('is refused to %s', async (to) => {
    const { registry, image } = await begin({}, () => to);
    await expect(fetchLayer(open(), registry, image)).rejects.toThrow(fault('REGISTRY_NOT_ALLOWED'));
    expect(registry.requests).toHaveLength(1);
  });

  it('is refused to a name that stands for a link-local address', async () => {
    const { registry, image } = await begin({}, (path) => `https://storage.test${path}`);
    const lookup = async () => [{ address: '169.254.169.254', family: 4 }];
    await expect(fetchLayer(open({ surroundings: { lookup } }), registry, image)).rejects.toThrow(
      fault('REGISTRY_NOT_ALLOWED'),
    );
  });

  it('is followed to an inner address where the settings name the host', async () => {
    const storage = await start({ tls: true });
    const port = storage.host.split(':')[1] ?? '';
    const { registry, image } = await begin({}, (path) => `https://storage.test:${port}${path}`);
    storage.file('/storage/blob', content(image));
    const asked: string[] = [];
    const lookup = async (hostname: string) => {
      asked.push(hostname);
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const hosts = { [`storage.test:${port}`]: { ca: TEST_TLS.ca } };
    expect(await fetchLayer(open({ hosts, surroundings: { lookup } }), registry, image)).toEqual(content(image));
    expect(asked).toEqual(['storage.test']);
  });
});

describe('redirects', () => {
  it('within the host keep the credential', async () => {
    const registry = await start({ auth: AUTH });
    const image = registry.image();
    const moved = `/v2/team/moved/blobs/${image.layers[0]?.digest}`;
    registry.put(image, { repository: 'team/moved' });
    registry.fault({ route: 'blob', repository: 'team/app' }, { kind: 'redirect', to: moved });
    expect(await fetchLayer(open({ credentials: async () => CREDENTIAL }), registry, image)).toEqual(content(image));
  });

  it('are followed five times and no more', async () => {
    const registry = await start();
    const image = registry.image();
    registry.fault({ route: 'blob' }, { kind: 'redirect', to: '/0' });
    for (let step = 0; step < 10; step++)
      registry.fault({ route: 'file' }, { kind: 'redirect', to: `/${step}` }, { times: 1 });
    await expect(fetchLayer(open(), registry, image)).rejects.toThrow(fault('REGISTRY_INVALID_RESPONSE'));
    expect(registry.requests).toHaveLength(6);
  });

  it('need a target', async () => {
    for (const headers of [{}, { location: 'http://[' }] as const) {
      const registry = await start();
      const image = registry.image();
      registry.fault({ route: 'blob' }, { kind: 'answer', status: 307, headers });
      await expect(fetchLayer(open(), registry, image)).rejects.toThrow(fault('REGISTRY_INVALID_RESPONSE'));
    }
  });

  it('leave their secrets out of events and messages', async () => {
    const storage = await start();
    const { registry, image } = await begin({}, (path) => storage.url + path);
    const opened = open();
    const thrown = await fetchLayer(opened, registry, image).catch((error: Error) => error);
    expect(thrown).toMatchObject({ code: 'NOT_FOUND' });
    expect(JSON.stringify([opened.events, String(thrown)])).not.toContain('secret');
    expect(opened.events.map(({ url }) => url)).toEqual([
      expect.stringMatching(/\/blobs\/sha256:[0-9a-f]{64}$/),
      `${storage.url}/storage/blob`,
    ]);
  });
});
