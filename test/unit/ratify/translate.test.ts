import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRatify } from '../../../src/ratify/shape.ts';
import { COSIGN, lines, NOTATION, on, ratify, sbom } from './support.ts';

const store = (plugin: object, ...more: object[]): object =>
  ratify([sbom], { store: { plugins: [{ name: 'oras', ...plugin }, ...more] } });
const policy = (plugin: object): object => ratify([sbom], { policy: { plugin } });

describe('a configuration of Ratify', () => {
  it.each([
    [{ store: { plugins: [] } }, true],
    [{ verifier: { plugins: [] } }, true],
    [{ policy: { plugin: {} } }, true],
    [{ policy: { bundle: 'b' }, verifiers: [] }, false],
    [{ store: [], verifier: 'plugins' }, false],
    [null, false],
    [[{ store: { plugins: [] } }], false],
  ])('is known by its blocks: %j', (value, expected) => {
    expect(isRatify(value)).toBe(expected);
  });

  it('without a block is told of it, once each', () => {
    expect(lines(on({ store: { plugins: [{ name: 'oras' }] } }).faults)).toEqual([
      ': give `policy`',
      ': give `verifier`',
    ]);
  });

  it('may be anything at all: what is wrong is told, and nothing is thrown', () => {
    const keys = [
      'store',
      'policy',
      'verifier',
      'plugins',
      'plugin',
      'name',
      'type',
      'artifactTypes',
      'trustPolicyDoc',
      'trustPolicies',
      'keys',
      'keyless',
      'scopes',
      'verificationCertStores',
      'schemas',
      'executor',
      'keyManagementProviders',
      '__proto__',
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom('oras', 'notation', 'cosign', 'regoPolicy', '*', ''),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const { faults, config } = on(value);
        // Nobody is trusted, and no policy decides, without a word in the configuration.
        if (faults.length === 0) expect(config.policy.config.verifiers.length).toBeGreaterThan(0);
      }),
    );
  });

  it('has unknown keys, which are told; one that is only misspelt is a fault', () => {
    const { changes, faults } = on(ratify([{ ...sbom, colour: 'red', DisallowedLicenses: ['AGPL'] }], { extra: 1 }));
    expect(lines(changes)).toEqual([
      '/verifier/plugins/0/colour: Ratify knows no `colour` here and ignores it, as Verdict does.',
      '/extra: Ratify knows no `extra` here and ignores it, as Verdict does.',
    ]);
    expect(lines(faults)).toEqual(['/verifier/plugins/0/DisallowedLicenses: write it as `disallowedLicenses`']);
  });

  it('has the time-outs of Ratify where it names none', () => {
    expect(on(ratify([sbom])).config.server).toEqual({ verifyTimeout: 2900, mutateTimeout: 950 });
    const executor = { verificationRequestTimeout: 4900, mutationRequestTimeout: 1950 };
    expect(on(ratify([sbom], { executor })).config.server).toEqual({ verifyTimeout: 4900, mutateTimeout: 1950 });
    expect(lines(on(ratify([sbom], { executor: { verificationRequestTimeout: '5s' } })).faults)).toEqual([
      '/executor/verificationRequestTimeout: it must be a whole number',
    ]);
  });

  it('has lists that end', () => {
    const { faults } = on(ratify(Array.from({ length: 101 }, (_, index) => ({ ...sbom, name: `sbom-${index}` }))));
    expect(lines(faults)).toEqual(['/verifier/plugins: there are more than 100']);
  });
});

describe('a store', () => {
  it('is every registry there is, and asks for cosign’s tags only if it is told to', () => {
    const { config } = on(store({}));
    expect(config).toMatchObject({
      sources: ['referrers-api', 'referrers-tag'],
      registries: { '*': { plainHttp: false } },
    });
    expect(config.policy.config.cosign).toBe(false);
    const other = on(store({ useHttp: true, cosignEnabled: true })).config;
    expect(other.sources).toEqual(['referrers-api', 'referrers-tag', 'cosign-tag']);
    expect(other.registries).toEqual({ '*': { plainHttp: true } });
    expect(other.policy.config.cosign).toBe(true);
  });

  it('logs in with the file that is named', () => {
    const { config, changes } = on(store({ authProvider: { name: 'dockerConfig', configPath: '~/docker.json' } }));
    expect(config.credentialFile).toBe('/home/user/docker.json');
    expect(changes).toEqual([]);
    expect(on(store({ authProvider: { name: 'dockerConfig' } })).config.credentialFile).toBeUndefined();
  });

  it.each([
    'k8Secrets',
    'azureWorkloadIdentity',
    'azureManagedIdentity',
    'awsEcrBasic',
    'alibabacloudAcrBasic',
    'other',
  ])('that logs in by %s asks without credentials, and says what to do', (name) => {
    const { config, changes } = on(store({ authProvider: { name, clientID: 'x' } }));
    expect(config.credentialFile).toBeUndefined();
    expect(lines(changes)[0]).toMatch(/^\/store\/plugins\/0\/authProvider: .*without credentials until you/);
  });

  it('of another kind is refused: its evidence would be missing without a word', () => {
    const { faults } = on(store({}, { name: 'dynamicstore', source: { artifact: 'r.example/p:v1' } }));
    expect(lines(faults)[0]).toContain('/store/plugins/1: Verdict has no store "dynamicstore"');
  });
});

