import { createHash } from 'node:crypto';
import { VerdictError } from '../errors.ts';
import { type Certificate, EXTENDED_KEY_USAGE } from './certificate.ts';
import { buildChain } from './chain.ts';
import { isNamedBy, isSignedByCertificate, parseSignedData, type SignerInfo } from './cms.ts';
import { context, Der, TAG } from './der.ts';
import { isIssuerAndSerialOf } from './encoded.ts';
import { readHash } from './signature-algorithm.ts';
import { parseTimestampInfo, TST_INFO } from './timestamp-info.ts';

/** Largest token or response: 4 to 8 KiB are usual, some bring revocation lists along. */
export const MAX_TIMESTAMP_BYTES = 256 * 1024;

/** What a time-stamp authority of ours says. */
export interface VerifiedTimestamp {
  /** When the authority saw the signed bytes. */
  readonly time: Date;
  /** Milliseconds that `time` may be off, either way. */
  readonly accuracy: number;
  /** Object identifier of the policy under which the token was made. */
  readonly policy: string;
  /** The authority's own chain, leaf first, root last. */
  readonly certificates: readonly Certificate[];
}

export interface TimestampOptions {
  /**
   * Whether the token must name its certificate by the attribute signing-certificate-v2, as Notary Project demands;
   * default true. `false` also takes the one of RFC 2634, which knows only SHA-1, where the other is not there.
   */
  readonly requireSigningCertificateV2?: boolean;
}

/** Attributes. https://www.rfc-editor.org/rfc/rfc5035#section-3, https://www.rfc-editor.org/rfc/rfc2634#section-5.4 */
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
/** Certificate identifiers in one attribute: the signer's, then those of its chain. */
const MAX_CERTIFICATE_IDS = 32;
const MAX_POLICIES = 32;

/**
 * Verifies an RFC 3161 TimeStampToken, or a TimeStampResp that was granted, over the signed bytes: imprint (SHA-256, 384
 * or 512), signature, the certificate named by the signed attributes, its purpose, its path to one of the roots at the
 * time it states. `intermediates`: certificates beside those of the token. Revocation is the caller's.
 *
 * Throws SIGNATURE_INVALID for a token that is malformed, over other bytes or not signed as it says; CERTIFICATE_INVALID
 * where the authority's certificate is not fit or leads to no root.
 */
export async function verifyTimestamp(
  token: Uint8Array,
  signed: Uint8Array,
  roots: readonly Certificate[],
  intermediates: readonly Certificate[] = [],
  options: TimestampOptions = {},
): Promise<VerifiedTimestamp> {
  if (token.byteLength > MAX_TIMESTAMP_BYTES) throw invalid(`it has more than ${MAX_TIMESTAMP_BYTES} bytes`);
  try {
    return verify(token, signed, roots, intermediates, options.requireSigningCertificateV2 ?? true);
  } catch (cause) {
    if (!(cause instanceof VerdictError)) throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
    throw cause.code === 'KEY_INVALID' ? unfit(cause.message, cause) : cause;
  }
}

function verify(
  token: Uint8Array,
  signed: Uint8Array,
  roots: readonly Certificate[],
  intermediates: readonly Certificate[],
  requireV2: boolean,
): VerifiedTimestamp {
  const data = parseSignedData(tokenOf(token));
  if (data.contentType !== TST_INFO) throw invalid('it holds no TSTInfo');
  const info = parseTimestampInfo(data.content);
  if (!createHash(info.hash).update(signed).digest().equals(info.imprint)) throw invalid('it is over other bytes');
  const leaf = [...data.certificates, ...intermediates].find((one) => isNamedBy(data.signer, one));
  if (leaf === undefined) throw unfit('the certificate of the authority is not there');
  checkSigningCertificate(data.signer, leaf, requireV2);
  if (!isSignedByCertificate(data, leaf)) throw invalid('its signature is not that of its certificate');
  checkPurpose(leaf);
  const others = [...data.certificates, ...intermediates];
  const certificates = buildChain(leaf, others, roots, info.time, EXTENDED_KEY_USAGE.timeStamping);
  return { time: info.time, accuracy: info.accuracy, policy: info.policy, certificates };
}

