import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statementFor } from '../../../../src/verifiers/notation/policy/statement.ts';
import { type Flavour, parseTrustPolicy, readTrustPolicy } from '../../../../src/verifiers/notation/trust-policy.ts';

const statement = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'one',
  registryScopes: ['registry.example/team/app'],
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme', 'tsa:clock'],
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
  ...more,
});
const blob = (more: Record<string, unknown> = {}): Record<string, unknown> => {
  const { registryScopes: _scopes, ...rest } = statement(more);
  return rest;
};
const document = (...trustPolicies: unknown[]) => ({ version: '1.0', trustPolicies });
const pointers = (value: unknown, flavour: Flavour = 'oci'): string[] =>
  readTrustPolicy(value, flavour).faults.map(({ pointer }) => pointer);

describe('parseTrustPolicy', () => {
  it('reads statements with their scopes, stores and identities', () => {
    const policy = parseTrustPolicy(
      document(
        statement({ registryScopes: ['registry.example/team/app', 'localhost:5000/a/b__c/d-e'] }),
        statement({ name: 'rest', registryScopes: ['*'], trustedIdentities: ['*'] }),
        { name: 'skipped', registryScopes: ['registry.example/open'], signatureVerification: { level: 'skip' } },
      ),
      'oci',
    );
    const one = statementFor(policy, 'registry.example/team/app');
    expect(one).toMatchObject({ name: 'one', level: 'strict', verifyTimestamp: 'always' });
    expect(one?.stores).toEqual([
      { type: 'ca', name: 'acme' },
      { type: 'tsa', name: 'clock' },
    ]);
    expect(one?.identities).toEqual([
      new Map([
        ['C', 'US'],
        ['ST', 'WA'],
        ['O', 'Acme'],
      ]),
    ]);
    expect(statementFor(policy, 'localhost:5000/a/b__c/d-e')?.name).toBe('one');
    expect(statementFor(policy, 'registry.example/open')?.level).toBe('skip');
    expect(statementFor(policy, '')).toMatchObject({ name: 'rest', identities: undefined });
  });

  it('chooses scopes exactly, neither by prefix nor by case', () => {
    const policy = parseTrustPolicy(document(statement()), 'oci');
    for (const repository of [
      'registry.example/team',
      'registry.example/team/app/x',
      'registry.example/team/App',
      '',
    ]) {
      expect(statementFor(policy, repository)).toBeUndefined();
    }
  });

  it('applies levels and overrides', () => {
    const actions = (signatureVerification: unknown) =>
      statementFor(parseTrustPolicy(document(statement({ signatureVerification })), 'oci'), 'registry.example/team/app')
        ?.actions;
    expect(actions({ level: 'audit' })).toEqual({
      integrity: 'enforce',
      authenticity: 'log',
      authenticTimestamp: 'log',
      expiry: 'log',
      revocation: 'log',
    });
    const override = { authenticity: 'log', authenticTimestamp: 'log', expiry: 'log', revocation: 'skip' };
    expect(actions({ level: 'strict', override })).toEqual({ integrity: 'enforce', ...override });
    expect(actions({ level: 'permissive', override: { expiry: 'enforce' } })).toMatchObject({
      authenticTimestamp: 'log',
      expiry: 'enforce',
    });
  });

  it('reads policies for files, of which the global one counts', () => {
    const policy = parseTrustPolicy(document(blob({ globalPolicy: true }), blob({ name: 'two' })), 'blob');
    expect(statementFor(policy, '')?.name).toBe('one');
    const named = parseTrustPolicy(document(blob({ globalPolicy: false })), 'blob');
    expect(statementFor(named, '')).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['no object', [], ''],
    ['another version', { ...document(statement()), version: '2.0' }, '/version'],
    ['no version', { trustPolicies: [statement()] }, '/version'],
    ['no statements', document(), '/trustPolicies'],
    ['statements that are no list', { version: '1.0', trustPolicies: {} }, '/trustPolicies'],
    ['an unknown key', { ...document(statement()), more: 1 }, '/more'],
    ['a key with a slash', document(statement({ 'a/b~c': 1 })), '/trustPolicies/0/a~1b~0c'],
    ['a statement that is no object', document(null), '/trustPolicies/0'],
    ['no name', document(statement({ name: '' })), '/trustPolicies/0/name'],
    ['a name twice', document(statement(), statement({ registryScopes: ['*'] })), '/trustPolicies/1/name'],
    ['no scopes', document(statement({ registryScopes: [] })), '/trustPolicies/0/registryScopes'],
    ['scopes that are text', document(statement({ registryScopes: '*' })), '/trustPolicies/0/registryScopes'],
    [
      'a global scope among others',
      document(statement({ registryScopes: ['*', 'a.b/c'] })),
      '/trustPolicies/0/registryScopes',
    ],
    [
      'a scope with a wildcard',
      document(statement({ registryScopes: ['a.b/*'] })),
      '/trustPolicies/0/registryScopes/0',
    ],
    ['a scope without registry', document(statement({ registryScopes: ['app'] })), '/trustPolicies/0/registryScopes/0'],
    [
      'a scope with a scheme',
      document(statement({ registryScopes: ['https://a.b/c'] })),
      '/trustPolicies/0/registryScopes/0',
    ],
    ['a scope with a tag', document(statement({ registryScopes: ['a.b/c:1'] })), '/trustPolicies/0/registryScopes/0'],
    [
      'a scope with a digest',
      document(statement({ registryScopes: ['a.b/c@sha256:00'] })),
      '/trustPolicies/0/registryScopes/0',
    ],
    ['a scope in upper case', document(statement({ registryScopes: ['a.b/C'] })), '/trustPolicies/0/registryScopes/0'],
    [
      'a scope with two lines',
      document(statement({ registryScopes: ['a.b/c\n'] })),
      '/trustPolicies/0/registryScopes/0',
    ],
    ['a scope twice', document(statement({ registryScopes: ['a.b/c', 'a.b/c'] })), '/trustPolicies/0/registryScopes/1'],
    [
      'a scope in two statements',
      document(statement(), statement({ name: 'two' })),
      '/trustPolicies/1/registryScopes/0',
    ],
    [
      'two global statements',
      document(statement({ registryScopes: ['*'] }), statement({ name: 'two', registryScopes: ['*'] })),
      '/trustPolicies/1/registryScopes/0',
    ],
    [
      'no verification',
      document(statement({ signatureVerification: undefined })),
      '/trustPolicies/0/signatureVerification',
    ],
    [
      'an unknown level',
      document(statement({ signatureVerification: { level: 'Strict' } })),
      '/trustPolicies/0/signatureVerification/level',
    ],
    [
      'a level that every object has',
      document(statement({ signatureVerification: { level: 'toString' } })),
      '/trustPolicies/0/signatureVerification/level',
    ],
    [
      'integrity overridden',
      document(statement({ signatureVerification: { level: 'strict', override: { integrity: 'log' } } })),
      '/trustPolicies/0/signatureVerification/override/integrity',
    ],
    [
      'expiry skipped',
      document(statement({ signatureVerification: { level: 'strict', override: { expiry: 'skip' } } })),
      '/trustPolicies/0/signatureVerification/override/expiry',
    ],
    [
      'an unknown override',
      document(statement({ signatureVerification: { level: 'strict', override: { time: 'log' } } })),
      '/trustPolicies/0/signatureVerification/override/time',
    ],
    [
      'an unknown option for timestamps',
      document(statement({ signatureVerification: { level: 'strict', verifyTimestamp: 'never' } })),
      '/trustPolicies/0/signatureVerification/verifyTimestamp',
    ],
    ['no stores', document(statement({ trustStores: [] })), '/trustPolicies/0/trustStores'],
    ['a store without type', document(statement({ trustStores: ['acme'] })), '/trustPolicies/0/trustStores/0'],
    ['a store of an unknown type', document(statement({ trustStores: ['CA:acme'] })), '/trustPolicies/0/trustStores/0'],
    ['a store with a path', document(statement({ trustStores: ['ca:../acme'] })), '/trustPolicies/0/trustStores/0'],
    ['no identities', document(statement({ trustedIdentities: undefined })), '/trustPolicies/0/trustedIdentities'],
    [
      'any identity among others',
      document(statement({ trustedIdentities: ['*', 'x509.subject:C=a,ST=b,O=c'] })),
      '/trustPolicies/0/trustedIdentities',
    ],
    [
      'an identity of another kind',
      document(statement({ trustedIdentities: ['oidc:me'] })),
      '/trustPolicies/0/trustedIdentities/0',
    ],
    [
      'an identity that is empty',
      document(statement({ trustedIdentities: ['x509.subject:'] })),
      '/trustPolicies/0/trustedIdentities/0',
    ],
    [
      'an identity without state',
      document(statement({ trustedIdentities: ['x509.subject:C=a,O=c'] })),
      '/trustPolicies/0/trustedIdentities/0',
    ],
    ['skipping with stores', document(statement({ signatureVerification: { level: 'skip' } })), '/trustPolicies/0'],
    [
      'skipping globally',
      document({ name: 'one', registryScopes: ['*'], signatureVerification: { level: 'skip' } }),
      '/trustPolicies/0/registryScopes/0',
    ],
    [
      'skipping with overrides',
      document({
        name: 'one',
        registryScopes: ['a.b/c'],
        signatureVerification: { level: 'skip', override: { expiry: 'log' } },
      }),
      '/trustPolicies/0/signatureVerification/override',
    ],
  ])('refuses %s', (_what, value, pointer) => {
    expect(pointers(value)).toContain(pointer);
    expect(() => parseTrustPolicy(value, 'oci')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('refuses scopes in policies for files, and two global ones', () => {
    expect(pointers(document(statement()), 'blob')).toEqual(['/trustPolicies/0/registryScopes']);
    expect(pointers(document(blob({ globalPolicy: 'yes' })), 'blob')).toEqual(['/trustPolicies/0/globalPolicy']);
    const both = document(blob({ globalPolicy: true }), blob({ name: 'two', globalPolicy: true }));
    expect(pointers(both, 'blob')).toEqual(['/trustPolicies/1/globalPolicy']);
  });

  it('refuses identities that overlap, in whatever order', () => {
    const narrow = 'x509.subject: C=US, ST=WA, O=Acme, OU=One';
    const wide = 'x509.subject: O=Acme, S=WA, C=US';
    const other = 'x509.subject: C=US, ST=WA, O=Acme, OU=Two';
    expect(pointers(document(statement({ trustedIdentities: [narrow, other] })))).toEqual([]);
    for (const trustedIdentities of [
      [narrow, wide],
      [wide, narrow],
      [wide, wide],
    ]) {
      expect(pointers(document(statement({ trustedIdentities }))).length).toBeGreaterThan(0);
    }
  });

  it('tells all faults at once', () => {
    const value = document(statement({ name: '', trustStores: ['x'], signatureVerification: { level: 'x' } }), 5);
    expect(pointers(value)).toEqual([
      '/trustPolicies/0/name',
      '/trustPolicies/0/signatureVerification/level',
      '/trustPolicies/0/trustStores/0',
      '/trustPolicies/1',
      '/trustPolicies/1/name',
      '/trustPolicies/1/signatureVerification',
      '/trustPolicies/1/signatureVerification/level',
      '/trustPolicies/1/trustStores',
      '/trustPolicies/1/trustedIdentities',
      '/trustPolicies/1/registryScopes',
    ]);
  });

  it('never throws anything else, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom<Flavour>('oci', 'blob'), (value, flavour) => {
        expect(pointers(document(value), flavour).length).toBeGreaterThan(0);
        expect(() => parseTrustPolicy(value, flavour)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
      }),
    );
  });
});
