import { constants, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSignedBy, parsePublicKey, publicKey } from '../../../src/crypto/keys.ts';
import { keyPair } from '../../support/pki/algorithms.ts';
import { digest } from '../../support/pki/certificates.ts';
import { codeOf } from '../../support/pki/codes.ts';

const DATA = Buffer.from('data');
const spkiOf = (type: Parameters<typeof keyPair>[0]) =>
  keyPair(type, 'keys').publicKey.export({ type: 'spki', format: 'der' });

describe('a public key', () => {
  it.each([
    ['P-256', { name: 'ec', curve: 'P-256' }],
    ['P-384', { name: 'ec', curve: 'P-384' }],
    ['P-521', { name: 'ec', curve: 'P-521' }],
    ['rsa-2048', { name: 'rsa', bits: 2048 }],
    ['rsa-3072', { name: 'rsa', bits: 3072 }],
    ['ed25519', { name: 'ed25519' }],
  ] as const)('of the kind %s is trusted, in DER and PEM alike', (type, kind) => {
    const spki = spkiOf(type);
    const text = keyPair(type, 'keys').publicKey.export({ type: 'spki', format: 'pem' });
    for (const encoded of [spki, String(text)]) {
      const key = parsePublicKey(encoded);
      expect(key.kind).toEqual(kind);
      expect(Buffer.from(key.spki)).toEqual(spki);
      expect(key.fingerprint).toBe(`sha256:${Buffer.from(digest('sha256', spki)).toString('hex')}`);
    }
  });

  it('may be one for RSASSA-PSS only', () => {
    const { publicKey: pss } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    expect(publicKey(pss).kind).toEqual({ name: 'rsa-pss', bits: 2048 });
  });

  it.each([
    ['weak', spkiOf('rsa-1024')],
    ['on another curve', spkiOf('secp256k1')],
    ['of another kind', generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' })],
    ['of yet another kind', generateKeyPairSync('ed448').publicKey.export({ type: 'spki', format: 'der' })],
    ['empty', new Uint8Array()],
    ['garbage', Buffer.from('garbage')],
    ['empty text', ''],
    ['garbage text', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  ])('is refused if it is %s', async (_, encoded) => {
    expect(await codeOf(() => parsePublicKey(encoded))).toBe('KEY_INVALID');
  });

  it('is refused if its exponent makes every message its own signature', async () => {
    const { n } = keyPair('rsa-2048', 'keys').publicKey.export({ format: 'jwk' });
    const trivial = createPublicKey({ key: { kty: 'RSA', n: n ?? '', e: 'AQ' }, format: 'jwk' });
    expect(await codeOf(() => publicKey(trivial))).toBe('KEY_INVALID');
  });
});

describe('a signature', () => {
  const rsa = keyPair('rsa-2048', 'keys');
  const key = publicKey(rsa.publicKey);
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };

  it('is the key’s over the data, by the algorithm said', () => {
    const signature = sign('sha256', DATA, rsa.privateKey);
    expect(isSignedBy(key, { hash: 'sha256' }, DATA, signature)).toBe(true);
    expect(isSignedBy(key, { hash: 'sha384' }, DATA, signature)).toBe(false);
    expect(isSignedBy(key, { hash: 'sha256' }, Buffer.from('other'), signature)).toBe(false);
    expect(isSignedBy(key, { hash: 'sha256', options: pss }, DATA, signature)).toBe(false);
    const padded = sign('sha256', DATA, { key: rsa.privateKey, ...pss });
    expect(isSignedBy(key, { hash: 'sha256', options: pss }, DATA, padded)).toBe(true);
    expect(isSignedBy(key, { hash: 'sha256', options: { ...pss, saltLength: 20 } }, DATA, padded)).toBe(false);
  });

  it('of ECDSA is DER or two numbers, as said', () => {
    const ec = keyPair('P-256', 'keys');
    const one = publicKey(ec.publicKey);
    const raw = { dsaEncoding: 'ieee-p1363' } as const;
    const signature = sign('sha256', DATA, { key: ec.privateKey, ...raw });
    expect(isSignedBy(one, { hash: 'sha256', options: raw }, DATA, signature)).toBe(true);
    expect(isSignedBy(one, { hash: 'sha256' }, DATA, signature)).toBe(false);
  });

  it('that makes OpenSSL throw is none', () => {
    expect(isSignedBy(key, { hash: 'no such hash' }, DATA, new Uint8Array())).toBe(false);
    const one = publicKey(keyPair('ed25519', 'keys').publicKey);
    expect(isSignedBy(one, { hash: 'sha256' }, DATA, new Uint8Array(64))).toBe(false);
    expect(isSignedBy(one, { hash: null }, DATA, new Uint8Array())).toBe(false);
  });
});