/** The token itself, or that of a response. https://www.rfc-editor.org/rfc/rfc3161#section-2.4.2 */
function tokenOf(bytes: Uint8Array): Uint8Array {
  // A token may be BER with an indefinite length, which a response (DER) never is.
  if (bytes[1] === 0x80) return bytes;
  const fields = Der.parse(bytes).fields();
  const first = fields.next();
  if (first.tag === TAG.oid) return bytes;
  const status = first.fields().next().number();
  // granted and grantedWithMods
  if (status > 1) throw invalid(`the authority did not grant it (status ${status})`);
  const token = fields.next(TAG.sequence).raw;
  fields.done();
  return token;
}

/** The certificate must be the one that the authority says it signed with: else another with the same key would do. */
function checkSigningCertificate({ attributes }: SignerInfo, leaf: Certificate, requireV2: boolean): void {
  const v2 = attributes.get(SIGNING_CERTIFICATE_V2);
  const v1 = requireV2 ? undefined : attributes.get(SIGNING_CERTIFICATE);
  const attribute = v2 ?? v1;
  if (attribute === undefined) throw invalid('it does not name its certificate (signing-certificate-v2)');
  const fields = attribute.fields();
  const [first] = fields.next().elements(MAX_CERTIFICATE_IDS);
  fields.optional(TAG.sequence)?.elements(MAX_POLICIES);
  fields.done();
  if (first === undefined) throw invalid('it does not name its certificate');
  const id = first.fields();
  const algorithm = v2 === undefined ? undefined : id.optional(TAG.sequence);
  const hash = v2 === undefined ? 'sha1' : algorithm === undefined ? 'sha256' : readHash(algorithm);
  const isSame = createHash(hash).update(leaf.raw).digest().equals(id.next().octets());
  const issuerSerial = id.optional(TAG.sequence);
  id.done();
  if (!isSame || (issuerSerial !== undefined && !isIssuerSerialOf(issuerSerial, leaf))) {
    throw invalid('it names another certificate than the one it was signed with');
  }
}

/** GeneralNames with one directoryName, and the serial number. https://www.rfc-editor.org/rfc/rfc5035#section-4 */
function isIssuerSerialOf(der: Der, leaf: Certificate): boolean {
  const fields = der.fields();
  const [name, ...others] = fields.next().elements(2);
  const serialNumber = fields.next(TAG.integer).raw;
  fields.done();
  if (name === undefined || others.length > 0) return false;
  return isIssuerAndSerialOf(name.only(context(4)).raw, serialNumber, leaf);
}

/** https://www.rfc-editor.org/rfc/rfc3161#section-2.3 */
function checkPurpose({ extendedKeyUsage, keyUsage }: Certificate): void {
  const purposes = extendedKeyUsage?.purposes ?? [];
  if (extendedKeyUsage?.critical !== true || purposes.length !== 1 || purposes[0] !== EXTENDED_KEY_USAGE.timeStamping) {
    throw unfit('its extended key usage must be critical and exactly timeStamping');
  }
  if (keyUsage?.usages.has('digitalSignature') !== true && keyUsage?.usages.has('nonRepudiation') !== true) {
    throw unfit('its key usage must be there with digitalSignature or nonRepudiation');
  }
}

const invalid = (message: string, cause?: unknown): VerdictError =>
  new VerdictError('SIGNATURE_INVALID', `the timestamp cannot be used: ${message}`, { cause });

const unfit = (message: string, cause?: unknown): VerdictError =>
  new VerdictError('CERTIFICATE_INVALID', `the certificate of the timestamp authority cannot be used: ${message}`, {
    cause,
  });
