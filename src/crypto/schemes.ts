import { constants } from 'node:crypto';
import { type Curve, isSignedBy, type PublicKey } from './keys.ts';
import { isDigestSignedBy, isSignedByEd25519ph } from './prehash.ts';
import type { Hash } from './signature-algorithm.ts';

/** How a key signs. */
export type Scheme =
  | { readonly name: 'ecdsa' | 'rsa-pkcs1' | 'rsa-pss' | 'ed25519ph'; readonly hash: Hash }
  | { readonly name: 'ed25519' };

/** What was signed: the bytes, or digests of them by algorithm where the bytes are not at hand. */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'digests'; readonly digests: ReadonlyMap<Hash, Uint8Array> };

const ECDSA: Readonly<Record<Curve, readonly Scheme[]>> = {
  'P-256': [{ name: 'ecdsa', hash: 'sha256' }],
  'P-384': [
    { name: 'ecdsa', hash: 'sha384' },
    { name: 'ecdsa', hash: 'sha256' },
  ],
  'P-521': [
    { name: 'ecdsa', hash: 'sha512' },
    { name: 'ecdsa', hash: 'sha256' },
  ],
};
const RSA_PKCS1: readonly Scheme[] = [
  { name: 'rsa-pkcs1', hash: 'sha256' },
  { name: 'rsa-pkcs1', hash: 'sha384' },
  { name: 'rsa-pkcs1', hash: 'sha512' },
];
const RSA_PSS: readonly Scheme[] = [
  { name: 'rsa-pss', hash: 'sha256' },
  { name: 'rsa-pss', hash: 'sha384' },
  { name: 'rsa-pss', hash: 'sha512' },
];

/**
 * The schemes that a key may have signed with, the most usual first.
 * https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md; besides, cosign signs with SHA-256 whatever
 * the curve.
 */
export function schemesOf({ kind }: PublicKey): readonly Scheme[] {
  switch (kind.name) {
    case 'ec':
      return ECDSA[kind.curve];
    case 'rsa':
      return [...RSA_PKCS1, ...RSA_PSS];
    case 'rsa-pss':
      return RSA_PSS;
    case 'ed25519':
      return [{ name: 'ed25519' }, { name: 'ed25519ph', hash: 'sha512' }];
  }
}

/**
 * Whether a signature is the key's over the content, by any scheme of the key. `untold`: no scheme fitted, and at least one
 * could not be tried with the digests given. Never throws.
 */
export function signatureBy(key: PublicKey, content: Content, signature: Uint8Array): 'valid' | 'invalid' | 'untold' {
  let isUntold = false;
  for (const scheme of schemesOf(key)) {
    const valid =
      content.kind === 'bytes'
        ? byBytes(key, scheme, content.bytes, signature)
        : byDigests(key, scheme, content.digests, signature);
    if (valid === true) return 'valid';
    isUntold ||= valid === undefined;
  }
  return isUntold ? 'untold' : 'invalid';
}

function byBytes(key: PublicKey, scheme: Scheme, bytes: Uint8Array, signature: Uint8Array): boolean {
  switch (scheme.name) {
    case 'ecdsa':
      return isSignedBy(key, { hash: scheme.hash }, bytes, signature);
    case 'rsa-pkcs1':
      return isSignedBy(
        key,
        { hash: scheme.hash, options: { padding: constants.RSA_PKCS1_PADDING } },
        bytes,
        signature,
      );
    case 'rsa-pss':
      return isSignedBy(key, { hash: scheme.hash, options: PSS }, bytes, signature);
    case 'ed25519':
      return isSignedBy(key, { hash: null }, bytes, signature);
    case 'ed25519ph':
      return isSignedByEd25519ph(key, bytes, signature);
  }
}

/** The salt is as long as the signature says: RFC 8017 leaves that to the signer. */
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };

function byDigests(
  key: PublicKey,
  scheme: Scheme,
  digests: ReadonlyMap<Hash, Uint8Array>,
  signature: Uint8Array,
): boolean | undefined {
  switch (scheme.name) {
    case 'ecdsa':
    case 'rsa-pkcs1':
    case 'rsa-pss': {
      const digest = digests.get(scheme.hash);
      return digest && isDigestSignedBy(key, scheme.name, scheme.hash, digest, signature);
    }
    case 'ed25519':
    case 'ed25519ph':
      // Ed25519 hashes the whole content twice, so no digest stands for it; for its other form nobody ever has the digest.
      return undefined;
  }
}
