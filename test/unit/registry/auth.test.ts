import { afterEach, describe, expect, it } from 'vitest';
import type { Credential, RegistryOptions } from '../../../src/registry/options.ts';
import { type OpenStore, openStore, patience, referenceTo } from '../../support/registry/open.ts';
import {
  type AuthOptions,
  startRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from '../../support/registry/registry.ts';
import { basic } from '../../support/registry/tokens.ts';

const JANE: Credential = { kind: 'basic', username: 'jane', password: 'se:cret' };
const ACCOUNT = { username: 'jane', password: 'se:cret' };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(options: TestRegistryOptions): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  closing.push(() => registry.close());
  registry.image({ tag: 'v1' });
  registry.image({ tag: 'v1', repository: 'team/other' });
  return registry;
}
function open(options: RegistryOptions = {}): OpenStore {
  const opened = openStore(options);
  closing.push(() => opened.store.close());
  return opened;
}
const withCredential = (credential: Credential | undefined): RegistryOptions => ({
  credentials: async () => credential,
});
const resolve = ({ store }: OpenStore, registry: TestRegistry, repository?: string) =>
  store.resolve(referenceTo(registry, 'v1', repository), patience());
const shown = (registry: TestRegistry) =>
  registry.requests.map(({ route, headers }) => `${route} ${headers.authorization ?? '-'}`);
const denied = expect.objectContaining({ code: 'REGISTRY_DENIED' });
const notAllowed = expect.objectContaining({ code: 'REGISTRY_NOT_ALLOWED' });

describe('a registry that wants name and password', () => {
  const auth: AuthOptions = { kind: 'basic', ...ACCOUNT };

  it('gets them when it asks, and from then on at once', async () => {
    const registry = await start({ auth });
    const opened = open(withCredential(JANE));
    await resolve(opened, registry);
    await resolve(opened, registry, 'team/other');
    const authorization = basic('jane', 'se:cret');
    expect(shown(registry)).toEqual(['manifest -', `manifest ${authorization}`, `manifest ${authorization}`]);
  });

  it('refuses us where there are none, or wrong ones, without a loop', async () => {
    const registry = await start({ auth });
    await expect(resolve(open(withCredential(undefined)), registry)).rejects.toThrow(denied);
    expect(registry.requests).toHaveLength(1);
    registry.forget();
    await expect(resolve(open(withCredential({ ...JANE, password: 'wrong' })), registry)).rejects.toThrow(denied);
    expect(registry.requests).toHaveLength(2);
  });

  it('gets the new password after the old one is refused', async () => {
    const registry = await start({ auth });
    let credential: Credential = { ...JANE, password: 'old' };
    const opened = open({ credentials: async () => credential });
    await expect(resolve(opened, registry)).rejects.toThrow(denied);
    credential = JANE;
    await expect(resolve(opened, registry)).resolves.toBeDefined();
  });

  it('gets what the settings say before anything else is asked', async () => {
    const registry = await start({ auth });
    const credentials = async (): Promise<Credential> => {
      throw new Error('nobody may ask');
    };
    const hosts = {
      [registry.host]: { credential: { ...JANE, password: 'wrong' } },
      [`${registry.host}/team`]: { credential: JANE },
    };
    await expect(resolve(open({ credentials, hosts }), registry)).resolves.toBeDefined();
  });
});

describe('a source of credentials that fails', () => {
  it('fails the request, with an error of ours', async () => {
    const registry = await start({ auth: { kind: 'basic', ...ACCOUNT } });
    const credentials = async (): Promise<Credential> => {
      throw new Error('broken');
    };
    await expect(resolve(open({ credentials }), registry)).rejects.toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
    expect(registry.requests).toHaveLength(1);
  });
});

describe('a registry that wants nothing', () => {
  it('sees no credential, and nobody looks for one', async () => {
    const registry = await start({});
    let asked = 0;
    const credentials = async () => {
      asked++;
      return JANE;
    };
    await resolve(open({ credentials }), registry);
    expect([asked, registry.requests.length]).toEqual([0, 1]);
    expect(shown(registry)).toEqual(['manifest -']);
  });
});

