import { constants, createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import * as der from './der.ts';

export type KeyKind =
  | 'P-256'
  | 'P-384'
  | 'P-521'
  | 'secp256k1'
  | 'RSA-1024'
  | 'RSA-2048'
  | 'RSA-3072'
  | 'RSA-PSS'
  | 'Ed25519';

export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** A key pair of the tests. */
export interface Key {
  readonly kind: KeyKind;
  readonly private: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  readonly pem: string;
  /** `sha256:` of `spki`. */
  readonly fingerprint: string;
}

/** Makes a key pair. */
export function newKey(kind: KeyKind = 'P-256'): Key {
  const { privateKey } = generate(kind);
  const object = createPublicKey(privateKey);
  const spki = new Uint8Array(object.export({ type: 'spki', format: 'der' }));
  return {
    kind,
    private: privateKey,
    spki,
    pem: object.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: `sha256:${createHash('sha256').update(spki).digest('hex')}`,
  };
}

function generate(kind: KeyKind): { readonly privateKey: KeyObject } {
  switch (kind) {
    case 'P-256':
    case 'P-384':
    case 'P-521':
    case 'secp256k1':
      return generateKeyPairSync('ec', { namedCurve: kind });
    case 'RSA-1024':
    case 'RSA-2048':
    case 'RSA-3072':
      return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)) });
    case 'RSA-PSS':
      return generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    case 'Ed25519':
      return generateKeyPairSync('ed25519');
  }
}

export interface SignOptions {
  /** Default: what fits the key (SHA-384 for P-384, SHA-512 for P-521, else SHA-256). */
  readonly hash?: HashName;
  /** RSA with PSS padding; Ed25519 as Ed25519ph. */
  readonly variant?: 'pss' | 'ph';
}

const usualHash = ({ kind }: Key): HashName => (kind === 'P-384' ? 'sha384' : kind === 'P-521' ? 'sha512' : 'sha256');

/** Signs bytes. */
export function signBytes(key: Key, data: Uint8Array, options: SignOptions = {}): Buffer {
  if (key.kind === 'Ed25519') {
    if (options.variant !== 'ph') return sign(null, data, key.private);
    const { d = '' } = key.private.export({ format: 'jwk' });
    return Buffer.from(ed25519ph.sign(new Uint8Array(data), new Uint8Array(Buffer.from(d, 'base64url'))));
  }
  const hash = options.hash ?? usualHash(key);
  if (options.variant !== 'pss') return sign(hash, data, key.private);
  return sign(hash, data, { key: key.private, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
}

const ECDSA: Readonly<Record<HashName, string>> = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};
const RSA: Readonly<Record<HashName, string>> = {
  sha1: '1.2.840.113549.1.1.5',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};
export const HASH_OIDS: Readonly<Record<HashName, string>> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

/** AlgorithmIdentifier of a key's signatures, DER. */
export function signatureAlgorithm(key: Key, hash: HashName = usualHash(key)): Buffer {
  if (key.kind === 'Ed25519') return der.sequence(der.oid('1.3.101.112'));
  if (key.kind.startsWith('RSA')) return der.sequence(der.oid(RSA[hash]), der.nothing());
  return der.sequence(der.oid(ECDSA[hash]));
}
