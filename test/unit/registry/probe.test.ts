import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RegistryOptions } from '../../../src/registry/options.ts';
import { probeRegistry } from '../../../src/registry/probe.ts';
import { startRegistry, TEST_TLS, type TestRegistryOptions } from '../../support/registry/registry.ts';

const open = async (options: TestRegistryOptions = {}) => {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.close());
  return registry;
};

const probe = (registry: string, options: RegistryOptions = {}) => probeRegistry({ registry, repository: '' }, options);

describe('a probe of a registry', () => {
  it('ends where the registry takes a request and never answers', async () => {
    const registry = await open();
    registry.fault({}, { kind: 'hang' });
    const { answer, login } = await probe(registry.host, { limits: { headersTimeout: 100 } });
    expect(answer).toMatchObject({ kind: 'fault', error: { code: 'REGISTRY_UNAVAILABLE' } });
    expect(login).toMatchObject({ kind: 'skipped' });
    expect(registry.requests).toHaveLength(1);
  });

  it('ends where nobody shakes hands', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { tls, answer } = await probe(host, { hosts: { [host]: { tls: true } }, limits: { connectTimeout: 100 } });
    expect(tls).toMatchObject({ kind: 'fault', error: { retryable: true } });
    expect(answer).toMatchObject({ kind: 'skipped' });
  });

  it('tells of one that does not speak TLS', async () => {
    const registry = await open();
    const { tls } = await probe(registry.host, { hosts: { [registry.host]: { tls: true } } });
    expect(tls).toMatchObject({ kind: 'fault', error: { code: 'REGISTRY_TLS' } });
  });

  it('says by which name a certificate does not stand', async () => {
    const registry = await open({ tls: true });
    const name = registry.host.replace('127.0.0.1', 'other.test');
    const { tls } = await probe(name, {
      hosts: { [name]: { ca: TEST_TLS.ca } },
      surroundings: { lookup: async () => [{ address: '127.0.0.1', family: 4 }] },
    });
    expect(tls).toMatchObject({ kind: 'done', value: { distrust: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    expect(registry.requests).toEqual([]);
  });

  it('says that a service would not ask a host inside, unless it is named', async () => {
    const surroundings = { lookup: async () => [{ address: '10.0.0.7', family: 4 }] };
    const options = { surroundings, limits: { connectTimeout: 1 } };
    const { name } = await probe('registry.test', options);
    expect(name).toMatchObject({
      kind: 'done',
      value: { reach: 'private', refused: { code: 'REGISTRY_NOT_ALLOWED' } },
    });
    const named = await probe('registry.test', { ...options, hosts: { 'registry.test': {} } });
    expect(named.name).toMatchObject({ value: { refused: undefined } });
  });

  it('leaves name and TLS to a proxy', async () => {
    const environment = { https_proxy: 'http://127.0.0.1:9' };
    const { name, tls, answer } = await probe('registry.test', { surroundings: { environment } });
    expect([name.kind, tls.kind, answer.kind]).toEqual(['skipped', 'skipped', 'fault']);
  });

  it('gets a token for no repository, as logging in does', async () => {
    const registry = await open({
      auth: { kind: 'bearer', username: 'ann', password: 'secret', scope: 'registry:base:pull' },
    });
    const credential = { kind: 'basic', username: 'ann', password: 'secret' } as const;
    const { login, answer } = await probe(registry.host, { hosts: { [registry.host]: { credential } } });
    expect(answer).toMatchObject({ value: { status: 401, schemes: ['bearer'] } });
    const asked = registry.requests.find(({ path }) => path.startsWith('/token'));
    expect(asked?.path).not.toContain('repository');
    expect(login).toMatchObject({ kind: 'done', value: { place: 'the configuration', kind: 'basic' } });
  });
});