describe('a registry that wants tokens', () => {
  it('gives them to anybody', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    await resolve(open(withCredential(undefined)), registry);
    expect(shown(registry)).toEqual(['manifest -', 'token -', 'manifest Bearer test-token-1']);
    const query = new URL(registry.requests[1]?.path ?? '', registry.url).searchParams;
    expect([...query]).toEqual([
      ['service', 'test.registry'],
      ['scope', 'repository:team/app:pull'],
      ['client_id', 'verdict'],
    ]);
  });

  it('gives them for name and password, which only the token server sees', async () => {
    const registry = await start({ auth: { kind: 'bearer', ...ACCOUNT } });
    await resolve(open(withCredential(JANE)), registry);
    expect(shown(registry)).toEqual([
      'manifest -',
      `token ${basic('jane', 'se:cret')}`,
      'manifest Bearer test-token-1',
    ]);
  });

  it('sees a token again while it holds, at once', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    const opened = open(withCredential(undefined));
    await resolve(opened, registry);
    await resolve(opened, registry);
    expect(shown(registry).slice(3)).toEqual(['manifest Bearer test-token-1']);
  });

  it('is asked for a token first where another repository taught us how', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    const opened = open(withCredential(undefined));
    await resolve(opened, registry);
    await resolve(opened, registry, 'team/other');
    expect(shown(registry).slice(3)).toEqual(['token -', 'manifest Bearer test-token-2']);
  });

  it('is asked for a new token before the old one ends', async () => {
    const registry = await start({ auth: { kind: 'bearer', expiresIn: 100 } });
    const opened = open(withCredential(undefined));
    await resolve(opened, registry);
    opened.advance(69_999);
    await resolve(opened, registry);
    opened.advance(1);
    await resolve(opened, registry);
    expect(shown(registry).slice(3)).toEqual([
      'manifest Bearer test-token-1',
      'token -',
      'manifest Bearer test-token-2',
    ]);
  });

  it('is asked for one token however many requests need it', async () => {
    const registry = await start({ auth: { kind: 'bearer' }, latency: 20 });
    const opened = open(withCredential(undefined));
    await Promise.all(Array.from({ length: 10 }, () => resolve(opened, registry)));
    expect(registry.requests.filter(({ route }) => route === 'token')).toHaveLength(1);
    expect(registry.rounds).toBe(3);
  });

  it('is asked for a new token where the old one has become worthless', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    const opened = open(withCredential(undefined));
    await resolve(opened, registry);
    registry.tokens.revoke();
    registry.forget();
    await resolve(opened, registry);
    expect(shown(registry)).toEqual(['manifest Bearer test-token-1', 'token -', 'manifest Bearer test-token-2']);
  });

  it('is asked for the scope that it names as well', async () => {
    const registry = await start({ auth: { kind: 'bearer', scope: 'registry:catalog:*' } });
    const opened = open(withCredential(undefined));
    await resolve(opened, registry);
    await resolve(opened, registry);
    const scopes = registry.requests
      .filter(({ route }) => route === 'token')
      .map(({ path }) => new URL(path, registry.url).searchParams.getAll('scope'));
    expect(scopes).toEqual([['registry:catalog:*', 'repository:team/app:pull']]);
  });

  it('keeps accounts apart', async () => {
    const registry = await start({ auth: { kind: 'bearer', ...ACCOUNT, anonymous: true } });
    const hosts = { [`${registry.host}/team/other`]: { credential: JANE } };
    const opened = open({ ...withCredential(undefined), hosts });
    await resolve(opened, registry);
    await resolve(opened, registry, 'team/other');
    await resolve(opened, registry);
    expect(shown(registry).slice(3)).toEqual([
      `token ${basic('jane', 'se:cret')}`,
      'manifest Bearer test-token-2',
      'manifest Bearer test-token-1',
    ]);
  });

  it('refuses us without a loop, whatever the token', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    registry.fault({ route: 'manifest' }, { kind: 'unauthorized' });
    const opened = open(withCredential(undefined));
    await expect(resolve(opened, registry)).rejects.toThrow(denied);
    expect(shown(registry)).toEqual(['manifest -', 'token -', 'manifest Bearer test-token-1']);
    registry.forget();
    await expect(resolve(opened, registry)).rejects.toThrow(denied);
    expect(registry.requests.length).toBeLessThanOrEqual(5);
  });

  it('refuses us without a loop where every challenge names another scope', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    for (let round = 9; round >= 0; round--) {
      const challenge = `Bearer realm="${registry.url}/token",scope="repository:r${round}:pull"`;
      registry.fault({ route: 'manifest' }, { kind: 'unauthorized', challenge }, { times: 1 });
    }
    await expect(resolve(open(withCredential(undefined)), registry)).rejects.toThrow(denied);
    expect(registry.requests.filter(({ route }) => route === 'manifest')).toHaveLength(4);
  });

  it('refuses us where the token server does', async () => {
    const registry = await start({ auth: { kind: 'bearer', ...ACCOUNT } });
    await expect(resolve(open(withCredential(undefined)), registry)).rejects.toThrow(denied);
    await expect(resolve(open(withCredential({ ...JANE, password: 'wrong' })), registry)).rejects.toThrow(denied);
    expect(registry.requests).toHaveLength(4);
  });

  it('gets a ready token as it is', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    const token: Credential = { kind: 'bearer', token: 'made-elsewhere' };
    await expect(resolve(open(withCredential(token)), registry)).rejects.toThrow(denied);
    expect(shown(registry)).toEqual(['manifest -', 'manifest Bearer made-elsewhere']);
  });

  it('may change its mind about how it wants to be asked', async () => {
    const registry = await start({ auth: { kind: 'bearer', ...ACCOUNT } });
    const opened = open(withCredential(JANE));
    await resolve(opened, registry);
    opened.advance(300_000);
    registry.forget();
    registry.fault({ route: 'token' }, { kind: 'answer', status: 404 });
    registry.fault({ route: 'manifest' }, { kind: 'unauthorized', challenge: 'Basic realm="new"' }, { times: 1 });
    await expect(resolve(opened, registry)).rejects.toThrow(denied);
    const authorization = basic('jane', 'se:cret');
    expect(shown(registry).slice(0, 3)).toEqual([`token ${authorization}`, 'manifest -', `manifest ${authorization}`]);
  });

  const answers: ReadonlyArray<readonly [string, number, string, string]> = [
    ['no token', 200, '{}', 'REGISTRY_INVALID_RESPONSE'],
    ['a token that cannot be a header', 200, '{"token":"a\\nb"}', 'REGISTRY_INVALID_RESPONSE'],
    ['no JSON', 200, 'token', 'REGISTRY_INVALID_RESPONSE'],
    ['another kind of JSON', 200, '["token"]', 'REGISTRY_INVALID_RESPONSE'],
    ['too much', 200, `{"token":"${'x'.repeat(130 * 1024)}"}`, 'LIMIT_EXCEEDED'],
    ['400', 400, '', 'REGISTRY_DENIED'],
    ['403', 403, '', 'REGISTRY_DENIED'],
    ['503', 503, '', 'REGISTRY_UNAVAILABLE'],
    ['429', 429, '', 'REGISTRY_RATE_LIMITED'],
  ];
  it.each(answers)('is of no use where its token server answers with %s', async (_, status, body, code) => {
    const registry = await start({ auth: { kind: 'bearer' } });
    registry.fault({ route: 'token' }, { kind: 'answer', status, body });
    await expect(resolve(open(withCredential(undefined)), registry)).rejects.toThrow(expect.objectContaining({ code }));
  });

  it('is asked again where its token server stumbles', async () => {
    const registry = await start({ auth: { kind: 'bearer' } });
    registry.fault({ route: 'token' }, { kind: 'answer', status: 503 }, { times: 2 });
    await expect(resolve(open(withCredential(undefined)), registry)).resolves.toBeDefined();
  });

  it('gets a token although the first who asked gave up', async () => {
    const registry = await start({ auth: { kind: 'bearer' }, latency: 20 });
    const opened = open(withCredential(undefined));
    const first = new AbortController();
    const reference = referenceTo(registry, 'v1');
    const hasty = opened.store.resolve(reference, first.signal);
    const patient = opened.store.resolve(reference, patience());
    await expect.poll(() => registry.requests.some(({ route }) => route === 'token'), { interval: 1 }).toBe(true);
    first.abort();
    await expect(hasty).rejects.toThrow(expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }));
    await expect(patient).resolves.toBeDefined();
  });
});

