import { decodeBase64 } from '../../crypto/dsse.ts';
import { VerdictError } from '../../errors.ts';
import { type Member, parseMember } from '../../json.ts';
import { envelopeItems, type Item, messageItem, type SubjectDigests } from './items.ts';
import { MAX_ANNOTATION_LENGTH, MAX_SIGNATURE_BYTES, signatureOf } from './legacy.ts';

/** Names of our own: nobody registered any. */
const DETACHED_TYPE = 'application/vnd.dev.sigstore.signature';
const BLOB_BUNDLE_TYPE = 'application/vnd.dev.cosign.blob-bundle+json';

const NOTHING_BESIDE = { certificate: '', chain: '', log: '', timestamp: '' };

/** Longest content of a signature alone: base64 in lines takes a third more than the signature. */
const MAX_DETACHED_BYTES = 2 * MAX_SIGNATURE_BYTES;

/** Not the URL-safe alphabet, of which the armour of PGP is made too. */
const TEXT = /^[A-Za-z0-9+/]+=*$/;

/** A signature of the subject's bytes that stands alone: base64 text, or DER. Throws SIGNATURE_INVALID. */
export function detachedItem(bytes: Uint8Array, subject: SubjectDigests): Item {
  if (bytes.byteLength > MAX_DETACHED_BYTES) throw invalid(`has more than ${MAX_DETACHED_BYTES} bytes`);
  const text = Buffer.from(bytes).toString('latin1').replace(/\s/g, '');
  const signature = (TEXT.test(text) ? decodeBase64(text) : undefined) ?? derSignature(bytes);
  if (signature === undefined) throw invalid('is neither base64 nor DER');
  return messageItem(DETACHED_TYPE, signature, NOTHING_BESIDE, subject);
}

/** The tag of a SEQUENCE, and its length in one byte or two. https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3 */
function derSignature(bytes: Uint8Array): Uint8Array | undefined {
  const [tag, length = 0, long = 0] = bytes;
  const whole = length < 0x80 ? 2 + length : length === 0x81 ? 3 + long : undefined;
  return tag === 0x30 && whole === bytes.byteLength ? bytes : undefined;
}

/**
 * What `cosign sign-blob --bundle` and `attest-blob --bundle` wrote before there were Sigstore bundles; `members` by a
 * scan of the bytes. Throws SIGNATURE_INVALID or STATEMENT_INVALID.
 * https://github.com/sigstore/cosign/blob/v2.5.0/pkg/cosign/fetch.go
 */
export function blobBundleItems(
  bytes: Uint8Array,
  members: ReadonlyMap<string, Member>,
  subject: SubjectDigests,
): readonly Item[] {
  const text = parseMember(bytes, members.get('base64Signature'));
  const cert = parseMember(bytes, members.get('cert')) ?? '';
  if (typeof text !== 'string' || typeof cert !== 'string') throw invalid('needs strings "base64Signature" and "cert"');
  const log = members.get('rekorBundle');
  const logText = log === undefined ? '' : Buffer.from(bytes.subarray(log.start, log.end)).toString('utf8');
  const beside = { ...NOTHING_BESIDE, certificate: certificateOf(cert), log: logText === 'null' ? '' : logText };
  const decoded = decodeBase64(text);
  // An attestation of a file: its whole envelope stands where the signature does.
  if (decoded?.[0] === 0x7b) return envelopeItems(decoded, beside);
  return [messageItem(BLOB_BUNDLE_TYPE, signatureOf(text), beside, subject)];
}

/** PEM, or base64 of PEM. For a key it is the public key, which says nothing that the trust does not know. */
function certificateOf(cert: string): string {
  if (cert.length > MAX_ANNOTATION_LENGTH)
    throw invalid(`has a "cert" of more than ${MAX_ANNOTATION_LENGTH} characters`);
  const pem = cert.includes('-----BEGIN') ? cert : Buffer.from(cert, 'base64').toString('latin1');
  return pem.includes('-----BEGIN PUBLIC KEY-----') ? '' : pem;
}

const invalid = (message: string): VerdictError => new VerdictError('SIGNATURE_INVALID', `the signature ${message}`);
