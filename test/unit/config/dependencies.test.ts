import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Dependency, dependenciesOf } from '../../../src/config/dependencies.ts';
import { loadConfig } from '../../../src/config/load.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-dependencies-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const environment = { HOME: '/home/me', VERDICT_CACHE_DIR: '/cache' };

async function dependencies(text: string): Promise<readonly Dependency[]> {
  writeFileSync(join(directory, 'verdict.yaml'), text);
  return await dependenciesOf((await loadConfig(undefined, directory)).config, environment);
}

/** Paths relative to the configuration, without credential files. */
const paths = async (text: string): Promise<readonly string[]> =>
  (await dependencies(text))
    .map(({ path }) => path.replace(`${directory}/`, ''))
    .filter((path) => !path.startsWith('/home'));

describe('what a configuration depends on', () => {
  it('is nothing but credentials by default: the rest comes with Verdict', async () => {
    expect(await dependencies('{}')).toEqual([
      { path: '/home/me/.config/containers/auth.json' },
      { path: '/home/me/.docker/config.json' },
    ]);
  });

  it('is what scopes and plugins read too', async () => {
    const found = await paths(`
plugins: {enabled: true}
verifiers: [{name: p, type: plugin, command: /opt/plugin, artifactTypes: ["*"]}]
credentialFile: docker.json
scopes:
  - name: team
    namespaces: [team]
    trust: {teams: {type: keys, keys: [team.pub]}}
    verifiers: [{name: n, type: notation, trustPolicy: team.json}]
    policy: {sources: [team]}
`);
    expect(new Set(found)).toEqual(new Set(['/opt/plugin', 'docker.json', 'team.pub', 'team.json', 'team']));
  });

  it('is every path in it', async () => {
    const found = await paths(`
trust:
  keys: {type: keys, keys: [a.pub, "env://KEY", "https://keys.example/a.pub"], root: root.json}
  own: {type: certificates, ca: [ca], signingAuthority: [sa.pem], tsa: [tsa.pem], passwordFile: password}
  good: {type: sigstore, root: public-good}
verifiers:
  - {name: n, type: notation, trustPolicy: policy.json, blobTrustPolicy: blob.json, revocation: {crls: [crls]}}
  - {name: j, type: json, schemas: {a/b: own.json, application/spdx+json: starter}}
registries:
  r.example: {ca: r-ca.pem, cert: r.crt, key: r.key, credential: {username: u, passwordFile: r-password}}
policy: {rules: [rules, more]}
`);
    const certificates = ['ca', 'sa.pem', 'tsa.pem', 'password', 'crls'];
    const documents = ['a.pub', 'root.json', 'policy.json', 'blob.json', 'own.json'];
    const registry = ['r-ca.pem', 'r.crt', 'r.key', 'r-password'];
    expect([...found].sort()).toEqual([...certificates, ...documents, ...registry, 'rules', 'more'].sort());
    expect(await paths('policy: {sources: [own, p.rego]}')).toEqual(['own', 'p.rego']);
    expect(await paths('policy: {bundle: b.tar.gz}')).toEqual(['b.tar.gz']);
  });

  it('is the copy of a trusted root too, and where it starts', async () => {
    const update = (root: string) =>
      `trust: {t: {type: sigstore, update: {mirror: "https://tuf.example", initialRoot: ${root}}}}`;
    writeFileSync(join(directory, 'root.json'), '{}');
    expect(await paths(update('root.json'))).toEqual([
      'root.json',
      expect.stringMatching(/^\/cache\/trust\/.+\/copy\.json$/),
    ]);
    expect(await paths(update('none.json'))).toEqual(['none.json']);
  });

  it('is of a directory what is read there', async () => {
    const found = await dependencies('trust: {k: {type: keys, keys: [keys]}}\npolicy: {rules: [rules]}\n');
    const takes = (path: string, name: string): boolean | undefined =>
      found.find((one) => one.path === join(directory, path))?.files?.takes(name);
    expect(['a.pub', 'a.PEM', 'a.txt'].map((name) => takes('keys', name))).toEqual([true, true, false]);
    const policy = ['a.rego', 'data.json', 'data.yaml', 'x.evidence.json', 'other.json'];
    expect(policy.map((name) => takes('rules', name))).toEqual([true, true, true, true, false]);
  });

  it('has every path once, with what any of its readers takes', async () => {
    const found = await dependencies(`
trust: {k: {type: keys, keys: [same]}, c: {type: certificates, ca: [same]}}
`);
    const same = found.filter(({ path }) => path === join(directory, 'same'));
    expect(same).toHaveLength(1);
    expect(['a.pub', 'a.p12'].map((name) => same[0]?.files?.takes(name))).toEqual([true, true]);
  });
});