describe('a policy', () => {
  it.each(['configPolicy', 'config-policy', 'CONFIGPOLICY'])('of the name %s is the config policy', (name) => {
    const { config } = on(policy({ name, artifactVerificationPolicies: { [NOTATION]: 'any' } }));
    expect(config.policy).toMatchObject({ convention: 'ratify', config: { kind: 'config' } });
    expect(config.policy.config.artifactPolicies).toEqual({ default: 'all', [NOTATION]: 'any' });
  });

  it('that says neither any nor all keeps its word, which nothing fits', () => {
    const { config, changes } = on(policy({ name: 'configPolicy', artifactVerificationPolicies: { default: 'some' } }));
    expect(config.policy.config.artifactPolicies).toEqual({ default: 'some' });
    expect(lines(changes)[0]).toContain('never pass');
  });

  it('in Rego stands in the configuration, or in a file', () => {
    const text = on(policy({ name: 'regoPolicy', policy: 'package ratify.policy', policyPath: 'p.rego' })).config;
    expect(text.policy).toMatchObject({ inline: 'package ratify.policy', config: { kind: 'rego' } });
    expect(text.policy.sources).toBeUndefined();
    const file = on(policy({ name: 'rego-policy', policyPath: 'p.rego', passthroughEnabled: true })).config;
    expect(file.policy.sources).toEqual(['/srv/here/p.rego']);
    expect(file.server.passthrough).toBe(true);
    expect(file.policy.config.artifactPolicies).toBeUndefined();
  });

  it('takes a relative path from the working directory, as Ratify does, else from beside the configuration', () => {
    const exists = (path: string): boolean => path === '/etc/ratify/p.rego';
    const { config } = on(policy({ name: 'regoPolicy', policyPath: 'p.rego' }), { exists });
    expect(config.policy.sources).toEqual(['/etc/ratify/p.rego']);
  });

  it.each([
    [{ name: 'regoPolicy' }, '/policy/plugin: give `policy`, Rego as text, or `policyPath`'],
    [{ name: 'own' }, '/policy/plugin/name: there is no policy "own": give configPolicy or regoPolicy'],
    [
      { name: 'configPolicy', artifactVerificationPolicies: { a: true } },
      '/policy/plugin/artifactVerificationPolicies/a: it must be "any" or "all"',
    ],
  ])('like %j is refused', (plugin, fault) => {
    expect(lines(on(policy(plugin)).faults)).toEqual([fault]);
  });
});

describe('what is fetched', () => {
  it('is what a verifier takes, evidence about it, and nothing else', () => {
    const { config } = on(
      ratify([{ ...sbom, artifactTypes: 'application/spdx+json, a/b', nestedReferences: NOTATION }]),
    );
    expect(config.collect).toEqual([
      { type: 'application/spdx+json', take: 'all' },
      { type: 'a/b', take: 'all' },
      { type: NOTATION, take: 'all' },
      { type: '*', take: 'none' },
    ]);
    const rego = ratify([sbom], { policy: { plugin: { name: 'regoPolicy', policy: 'package ratify.policy' } } });
    expect(on(rego).config.collect.at(-1)).toEqual({ type: '*', take: 'follow' });
    expect(on(ratify([{ ...sbom, artifactTypes: '*' }])).config.collect).toEqual([]);
  });

  it('has cosign’s tags, whose manifests say nothing of their type', () => {
    const cosign = { name: 'cosign', artifactTypes: COSIGN, key: '/k.pub' };
    const types = (cosignEnabled: boolean): readonly string[] =>
      on(ratify([cosign], { store: { plugins: [{ name: 'oras', cosignEnabled }] } })).config.collect.map(
        ({ type }) => type,
      );
    expect(types(true)).toEqual([COSIGN, 'application/vnd.oci.image.config.v1+json', '*']);
    expect(types(false)).toEqual([COSIGN, '*']);
  });
});

