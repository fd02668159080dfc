import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Element, integer, nothing, oid, sequence, tagged } from './der.ts';

export type KeyType = 'P-256' | 'P-384' | 'P-521' | 'secp256k1' | 'ed25519' | 'rsa-1024' | 'rsa-2048' | 'rsa-3072';
export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const keys = new Map<string, KeyPair>();

/** A key pair; the same for the same type and label within one process, because RSA keys take time. */
export function keyPair(type: KeyType, label: string): KeyPair {
  const known = keys.get(`${type} ${label}`) ?? generate(type);
  keys.set(`${type} ${label}`, known);
  return known;
}

function generate(type: KeyType): KeyPair {
  if (type === 'ed25519') return generateKeyPairSync('ed25519');
  if (type.startsWith('rsa-')) return generateKeyPairSync('rsa', { modulusLength: Number(type.slice(4)) });
  return generateKeyPairSync('ec', { namedCurve: type });
}

const HASH_OIDS: Readonly<Record<HashName, string>> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};
const RSA: Readonly<Record<HashName, string>> = {
  sha1: '1.2.840.113549.1.1.5',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};
const ECDSA: Readonly<Record<HashName, string>> = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};
const SALT: Readonly<Record<HashName, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };

export const hashAlgorithm = (hash: HashName): Element => sequence(oid(HASH_OIDS[hash]), nothing());

/** AlgorithmIdentifier of a signature by a key. */
export function signatureAlgorithm({ asymmetricKeyType }: KeyObject, hash: HashName, pss = false): Element {
  if (asymmetricKeyType === 'ed25519') return sequence(oid('1.3.101.112'));
  if (asymmetricKeyType === 'ec') return sequence(oid(ECDSA[hash]));
  if (!pss) return sequence(oid(RSA[hash]), nothing());
  const mask = sequence(oid('1.2.840.113549.1.1.8'), hashAlgorithm(hash));
  const parameters = sequence(tagged(0, hashAlgorithm(hash)), tagged(1, mask), tagged(2, integer(SALT[hash])));
  return sequence(oid('1.2.840.113549.1.1.10'), parameters);
}

export function signBytes(key: KeyObject, hash: HashName, bytes: Uint8Array, pss = false): Uint8Array {
  const options = pss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: SALT[hash] } : {};
  return sign(key.asymmetricKeyType === 'ed25519' ? null : hash, bytes, { key, ...options });
}
