import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigFaults, loadConfig } from '../../../src/config/load.ts';
import { allSides, type Place, sidesFor, sidesName } from '../../../src/config/scopes.ts';
import type { Config } from '../../../src/generated/config.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-scopes-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function load(text: string): Promise<Config> {
  writeFileSync(join(directory, 'verdict.yaml'), text);
  return (await loadConfig(undefined, directory)).config;
}

async function faults(text: string): Promise<readonly string[]> {
  try {
    await load(text);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown;
    return thrown.faults.map(({ line, message }) => `${line} ${message}`);
  }
}

const WITH_SCOPES = `
trust: {everybodys: {type: keys, keys: [a.pub]}}
verifiers: [{name: signatures, type: sigstore}]
scopes:
  - {name: payments, repositories: [registry.example/payments], policy: {config: {profile: slsa}}}
  - {name: deep, repositories: [registry.example/payments/core], trust: {cores: {type: keys, keys: [c.pub]}}}
  - name: team-a
    namespaces: [team-a]
    policy: {config: {profile: signed}}
    trust: {teams: {type: keys, keys: [b.pub]}}
    verifiers: [{name: own, type: sigstore, trust: [teams]}]
  - {name: team-a-core, namespaces: [team-a], repositories: [registry.example/payments/core], policy: {}}
`;

const place = (image: string, namespace = ''): Place => {
  const [registry = '', ...path] = image.split('/');
  return { registry, repository: path.join('/'), namespace };
};