describe('a plugin', () => {
  const sample = { name: 'verifier-sample', type: 'sample', artifactTypes: 'a/b,c/d', threshold: 3 };
  const allowed = { environment: { VERDICT_RATIFY_PLUGINS: '1' } };

  it('is not run unless it is allowed to; the policy still waits for its report', () => {
    const { config, changes } = on(ratify([sample]));
    expect(config.verifiers.map(({ type }) => type)).toEqual(['json']);
    expect(config.plugins).toBeUndefined();
    expect(config.policy.config.verifiers).toEqual([
      {
        name: 'verifier-sample',
        type: 'sample',
        kind: 'plugin',
        artifactTypes: ['a/b', 'c/d'],
        verifier: 'verifier-sample',
      },
    ]);
    expect(lines(changes)[0]).toContain('/home/user/.ratify/plugins/sample is not run');
  });

  it('is a program with its whole configuration', () => {
    const value = ratify([sample], {
      store: { pluginBinDirs: ['/stores'], plugins: [{ name: 'oras', useHttp: true }] },
    });
    const { config, changes } = on(value, allowed);
    expect(config.plugins).toEqual({ enabled: true });
    expect(config.verifiers[0]).toEqual({
      name: 'verifier-sample',
      type: 'plugin',
      command: '/home/user/.ratify/plugins/sample',
      config: sample,
      storeConfig: { version: '1.0.0', pluginBinDirs: ['/stores'], store: { name: 'oras', useHttp: true } },
      artifactTypes: ['a/b', 'c/d'],
      version: '1.0.0',
    });
    expect(lines(changes)).toEqual([expect.stringContaining('gets PATH and HOME of the environment')]);
  });

  it('is looked for where it is configured to be, under its type or its name', () => {
    const value = ratify([], {
      verifier: { version: '2.0.0', pluginBinDirs: ['/a', '/b'], plugins: [{ name: 'own', artifactTypes: 'a/b' }] },
    });
    const { config } = on(value, { ...allowed, exists: (path) => path === '/b/own' });
    expect(config.verifiers[0]).toMatchObject({ command: '/b/own', version: '2.0.0' });
    const elsewhere = { environment: { ...allowed.environment, RATIFY_CONFIG: '/r' } };
    expect(on(ratify([sample]), elsewhere).config.verifiers[0]).toMatchObject({ command: '/r/plugins/sample' });
  });

  it.each(['../sh', '/bin/sh', '..', 'a b', ''])('of the type %j is refused', (type) => {
    const { faults } = on(ratify([{ name: '..', type, artifactTypes: 'a/b' }]), allowed);
    expect(lines(faults)[0]).toContain('is no file name of a plugin');
  });

  it('is not downloaded', () => {
    const { changes } = on(ratify([{ ...sample, source: { artifact: 'r.example/p:v1' } }]), allowed);
    expect(lines(changes).slice(1)).toEqual([
      '/verifier/plugins/0/source: Plugins are not downloaded: put the program at /home/user/.ratify/plugins/sample.',
    ]);
  });
});

describe('a verifier', () => {
  it.each([
    [{ artifactTypes: 'a/b' }, '/verifier/plugins/0: give it a `name`'],
    [{ name: 'sbom' }, '/verifier/plugins/0/artifactTypes: say which artifact types it takes'],
    ['sbom', '/verifier/plugins/0: it must be an object'],
  ])('like %j is refused', (plugin, fault) => {
    expect(lines(on(ratify([plugin])).faults)).toContain(fault);
  });

  it('has a name of its own, whatever it is called', () => {
    const signature = { name: 'Über Verifier', type: 'cosign', artifactTypes: COSIGN, key: '/k.pub' };
    const { config } = on(ratify([signature, signature, { ...signature, name: 'json' }]));
    expect(config.verifiers.map(({ name }) => name)).toEqual(['ber-verifier', 'ber-verifier-2', 'json', 'json-2']);
    expect(config.policy.config.verifiers.map(({ name, verifier }) => [name, verifier])).toEqual([
      ['Über Verifier', 'ber-verifier'],
      ['Über Verifier', 'ber-verifier-2'],
      ['json', 'json'],
    ]);
  });
});
