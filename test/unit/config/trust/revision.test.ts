import { describe, expect, it } from 'vitest';
import { revisionOf } from '../../../../src/config/trust/revision.ts';
import type { Trust as TrustConfig } from '../../../../src/generated/config.ts';
import type { Trust } from '../../../../src/trust.ts';
import { content, fixture, load } from './support.ts';

type Own = Partial<TrustConfig> & Pick<TrustConfig, 'type'>;

async function trustsOf(own: Own): Promise<readonly Trust[]> {
  const { trusts, faults } = await load(own);
  expect(faults).toEqual([]);
  return trusts;
}
const revision = async (own: Own): Promise<string> => revisionOf(await trustsOf(own));

const SIGSTORE: Own = { type: 'sigstore', root: 'public-good' };
const KEYS: Own = { type: 'keys', keys: [fixture('p256.pub')] };
const AUTHORITIES: Own = { type: 'certificates', ca: [fixture('ec-root.pem')] };

describe('the revision of trusts', () => {
  it('is the same for the same content, wherever it comes from', async () => {
    expect(await revision(KEYS)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await revision({ ...KEYS, keys: [content('p256.pub')] })).toBe(await revision(KEYS));
    expect(await revision({ ...AUTHORITIES, ca: [fixture('ec-root.der')] })).toBe(await revision(AUTHORITIES));
  });

  it('changes with everything that decides what they vouch for', async () => {
    const pem = fixture('rsa-root.pem');
    const variants: readonly Own[] = [
      SIGSTORE,
      { ...SIGSTORE, transparencyLog: 0 },
      { ...SIGSTORE, timestamp: 0 },
      { ...SIGSTORE, sct: 0 },
      { ...SIGSTORE, identities: [{ identity: 'a' }] },
      { ...SIGSTORE, identities: [{ identityPattern: 'a' }] },
      { ...SIGSTORE, identities: [{ issuer: 'a' }] },
      { ...SIGSTORE, identities: [{ identity: 'a', issuer: 'a' }] },
      KEYS,
      { ...KEYS, root: 'public-good' },
      { ...KEYS, keys: [fixture('rsa.pub')] },
      { ...KEYS, keys: [fixture('p256.pub'), fixture('rsa.pub')] },
      AUTHORITIES,
      { ...AUTHORITIES, ca: [pem] },
      { ...AUTHORITIES, tsa: [pem] },
      { ...AUTHORITIES, signingAuthority: [pem] },
      { ...AUTHORITIES, root: 'public-good' },
    ];
    const revisions = await Promise.all(variants.map(revision));
    expect(new Set(revisions).size).toBe(variants.length);
  });

  it('changes with names, scopes and their order', async () => {
    const [key] = await trustsOf(KEYS);
    const [sigstore] = await trustsOf(SIGSTORE);
    if (key === undefined || sigstore === undefined) throw new TypeError('nothing was loaded');
    const sets: readonly (readonly Trust[])[] = [
      [],
      [key],
      [{ ...key, name: 'other' }],
      [{ ...key, scope: 'namespace' }],
      [key, sigstore],
      [sigstore, key],
    ];
    expect(new Set(sets.map(revisionOf)).size).toBe(sets.length);
  });
});
