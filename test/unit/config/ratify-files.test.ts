import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigFaults, complete, loadConfig } from '../../../src/config/load.ts';
import { translateFiles } from '../../../src/config/ratify-files.ts';
import { migrationYaml } from '../../../src/config/ratify-yaml.ts';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/ratify');
const CONFIGS = readdirSync(join(FIXTURES, 'config'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => join(FIXTURES, 'config', name));
const MANIFESTS = ['cluster.yaml', 'verifiers.yaml'].map((name) => join(FIXTURES, 'manifests', name));
const environment = { HOME: '/home/user' };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-ratify-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Messages of all faults of a config.json, with their places. */
async function faults(text: string, name = 'config.json'): Promise<readonly string[]> {
  writeFileSync(join(directory, name), text);
  try {
    await loadConfig(name, directory, {}, environment);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown;
    return thrown.faults.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

const MINIMAL = {
  store: { plugins: [{ name: 'oras' }] },
  policy: { plugin: { name: 'configPolicy' } },
  verifier: { plugins: [{ name: 'sbom', artifactTypes: 'application/spdx+json' }] },
};

describe('a config.json of Ratify', () => {
  it.each(CONFIGS)('%s is taken as it is', async (path) => {
    const { config, file } = await loadConfig(path, directory, {}, environment);
    expect(file).toBe(path);
    expect(config.policy.convention).toBe('ratify');
    expect(config.verifiers.at(-1)?.type).toBe('json');
    // Nobody counts who was not named: the public-good Sigstore only where cosign is configured without a key.
    expect(config.trust['public-good']).toBeUndefined();
    expect(config.server).toMatchObject({ address: '127.0.0.1', port: 6001 });
  });

  it.each(CONFIGS)('%s migrates to a configuration that comes to the same', async (path) => {
    const own = await loadConfig(path, directory, {}, environment);
    const { document, changes } = translateFiles([path], { directory, environment });
    const file = join(directory, 'verdict.yaml');
    writeFileSync(file, migrationYaml(document, [path], changes));
    const migrated = await loadConfig(undefined, directory);
    expect(migrated).toMatchObject({ file, changes: [] });
    expect(migrated.config).toEqual(own.config);
  });

  it('is found where Ratify looks for it, after a configuration of our own', async () => {
    mkdirSync(join(directory, 'r'));
    writeFileSync(join(directory, 'r', 'config.json'), JSON.stringify(MINIMAL));
    const load = (RATIFY_CONFIG?: string) => loadConfig(undefined, directory, {}, { ...environment, RATIFY_CONFIG });
    expect((await load('r')).config.policy.convention).toBe('ratify');
    expect((await load('')).config.policy.convention).toBe('verdict');
    await expect(load('none')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    writeFileSync(join(directory, 'verdict.yaml'), 'limits: {depth: 2}\n');
    expect((await load('r')).config.limits.depth).toBe(2);
  });

  it('is JSON: what only YAML can read is refused', async () => {
    expect(await faults('store: {plugins: [{name: oras}]}', 'config.yaml')).toEqual([
      expect.stringContaining('1:1 a configuration of Ratify is JSON, and this is none'),
    ]);
    expect((await faults('{"store": {"plugins": [')).join()).toContain('1:');
  });

  it('has faults of its own with their lines', async () => {
    const text = JSON.stringify({ ...MINIMAL, policy: { plugin: { name: 'own' } } }, null, 2);
    expect(await faults(text)).toEqual([
      '11:7 /policy/plugin/name: there is no policy "own": give configPolicy or regoPolicy',
    ]);
  });

  it('has faults of what it comes to at the settings they come from', async () => {
    const executor = { verificationRequestTimeout: 5 };
    expect(await faults(JSON.stringify({ executor, ...MINIMAL }, null, 1))).toEqual([
      '3:3 /executor/verificationRequestTimeout: must be >= 100',
    ]);
    const notation = {
      name: 'notation',
      artifactTypes: 'a/b',
      verificationCerts: ['/c'],
      trustPolicyDoc: {
        version: '2.0',
        trustPolicies: [
          {
            name: 'a',
            registryScopes: ['*'],
            signatureVerification: { level: 'loose' },
            trustStores: ['ca:c'],
            trustedIdentities: ['*'],
          },
        ],
      },
    };
    const at = '/verifier/plugins/0/trustPolicyDoc';
    const found = await faults(JSON.stringify({ ...MINIMAL, verifier: { plugins: [notation] } }, null, 1));
    expect(found.map((line) => line.replace(/^\d+:\d+ /, ''))).toEqual([
      `${at}/version: must be "1.0"`,
      `${at}/trustPolicies/0/signatureVerification/level: must be one of strict, permissive, audit, skip`,
    ]);
    expect(found[0]).toMatch(/^(?!1:)\d+:\d+ /);
  });

  it('says what is different, with the lines', async () => {
    const { changes } = await loadConfig(join(FIXTURES, 'config/revocation-lists.json'), directory, {}, environment);
    expect(changes).toEqual([
      expect.objectContaining({ line: 50, message: expect.stringContaining('/crl/cacheEnabled') }),
    ]);
  });

  it('is overruled by the command line as any other', async () => {
    writeFileSync(join(directory, 'config.json'), JSON.stringify(MINIMAL));
    const overrides = { server: <T>(server: T) => ({ ...server, port: 7 }), platforms: ['linux/amd64'] };
    const { config } = await loadConfig('config.json', directory, overrides, environment);
    expect(config).toMatchObject({ platforms: ['linux/amd64'], server: { port: 7 } });
  });
});

describe('custom resources', () => {
  const migration = () => translateFiles(MANIFESTS as [string, string], { directory, environment });

  it('come to one configuration', async () => {
    const { config } = await complete(migration(), MANIFESTS[0] ?? '', directory);
    expect(config.policy.config).toMatchObject({ kind: 'config', cosign: true });
    expect(
      Object.entries(config.trust).map(([name, { type, ca, keys }]) => [name, type, ca.length, keys.length]),
    ).toEqual([
      ['ca-certs', 'certificates', 2, 0],
      ['verifier-cosign-default', 'keys', 0, 1],
    ]);
    const file = join(directory, 'verdict.yaml');
    const { document, changes } = migration();
    writeFileSync(file, migrationYaml(document, MANIFESTS, changes));
    expect((await loadConfig(undefined, directory)).config).toEqual(config);
  });

  it('have changes at their lines', () => {
    expect(
      migration().changes.map(({ file, line }) => [file === MANIFESTS[0] ? 'cluster' : 'verifiers', line]),
    ).toEqual([
      ['verifiers', 41],
      ['cluster', 9],
      ['cluster', 11],
      ['verifiers', 17],
    ]);
  });

  it('that are broken or hostile are refused with their line', async () => {
    const told = async (text: string): Promise<readonly string[]> => {
      const file = join(directory, 'm.yaml');
      writeFileSync(file, text);
      try {
        await complete(translateFiles([file], { directory, environment }), file, directory);
        return [];
      } catch (thrown) {
        if (!(thrown instanceof ConfigFaults)) throw thrown;
        return thrown.faults.map(({ line, message }) => `${line} ${message}`);
      }
    };
    expect((await told('kind: Store\n---\nkind: [\n')).join()).toMatch(/^[345] /);
    const laughs = `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [${'*a,'.repeat(50)}*a]\nc: [${'*b,'.repeat(50)}*b]\n`;
    expect((await told(laughs)).join()).toContain('alias');
    await expect(told('---\n'.repeat(1001).replaceAll('---', '---\na: 1'))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    expect(await told('')).toEqual(expect.arrayContaining([expect.stringContaining('give')]));
  });
});

describe('the YAML of a migration', () => {
  it('has one comment, whatever the messages hold', async () => {
    const [path = ''] = CONFIGS;
    const { document } = translateFiles([path], { directory, environment });
    const change = { file: 'a\nverifiers: []', line: 1, column: 1, message: 'x\ntrust: {}\u001b[31m\u0085y' };
    const yaml = migrationYaml(document, [path], [change]);
    expect(yaml.split('\n').filter((line) => /^(?:trust|verifiers):/.test(line))).toEqual(['trust:', 'verifiers:']);
    expect(yaml).not.toContain('\u001b');
    writeFileSync(join(directory, 'verdict.yaml'), yaml);
    await expect(loadConfig(undefined, directory)).resolves.toMatchObject({ changes: [] });
  });
});
