import { constants } from 'node:crypto';
import { context, type Der, DerError, TAG } from './der.ts';
import { isSignedBy, type PublicKey } from './keys.ts';

/** A hash that is still trusted, by node's name. */
export type Hash = 'sha256' | 'sha384' | 'sha512';

/** How a structure of X.509 or CMS is signed. */
export interface SignatureAlgorithm {
  readonly kind: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519';
  /** Undefined where the key's kind decides, as with Ed25519, or where it stands elsewhere. */
  readonly hash: Hash | undefined;
  /** Bytes, of RSASSA-PSS. */
  readonly saltLength?: number;
}

/** https://www.rfc-editor.org/rfc/rfc5754#section-2. MD5, SHA-1 and SHA-224 are not among them. */
const HASHES: ReadonlyMap<string, Hash> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

const PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';

/** https://www.rfc-editor.org/rfc/rfc5754#section-3, https://www.rfc-editor.org/rfc/rfc8410#section-3 */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  // CMS writes the key's own algorithm and leaves the hash to the signer's digestAlgorithm.
  ['1.2.840.113549.1.1.1', { kind: 'rsa', hash: undefined }],
  ['1.2.840.113549.1.1.11', { kind: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { kind: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { kind: 'rsa', hash: 'sha512' }],
  ['1.2.840.10045.2.1', { kind: 'ec', hash: undefined }],
  ['1.2.840.10045.4.3.2', { kind: 'ec', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { kind: 'ec', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { kind: 'ec', hash: 'sha512' }],
  ['1.3.101.112', { kind: 'ed25519', hash: undefined }],
]);

/** Reads an AlgorithmIdentifier of a hash. Throws DerError for one that is not trusted. */
export function readHash(der: Der): Hash {
  const fields = der.fields();
  const oid = fields.next().oid();
  if (!fields.isDone) fields.next(TAG.null);
  fields.done();
  const hash = HASHES.get(oid);
  if (hash === undefined) throw new DerError(`the hash ${oid} is not trusted; use SHA-256, SHA-384 or SHA-512`);
  return hash;
}

/** Reads an AlgorithmIdentifier of a signature. Throws DerError for one that is not trusted. */
export function readSignatureAlgorithm(der: Der): SignatureAlgorithm {
  const fields = der.fields();
  const oid = fields.next().oid();
  if (oid === PSS) return readPss(fields.next());
  const algorithm = ALGORITHMS.get(oid);
  if (algorithm === undefined) throw new DerError(`the signature algorithm ${oid} is not trusted`);
  return algorithm;
}

/** https://www.rfc-editor.org/rfc/rfc4055#section-3.1. The defaults are SHA-1, so nothing may be left out. */
function readPss(der: Der): SignatureAlgorithm {
  const fields = der.fields();
  const hash = readHash(fields.next(context(0)).only(context(0)));
  const mask = fields.next(context(1)).only(context(1)).fields();
  if (mask.next().oid() !== MGF1 || readHash(mask.next()) !== hash) {
    throw new DerError('RSASSA-PSS must use MGF1 with the hash of the message');
  }
  const salt = fields.next(context(2)).only(context(2)).number();
  return { kind: 'rsa-pss', hash, saltLength: salt };
}

/** Whether the signature is the key's. `hash`: what to use where the algorithm names none. */
export function isSignedWith(
  key: PublicKey,
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
  hash?: Hash,
): boolean {
  const { kind, saltLength } = algorithm;
  const used = algorithm.hash ?? hash;
  if (kind === 'ed25519') return key.kind.name === kind && isSignedBy(key, { hash: null }, data, signature);
  if (used === undefined) return false;
  switch (kind) {
    case 'rsa':
      return key.kind.name === 'rsa' && isSignedBy(key, { hash: used, options: PKCS1 }, data, signature);
    case 'rsa-pss': {
      const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLength ?? 0 };
      return key.kind.name.startsWith('rsa') && isSignedBy(key, { hash: used, options }, data, signature);
    }
    case 'ec':
      return key.kind.name === 'ec' && isSignedBy(key, { hash: used }, data, signature);
  }
}

const PKCS1 = { padding: constants.RSA_PKCS1_PADDING };
