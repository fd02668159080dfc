import { describe, expect, it } from 'vitest';
import { credentialFiles, fileCredentials } from '../../../src/registry/credentials.ts';
import type { Execution } from '../../../src/registry/options.ts';

const HOME = { HOME: '/home/jane' };
const FILE = '/home/jane/.docker/config.json';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface World {
  readonly files?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly helper?: (program: string, server: string) => Partial<Execution>;
}

/** Asks for a credential in a made world; tells which programs were run. */
async function ask(name: string, { files = {}, environment = HOME, helper = () => ({}) }: World) {
  const runs: string[] = [];
  const source = fileCredentials({
    environment,
    readFile: async (path) => {
      const content = files[path];
      if (content === undefined) return undefined;
      return new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content));
    },
    execute: async (program, argument, input) => {
      runs.push(`${program} ${argument} ${input}`);
      return { code: 0, stdout: '', stderr: '', ...helper(program, input) };
    },
  });
  const [registry = '', ...repository] = name.split('/');
  return { credential: await source(registry, repository.join('/')), runs };
}
const asked = async (name: string, config: unknown) => (await ask(name, { files: { [FILE]: config } })).credential;
const login = (username: string, password: string) => ({ kind: 'basic', username, password });
const invalid = expect.objectContaining({ code: 'CREDENTIALS_INVALID' });

describe('the files', () => {
  it('are looked at in the order of the tools that write them', () => {
    expect(credentialFiles({ HOME: '/h' })).toEqual(['/h/.config/containers/auth.json', '/h/.docker/config.json']);
    const all = {
      REGISTRY_AUTH_FILE: '/r/auth.json',
      DOCKER_CONFIG: '/d',
      XDG_RUNTIME_DIR: '/run/1',
      XDG_CONFIG_HOME: '/x',
      HOME: '/h',
    };
    expect(credentialFiles(all)).toEqual([
      '/r/auth.json',
      '/d/config.json',
      '/run/1/containers/auth.json',
      '/x/containers/auth.json',
    ]);
    expect(credentialFiles({})).toEqual([]);
  });

  it('give the first credential found', async () => {
    const entry = (name: string) => ({ auths: { 'registry.test': { auth: base64(`${name}:x`) } } });
    const files = { '/d/config.json': { auths: {} }, '/h/.config/containers/auth.json': entry('containers') };
    const environment = { DOCKER_CONFIG: '/d', HOME: '/h' };
    expect((await ask('registry.test/app', { files, environment })).credential).toEqual(login('containers', 'x'));
    expect((await ask('registry.test/app', { environment })).credential).toBeUndefined();
  });

  it.each([
    '',
    '{',
    '[]',
    '{"auths":[]}',
    '{"auths":{"registry.test":"x"}}',
    '{"auths":{},"auths":{}}',
    '{"credHelpers":1}',
    '{"credsStore":{}}',
  ])('are refused where they are broken: %s', async (content) => {
    await expect(asked('registry.test/app', content)).rejects.toThrow(invalid);
  });
});

