import { constants, createHash, publicDecrypt, timingSafeEqual } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import type { Curve, PublicKey } from './keys.ts';
import type { Hash } from './signature-algorithm.ts';

/** Node verifies over bytes only: what is known by its digest alone takes this. */
const CURVES: Readonly<Record<Curve, typeof p256>> = { 'P-256': p256, 'P-384': p384, 'P-521': p521 };

/** DER of a DigestInfo up to the digest. https://www.rfc-editor.org/rfc/rfc8017#section-9.2 note 1 */
const DIGEST_INFO: Readonly<Record<Hash, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** Whether a signature is the key's over what has this digest. Never throws. */
export function isDigestSignedBy(
  key: PublicKey,
  scheme: 'ecdsa' | 'rsa-pkcs1' | 'rsa-pss',
  hash: Hash,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    switch (scheme) {
      case 'ecdsa':
        return isEcdsa(key, digest, signature);
      case 'rsa-pkcs1':
        return isPkcs1(key, hash, digest, signature);
      case 'rsa-pss':
        return isPss(key, hash, digest, signature);
    }
  } catch {
    return false;
  }
}

/** Whether a signature is the key's over the bytes by Ed25519ph (RFC 8032 §5.1), which Node lacks. Never throws. */
export function isSignedByEd25519ph({ object }: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    const { x = '' } = object.export({ format: 'jwk' });
    return ed25519ph.verify(signature, bytes, new Uint8Array(Buffer.from(x, 'base64url')), { zip215: false });
  } catch {
    return false;
  }
}

function isEcdsa({ object, kind }: PublicKey, digest: Uint8Array, signature: Uint8Array): boolean {
  if (kind.name !== 'ec') return false;
  const { x = '', y = '' } = object.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const options = { prehash: false, lowS: false, format: 'der' } as const;
  return CURVES[kind.curve].verify(new Uint8Array(signature), new Uint8Array(digest), new Uint8Array(point), options);
}

/** The whole DigestInfo is compared, so nothing is parsed that an attacker could stretch. */
function isPkcs1({ object, kind }: PublicKey, hash: Hash, digest: Uint8Array, signature: Uint8Array): boolean {
  if (kind.name !== 'rsa' || signature.byteLength !== Math.ceil(kind.bits / 8)) return false;
  const info = publicDecrypt({ key: object, padding: constants.RSA_PKCS1_PADDING }, signature);
  return isEqual(info, Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest]));
}

/** EMSA-PSS-VERIFY, the salt as long as the padding says. https://www.rfc-editor.org/rfc/rfc8017#section-9.1.2 */
function isPss({ object, kind }: PublicKey, hash: Hash, digest: Uint8Array, signature: Uint8Array): boolean {
  if (!(kind.name === 'rsa' || kind.name === 'rsa-pss')) return false;
  if (signature.byteLength !== Math.ceil(kind.bits / 8)) return false;
  const raw = publicDecrypt({ key: object, padding: constants.RSA_NO_PADDING }, signature);
  const encoded = raw.subarray(raw.byteLength - Math.ceil((kind.bits - 1) / 8));
  const spare = encoded.byteLength * 8 - (kind.bits - 1);
  const maskedLength = encoded.byteLength - digest.byteLength - 1;
  if (maskedLength < 1 || encoded.at(-1) !== 0xbc) return false;
  if (raw.byteLength > encoded.byteLength && raw[0] !== 0) return false;
  const check = encoded.subarray(maskedLength, -1);
  const mask = mgf1(hash, check, maskedLength);
  const block = Buffer.from(encoded.subarray(0, maskedLength).map((byte, index) => byte ^ (mask[index] ?? 0)));
  const top = 0xff >> spare;
  if (((encoded[0] ?? 0) & ~top) !== 0) return false;
  block[0] = (block[0] ?? 0) & top;
  const one = block.findIndex((byte) => byte !== 0);
  if (block[one] !== 1) return false;
  const salt = block.subarray(one + 1);
  return isEqual(check, createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest());
}

/** https://www.rfc-editor.org/rfc/rfc8017#appendix-B.2.1 */
function mgf1(hash: Hash, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Buffer[] = [];
  for (let made = 0; made < length; ) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(blocks.length);
    const block = createHash(hash).update(seed).update(counter).digest();
    blocks.push(block);
    made += block.byteLength;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

const isEqual = (one: Uint8Array, other: Uint8Array): boolean =>
  one.byteLength === other.byteLength && timingSafeEqual(one, other);
