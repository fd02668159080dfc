import { describe, expect, it } from 'vitest';
import type { Trust } from '../../../src/generated/config.ts';
import { scopeFaults } from '../../../src/ratify/scopes.ts';
import { COSIGN, lines, on, ratify } from './support.ts';

const cosign = (more: object): object => ({ name: 'verifier-cosign', type: 'cosign', artifactTypes: COSIGN, ...more });
const policy = (more: object): object => ({ name: 'default', scopes: ['*'], ...more });
const translated = (more: object) => on(ratify([cosign(more)]));
const trusts = (more: object): readonly Partial<Trust>[] => Object.values(translated(more).config.trust);
const keyless = { certificateIdentity: 'a@b.example', certificateOIDCIssuer: 'https://issuer.example' };
const faults = (more: object): readonly string[] => lines(translated({ trustPolicies: [policy(more)] }).faults);

describe('a trust policy of cosign', () => {
  it('by key needs an entry in the log, unless it waives it', () => {
    const keys = [{ file: '/a.pub' }, { file: 'b.pub' }];
    expect(trusts({ trustPolicies: [policy({ keys })] })).toEqual([
      { type: 'keys', keys: ['/a.pub', '/srv/here/b.pub'], root: 'public-good' },
    ]);
    expect(trusts({ trustPolicies: [policy({ keys, tLogVerify: false })] })).toEqual([
      { type: 'keys', keys: ['/a.pub', '/srv/here/b.pub'] },
    ]);
  });

  it('without keys names who may sign, and waives only what it says', () => {
    const base = { type: 'sigstore', root: 'public-good' };
    const identities = [{ identity: 'a@b.example', issuer: 'https://issuer.example' }];
    expect(trusts({ trustPolicies: [policy({ keyless })] })).toEqual([{ ...base, identities }]);
    expect(
      trusts({ trustPolicies: [policy({ keyless: { ...keyless, ctLogVerify: false }, tLogVerify: false })] }),
    ).toEqual([{ ...base, identities, transparencyLog: 0, timestamp: 0, sct: 0 }]);
  });

  it('has patterns that fit anywhere in a name', () => {
    const patterns = {
      certificateIdentityRegExp: '^https://github\\.com/acme/|x',
      certificateOIDCIssuerRegExp: 'token',
    };
    expect(trusts({ trustPolicies: [policy({ keyless: patterns })] })[0]?.identities).toEqual([
      { identityPattern: '(?s:.*)(?:^https://github\\.com/acme/|x)(?s:.*)', issuerPattern: '(?s:.*)(?:token)(?s:.*)' },
    ]);
  });

  it.each(['a)|(b', ')(', 'a)', '(a', '[)](', '\\Q(\\E)'])(
    'has no pattern like %s, which would mean another once it is wrapped',
    (pattern) => {
      expect(faults({ keyless: { certificateIdentityRegExp: pattern, certificateOIDCIssuer: 'i' } })).toEqual([
        '/verifier/plugins/0/trustPolicies/0/keyless/certificateIdentityRegExp: its brackets do not match',
      ]);
    },
  );

  it.each(['\\(', '[()]x', '(a)(b)', '\\Q(\\E', '[^)]'])('may have a pattern like %s', (pattern) => {
    expect(faults({ keyless: { certificateIdentityRegExp: pattern, certificateOIDCIssuer: 'i' } })).toEqual([]);
  });

  it('is for images of its scopes, with a trust of its own', () => {
    const { config } = translated({
      trustPolicies: [
        policy({ name: 'team', scopes: ['r.example/team/*', 'r.example/app:1'], keys: [{ file: '/team.pub' }] }),
        policy({ keys: [{ file: '/all.pub' }] }),
      ],
    });
    expect(config.policy.config.verifiers[0]).toEqual({
      name: 'verifier-cosign',
      type: 'cosign',
      kind: 'cosign',
      artifactTypes: [COSIGN],
      verifier: 'verifier-cosign',
      trustPolicies: [
        { name: 'team', scopes: ['r.example/team/*', 'r.example/app:1'], trust: ['verifier-cosign-team'] },
        { name: 'default', scopes: ['*'], trust: ['verifier-cosign-default'] },
      ],
    });
    expect(config.verifiers[0]).toEqual({
      name: 'verifier-cosign',
      type: 'sigstore',
      trust: ['verifier-cosign-team', 'verifier-cosign-default'],
    });
  });

  it('with another log trusts that of the public-good instance until it is told of a root', () => {
    const rekorURL = 'https://rekor.example';
    const { changes } = translated({ trustPolicies: [policy({ keys: [{ file: '/a.pub' }], rekorURL })] });
    expect(lines(changes)[0]).toContain('/verifier/plugins/0/trustPolicies/0/rekorURL: Only logs of the public-good');
    expect(translated({ rekorURL: 'https://rekor.sigstore.dev/', key: '/k' }).changes).toEqual([]);
  });

  it('has keys of key management providers', () => {
    const PEM = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n';
    const keyManagementProviders = [{ name: 'own', type: 'inline', parameters: { contentType: 'key', value: PEM } }];
    const keys = [{ provider: 'own' }, { provider: 'vault', name: 'release', version: '2' }];
    const { config, changes } = on(
      ratify([cosign({ trustPolicies: [policy({ keys, tLogVerify: false })] })], { keyManagementProviders }),
    );
    expect(Object.values(config.trust)).toEqual([{ type: 'keys', keys: [PEM, '/etc/ratify/vault-release-2.pub'] }]);
    expect(lines(changes)[0]).toContain('export its keys, PEM, to /etc/ratify/vault-release-2.pub');
  });

  it.each([
    [{ name: '', keyless }, 'give it a `name`'],
    [{ version: '2.0.0', keyless }, 'it must be "1.0.0"'],
    [{}, 'give `keys` or `keyless`'],
    [{ keys: [{ file: '/a' }], keyless }, 'give `keys` or `keyless`'],
    [{ keys: [{}] }, 'give `file` or `provider`'],
    [{ keys: [{ file: '/a', provider: 'b' }] }, 'give `file` or `provider`'],
    [{ keys: [{ provider: 'b', version: '1' }] }, 'give the `name` of the key too'],
    [{ keyless: { certificateIdentity: 'a' } }, 'give `certificateOIDCIssuer` or `certificateOIDCIssuerRegExp`'],
    [{ keyless: { ...keyless, certificateIdentityRegExp: 'a' } }, 'give `certificateIdentity` or'],
    [{ keyless, scopes: [] }, 'give a scope'],
    [{ keyless, tLogVerify: 'false' }, 'it must be true or false'],
  ])('like %j is refused', (more, fault) => {
    expect(faults(more).join('\n')).toContain(fault);
  });
});

