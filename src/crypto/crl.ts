import { VerdictError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { CrlEntries, type CrlEntry } from './crl-entries.ts';
import { context, Der, DerError, TAG } from './der.ts';
import { type EncodedExtension, encodedCertificate, readExtensions } from './encoded.ts';
import { FRESHEST_CRL, readDistributionPoints, readPointName } from './revocation-sources.ts';
import { isSignedWith, readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';

/** Largest list read, as Notary Project's implementations have it. */
export const MAX_CRL_BYTES = 32 * 1024 * 1024;
/** CRL numbers have at most 20 octets. https://www.rfc-editor.org/rfc/rfc5280#section-5.2.3 */
const MAX_NUMBER_BYTES = 21;

/** A certificate revocation list, read and not verified. https://www.rfc-editor.org/rfc/rfc5280#section-5.1 */
export interface Crl {
  /** Name, DER. */
  readonly issuer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly number: bigint | undefined;
  /** Number of the complete list that it extends; undefined for a complete one. */
  readonly baseNumber: bigint | undefined;
  readonly scope: CrlScope;
  /** URLs of its delta lists. */
  readonly deltas: readonly string[];
  readonly entries: CrlEntries;
  readonly signed: {
    readonly bytes: Uint8Array;
    readonly algorithm: SignatureAlgorithm;
    readonly signature: Uint8Array;
  };
  /** Bytes it keeps in memory. */
  readonly size: number;
}

/** Which of its issuer's certificates a list speaks of. https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5 */
export interface CrlScope {
  /** Only those that name one of these distribution points; undefined: all. */
  readonly points: readonly string[] | undefined;
  readonly kinds: 'all' | 'users' | 'authorities';
  /** As encoded, to compare those of a complete list and its delta. */
  readonly encoded: Uint8Array;
}

const CRL_NUMBER = '2.5.29.20';
const DELTA_CRL_INDICATOR = '2.5.29.27';
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  CRL_NUMBER,
  DELTA_CRL_INDICATOR,
  ISSUING_DISTRIBUTION_POINT,
  AUTHORITY_KEY_IDENTIFIER,
  FRESHEST_CRL,
]);

/**
 * Reads one list, DER or PEM. Refused are lists that speak for other issuers (indirect), of some reasons or of attribute
 * certificates only, and those with critical extensions that are not known. Throws CERTIFICATE_INVALID.
 */
export function parseCrl(bytes: Uint8Array): Crl {
  if (bytes.byteLength > MAX_CRL_BYTES) throw invalid(`it has more than ${MAX_CRL_BYTES} bytes`);
  try {
    return read(derOf(bytes));
  } catch (cause) {
    if (cause instanceof DerError) throw invalid(cause.message, cause);
    throw cause;
  }
}

const BEGIN = '-----BEGIN X509 CRL-----';
const END = '-----END X509 CRL-----';

function derOf(bytes: Uint8Array): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] === TAG.sequence) return buffer;
  const begin = buffer.indexOf(BEGIN);
  const end = buffer.indexOf(END);
  if (begin < 0 || end < begin) throw new DerError('it is neither DER nor PEM');
  if (buffer.indexOf(BEGIN, end) >= 0) throw new DerError('the file holds several lists; give each its own');
  return Buffer.from(buffer.toString('latin1', begin + BEGIN.length, end), 'base64');
}

function read(bytes: Uint8Array): Crl {
  const list = Der.parse(bytes).fields();
  const tbs = list.next(TAG.sequence);
  const algorithm = list.next();
  const signature = list.next().bits();
  list.done();
  const fields = tbs.fields();
  fields.optional(TAG.integer);
  if (!Buffer.from(fields.next().raw).equals(algorithm.raw)) throw new DerError('it names two signature algorithms');
  const issuer = fields.next(TAG.sequence).raw;
  const thisUpdate = fields.next().date();
  const nextUpdate = fields.optional(TAG.utcTime, TAG.generalizedTime)?.date();
  const entries = new CrlEntries(fields.optional(TAG.sequence));
  const extensions = readExtensions(fields.optional(context(0))?.only(context(0)));
  fields.done();
  const unknown = [...extensions].find(([oid, { critical }]) => critical && !KNOWN_EXTENSIONS.has(oid));
  if (unknown !== undefined) throw new DerError(`it has the critical extension ${unknown[0]}, which is not known`);
  const freshest = extensions.get(FRESHEST_CRL);
  return {
    issuer,
    thisUpdate,
    nextUpdate,
    number: readNumber(extensions.get(CRL_NUMBER)),
    baseNumber: readNumber(extensions.get(DELTA_CRL_INDICATOR)),
    scope: readScope(extensions.get(ISSUING_DISTRIBUTION_POINT)),
    deltas: freshest === undefined ? [] : readDistributionPoints(freshest.value),
    entries,
    signed: { bytes: tbs.raw, algorithm: readSignatureAlgorithm(algorithm), signature },
    size: bytes.byteLength + entries.size,
  };
}

