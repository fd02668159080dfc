import { VerdictError } from '../errors.ts';
import { isObject, type Member, parseJson, parseMember, scanJson } from '../json.ts';
import { isJwa, type Jwa } from './jwa.ts';

/** Bytes of each header as it stands in the message: a certificate chain and a timestamp take some 20 KiB. */
export const MAX_JWS_HEADER_BYTES = 1024 * 1024;
/** Bytes of the encoded signature; RSA-8192, the longest, takes 1,366. */
const MAX_SIGNATURE_BYTES = 4096;

/** Header parameters by name. */
export type JwsHeader = ReadonlyMap<string, unknown>;

/**
 * A JWS in flattened JSON serialisation, decoded and not verified.
 * https://www.rfc-editor.org/rfc/rfc7515#section-7.2.2
 */
export interface FlattenedJws {
  /** The header that is signed. */
  readonly protected: JwsHeader;
  /** The header that is not. */
  readonly header: JwsHeader;
  readonly algorithm: Jwa;
  /** Names that whoever verifies must understand; empty where the header says none. Each stands in the protected header. */
  readonly critical: readonly string[];
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The bytes that are signed. */
  readonly signingInput: Uint8Array;
}

const MEMBERS: readonly string[] = ['payload', 'protected', 'header', 'signature'];

/** Names everybody understands; they may not be called critical. https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11 */
const REGISTERED: ReadonlySet<string> = new Set('alg jku jwk kid x5u x5c x5t x5t#S256 typ cty crit'.split(' '));

/**
 * Reads a JWS with a protected header and nothing beside the members of the flattened form. Throws SIGNATURE_INVALID,
 * or LIMIT_EXCEEDED.
 */
export function parseFlattenedJws(bytes: Uint8Array): FlattenedJws {
  const { members } = scanJson(bytes, 'the JWS', 'SIGNATURE_INVALID');
  const stranger = [...members.keys()].find((name) => !MEMBERS.includes(name));
  if (stranger !== undefined) throw invalid(`has the unknown member ${JSON.stringify(stranger.slice(0, 100))}`);
  const member = (name: string, most: number): unknown => parseMember(bytes, bounded(members.get(name), name, most));
  const encodedHeader = member('protected', MAX_JWS_HEADER_BYTES);
  const encodedPayload = member('payload', bytes.byteLength);
  const header = headerOf(members.has('header') ? member('header', MAX_JWS_HEADER_BYTES) : {}, '"header"');
  const decoded = parseJson(
    decode(encodedHeader, '"protected"'),
    'the protected header of the JWS',
    'SIGNATURE_INVALID',
  );
  return {
    ...readHeader(headerOf(decoded, '"protected"'), header),
    payload: decode(encodedPayload, '"payload"'),
    signature: decode(member('signature', MAX_SIGNATURE_BYTES), '"signature"'),
    // What is signed are the texts themselves. https://www.rfc-editor.org/rfc/rfc7515#section-5.2
    signingInput: Buffer.from(`${String(encodedHeader)}.${String(encodedPayload)}`, 'latin1'),
  };
}

function bounded(member: Member | undefined, name: string, most: number): Member | undefined {
  if (member === undefined || member.end - member.start <= most) return member;
  throw new VerdictError('LIMIT_EXCEEDED', `"${name}" of the JWS has more than ${most} bytes`);
}

function headerOf(value: unknown, what: string): JwsHeader {
  if (!isObject(value)) throw invalid(`needs ${what} as an object`);
  return new Map(Object.entries(value));
}

function readHeader(
  signed: JwsHeader,
  header: JwsHeader,
): Pick<FlattenedJws, 'protected' | 'header' | 'algorithm' | 'critical'> {
  // https://www.rfc-editor.org/rfc/rfc7515#section-7.2.1: or an unsigned value could stand in for a signed one.
  const both = [...header.keys()].find((name) => signed.has(name));
  if (both !== undefined) throw invalid(`has ${JSON.stringify(both.slice(0, 100))} in both headers`);
  if (header.has('crit')) throw invalid('has "crit" in the header that is not signed');
  const algorithm = signed.get('alg');
  if (!isJwa(algorithm)) throw invalid('has no algorithm that is trusted (ES256 to ES512, PS256 to PS512)');
  return { protected: signed, header, algorithm, critical: readCritical(signed) };
}

function readCritical(signed: JwsHeader): readonly string[] {
  if (!signed.has('crit')) return [];
  const names = signed.get('crit');
  if (!Array.isArray(names) || names.length === 0) throw invalid('has a "crit" that is no list of names');
  const seen = new Set<string>();
  for (const name of names) {
    if (typeof name !== 'string' || REGISTERED.has(name)) throw invalid('calls something critical that may not be');
    if (!signed.has(name)) throw invalid(`lacks the critical header ${JSON.stringify(name.slice(0, 100))}`);
    if (seen.has(name)) throw invalid(`calls ${JSON.stringify(name.slice(0, 100))} critical twice`);
    seen.add(name);
  }
  return [...seen];
}

/** Base64url as RFC 7515 writes it. Node's decoder passes over what it does not know, so it must be written back alike. */
function decode(text: unknown, what: string): Uint8Array {
  const bytes = typeof text === 'string' && text !== '' ? Buffer.from(text, 'base64url') : undefined;
  if (bytes === undefined || bytes.toString('base64url') !== text) throw invalid(`needs ${what} as base64url`);
  return bytes;
}

const invalid = (message: string): VerdictError => new VerdictError('SIGNATURE_INVALID', `the JWS ${message}`);
