import { describe, expect, it } from 'vitest';
import { complete, profiles, readJson, rules } from './config.ts';

const EXAMPLES = readJson('policies/examples/config.json');

const faultsOf = (config: unknown) => complete(config).faults.map(({ pointer }) => pointer);

const withProfile = (more: object) => ({ profiles: { mine: { required: ['sbom.read'], ...more } } });
const withIdentity = (more: object) =>
  withProfile({ identities: [{ name: 'a', types: ['application/spdx+json'], trust: 't', kind: 'key', ...more }] });
const withException = (more: object) => ({
  exceptions: [{ code: 'sbom.read', until: '2027-01-01T00:00:00Z', reason: 'because', ...more }],
});

describe('the schema of the configuration', () => {
  it('fills in every default', () => {
    expect(complete({}).config).toEqual({
      profile: 'starter',
      profiles: {},
      identities: [],
      signature: { maxAge: 720, annotations: {}, relaxed: [] },
      licences: { allow: [], deny: [], unknown: 'deny' },
      packages: { deny: [] },
      provenance: { builders: [], buildTypes: [], repositories: [], refs: [] },
      vulnerability: { severity: 'high', fixableOnly: false, unknown: 'deny', maxAge: 168 },
      ignoredTypes: ['application/vnd.amazon.soci.*', 'application/vnd.oci.image.layer.nydus.*'],
      own: {},
      exceptions: [],
    });
  });

  it('fills in what a profile, an identity, an exception and a package leave out', () => {
    const { config } = complete({
      ...withIdentity({}),
      ...withException({}),
      packages: { deny: [{ name: 'libx' }] },
    });
    expect(config).toMatchObject({
      profiles: {
        mine: {
          description: '',
          prohibited: [],
          unsigned: [],
          thresholds: {},
          indexWide: false,
          identities: [{ scope: 'cluster', identity: '', issuer: '', extensions: {} }],
        },
      },
      exceptions: [{ term: '', subject: '', reference: '' }],
      packages: { deny: [{ name: 'libx', version: '', purl: '', reason: '' }] },
    });
  });

  it.each(profiles())('takes the profile %s', (name) => {
    expect(faultsOf(readJson(`policies/profiles/${name}.json`))).toEqual([]);
  });

  it("takes the examples' configuration", () => {
    expect(faultsOf(EXAMPLES)).toEqual([]);
  });

  it.each([
    ['an unknown key', { licenses: {} }, ''],
    ['an unknown key below', { licences: { denied: [] } }, '/licences'],
    ['a profile that requires nothing', withProfile({ required: [] }), '/profiles/mine/required'],
    ['a profile that only prohibits', { profiles: { mine: { prohibited: ['sbom.read'] } } }, '/profiles/mine'],
    ['a rule without area', withProfile({ required: ['read'] }), '/profiles/mine/required/0'],
    ['a threshold of none', withProfile({ thresholds: { 'sbom.read': 0 } }), '/profiles/mine/thresholds/sbom.read'],
    ['an identity that speaks for nothing', withIdentity({ types: [] }), '/profiles/mine/identities/0/types'],
    ['an identity that speaks for all', withIdentity({ types: ['**'] }), '/profiles/mine/identities/0/types/0'],
    ['an identity without trust', withIdentity({ trust: '' }), '/profiles/mine/identities/0/trust'],
    ['an identity of an unknown scope', withIdentity({ scope: 'universe' }), '/profiles/mine/identities/0/scope'],
    [
      'an identity for all profiles that speaks for all',
      { identities: [{ name: 'a', types: ['**'], trust: 't', kind: 'key' }] },
      '/identities/0/types/0',
    ],
    ['a check that cannot be waived', { signature: { relaxed: ['chain'] } }, '/signature/relaxed/0'],
    ['an annotation with two stars', { signature: { annotations: { a: '*b*' } } }, '/signature/annotations/a'],
    ['an identity of an unknown kind', withIdentity({ kind: 'oracle' }), '/profiles/mine/identities/0/kind'],
    [
      'a keyless identity without issuer',
      withIdentity({ kind: 'keyless', identity: 'a', issuer: '' }),
      '/profiles/mine/identities/0/issuer',
    ],
    [
      'a keyless identity that is anybody',
      withIdentity({ kind: 'keyless', identity: '', issuer: 'a' }),
      '/profiles/mine/identities/0/identity',
    ],
    [
      'a certificate that is anybody',
      withIdentity({ kind: 'certificate', identity: '' }),
      '/profiles/mine/identities/0/identity',
    ],
    ['a pattern with two stars', withIdentity({ identity: 'a*b*c' }), '/profiles/mine/identities/0/identity'],
    ['an exception without end', { exceptions: [{ code: 'sbom.read', reason: 'because' }] }, '/exceptions/0'],
    ['an exception that ends some day', withException({ until: 'soon' }), '/exceptions/0/until'],
    ['an exception without reason', withException({ reason: '' }), '/exceptions/0/reason'],
    ['an unknown severity', { vulnerability: { severity: 'awful' } }, '/vulnerability/severity'],
  ])('refuses %s', (_, config, pointer) => {
    expect(faultsOf(config)).toContain(pointer);
  });

  it('describes every property', () => {
    const silent: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        const isProperty = path.endsWith('/properties') && !/\/(then|if)\/properties$/.test(path);
        if (isProperty && !('$ref' in value) && !value.description) silent.push(`${path}/${key}`);
        visit(value, `${path}/${key}`);
      }
    };
    visit(readJson('schemas/policy.schema.json'), '');
    expect(silent).toEqual([]);
  });

  it('is one that the type checker of Rego takes: closed, local, without oneOf, a type beside every enum', () => {
    const faults: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const members = node as Readonly<Record<string, unknown>>;
      if ('oneOf' in members || '$id' in members) faults.push(path);
      if ('enum' in members && members.type === undefined) faults.push(path);
      if (typeof members.$ref === 'string' && !members.$ref.startsWith('#/definitions/')) faults.push(path);
      if (members.type === 'object' && members.properties !== undefined && members.additionalProperties !== false)
        faults.push(path);
      for (const [key, value] of Object.entries(members)) visit(value, `${path}/${key}`);
    };
    visit(readJson('schemas/policy.schema.json'), '');
    expect(faults).toEqual([]);
  });
});

describe('the profiles', () => {
  const listed = profiles().map((name) => {
    const { profiles: own, profile } = readJson(`policies/profiles/${name}.json`) as {
      readonly profile: string;
      readonly profiles: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
    };
    return { name, profile, own };
  });

  it('each hold the profile of their own name', () => {
    for (const { name, profile, own } of listed) expect([profile, Object.keys(own)]).toEqual([name, [name]]);
  });

  it('name rules that exist', () => {
    const names = listed.flatMap(({ own }) =>
      Object.values(own).flatMap(({ required = [], prohibited = [], unsigned = [] }) => [
        ...required,
        ...prohibited,
        ...unsigned,
      ]),
    );
    expect(names.filter((name) => !rules().includes(name))).toEqual([]);
  });
});
