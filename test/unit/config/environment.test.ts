import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../src/config/environment.ts';
import { ConfigFaults, loadConfig } from '../../../src/config/load.ts';
import { readSchema } from '../../../src/config/resources.ts';
import { distance } from '../../../src/config/spelling.ts';
import { valueAt } from '../../../src/config/tree.ts';
import { type SettingSchema, variablesOf } from '../../../src/config/variables.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-environment-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

type Environment = Readonly<Record<string, string>>;
const write = (text: string): void => writeFileSync(join(directory, 'verdict.yaml'), text);
const load = async (environment: Environment, overrides = {}) =>
  (await loadConfig(undefined, directory, overrides, environment)).config;

/** Every fault as `FILE:LINE message`, or `VARIABLE message`. */
async function faults(environment: Environment): Promise<readonly string[]> {
  try {
    await load(environment);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown;
    return thrown.faults.map(
      ({ file, line, message }) => `${file.replace(`${directory}/`, '')}${line > 0 ? `:${line}` : ''} ${message}`,
    );
  }
}

const variables = variablesOf(readSchema('config') as SettingSchema);

describe('the variables', () => {
  it('have a name each, made of the path in the schema', () => {
    const names = variables.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^VERDICT(?:_[A-Z]+)+$/.test(name))).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining([
        'VERDICT_SERVER_PORT',
        'VERDICT_SERVER_CACHE_CONTENT_BYTES',
        'VERDICT_SERVER_TLS_CLIENT_CA',
        'VERDICT_LIMITS_DEADLINE',
        'VERDICT_POLICY_CONFIG',
        'VERDICT_TRUST',
      ]),
    );
  });

  it('can each be set, by a value that the schema takes', () => {
    const samples = { text: 'a', integer: '5', boolean: 'true', list: 'a,b', json: '{"a": 1}' } as const;
    for (const { name, path, form } of variables) {
      const { settings, faults: wrong } = readEnvironment({ [name]: samples[form] });
      expect({ wrong, path: settings[0]?.path }).toEqual({ wrong: [], path });
    }
  });

  it('are never taken for misspelt ones', () => {
    const all = Object.fromEntries(variables.map(({ name, form }) => [name, form === 'integer' ? '1' : 'true']));
    const { faults: wrong } = readEnvironment(all);
    expect(wrong.filter(({ message }) => message.includes('no such setting'))).toEqual([]);
  });
});

