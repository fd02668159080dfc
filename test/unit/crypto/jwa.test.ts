import { generateKeyPairSync, sign } from 'node:crypto';
import { flattenedVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/crypto/certificate.ts';
import { isJwa, isSignedAs, type Jwa } from '../../../src/crypto/jwa.ts';
import { parseFlattenedJws } from '../../../src/crypto/jws.ts';
import { publicKey } from '../../../src/crypto/keys.ts';
import { algorithmOf, jwsMembers } from '../../support/notation/envelopes.ts';
import { target } from '../../support/notation/exhibits.ts';
import { type KeyName, leaf, type Party } from '../../support/notation/pki.ts';

const KINDS: readonly KeyName[] = ['RSA-2048', 'RSA-3072', 'P-256', 'P-384', 'P-521'];
const ALGORITHMS: readonly Jwa[] = ['PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
/** What is understood as critical by the other program. */
const crit = { 'io.cncf.notary.signingScheme': true };

let parties: readonly Party[];
beforeAll(async () => {
  parties = await Promise.all(KINDS.map((key) => leaf(undefined, { key })));
});

describe('isSignedAs', () => {
  it('takes what another program takes, by the key that signed and by no other', async () => {
    for (const party of parties) {
      const members = jwsMembers({ chain: [party], payload: target() });
      const { signingInput, signature, algorithm } = parseFlattenedJws(Buffer.from(JSON.stringify(members)));
      const { x509 } = parseCertificate(party.der);
      await expect(flattenedVerify(members as never, x509.publicKey, { crit })).resolves.toBeDefined();
      for (const other of parties) {
        const key = parseCertificate(other.der).publicKey();
        expect(isSignedAs(key, algorithm, signingInput, signature)).toBe(other === party);
      }
    }
  });

  it('takes no other algorithm than the one that signed', () => {
    for (const party of parties) {
      const { signingInput, signature } = parseFlattenedJws(
        Buffer.from(JSON.stringify(jwsMembers({ chain: [party], payload: target() }))),
      );
      const key = parseCertificate(party.der).publicKey();
      const taken = ALGORITHMS.filter((algorithm) => isSignedAs(key, algorithm, signingInput, signature));
      expect(taken).toEqual([algorithmOf(party)]);
    }
  });

  it('takes no hash of another curve, though the key signed it', () => {
    const { privateKey, publicKey: object } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const signature = sign('sha256', Buffer.from('data'), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(isSignedAs(publicKey(object), 'ES256', Buffer.from('data'), signature)).toBe(false);
    const own = sign('sha384', Buffer.from('data'), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(isSignedAs(publicKey(object), 'ES384', Buffer.from('data'), own)).toBe(true);
  });

  it('takes no signature that was changed, cut or made longer', () => {
    for (const party of parties) {
      const { signingInput, signature, algorithm } = parseFlattenedJws(
        Buffer.from(JSON.stringify(jwsMembers({ chain: [party], payload: target() }))),
      );
      const key = parseCertificate(party.der).publicKey();
      const flipped = Buffer.from(signature);
      flipped[5] = (flipped[5] ?? 0) ^ 1;
      for (const bad of [flipped, signature.subarray(1), Buffer.concat([signature, Buffer.of(0)]), Buffer.alloc(0)]) {
        expect(isSignedAs(key, algorithm, signingInput, bad)).toBe(false);
      }
      expect(isSignedAs(key, algorithm, signingInput, Buffer.alloc(signature.byteLength))).toBe(false);
      expect(isSignedAs(key, algorithm, signingInput.subarray(1), signature)).toBe(false);
    }
  });
});

describe('isJwa', () => {
  it('knows the six algorithms and nothing else', () => {
    expect(ALGORITHMS.every(isJwa)).toBe(true);
    expect(['none', 'HS256', 'RS256', 'EdDSA', 'ps256', '', 'toString', undefined, 5].some(isJwa)).toBe(false);
  });
});