describe('who decides', () => {
  it.each([
    ['other.example/app', '', ['']],
    ['registry.example/payments', '', ['payments']],
    ['registry.example/payments/app', '', ['payments']],
    ['registry.example:443/payments/app', '', ['payments']],
    ['registry.example:0443/payments/app', '', ['payments']],
    ['registry.example:00443/payments/app', '', ['payments']],
    ['REGISTRY.example/payments/app', '', ['payments']],
    ['registry.example/paymentsx/app', '', ['']],
    ['registry.example:5000/payments/app', '', ['']],
    ['registry.example/payments/core/app', '', ['deep']],
    ['other.example/app', 'team-a', ['', 'team-a']],
    ['other.example/app', 'team-b', ['']],
    ['registry.example/payments/app', 'team-a', ['payments', 'team-a']],
    ['registry.example/payments/core/app', 'team-a', ['deep', 'team-a-core']],
  ])('about %s for %s: %j', async (image, namespace, names) => {
    const sides = sidesFor(await load(WITH_SCOPES), place(image, namespace));
    expect(sides.map((side) => side?.name)).toEqual(names);
    expect(sides[0].scope).toBe('cluster');
    expect(sides[1]?.scope ?? 'namespace').toBe('namespace');
  });

  it.each(['docker.io', 'docker.io:443', 'registry-1.docker.io:443', 'index.docker.io:0443'])(
    'of Docker Hub is the same, called %s',
    async (host) => {
      const config = await load('scopes: [{name: hub, repositories: [docker.io/team], policy: {}}]');
      expect(sidesFor(config, place(`${host}/team/app`)).map((side) => side?.name)).toEqual(['hub']);
    },
  );

  it('is proved beforehand, whatever may come', async () => {
    const config = await load(WITH_SCOPES);
    const proved = allSides(config).map(sidesName);
    expect(new Set(proved).size).toBe(proved.length);
    const component = fc.constantFrom('payments', 'core', 'app', 'paymentsx');
    const images = fc.tuple(
      fc.constantFrom('registry.example', 'registry.example:443', 'other.example'),
      fc.array(component, { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(images, fc.constantFrom('', 'team-a', 'team-b'), ([host, path], namespace) => {
        const sides = sidesFor(config, place(`${host}/${path.join('/')}`, namespace));
        expect(proved).toContain(sidesName(sides));
        expect(proved).toContain(sidesName([sides[0]]));
      }),
    );
  });
});

describe('what a policy sees', () => {
  it('is for everybody nothing of a namespace, and for a namespace its own beside that', async () => {
    const [everybody, own] = sidesFor(await load(WITH_SCOPES), place('other.example/app', 'team-a'));
    expect(Object.keys(everybody.config.trust)).toEqual(['everybodys']);
    expect(everybody.config.verifiers.map(({ name }) => name)).toEqual(['signatures']);
    expect(everybody.ownTrusts).toEqual([]);
    expect(Object.keys(own?.config.trust ?? {})).toEqual(['everybodys', 'teams']);
    expect(own?.config.verifiers.map(({ name }) => name)).toEqual(['own', 'signatures']);
    expect(own?.ownTrusts).toEqual(['teams']);
    expect(own?.config.policy.config.profile).toBe('signed');
  });

  it('is replaced for repositories', async () => {
    const [everybody] = sidesFor(await load(WITH_SCOPES), place('registry.example/payments/core'));
    expect(Object.keys(everybody.config.trust)).toEqual(['cores']);
    expect(everybody.config.policy.config.profile).toBe('starter');
  });

  it('is read from files beside the configuration', async () => {
    const { scopes } = await load(`scopes: [{name: a, repositories: [r.example], policy: {sources: [p]}}]`);
    expect(scopes[0]?.policy?.sources).toEqual([join(directory, 'p')]);
  });
});

describe('faults of scopes', () => {
  it.each([
    ['scopes: [{name: a}]', '1 /scopes/0: give `repositories`, or `namespaces`, or both'],
    ['scopes: [{name: a, namespaces: [n]}]', '1 /scopes/0: a scope of namespaces has a policy of its own'],
    ['scopes: [{name: a, repositories: [nginx]}]', '1 /scopes/0/repositories/0: write a registry'],
    [
      'scopes: [{name: a, repositories: [r.example]}, {name: a, repositories: [s.example]}]',
      '1 /scopes/1/name: two scopes are called "a"',
    ],
    [
      'scopes: [{name: a, repositories: [r.example]}, {name: b, repositories: [r.example]}]',
      '1 /scopes/1: the scope "a" is for r.example too',
    ],
    [
      'scopes: [{name: a, namespaces: [n], policy: {}}, {name: b, namespaces: [n], policy: {}}]',
      '1 /scopes/1: the scope "a" is for namespace n too',
    ],
    [
      'scopes: [{name: a, namespaces: [n], policy: {}, trust: {public-good: {type: sigstore, root: public-good}}}]',
      '1 /scopes/0/trust/public-good: "public-good" is the name of a trust for everybody',
    ],
    [
      'scopes: [{name: a, namespaces: [n], policy: {}, verifiers: [{name: json, type: json}]}]',
      '1 /scopes/0/verifiers/0/name: "json" is the name of a verifier for everybody',
    ],
    [
      'scopes: [{name: a, repositories: [r.example], policy: {config: {profile: nope}}}]',
      '1 /scopes/0/policy/config/profile: there is no profile "nope"',
    ],
    ['scopes: [{name: a, repositories: [r.example], trust: {k: {type: keys}}}]', '1 /scopes/0/trust/k: give `keys`'],
    [
      'scopes: [{name: a, repositories: [r.example], verifiers: [{name: v, type: sigstore, trust: [gone]}]}]',
      '1 /scopes/0/verifiers/0/trust/0: there is no trust "gone"',
    ],
  ])('%s', async (text, expected) => {
    expect(await faults(text)).toEqual([expect.stringContaining(expected)]);
  });

  it('are what a replaced trust leaves behind', async () => {
    const found = await faults(`trust: {mine: {type: keys, keys: [a.pub]}}
verifiers: [{name: v, type: sigstore, trust: [mine]}]
scopes: [{name: a, repositories: [r.example], trust: {k: {type: keys, keys: [b.pub]}}}]`);
    expect(found).toEqual([expect.stringContaining('3 /scopes/0/trust: /verifiers/0/trust/0 goes on for this scope')]);
  });

  it('are not those of what a scope goes with', async () => {
    const found = await faults(
      'verifiers: [{name: v, type: sigstore, trust: [gone]}]\nscopes: [{name: a, repositories: [r.example], policy: {}}]',
    );
    expect(found).toEqual([expect.stringContaining('/verifiers/0/trust/0')]);
  });
});
