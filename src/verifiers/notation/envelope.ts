import { CborTag } from '../../crypto/cbor.ts';
import { MAX_CHAIN_LENGTH } from '../../crypto/chain.ts';
import { COSE_LABELS, parseSign1 } from '../../crypto/cose.ts';
import type { Jwa } from '../../crypto/jwa.ts';
import { parseFlattenedJws } from '../../crypto/jws.ts';
import { VerdictError } from '../../errors.ts';
import { ATTRIBUTES, readAttributes, type SignedAttributes } from './attributes.ts';

/**
 * A signature envelope of the Notary Project, decoded and not verified.
 * https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#signature-envelope
 */
export interface Envelope {
  readonly attributes: SignedAttributes;
  /** As the header names it; the certificate's key must agree. */
  readonly algorithm: Jwa;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The bytes that are signed. */
  readonly signed: Uint8Array;
  /** Certificates as they come, DER; the signer's should be first. */
  readonly certificates: readonly Uint8Array[];
  /** RFC 3161 token over `signature`, unchecked. */
  readonly timestampToken: Uint8Array | undefined;
}

/** Reads an envelope. Throws SIGNATURE_INVALID or LIMIT_EXCEEDED. */
type EnvelopeReader = (bytes: Uint8Array) => Envelope;

/** Envelopes by media type. */
export const ENVELOPES: ReadonlyMap<string, EnvelopeReader> = new Map([
  ['application/jose+json', readJws],
  ['application/cose', readCose],
]);

/** https://github.com/notaryproject/specifications/blob/main/specs/signature-envelope-jws.md */
function readJws(bytes: Uint8Array): Envelope {
  const { protected: values, header, algorithm, critical, payload, signature, signingInput } = parseFlattenedJws(bytes);
  const contentType = values.get('cty');
  const token = header.get(ATTRIBUTES.timestampSignature);
  return {
    attributes: readAttributes({ values, critical, contentType, readTime: parseRfc3339 }),
    algorithm,
    payload,
    signature,
    signed: signingInput,
    certificates: certificatesOf(header.get('x5c'), decodeBase64),
    timestampToken: token === undefined ? undefined : bytesOf(token, decodeBase64),
  };
}

/** https://github.com/notaryproject/specifications/blob/main/specs/signature-envelope-cose.md */
function readCose(bytes: Uint8Array): Envelope {
  const { protected: values, unprotected, algorithm, critical, payload, signature, toBeSigned } = parseSign1(bytes);
  const contentType = values.get(COSE_LABELS.contentType);
  const token = unprotected.get(ATTRIBUTES.timestampSignature);
  const chain = values.get(COSE_LABELS.x5chain) ?? unprotected.get(COSE_LABELS.x5chain);
  return {
    attributes: readAttributes({ values, critical, contentType, readTime: parseEpoch }),
    algorithm,
    payload,
    signature,
    signed: toBeSigned,
    certificates: certificatesOf(chain, asBytes),
    timestampToken: token === undefined ? undefined : bytesOf(token, asBytes),
  };
}

type Decode = (value: unknown) => Uint8Array | undefined;

function certificatesOf(value: unknown, decode: Decode): readonly Uint8Array[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid('brings no list of certificates');
  if (value.length > MAX_CHAIN_LENGTH) {
    throw new VerdictError('LIMIT_EXCEEDED', `the envelope brings more than ${MAX_CHAIN_LENGTH} certificates`);
  }
  return value.map((one) => bytesOf(one, decode));
}

function bytesOf(value: unknown, decode: Decode): Uint8Array {
  const bytes = decode(value);
  if (bytes === undefined) throw invalid('brings a certificate or timestamp that is not encoded as it should be');
  return bytes;
}

const asBytes: Decode = (value) => (value instanceof Uint8Array ? value : undefined);

/** https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6: standard base64 here, not the URL-safe one. */
function decodeBase64(value: unknown): Uint8Array | undefined {
  const bytes = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  return bytes.byteLength > 0 && bytes.toString('base64') === value ? bytes : undefined;
}

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Fractions are cut off, as signers do: they "SHOULD NOT be used". https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
function parseRfc3339(value: unknown): Date | undefined {
  const [, date, clock, sign, hours = '0', minutes = '0'] = RFC3339.exec(typeof value === 'string' ? value : '') ?? [];
  const local = new Date(`${date}T${clock}.000Z`);
  // The 30th of February would become a day in March.
  if (Number.isNaN(local.getTime()) || local.toISOString() !== `${date}T${clock}.000Z`) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return new Date(local.getTime() + (sign === '-' ? offset : -offset));
}

const EPOCH_TAG = 1;
/** Seconds of the year 9999, the last that certificates can name. */
const MAX_EPOCH = 253_402_300_799;

/** https://www.rfc-editor.org/rfc/rfc8949#section-3.4.2 */
function parseEpoch(value: unknown): Date | undefined {
  if (!(value instanceof CborTag) || value.tag !== EPOCH_TAG) return undefined;
  const seconds = value.value;
  return typeof seconds === 'number' && Math.abs(seconds) <= MAX_EPOCH ? new Date(seconds * 1000) : undefined;
}

const invalid = (message: string): VerdictError => new VerdictError('SIGNATURE_INVALID', `the envelope ${message}`);
