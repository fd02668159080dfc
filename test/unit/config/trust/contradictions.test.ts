import { describe, expect, it } from 'vitest';
import { trustContradictions } from '../../../../src/config/trust/contradictions.ts';
import { withTrustPaths } from '../../../../src/config/trust/source.ts';
import type { Trust } from '../../../../src/generated/config.ts';
import { configured } from './support.ts';

const places = async (trusts: Readonly<Record<string, Partial<Trust> & Pick<Trust, 'type'>>>) => {
  const all = Object.entries(trusts).map(([name, trust]) => [name, configured(trust)] as const);
  return (await trustContradictions(Object.fromEntries(all))).map(({ pointer }) => pointer);
};

const SIGSTORE = { type: 'sigstore', root: 'public-good' } as const;
const KEYS = { type: 'keys', keys: ['k.pub'] } as const;
const AUTHORITIES = { type: 'certificates', ca: ['ca.pem'] } as const;
const update = (more: Partial<NonNullable<Trust['update']>>) => ({
  mirror: 'https://tuf-repo-cdn.sigstore.dev',
  target: 'trusted_root.json',
  maxAge: 60_000,
  ...more,
});

describe('trusts that contradict themselves', () => {
  it.each<[string, Partial<Trust> & Pick<Trust, 'type'>, readonly string[]]>([
    ['keys without keys', { type: 'keys' }, ['']],
    ['a Sigstore without root', { type: 'sigstore' }, ['']],
    ['certificates without certificates', { type: 'certificates' }, ['']],
    ['keys of a Sigstore', { ...SIGSTORE, keys: ['k.pub'] }, ['/keys']],
    [
      'authorities of keys',
      { ...KEYS, ca: ['c'], signingAuthority: ['c'], tsa: ['c'] },
      ['/ca', '/signingAuthority', '/tsa'],
    ],
    ['a password of keys', { ...KEYS, passwordEnv: 'P' }, ['/passwordEnv']],
    ['identities of keys', { ...KEYS, identities: [{ identity: 'a' }] }, ['/identities']],
    ['certificate logs of keys', { ...KEYS, root: 'public-good', sct: 0 }, ['/sct']],
    ['two passwords', { ...AUTHORITIES, passwordEnv: 'P', passwordFile: 'p' }, ['/passwordFile']],
    ['logs of nobody', { ...KEYS, transparencyLog: 1, timestamp: 1 }, ['/transparencyLog', '/timestamp']],
    ['certificate logs of nobody', { ...AUTHORITIES, sct: 1 }, ['/sct']],
    [
      'somebody and a pattern',
      { ...SIGSTORE, identities: [{ identity: 'a', identityPattern: 'a' }] },
      ['/identities/0/identityPattern'],
    ],
    [
      'an issuer and a pattern',
      { ...SIGSTORE, identities: [{ issuer: 'a', issuerPattern: 'a' }] },
      ['/identities/0/issuerPattern'],
    ],
    ['everybody', { ...SIGSTORE, identities: [{ identity: 'a' }, {}] }, ['/identities/1']],
    ['a broken pattern', { ...SIGSTORE, identities: [{ identityPattern: 'a)(b' }] }, ['/identities/0/identityPattern']],
    [
      'a pattern that is not RE2',
      { ...SIGSTORE, identities: [{ issuerPattern: '(a)\\1' }] },
      ['/identities/0/issuerPattern'],
    ],
    ['a look-ahead', { ...SIGSTORE, identities: [{ issuerPattern: '(?=a)' }] }, ['/identities/0/issuerPattern']],
    ['another mirror without a root', { ...SIGSTORE, update: update({ mirror: 'https://tuf.example' }) }, ['/update']],
    ['no URL', { ...SIGSTORE, update: update({ mirror: 'https://' }) }, ['/update/mirror']],
    [
      'a URL with a password',
      { ...SIGSTORE, update: update({ mirror: 'https://u:p@tuf.example' }) },
      ['/update/mirror'],
    ],
  ])('%s', async (_, trust, pointers) => {
    expect(await places({ own: trust })).toEqual(pointers.map((pointer) => `/trust/own${pointer}`));
  });

  it.each([
    ['', '/trust/'],
    ['.hidden', '/trust/.hidden'],
    ['a/b', '/trust/a~1b'],
    ['a|b', '/trust/a|b'],
    ['ä', '/trust/ä'],
    ['a'.repeat(64), `/trust/${'a'.repeat(64)}`],
  ])('%j is no name', async (name, pointer) => {
    expect(await places({ [name]: SIGSTORE })).toEqual([pointer]);
  });

  it('are told all at once', async () => {
    expect(await places({ a: { type: 'keys' }, b: SIGSTORE, c: { type: 'sigstore', ca: ['x'] } })).toEqual([
      '/trust/a',
      '/trust/c/ca',
      '/trust/c',
    ]);
  });
});

describe('trusts that make sense', () => {
  it.each<[string, Partial<Trust> & Pick<Trust, 'type'>]>([
    ['the default', SIGSTORE],
    ['its mirror', { type: 'sigstore', update: update({ mirror: 'https://tuf-repo-cdn.sigstore.dev/' }) }],
    [
      'another mirror',
      { type: 'sigstore', update: update({ mirror: 'https://tuf.example/a', initialRoot: 'r.json' }) },
    ],
    ['keys with logs', { ...KEYS, root: 'public-good', transparencyLog: 1, timestamp: 1 }],
    ['timestamps by own authorities', { ...AUTHORITIES, tsa: ['t.pem'], timestamp: 1 }],
    ['waived checks', { ...SIGSTORE, transparencyLog: 0, timestamp: 0, sct: 0 }],
    ['identities', { ...SIGSTORE, identities: [{ identity: 'a', issuerPattern: 'https://.*' }, { issuer: 'b' }] }],
  ])('%s', async (_, trust) => {
    expect(await places({ 'Own_1.x-y': trust })).toEqual([]);
  });
});

describe('paths', () => {
  it('become absolute; whatever is no path stays', () => {
    const pem = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----';
    const kept = ['env://KEY', 'https://keys.example/k', 'awskms:///alias/a', 'pkcs11:token=a', pem];
    const trust = configured({
      type: 'keys',
      keys: ['k.pub', ...kept],
      ca: ['ca'],
      signingAuthority: ['sa'],
      tsa: ['tsa', pem],
      root: 'root.json',
      passwordFile: 'password',
      update: update({ initialRoot: 'initial.json' }),
    });
    const { own } = withTrustPaths({ own: trust }, (path) => `/base/${path}`);
    expect(own).toEqual({
      ...trust,
      keys: ['/base/k.pub', ...kept],
      ca: ['/base/ca'],
      signingAuthority: ['/base/sa'],
      tsa: ['/base/tsa', pem],
      root: '/base/root.json',
      passwordFile: '/base/password',
      update: update({ initialRoot: '/base/initial.json' }),
    });
  });

  it('leave what is no path alone', () => {
    const trust = configured({ ...SIGSTORE, update: update({}) });
    expect(withTrustPaths({ own: trust }, () => 'changed')).toEqual({ own: trust });
  });
});
