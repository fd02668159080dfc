import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PublicKey, publicKey } from '../../../src/crypto/keys.ts';
import { type Content, schemesOf, signatureBy } from '../../../src/crypto/schemes.ts';
import { type KeyKind, newKey, signBytes } from '../../support/sigstore/keys.ts';

const BYTES = Buffer.from('what was signed');
const HASHES = ['sha256', 'sha384', 'sha512'] as const;
const digests = (bytes: Uint8Array): Content => ({
  kind: 'digests',
  digests: new Map(HASHES.map((hash) => [hash, createHash(hash).update(bytes).digest()])),
});
const bytes = (of: Uint8Array): Content => ({ kind: 'bytes', bytes: of });

const keyFrom = (spki: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
const keyOf = (kind: KeyKind): KeyObject => keyFrom(newKey(kind).spki);

function rsa(modulusLength: number): { readonly key: PublicKey; readonly secret: KeyObject } {
  const pair = generateKeyPairSync('rsa', { modulusLength });
  return { key: publicKey(pair.publicKey), secret: pair.privateKey };
}

describe('schemes of a key', () => {
  it.each([
    ['P-256', ['ecdsa sha256']],
    ['P-384', ['ecdsa sha384', 'ecdsa sha256']],
    ['P-521', ['ecdsa sha512', 'ecdsa sha256']],
    ['RSA-PSS', ['rsa-pss sha256', 'rsa-pss sha384', 'rsa-pss sha512']],
    ['Ed25519', ['ed25519', 'ed25519ph sha512']],
  ] as const)('%s: %j', (kind, expected) => {
    const schemes = schemesOf(publicKey(keyOf(kind)));
    expect(schemes.map((scheme) => ('hash' in scheme ? `${scheme.name} ${scheme.hash}` : scheme.name))).toEqual(
      expected,
    );
  });

  it('have no SHA-1', () => {
    const { key, secret } = rsa(2048);
    for (const content of [bytes(BYTES), digests(BYTES)]) {
      expect(signatureBy(key, content, sign('sha1', BYTES, secret))).toBe('invalid');
    }
    const curve = newKey('P-256');
    expect(signatureBy(publicKey(keyFrom(curve.spki)), bytes(BYTES), signBytes(curve, BYTES, { hash: 'sha1' }))).toBe(
      'invalid',
    );
  });
});

describe('RSA by digests', () => {
  it.each([2048, 2049, 2050, 2055, 3072])('agrees with RSA by bytes, modulus of %i bits', (bits) => {
    const { key, secret } = rsa(bits);
    for (const hash of HASHES) {
      for (const saltLength of [0, 20, 32, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
        const pss = sign(hash, BYTES, { key: secret, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
        expect(signatureBy(key, bytes(BYTES), pss)).toBe('valid');
        expect(signatureBy(key, digests(BYTES), pss)).toBe('valid');
        expect(signatureBy(key, digests(Buffer.from('other')), pss)).toBe('invalid');
      }
      const pkcs1 = sign(hash, BYTES, secret);
      expect(signatureBy(key, digests(BYTES), pkcs1)).toBe('valid');
      expect(signatureBy(key, digests(Buffer.from('other')), pkcs1)).toBe('invalid');
    }
  });

  it('takes no bare digest and nothing behind it for a DigestInfo', () => {
    const { key, secret } = rsa(2048);
    const digest = createHash('sha256').update(BYTES).digest();
    const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest]);
    const padding = constants.RSA_PKCS1_PADDING;
    expect(signatureBy(key, digests(BYTES), privateEncrypt({ key: secret, padding }, info))).toBe('valid');
    for (const forged of [digest, Buffer.concat([info, Buffer.from([0])]), Buffer.concat([Buffer.from([0]), info])]) {
      expect(signatureBy(key, digests(BYTES), privateEncrypt({ key: secret, padding }, forged))).toBe('invalid');
    }
  });
});

describe('any signature', () => {
  const keys = (['P-256', 'P-384', 'P-521', 'RSA-2048', 'Ed25519'] as const).map((kind) => publicKey(keyOf(kind)));

  it('that nobody made is invalid, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.constantFrom(...keys), (signature, key) => {
        expect(signatureBy(key, bytes(BYTES), signature)).toBe('invalid');
        expect(signatureBy(key, digests(BYTES), signature)).toBe(key.kind.name === 'ed25519' ? 'untold' : 'invalid');
      }),
      { numRuns: 150 },
    );
  });

  it('with a flipped bit is invalid, by bytes and by digests', () => {
    for (const kind of ['P-256', 'P-384', 'P-521', 'RSA-2048'] as const) {
      const made = newKey(kind);
      const signature = signBytes(made, BYTES);
      for (let index = 0; index < signature.byteLength; index += 9) {
        const flipped = Buffer.from(signature);
        flipped[index] = (flipped[index] ?? 0) ^ 1;
        for (const content of [bytes(BYTES), digests(BYTES)]) {
          expect(signatureBy(publicKey(keyFrom(made.spki)), content, flipped)).toBe('invalid');
        }
      }
    }
  });

  it('cannot be told where the digest of its hash is not known', () => {
    const made = newKey('P-384');
    const sha256: Content = {
      kind: 'digests',
      digests: new Map([['sha256', createHash('sha256').update(BYTES).digest()]]),
    };
    expect(signatureBy(publicKey(keyFrom(made.spki)), sha256, signBytes(made, BYTES))).toBe('untold');
    expect(signatureBy(publicKey(keyFrom(made.spki)), sha256, signBytes(made, BYTES, { hash: 'sha256' }))).toBe(
      'valid',
    );
  });
});