describe('an identity token', () => {
  const credential: Credential = { kind: 'identity', username: '', token: 'refresh-me' };

  it('is exchanged for a token by POST', async () => {
    const registry = await start({ auth: { kind: 'bearer', identityToken: 'refresh-me', anonymous: false } });
    await resolve(open(withCredential(credential)), registry);
    expect(shown(registry)).toEqual(['manifest -', 'token -', 'manifest Bearer test-token-1']);
    const [, request] = registry.requests;
    expect(request?.method).toBe('POST');
    expect([...new URLSearchParams(request?.body)]).toEqual([
      ['grant_type', 'refresh_token'],
      ['service', 'test.registry'],
      ['client_id', 'verdict'],
      ['scope', 'repository:team/app:pull'],
      ['refresh_token', 'refresh-me'],
    ]);
  });

  it('is shown in a GET where the token server knows no POST', async () => {
    const registry = await start({
      auth: { kind: 'bearer', identityToken: 'refresh-me', anonymous: false, post: false },
    });
    await resolve(open(withCredential(credential)), registry);
    expect(shown(registry)).toEqual([
      'manifest -',
      'token -',
      `token ${basic('', 'refresh-me')}`,
      'manifest Bearer test-token-1',
    ]);
  });

  it('is not posted twice, nor posted on', async () => {
    const other = await start({});
    for (const fault of [
      { kind: 'answer', status: 503 },
      { kind: 'redirect', to: `${other.url}/token` },
    ] as const) {
      const registry = await start({ auth: { kind: 'bearer', identityToken: 'refresh-me' } });
      registry.fault({ route: 'token' }, fault);
      await expect(resolve(open(withCredential(credential)), registry)).rejects.toThrow();
      expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    }
    expect(other.requests).toHaveLength(0);
  });
});