describe('an entry', () => {
  const entry = (value: unknown) => asked('registry.test/app', { auths: { 'registry.test': value } });

  it('is name and password, the password with colons and without padding', async () => {
    expect(await entry({ auth: base64('jane:a:b:c') })).toEqual(login('jane', 'a:b:c'));
    expect(await entry({ auth: base64('jane:secret\0\0') })).toEqual(login('jane', 'secret'));
    expect(await entry({ auth: base64('jane:') })).toEqual(login('jane', ''));
    expect(await entry({ username: 'jane', password: 'secret' })).toEqual(login('jane', 'secret'));
  });

  it('is an identity token, or a ready one', async () => {
    const identity = { auth: base64('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh' };
    expect(await entry(identity)).toEqual({
      kind: 'identity',
      username: '00000000-0000-0000-0000-000000000000',
      token: 'refresh',
    });
    expect(await entry({ identitytoken: 'refresh' })).toEqual({ kind: 'identity', username: '', token: 'refresh' });
    expect(await entry({ registrytoken: 'ready' })).toEqual({ kind: 'bearer', token: 'ready' });
  });

  it('is nothing where it is empty', async () => {
    expect(await entry({})).toBeUndefined();
    expect(await entry({ auth: '' })).toBeUndefined();
  });

  it('is refused where it is garbage', async () => {
    for (const auth of ['%%%', base64('nocolon'), base64(':nobody')]) {
      await expect(entry({ auth })).rejects.toThrow(invalid);
    }
  });
});

describe('keys', () => {
  const by = (keys: readonly string[]) => ({
    auths: Object.fromEntries(keys.map((key) => [key, { auth: base64(`${key.replaceAll(':', ' ')}:x`) }])),
  });
  const name = async (reference: string, keys: readonly string[]): Promise<string | undefined> => {
    const credential = await asked(reference, by(keys));
    return credential?.kind === 'basic' ? credential.username : undefined;
  };

  it('count by the longest path first, in whole components', async () => {
    const keys = ['registry.test', 'registry.test/team', 'registry.test/team/app', 'registry.test/te'];
    expect(await name('registry.test/team/app', keys)).toBe('registry.test/team/app');
    expect(await name('registry.test/team/app/deep', keys)).toBe('registry.test/team/app');
    expect(await name('registry.test/team/other', keys)).toBe('registry.test/team');
    expect(await name('registry.test/teams/app', keys)).toBe('registry.test');
    expect(await name('other.test/team/app', keys)).toBeUndefined();
  });

  it('are for that host and port only', async () => {
    expect(await name('registry.test:5000/app', ['registry.test'])).toBeUndefined();
    expect(await name('sub.registry.test/app', ['registry.test'])).toBeUndefined();
    expect(await name('registry.test:5000/app', ['registry.test:5000'])).toBe('registry.test 5000');
  });

  it('may be written as URLs', async () => {
    for (const key of [
      'https://registry.test',
      'http://registry.test/',
      'https://Registry.test/v1/',
      'registry.test/v2',
    ]) {
      expect(await name('registry.test/app', [key])).toBe(key.replaceAll(':', ' '));
    }
  });

  it('know Docker Hub by all its names', async () => {
    for (const key of ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io', 'registry-1.docker.io']) {
      expect(await name('docker.io/library/alpine', [key])).toBe(key.replaceAll(':', ' '));
    }
    expect(await name('docker.io/team/app', ['docker.io', 'docker.io/team'])).toBe('docker.io/team');
  });
});

describe('helpers', () => {
  const answer = (username: string, secret: string) => ({
    stdout: JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret }),
  });
  const config = {
    credHelpers: { 'registry.test': 'cloud' },
    credsStore: 'desktop',
    auths: { 'registry.test': { auth: base64('file:x') }, 'other.test': { auth: base64('file:x') } },
  };
  const withHelper = (reference: string, helper: NonNullable<World['helper']>, more: object = {}) =>
    ask(reference, { files: { [FILE]: { ...config, ...more } }, helper });

  it('for the host go before the helper for all, and that before the file', async () => {
    const one = await withHelper('registry.test/app', () => answer('jane', 'secret'));
    expect(one).toEqual({ credential: login('jane', 'secret'), runs: ['docker-credential-cloud get registry.test'] });
    const other = await withHelper('other.test/app', () => answer('jane', 'secret'));
    expect(other.runs).toEqual(['docker-credential-desktop get other.test']);
    const none = await withHelper('other.test/app', () => answer('jane', 'secret'), { credsStore: '' });
    expect(none).toEqual({ credential: login('file', 'x'), runs: [] });
  });

  it('are asked for Docker Hub by the name that Docker uses', async () => {
    const { runs } = await withHelper('docker.io/library/alpine', () => answer('jane', 'secret'));
    expect(runs).toEqual(['docker-credential-desktop get https://index.docker.io/v1/']);
    const named = await withHelper('docker.io/library/alpine', () => answer('j', 's'), {
      credHelpers: { 'https://index.docker.io/v1/': 'hub' },
    });
    expect(named.runs).toEqual(['docker-credential-hub get https://index.docker.io/v1/']);
  });

  it('give identity tokens', async () => {
    const { credential } = await withHelper('registry.test/app', () => answer('<token>', 'refresh'));
    expect(credential).toEqual({ kind: 'identity', username: '', token: 'refresh' });
  });

  it('that know nothing leave it to the file, but not where one is named for the host', async () => {
    const helper = () => ({ code: 1, stdout: 'credentials not found in native keychain\n' });
    expect((await withHelper('other.test/app', helper)).credential).toEqual(login('file', 'x'));
    expect((await withHelper('registry.test/app', helper)).credential).toBeUndefined();
    expect((await withHelper('registry.test/app', () => answer('', ''))).credential).toBeUndefined();
  });

  it('are refused where they fail or talk nonsense', async () => {
    for (const said of [
      { code: 2, stderr: 'locked' },
      { stdout: '' },
      { stdout: '[]' },
      { stdout: '{"Username":"x"}' },
      { stdout: 'x'.repeat(100) },
    ]) {
      await expect(withHelper('registry.test/app', () => said)).rejects.toThrow(invalid);
    }
  });

  it.each(['../evil', 'a b', 'x;rm', '', '/bin/sh', '.hidden', 'x'.repeat(65), '$(id)'])(
    'are never run by a name such as %j',
    async (suffix) => {
      const runs: string[] = [];
      const helper = (program: string) => {
        runs.push(program);
        return answer('jane', 'secret');
      };
      const result = withHelper('registry.test/app', helper, {
        credHelpers: { 'registry.test': suffix },
        credsStore: '',
      });
      if (suffix === '') await expect(result).resolves.toBeDefined();
      else await expect(result).rejects.toThrow(invalid);
      expect(runs).toEqual([]);
    },
  );
});
