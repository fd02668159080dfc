import { VerdictError } from '../../errors.ts';
import { isObject, parseJson } from '../../json.ts';
import type { CheckName } from '../../report.ts';

/** What cosign calls the signature of an image. */
export const SIMPLE_SIGNING_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** Largest payload: a name, a digest and the signer's own annotations need a few hundred bytes. */
export const MAX_SIMPLE_SIGNING_BYTES = 1024 * 1024;

/** The one meaning that vouches for an image. */
const TYPE = 'cosign container image signature';
/** As cosign writes it, and as the specification spells it. */
const DIGEST_KEYS = ['docker-manifest-digest', 'Docker-manifest-digest'] as const;

/** A payload that does not say what it must; `check` is the one that it fails. */
export interface SimpleSigningFault {
  readonly check: CheckName & ('payloadType' | 'subject');
  readonly error: VerdictError;
}

/**
 * The digest of the image that a payload speaks of; a fault where it is malformed or of another meaning. Throws
 * DOCUMENT_INVALID if it is not JSON, LIMIT_EXCEEDED.
 * https://github.com/sigstore/cosign/blob/v2.5.0/specs/SIGNATURE_SPEC.md#simple-signing
 */
export function readSimpleSigning(payload: Uint8Array): string | SimpleSigningFault {
  if (payload.byteLength > MAX_SIMPLE_SIGNING_BYTES) {
    throw new VerdictError(
      'LIMIT_EXCEEDED',
      `the payload has more than the ${MAX_SIMPLE_SIGNING_BYTES} bytes of a simple signature`,
    );
  }
  const top = parseJson(payload, 'the payload of the simple signature');
  const critical = member(top, 'critical');
  const image = member(critical, 'image');
  if ([top, critical, image, member(critical, 'identity')].some(isAmbiguous)) {
    return fault('payloadType', 'has two keys that differ in case only');
  }
  const type = member(critical, 'type');
  if (type !== TYPE) return fault('payloadType', `is none of "${TYPE}"`);
  const [digest, ...more] = DIGEST_KEYS.map((key) => member(image, key)).filter((value) => value !== undefined);
  if (typeof digest !== 'string' || more.length > 0) return fault('payloadType', `needs one "${DIGEST_KEYS[0]}"`);
  return digest;
}

const member = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** Programs in Go take a key in any case, the last one counts: two of them would mean one thing here and another there. */
function isAmbiguous(value: unknown): boolean {
  if (!isObject(value)) return false;
  const keys = Object.keys(value);
  // Both ways, because Go folds the Kelvin sign and the long s too.
  return new Set(keys.map((key) => key.toUpperCase().toLowerCase())).size < keys.length;
}

const fault = (check: SimpleSigningFault['check'], message: string): SimpleSigningFault => ({
  check,
  error: new VerdictError('SIGNATURE_INVALID', `the payload of the simple signature ${message}`),
});