describe('the token server that a registry names', () => {
  const registryWith = (realm: string, more: TestRegistryOptions = {}) =>
    start({ auth: { kind: 'bearer', realm }, ...more });

  it('may be another loopback server where the registry is one', async () => {
    const tokens = await start({ auth: { kind: 'bearer' } });
    const registry = await registryWith(`${tokens.url}/token`);
    await expect(resolve(open(withCredential(undefined)), registry)).rejects.toThrow(denied);
    expect(tokens.requests.map(({ route }) => route)).toEqual(['token']);
  });

  const refused = [
    'http://token.test/token',
    'ftp://127.0.0.1/token',
    'token',
    '',
    'https://user:secret@token.test/token',
    'https://169.254.169.254/latest/meta-data',
    'https://[fe80::1]/token',
    'https://[::ffff:169.254.169.254]/token',
  ];
  it.each(refused)('is not asked where it is %s', async (realm) => {
    const registry = await registryWith(realm);
    await expect(resolve(open(withCredential(JANE)), registry)).rejects.toThrow(notAllowed);
    expect(registry.requests).toHaveLength(1);
  });

  it('is not asked where its name stands for a link-local address', async () => {
    const registry = await registryWith('https://token.test/token');
    const surroundings = { lookup: async () => [{ address: '169.254.169.254', family: 4 }] };
    await expect(resolve(open({ ...withCredential(JANE), surroundings }), registry)).rejects.toThrow(notAllowed);
  });

  it('sees no credential where it sends us on to another host', async () => {
    const other = await start({});
    const registry = await start({ auth: { kind: 'bearer', ...ACCOUNT } });
    registry.fault({ route: 'token' }, { kind: 'redirect', to: `${other.url}/elsewhere` });
    await expect(resolve(open(withCredential(JANE)), registry)).rejects.toThrow(denied);
    expect(shown(other)).toEqual(['file -']);
  });
});

describe('challenges that nobody can answer', () => {
  it.each(['', 'Negotiate', 'Bearer', 'Bearer service="x"', '%%%'])('deny access: %s', async (challenge) => {
    const registry = await start({});
    registry.fault({ route: 'manifest' }, { kind: 'unauthorized', challenge });
    await expect(resolve(open(withCredential(JANE)), registry)).rejects.toThrow(denied);
    expect(registry.requests).toHaveLength(1);
  });
});