function readNumber(extension: EncodedExtension | undefined): bigint | undefined {
  if (extension === undefined) return undefined;
  const { value } = Der.parse(extension.value).as(TAG.integer);
  if (value.byteLength === 0 || value.byteLength > MAX_NUMBER_BYTES) throw new DerError('its number is malformed');
  return BigInt(`0x${Buffer.from(value).toString('hex')}`);
}

function readScope(extension: EncodedExtension | undefined): CrlScope {
  if (extension === undefined) return { points: undefined, kinds: 'all', encoded: new Uint8Array() };
  const flag = (number: number): boolean => {
    const tag = context(number, 'primitive');
    return fields.optional(tag)?.boolean(tag) ?? false;
  };
  const fields = Der.parse(extension.value).fields();
  const name = fields.optional(context(0));
  const points = name === undefined ? undefined : readPointName(name.fields(context(0)));
  if (name !== undefined && points === undefined) throw new DerError('its distribution point is a relative name');
  const users = flag(1);
  const authorities = flag(2);
  const reasons = fields.optional(context(3, 'primitive'));
  const isIndirect = flag(4);
  const attributes = flag(5);
  fields.done();
  if (isIndirect) throw new DerError('it is indirect: it speaks for other issuers');
  if (reasons !== undefined) throw new DerError('it lists some reasons only');
  if (attributes || (users && authorities)) throw new DerError('it speaks of no public key certificates');
  return { points, kinds: users ? 'users' : authorities ? 'authorities' : 'all', encoded: extension.value };
}

/**
 * Whether a list is an issuer's: it bears its name, and its key, which may sign lists, signed it. Throws KEY_INVALID for a
 * weak key.
 */
export function isCrlOf({ issuer: name, signed }: Crl, issuer: Certificate): boolean {
  if (!Buffer.from(encodedCertificate(issuer).subject).equals(name)) return false;
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.usages.has('cRLSign')) return false;
  return isSignedWith(issuer.publicKey(), signed.algorithm, signed.bytes, signed.signature);
}

/**
 * Why a list does not hold at an instant; undefined where thisUpdate ≤ `time` < nextUpdate. One without nextUpdate says
 * nothing about now.
 */
export function staleness({ thisUpdate, nextUpdate }: Crl, time: Date): string | undefined {
  if (thisUpdate > time) return `the list is from the future (${thisUpdate.toISOString()})`;
  if (nextUpdate === undefined) return 'the list does not say until when it holds';
  return nextUpdate > time ? undefined : `the list was to be renewed by ${nextUpdate.toISOString()}`;
}

/** Whether a complete list speaks of a certificate whose distribution points are those given. */
export function isInScope({ scope, baseNumber }: Crl, certificate: Certificate, points: readonly string[]): boolean {
  const isAuthority = certificate.basicConstraints?.ca === true;
  if (baseNumber !== undefined || scope.kinds === (isAuthority ? 'users' : 'authorities')) return false;
  return scope.points === undefined || scope.points.some((point) => points.includes(point));
}

/** Whether a delta list extends a complete one. https://www.rfc-editor.org/rfc/rfc5280#section-5.2.4 */
export function isDeltaOf(delta: Crl, base: Crl): boolean {
  const { number, baseNumber, scope, issuer } = delta;
  if (number === undefined || baseNumber === undefined || base.number === undefined) return false;
  if (!Buffer.from(issuer).equals(base.issuer) || !Buffer.from(scope.encoded).equals(base.scope.encoded)) return false;
  return baseNumber <= base.number && base.number <= number;
}

/** https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1 */
const CERTIFICATE_HOLD = 6;
const REMOVE_FROM_CRL = 8;

/**
 * The entry that revokes a certificate, if there is one, in a complete list and its delta. As Notary Project's
 * implementations decide: an entry whose invalidityDate lies after `signedAt` does not count; a final one counts wherever
 * it stands; of holds and removals the delta's, else the later.
 */
export function revokingEntry(
  certificate: Certificate,
  base: Crl,
  delta: Crl | undefined,
  signedAt: Date | undefined,
): CrlEntry | undefined {
  const { serialNumber } = encodedCertificate(certificate);
  const counts = ({ invalidityDate }: CrlEntry): boolean =>
    signedAt === undefined || invalidityDate === undefined || signedAt >= invalidityDate;
  const inBase = base.entries.find(serialNumber).filter(counts);
  const inDelta = delta?.entries.find(serialNumber).filter(counts) ?? [];
  const final = [...inBase, ...inDelta].find(({ reason }) => reason !== CERTIFICATE_HOLD && reason !== REMOVE_FROM_CRL);
  if (final !== undefined) return final;
  const latest = inDelta.length > 0 ? inDelta : inBase;
  const [last] = [...latest].sort((a, b) => b.revocationDate.getTime() - a.revocationDate.getTime());
  return last?.reason === REMOVE_FROM_CRL ? undefined : last;
}

const invalid = (message: string, cause?: unknown): VerdictError =>
  new VerdictError('CERTIFICATE_INVALID', `the revocation list cannot be used: ${message}`, { cause });
