import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildMeans } from '../../../src/config/build.ts';
import { sourcesOf } from '../../../src/config/compile.ts';
import { ConfigFaults, loadConfig } from '../../../src/config/load.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { parseReference } from '../../../src/reference.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-config-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const load = async (text: string) => {
  writeFileSync(join(directory, 'verdict.yaml'), text);
  return (await loadConfig(undefined, directory)).config;
};

/** Messages of all faults, with their places. */
async function faults(text: string): Promise<readonly string[]> {
  try {
    await load(text);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown;
    return thrown.faults.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

describe('without a file', () => {
  it('everything has its default, and the limits are those of the code', async () => {
    const { config, file } = await loadConfig(undefined, directory);
    expect(file).toBe('');
    expect(config.limits).toMatchObject(DEFAULT_LIMITS);
    expect(config.verifiers.map(({ type }) => type)).toEqual(['sigstore', 'notation', 'json']);
    expect(Object.keys(config.trust)).toEqual(['public-good']);
    expect(config.policy.config).toMatchObject({ profile: 'starter', licences: { unknown: 'warn' } });
  });
});

describe('a file', () => {
  it('may be YAML or JSON, and what it says goes before defaults and profile', async () => {
    const config = await load('{"limits": {"depth": 2}, "policy": {"config": {"licences": {"deny": ["MIT"]}}}}');
    expect(config.limits).toEqual({ ...config.limits, depth: 2 });
    expect(config.policy.config).toMatchObject({ licences: { deny: ['MIT'] }, vulnerability: { severity: 'high' } });
  });

  it('may hold its policy and its trust policy itself', async () => {
    const config = await load(
      'policy: {inline: "package verdict", config: {own: 1}}\n' +
        'verifiers: [{name: n, type: notation, trustPolicy: {version: "1.0", trustPolicies: [{name: a, registryScopes: ["*"],' +
        ' signatureVerification: {level: strict}, trustStores: ["ca:x"], trustedIdentities: ["*"]}]}}]\n',
    );
    expect(config.policy).toMatchObject({ inline: 'package verdict', config: { own: 1 } });
    expect(sourcesOf(config.policy).files).toEqual([{ path: 'policy.rego', text: 'package verdict' }]);
    expect(config.verifiers[0]?.trustPolicy).toMatchObject({ version: '1.0' });
  });

  it('names paths relative to itself', async () => {
    const config = await load(
      'policy: {sources: [p.rego]}\nregistries: {r.example: {ca: ca.pem}}\ncredentialFile: d.json\n',
    );
    expect(config.credentialFile).toBe(join(directory, 'd.json'));
    expect(config.policy.sources).toEqual([join(directory, 'p.rego')]);
    expect(config.registries['r.example']?.ca).toBe(join(directory, 'ca.pem'));
  });

  it.each([
    ['policy: {bundle: a.tar.gz, rules: [r]}', 'stands alone'],
    ['policy: {sources: [s], rules: [r]}', 'give one of them'],
    ['verifiers: [{name: a, type: json}, {name: a, type: json}]', 'two verifiers'],
    ['collect: [{type: a/b, take: all, count: 3}]', 'newest'],
    ['registries: {r.example: {credential: {username: u}}}', 'password'],
    ['registries: {r.example: {credential: {username: u, password: p, passwordEnv: E}}}', 'password'],
    ['registries: {r.example: {cert: c.pem}}', 'go together'],
    ['limits: {depth: 0}', 'must be >= 1'],
    ["policy: {inline: 'package p', sources: [s]}", 'leave'],
    ["policy: {inline: 'package p', bundle: b}", 'leave'],
    ["registries: {'*': {credential: {username: u, passwordEnv: E}}}", 'goes with a host that is named'],
    ["registries: {'*': {cert: c, key: k}}", 'goes with a host that is named'],
    [
      'verifiers: [{name: n, type: notation, trustPolicy: {version: "2.0", trustPolicies: []}}]',
      '/verifiers/0/trustPolicy/version',
    ],
    ['verifiers: [{name: j, type: json, trustPolicy: {}}]', 'goes with type notation'],
    ['verifiers: []', 'fewer than 1'],
    ['policy: {accepts: [everything]}', 'allowed values'],
    ['policy: {config: {exceptions: [{code: a.b, until: tomorrow, reason: r}]}}', 'pattern'],
  ])('that says %s is refused', async (text, reason) => {
    expect((await faults(text)).join('\n')).toContain(reason);
  });

  it('that is too large or cannot be read is refused', async () => {
    writeFileSync(join(directory, 'large.yaml'), `# ${'x'.repeat(2 ** 20)}`);
    await expect(loadConfig('large.yaml', directory)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await expect(loadConfig('none.yaml', directory)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

describe('the command line', () => {
  it('goes before the file', async () => {
    writeFileSync(join(directory, 'verdict.yaml'), 'policy: {bundle: a.tar.gz}\nplatforms: [linux/amd64]\n');
    const overrides = { sources: ['own'], platforms: ['linux/arm64'], plainHttp: ['r.example:5000'] };
    const { config } = await loadConfig(undefined, directory, overrides);
    expect(config.policy).toMatchObject({ sources: [join(directory, 'own')], rules: [] });
    expect(config.policy.bundle).toBeUndefined();
    expect(config.platforms).toEqual(['linux/arm64']);
    expect(config.registries['r.example:5000']).toMatchObject({ plainHttp: true });
  });

  it('puts a policy in the file aside when it names one', async () => {
    writeFileSync(join(directory, 'verdict.yaml'), 'policy: {inline: package p}\n');
    const { config } = await loadConfig(undefined, directory, { sources: ['own'] });
    expect(config.policy.inline).toBeUndefined();
  });
});

describe('what a configuration comes to', () => {
  const means = async (text: string, environment: Readonly<Record<string, string>> = {}) =>
    await buildMeans(await load(text), parseReference('r.example/app'), { evidence: [], environment });

  it('has the forms of attachment asked for, and evidence files beside them', async () => {
    const config = await load('sources: [referrers-api]');
    const reference = parseReference('r.example/app');
    const plain = await buildMeans(config, reference, { evidence: [], environment: {} });
    const attached = await buildMeans(config, reference, { evidence: [directory], environment: {} });
    expect([plain.means.store.sources, attached.means.store.sources]).toEqual([
      ['referrers-api'],
      ['referrers-api', 'file'],
    ]);
    await Promise.all([plain.close(), attached.close()]);
  });

  it.each([
    ['registries: {r.example: {credential: {username: u, passwordEnv: NO_SUCH_VARIABLE}}}', 'CONFIG_INVALID'],
    ['registries: {r.example: {ca: none.pem}}', 'FILE_UNREADABLE'],
    ['verifiers: [{name: j, type: json, schemas: {a/b: starter}}]', 'CONFIG_INVALID'],
    ['verifiers: [{name: j, type: json, schemas: {a/b: none.json}}]', 'FILE_UNREADABLE'],
    ['verifiers: [{name: j, type: json, schemas: {a/b: verdict.yaml}}]', 'CONFIG_INVALID'],
  ])('%s cannot be built', async (text, code) => {
    await expect(means(text)).rejects.toMatchObject({ code });
  });

  it('takes schemas that come with Verdict, and the operator’s own', async () => {
    writeFileSync(join(directory, 'own.json'), '{"type": "object"}');
    const schemas = '{application/spdx+json: starter, application/x+json: own.json}';
    const built = await means(`verifiers: [{name: j, type: json, schemas: ${schemas}}]`);
    expect(built.means.verifiers.map(({ name, type }) => [name, type])).toEqual([['j', 'json']]);
    await built.close();
  });
});