describe('a scope', () => {
  it.each([
    [[['*'], ['r.example/*']], []],
    [[['r.example/a', 'r.example/b*']], []],
    [[['*', 'r.example/a']], ['"*" stands alone']],
    [[['*'], ['*']], ['"*" overlaps with "*"']],
    [[['r.example/*'], ['r.example/a']], ['"r.example/a" overlaps with "r.example/*"']],
    [[['r.example/a'], ['r.example/*']], ['"r.example/*" overlaps with "r.example/a"']],
    [[['r.example/a*'], ['r.example/*']], ['"r.example/*" overlaps with "r.example/a*"']],
    [[['r.example/a', 'r.example/a']], ['"r.example/a" overlaps with "r.example/a"']],
    [[['r.example/*/a']], ['"r.example/*/a" is no reference, nor a prefix with "*"']],
    [[['']], ['"" is no reference, nor a prefix with "*"']],
    [[['R.example']], ['"R.example" is no reference, nor a prefix with "*"']],
  ])('of %j is as Ratify asks', (scopes, expected) => {
    const found = scopeFaults(scopes.map((one) => ({ scopes: one })));
    expect(found.map(({ message }) => message)).toEqual(expected);
  });
});

describe('the older form', () => {
  it('has one key', () => {
    expect(trusts({ key: '/k.pub' })).toEqual([{ type: 'keys', keys: ['/k.pub'] }]);
    expect(trusts({ key: '/k.pub', rekorURL: 'https://rekor.sigstore.dev' })).toEqual([
      { type: 'keys', keys: ['/k.pub'], root: 'public-good' },
    ]);
    const { config } = translated({ key: '/k.pub' });
    expect(config.policy.config.verifiers[0]).toMatchObject({ legacy: true, trustPolicies: [{ scopes: ['*'] }] });
  });

  it('without one lets everybody sign, and says so', () => {
    const { config, changes } = translated({});
    expect(Object.values(config.trust)).toEqual([
      { type: 'sigstore', root: 'public-good', transparencyLog: 0, timestamp: 0, sct: 0 },
    ]);
    expect(lines(changes)[0]).toContain('Everybody who can sign');
    expect(trusts({ rekorURL: 'https://rekor.sigstore.dev' })).toEqual([{ type: 'sigstore', root: 'public-good' }]);
  });

  it('does not go with trust policies', () => {
    const found = lines(translated({ key: '/k.pub', trustPolicies: [policy({ keyless })] }).faults);
    expect(found).toEqual(['/verifier/plugins/0/trustPolicies: they replace `key` and `rekorURL`: leave these away']);
    expect(lines(translated({ trustPolicies: [] }).faults)).toEqual([
      '/verifier/plugins/0/trustPolicies: give a trust policy',
    ]);
  });
});
