import { VerdictError } from '../errors.ts';
import { isObject, parseMember, scanJson } from '../json.ts';

/** Most signatures of one envelope: thresholds of real roots stay below ten. */
export const MAX_ENVELOPE_SIGNATURES = 100;
/** Longest payload type, of the length of the longest media types (RFC 6838 allows 255 characters). */
export const MAX_PAYLOAD_TYPE_LENGTH = 255;
/** Bytes of all signatures as they stand in the envelope: a certificate chain in each still fits. */
const MAX_SIGNATURES_BYTES = 1024 * 1024;

/**
 * A DSSE envelope, decoded and not verified.
 * https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md
 */
export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly DsseSignature[];
}

export interface DsseSignature {
  /** A hint that nobody vouches for; empty where there is none. */
  readonly keyid: string;
  readonly sig: Uint8Array;
  /**
   * PEM of the signer's certificate, as slsa-github-generator writes it; empty where there is none.
   * https://github.com/slsa-framework/slsa-github-generator/blob/v2.1.0/signing/envelope/envelope.go
   */
  readonly cert: string;
}

/** Whether an object with these members is an envelope: nothing else has all three. */
export const isEnvelope = (members: ReadonlyMap<string, unknown>): boolean =>
  ['payload', 'payloadType', 'signatures'].every((name) => members.has(name));

/**
 * Reads an envelope; `members` where its bytes were scanned already. Throws STATEMENT_INVALID if it is malformed,
 * DOCUMENT_INVALID if it is not JSON.
 */
export function parseEnvelope(bytes: Uint8Array, members = scanJson(bytes, 'the envelope').members): DsseEnvelope {
  const payloadType = parseMember(bytes, members.get('payloadType'));
  if (typeof payloadType !== 'string' || payloadType === '' || payloadType.length > MAX_PAYLOAD_TYPE_LENGTH) {
    throw invalid(`needs a "payloadType" of at most ${MAX_PAYLOAD_TYPE_LENGTH} characters`);
  }
  const signatures = members.get('signatures');
  if (signatures !== undefined && signatures.end - signatures.start > MAX_SIGNATURES_BYTES) {
    throw invalid(`has more than ${MAX_SIGNATURES_BYTES} bytes of signatures`);
  }
  return {
    payloadType,
    payload: base64Member(parseMember(bytes, members.get('payload')), '"payload"'),
    signatures: parseSignatures(parseMember(bytes, signatures)),
  };
}

function parseSignatures(value: unknown): readonly DsseSignature[] {
  if (!Array.isArray(value)) throw invalid('needs a list "signatures"');
  if (value.length > MAX_ENVELOPE_SIGNATURES) throw invalid(`has more than ${MAX_ENVELOPE_SIGNATURES} signatures`);
  return value.map((one: unknown) => {
    if (!isObject(one)) throw invalid('has a signature that is not an object');
    const keyid = one.keyid ?? '';
    if (typeof keyid !== 'string') throw invalid('has a "keyid" that is not a string');
    const cert = one.cert ?? '';
    if (typeof cert !== 'string') throw invalid('has a "cert" that is not a string');
    return { keyid, sig: base64Member(one.sig, '"sig"'), cert };
  });
}

function base64Member(text: unknown, what: string): Uint8Array {
  if (typeof text !== 'string') throw invalid(`needs ${what} as a string`);
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw invalid(`has a ${what} that is not base64`);
  return bytes;
}

/**
 * Decodes standard or URL-safe base64, with padding or without; undefined for anything else. Node's decoder passes over
 * everything it does not know, so what it gives must be written back as it was.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  const padding = '='.repeat((3 - (bytes.byteLength % 3)) % 3);
  for (const alphabet of ['base64', 'base64url'] as const) {
    const digits = bytes.toString(alphabet);
    if (text === digits || text === digits + padding || digits === text + padding) return bytes;
  }
  return undefined;
}

/**
 * The bytes that are signed.
 * https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#signature-definition
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.byteLength} `),
    type,
    Buffer.from(` ${payload.byteLength} `),
    payload,
  ]);
}

const invalid = (message: string): VerdictError => new VerdictError('STATEMENT_INVALID', `the envelope ${message}`);
