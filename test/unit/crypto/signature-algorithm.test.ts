import { describe, expect, it } from 'vitest';
import { Der, DerError } from '../../../src/crypto/der.ts';
import { publicKey } from '../../../src/crypto/keys.ts';
import { isSignedWith, readHash, readSignatureAlgorithm } from '../../../src/crypto/signature-algorithm.ts';
import { type HashName, hashAlgorithm, keyPair, signatureAlgorithm, signBytes } from '../../support/pki/algorithms.ts';
import { integer, nothing, oid, sequence, tagged } from '../../support/pki/der.ts';

const DATA = Buffer.from('data');
const PSS = '1.2.840.113549.1.1.10';
const read = (bytes: Uint8Array) => readSignatureAlgorithm(Der.parse(bytes));
const mask = (hash: HashName, type = '1.2.840.113549.1.1.8') => sequence(oid(type), hashAlgorithm(hash));
const pss = (...parameters: readonly Uint8Array[]) => sequence(oid(PSS), sequence(...parameters));

describe('an algorithm', () => {
  it.each([
    ['SHA-1 with RSA', signatureAlgorithm(keyPair('rsa-2048', 'a').privateKey, 'sha1')],
    ['SHA-1 with ECDSA', signatureAlgorithm(keyPair('P-256', 'a').privateKey, 'sha1')],
    ['MD5 with RSA', sequence(oid('1.2.840.113549.1.1.4'), nothing())],
    ['RSASSA-PSS without parameters', sequence(oid(PSS))],
    ['RSASSA-PSS by default', pss()],
    ['RSASSA-PSS with SHA-1', signatureAlgorithm(keyPair('rsa-2048', 'a').privateKey, 'sha1', true)],
    [
      'RSASSA-PSS with two hashes',
      pss(tagged(0, hashAlgorithm('sha256')), tagged(1, mask('sha512')), tagged(2, integer(32))),
    ],
    [
      'RSASSA-PSS with another mask',
      pss(tagged(0, hashAlgorithm('sha256')), tagged(1, mask('sha256', '1.2.3')), tagged(2, integer(32))),
    ],
    ['RSASSA-PSS without salt', pss(tagged(0, hashAlgorithm('sha256')), tagged(1, mask('sha256')))],
    ['one that nobody knows', sequence(oid('1.2.3'))],
  ])('is not trusted: %s', (_, bytes) => {
    expect(() => read(bytes)).toThrow(DerError);
  });

  it('of a hash has no parameters', () => {
    expect(readHash(Der.parse(hashAlgorithm('sha384')))).toBe('sha384');
    expect(readHash(Der.parse(sequence(oid('2.16.840.1.101.3.4.2.1'))))).toBe('sha256');
    expect(() => readHash(Der.parse(sequence(oid('2.16.840.1.101.3.4.2.1'), integer(1))))).toThrow(DerError);
    expect(() => readHash(Der.parse(hashAlgorithm('sha1')))).toThrow(DerError);
  });

  it('fits one kind of key', () => {
    const kinds = ['P-256', 'rsa-2048', 'ed25519'] as const;
    for (const one of kinds) {
      for (const other of kinds) {
        const { privateKey } = keyPair(one, 'a');
        const algorithm = read(signatureAlgorithm(keyPair(other, 'a').privateKey, 'sha256'));
        const key = publicKey(keyPair(one, 'a').publicKey);
        expect(isSignedWith(key, algorithm, DATA, signBytes(privateKey, 'sha256', DATA))).toBe(one === other);
      }
    }
  });

  it('takes its hash from elsewhere only where it names none', () => {
    const { privateKey, publicKey: object } = keyPair('rsa-2048', 'a');
    const key = publicKey(object);
    const bare = read(sequence(oid('1.2.840.113549.1.1.1'), nothing()));
    const signature = signBytes(privateKey, 'sha256', DATA);
    expect(isSignedWith(key, bare, DATA, signature, 'sha256')).toBe(true);
    expect(isSignedWith(key, bare, DATA, signature, 'sha384')).toBe(false);
    expect(isSignedWith(key, bare, DATA, signature)).toBe(false);
    expect(isSignedWith(key, read(signatureAlgorithm(privateKey, 'sha384')), DATA, signature, 'sha256')).toBe(false);
  });
});
