import { constants } from 'node:crypto';
import { type Curve, isSignedBy, type PublicKey } from './keys.ts';

/**
 * A signature algorithm of JOSE and COSE, by its JOSE name. Those that stand here are all that are trusted: `none`, shared
 * secrets (HS256) and PKCS #1 v1.5 (RS256) are not among them.
 * https://www.rfc-editor.org/rfc/rfc7518#section-3.1
 */
export type Jwa = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

type Parameters =
  /** The salt is as long as the hash. https://www.rfc-editor.org/rfc/rfc7518#section-3.5 */
  | { readonly kind: 'rsa'; readonly hash: string; readonly saltLength: number }
  /** Each hash goes with one curve. https://www.rfc-editor.org/rfc/rfc7518#section-3.4 */
  | { readonly kind: 'ec'; readonly hash: string; readonly curve: Curve };

const ALGORITHMS: Readonly<Record<Jwa, Parameters>> = {
  PS256: { kind: 'rsa', hash: 'sha256', saltLength: 32 },
  PS384: { kind: 'rsa', hash: 'sha384', saltLength: 48 },
  PS512: { kind: 'rsa', hash: 'sha512', saltLength: 64 },
  ES256: { kind: 'ec', hash: 'sha256', curve: 'P-256' },
  ES384: { kind: 'ec', hash: 'sha384', curve: 'P-384' },
  ES512: { kind: 'ec', hash: 'sha512', curve: 'P-521' },
};

export const isJwa = (name: unknown): name is Jwa => typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);

/** Whether the signature is the key's by that algorithm; false where key and algorithm do not go together. */
export function isSignedAs(key: PublicKey, algorithm: Jwa, data: Uint8Array, signature: Uint8Array): boolean {
  const parameters = ALGORITHMS[algorithm];
  const { hash } = parameters;
  switch (parameters.kind) {
    case 'rsa': {
      const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: parameters.saltLength };
      return key.kind.name === 'rsa' && isSignedBy(key, { hash, options }, data, signature);
    }
    case 'ec': {
      const fits = key.kind.name === 'ec' && key.kind.curve === parameters.curve;
      return fits && isSignedBy(key, { hash, options: { dsaEncoding: 'ieee-p1363' } }, data, signature);
    }
  }
}
