import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { VerdictError } from '../errors.ts';

/** A public key of a kind that is trusted at all. */
export interface PublicKey {
  readonly object: KeyObject;
  readonly kind: KeyKind;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** `sha256:` of `spki`. */
  readonly fingerprint: string;
}

export type KeyKind =
  | { readonly name: 'ec'; readonly curve: Curve }
  | { readonly name: 'rsa'; readonly bits: number }
  /** RSA keys whose certificate allows PSS only (RFC 4055 §1.2). */
  | { readonly name: 'rsa-pss'; readonly bits: number }
  | { readonly name: 'ed25519' };

export type Curve = 'P-256' | 'P-384' | 'P-521';

/** NIST SP 800-131A: shorter keys protect nothing any more. */
const MIN_RSA_BITS = 2048;
/** Verification takes time that grows with the square; nobody signs artifacts with more. */
const MAX_RSA_BITS = 8192;

/** With 1, everything is a signature of itself. */
const MIN_RSA_EXPONENT = 3n;

/** Curves by OpenSSL's names. */
const CURVES: ReadonlyMap<string | undefined, Curve> = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
]);

/** A key from PEM text or DER (SubjectPublicKeyInfo). Throws KEY_INVALID for what is none, or weak, or of another kind. */
export function parsePublicKey(encoded: string | Uint8Array): PublicKey {
  return publicKey(keyObject(encoded));
}

/** A key object as one of ours. Throws KEY_INVALID. */
export function publicKey(object: KeyObject): PublicKey {
  const kind = kindOf(object);
  const spki = new Uint8Array(object.export({ type: 'spki', format: 'der' }));
  return { object, kind, spki, fingerprint: `sha256:${createHash('sha256').update(spki).digest('hex')}` };
}

function keyObject(encoded: string | Uint8Array): KeyObject {
  try {
    return typeof encoded === 'string'
      ? createPublicKey(encoded)
      : createPublicKey({ key: Buffer.from(encoded), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new VerdictError('KEY_INVALID', 'it is no public key (PEM or DER SubjectPublicKeyInfo)', { cause });
  }
}

function kindOf(key: KeyObject): KeyKind {
  const { modulusLength: bits = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {};
  const type: string = key.asymmetricKeyType ?? 'unknown';
  switch (type) {
    case 'ec': {
      const curve = CURVES.get(namedCurve);
      if (curve !== undefined) return { name: 'ec', curve };
      throw invalid(`keys on the curve ${namedCurve ?? 'of unknown name'} are not trusted; use P-256, P-384 or P-521`);
    }
    case 'rsa':
    case 'rsa-pss':
      if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
        throw invalid(`an RSA key of ${bits} bits is not trusted; use ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`);
      }
      if (publicExponent < MIN_RSA_EXPONENT)
        throw invalid(`an RSA key with the exponent ${publicExponent} is not trusted`);
      return { name: type, bits };
    case 'ed25519':
      return { name: 'ed25519' };
    default:
      throw invalid(`keys of type ${type} are not trusted; use ECDSA, RSA or Ed25519`);
  }
}

/** Whether a signature is the key's over the data; false for whatever else it is. `padding` goes with RSA. */
export function isSignedBy(
  key: PublicKey,
  algorithm: { readonly hash: string | null; readonly options?: Omit<Parameters<typeof keyOptions>[1], 'key'> },
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify(algorithm.hash, data, keyOptions(key, algorithm.options ?? {}), signature);
  } catch {
    return false;
  }
}

const keyOptions = (
  { object }: PublicKey,
  options: { readonly padding?: number; readonly saltLength?: number; readonly dsaEncoding?: 'der' | 'ieee-p1363' },
) => ({ key: object, ...options });

const invalid = (message: string): VerdictError => new VerdictError('KEY_INVALID', message);
