import { describe, expect, it } from 'vitest';
import { lines, NOTATION, on, ratify, trustPolicyDoc } from './support.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

const notation = (more: object = {}): object => ({
  name: 'notation',
  type: 'notation',
  artifactTypes: NOTATION,
  trustPolicyDoc: trustPolicyDoc(['ca:certs']),
  ...more,
});
const inline = (name: string, contentType: string, value: string): object => ({
  name,
  type: 'inline',
  parameters: { contentType, value },
});

describe('a verifier of Notary Project signatures', () => {
  it('trusts the certificates it names, by the name of the store', () => {
    const { config, faults, changes } = on(ratify([notation({ verificationCerts: ['~/root.crt', '/certs'] })]));
    expect(config.trust).toEqual({
      certs: { type: 'certificates', anchorsOnly: true, ca: ['/home/user/root.crt', '/certs'] },
    });
    expect(config.verifiers[0]).toEqual({
      name: 'notation',
      type: 'notation',
      trust: ['certs'],
      trustPolicy: trustPolicyDoc(['ca:certs']),
      revocation: { network: true },
    });
    expect(config.policy.config.verifiers).toEqual([
      { name: 'notation', type: 'notation', kind: 'notation', artifactTypes: [NOTATION], verifier: 'notation' },
    ]);
    expect([faults, changes]).toEqual([[], []]);
  });

  it('trusts Ratify’s own directory too, where it has certificates', () => {
    const directory = '/home/user/.ratify/ratify-certs/notation/truststore';
    const names = (path: string): readonly string[] => (path === directory ? ['a.txt', 'root.CRT'] : []);
    expect(on(ratify([notation({ verificationCerts: ['/c'] })]), { names }).config.trust.certs?.ca).toEqual([
      '/c',
      directory,
    ]);
    expect(on(ratify([notation()]), { names: () => ['notes.txt'] }).faults).toHaveLength(1);
  });

  it('has one certificate in stores of every type, and one store of several types', () => {
    const stores = ['ca:certs', 'tsa:certs', 'signingAuthority:other'];
    const { config } = on(ratify([notation({ verificationCerts: ['/c'], trustPolicyDoc: trustPolicyDoc(stores) })]));
    expect(config.trust).toEqual({
      certs: { type: 'certificates', anchorsOnly: true, ca: ['/c'], tsa: ['/c'] },
      other: { type: 'certificates', anchorsOnly: true, signingAuthority: ['/c'] },
    });
  });

  it('may call other certificates by a name that is taken: the store is renamed', () => {
    const one = notation({ verificationCerts: ['/one'] });
    const same = { ...notation({ verificationCerts: ['/one'] }), name: 'same' };
    const other = { ...notation({ verificationCerts: ['/other'] }), name: 'other' };
    const { config, origin } = on(ratify([one, same, other]));
    expect(Object.entries(config.trust).map(([name, { ca }]) => [name, ca])).toEqual([
      ['certs', ['/one']],
      ['certs-2', ['/other']],
    ]);
    expect(config.verifiers.slice(0, 3)).toMatchObject([
      { trust: ['certs'], trustPolicy: trustPolicyDoc(['ca:certs']) },
      { trust: ['certs'], trustPolicy: trustPolicyDoc(['ca:certs']) },
      { trust: ['certs-2'], trustPolicy: trustPolicyDoc(['ca:certs-2']) },
    ]);
    expect(origin('/trust/certs-2/ca/0')).toBe('/verifier/plugins/2/verificationCerts/0');
    expect(origin('/verifiers/2/trustPolicy/version')).toBe('/verifier/plugins/2/trustPolicyDoc/version');
  });

  it('has certificates of key management providers, files, or a place to export them to', () => {
    const verificationCertStores = { ca: { certs: ['inline', '/c.pem', 'team/vault', './own.crt'] } };
    const keyManagementProviders = [
      inline('inline', 'certificate', PEM),
      { name: 'team/vault', type: 'azurekeyvault', parameters: {} },
    ];
    const { config, changes } = on(
      ratify([notation({ verificationCertStores, verificationCerts: ['/never'] })], { keyManagementProviders }),
    );
    expect(config.trust.certs?.ca).toEqual([PEM, '/c.pem', '/etc/ratify/team-vault.pem', '/srv/here/own.crt']);
    expect(lines(changes)).toEqual([
      '/verifier/plugins/0/verificationCertStores/ca/certs/2: Verdict does not ask the key management provider "team/vault": export its certificates, PEM, to /etc/ratify/team-vault.pem.',
    ]);
  });

  it('may say its stores in the older form, which are authorities', () => {
    const verificationCertStores = { certs: ['inline'] };
    const keyManagementProviders = [inline('inline', 'certificate', PEM)];
    const { config } = on(ratify([notation({ verificationCertStores })], { keyManagementProviders }));
    expect(config.trust.certs?.ca).toEqual([PEM]);
  });

  it.each([
    [{ trustPolicyDoc: undefined, verificationCerts: ['/c'] }, '/trustPolicyDoc: give a trust policy document'],
    [{}, '/trustPolicyDoc/trustPolicies/0/trustStores/0: nobody is in the store ca:certs: give `verificationCerts`'],
    [
      { verificationCertStores: { ca: { certs: ['/c'] }, certs: ['/c'] } },
      '/verificationCertStores: give lists, or lists by type',
    ],
    [{ verificationCerts: '/c' }, '/verificationCerts: it must be a list'],
    [
      { verificationCerts: ['/c'], verificationCertStores: { own: { certs: ['/c'] } } },
      '/verificationCertStores/own/certs: there is no store own:certs',
    ],
  ])('like %j is refused', (more, fault) => {
    expect(lines(on(ratify([notation(more)])).faults).join('\n')).toContain(`/verifier/plugins/0${fault}`);
  });

  it('is given no key for a certificate, and no private key', () => {
    const verificationCertStores = { certs: ['k'] };
    const at = '/keyManagementProviders/0/parameters/value';
    const faults = (provider: object): readonly string[] =>
      lines(on(ratify([notation({ verificationCertStores })], { keyManagementProviders: [provider] })).faults);
    expect(faults(inline('k', 'key', PEM))[0]).toContain('holds no certificate');
    const secret = '-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----';
    expect(faults(inline('k', 'certificate', secret))).toEqual([`${at}: it holds a private key: give the public one`]);
    const { config } = on(
      ratify([notation({ verificationCertStores })], { keyManagementProviders: [inline('k', 'certificate', secret)] }),
    );
    expect(JSON.stringify(config)).not.toContain('SECRET');
  });
});