describe('the environment', () => {
  it('goes before the file, and the command line before it', async () => {
    write('server: {port: 1, cache: {allow: 2}}\nplatforms: [linux/s390x]\npolicy: {config: {profile: slsa}}\n');
    const environment = {
      VERDICT_SERVER_PORT: '7001',
      VERDICT_SERVER_CACHE_DENY: '3',
      VERDICT_SERVER_PASSTHROUGH: 'true',
      VERDICT_PLATFORMS: 'linux/amd64, linux/arm64',
      VERDICT_POLICY_CONFIG: '{"profile": "signed"}',
      VERDICT_TRUST: '{"a": {"type": "sigstore", "root": "public-good"}}',
    };
    const config = await load(environment);
    expect(config.server).toMatchObject({ port: 7001, passthrough: true, cache: { allow: 2, deny: 3, tags: 10_000 } });
    expect(config.platforms).toEqual(['linux/amd64', 'linux/arm64']);
    expect(config.policy.config).toMatchObject({ profile: 'signed' });
    expect(Object.keys(config.trust)).toEqual(['a']);
    const over = await load(environment, { platforms: ['linux/ppc64le'], profile: 'starter' });
    expect(over.platforms).toEqual(['linux/ppc64le']);
    expect(over.policy.config).toMatchObject({ profile: 'starter' });
  });

  it('needs no file, and says nothing with what is empty', async () => {
    expect((await load({ VERDICT_LIMITS_DEPTH: '2', VERDICT_LIMITS_DEADLINE: '' })).limits).toMatchObject({
      depth: 2,
      deadline: 60_000,
    });
  });

  it('names paths relative to the working directory, also in objects, and leaves those of the file', async () => {
    const file = join(directory, 'verdict.yaml');
    write('server: {tls: {cert: file.crt, key: file.key}}\npolicy: {rules: [file]}\n');
    const environment = {
      VERDICT_SERVER_TLS_KEY: 'environment.key',
      VERDICT_REGISTRIES: '{"r.example": {"ca": "ca.pem"}}',
    };
    const { config } = await loadConfig(file, '/elsewhere', {}, environment);
    expect(config.server.tls).toEqual({ cert: join(directory, 'file.crt'), key: '/elsewhere/environment.key' });
    expect(config.policy.rules).toEqual([join(directory, 'file')]);
    expect(config.registries['r.example']?.ca).toBe('/elsewhere/ca.pem');
  });

  it.each([
    [{ VERDICT_SERVER_PORT: 'many' }, 'VERDICT_SERVER_PORT it must be an integer'],
    [{ VERDICT_SERVER_PORT: '1e3' }, 'VERDICT_SERVER_PORT it must be an integer'],
    [{ VERDICT_SERVER_PORT: '99999' }, 'VERDICT_SERVER_PORT /server/port: must be <= 65535'],
    [{ VERDICT_SERVER_PASSTHROUGH: 'yes' }, 'VERDICT_SERVER_PASSTHROUGH it must be `true` or `false`'],
    [{ VERDICT_PLATFORMS: '["linux/amd64"' }, 'VERDICT_PLATFORMS its JSON: '],
    [{ VERDICT_PLATFORMS: 'linux' }, 'VERDICT_PLATFORMS /platforms/0: must match pattern'],
    [{ VERDICT_POLICY_RULES: 'a,,b' }, 'VERDICT_POLICY_RULES between two commas there is nothing'],
    [{ VERDICT_TRUST: '{"a": 1, "a": 2}' }, 'VERDICT_TRUST its JSON: '],
    [{ VERDICT_TRUST: '{"a": {"type": "magic"}}' }, 'VERDICT_TRUST /trust/a/type: must be equal to one of'],
    [{ VERDICT_TRUST: '{"__proto__": {"type": "keys"}}' }, 'VERDICT_TRUST '],
    [{ VERDICT_POLICY_CONFIG: '{"profile": "nosuch"}' }, 'VERDICT_POLICY_CONFIG /policy/config/profile: there is no'],
    [{ VERDICT_SERVER_TLS_CERT: 'c.pem' }, 'VERDICT_SERVER_TLS_CERT /server/tls: must have'],
    [{ VERDICT_REGISTRIES: '{"r": {"cert": "c"}}' }, 'VERDICT_REGISTRIES /registries/r: `cert` and `key`'],
  ])('%o is refused with the name of the variable', async (environment, message) => {
    const found = await faults(environment as unknown as Environment);
    const [name = ''] = Object.keys(environment);
    expect(found.filter((fault) => !fault.startsWith(`${name} `))).toEqual([]);
    expect(found[0]).toContain(message);
  });

  it('leaves faults of the file where they stand', async () => {
    write('limits:\n  depth: 0\nserver: {port: 1}\n');
    expect(await faults({ VERDICT_SERVER_PORT: '70000' })).toEqual([
      expect.stringContaining('verdict.yaml:2 /limits/depth'),
      expect.stringContaining('VERDICT_SERVER_PORT /server/port'),
    ]);
    write('server: 3\n');
    expect(await faults({ VERDICT_SERVER_PORT: '7' })).toEqual([expect.stringContaining('verdict.yaml:1 /server')]);
  });

  it('never tells a value that may be a secret', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[A-Za-z0-9]{12,20}$/),
        fc.constantFrom(
          '{"r": {"credential": "S"}}',
          '{"r": S}',
          'S',
          '{"r": {"credential": {"password": "S"}}}',
          '["S"',
        ),
        async (secret, text) => {
          const found = await faults({ VERDICT_REGISTRIES: text.replace('S', secret), VERDICT_SERVER_PORT: secret });
          expect(found.length).toBeGreaterThan(0);
          expect(found.join('\n')).not.toContain(secret);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a name that is none of the variables', () => {
  it.each([
    ['VERDICT_SERVER_PROT', 'VERDICT_SERVER_PORT'],
    ['VERDICT_LIMIT_DEADLINE', 'VERDICT_LIMITS_DEADLINE'],
    ['VERDICT_SERVER_CACHE_ALOW', 'VERDICT_SERVER_CACHE_ALLOW'],
    ['VERDICT_CACHE_ALLOW', 'VERDICT_SERVER_CACHE_ALLOW'],
    ['VERDICT_CACHE_DIRECTORY', 'VERDICT_SERVER_CACHE_DIRECTORY'],
  ])('but nearly is refused (%s)', async (name, meant) => {
    expect(await faults({ [name]: '1' })).toEqual([`${name} there is no such setting; is ${meant} meant?`]);
  });

  it.each([
    ['VERDICT_CACHE_DIR', '/cache'],
    ['VERDICT_RELEASE_NAME', 'x'],
    ['VERDICT_SERVICE_PORT', '6001'],
    ['VERDICT_SERVICE_PORT_HTTPS', '6001'],
    ['VERDICT_SERVICE_HOST', '10.0.0.1'],
    ['VERDICT_PORT', 'tcp://10.0.0.1:6001'],
    ['VERDICT_PORT_6001_TCP', 'tcp://10.0.0.1:6001'],
    ['VERDICT_PORT_6001_TCP_PORT', '6001'],
    ['VERDICT_SERVER_PORT', 'tcp://10.0.0.1:6001'],
    ['VERDICT_SERVER_HEALTH_PORT', 'tcp://10.0.0.1:9099'],
  ])('or is set by others is passed over (%s)', async (name, value) => {
    const config = await load({ [name]: value });
    expect(valueAt(config, ['server', 'port'])).toBe(6001);
  });
});

describe('the distance of two texts', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'ab', 1],
    ['abc', 'xbc', 1],
    ['abc', 'xyz', 3],
    ['abcdef', 'abc', 3],
  ])('%j and %j: %d', (a, b, expected) => {
    expect(distance(a, b, 2)).toBe(expected);
    expect(distance(b, a, 2)).toBe(expected);
  });
});
