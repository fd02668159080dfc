import { createHash } from 'node:crypto';
import { VerdictError } from '../errors.ts';
import { encodeDer } from './ber.ts';
import { type Certificate, EXTENDED_KEY_USAGE, isIssuedBy, isValidAt, parseCertificate } from './certificate.ts';
import { TAG } from './der.ts';
import { encodedCertificate } from './encoded.ts';
import { type OcspResponse, parseOcspResponse, type SingleResponse } from './ocsp-response.ts';
import { revocationSources } from './revocation-sources.ts';
import { isSignedWith } from './signature-algorithm.ts';

/** A responder's clock may be this far ahead: answers made for the question are as young as it. Milliseconds. */
const MAX_CLOCK_SKEW = 5 * 60 * 1000;
/** How long an answer counts that does not say when there will be a newer one. Milliseconds. */
const MAX_AGE_WITHOUT_NEXT_UPDATE = 60 * 60 * 1000;

/** What a responder says of one certificate. */
export type OcspStatus =
  | { readonly kind: 'good'; readonly until: Date }
  | {
      readonly kind: 'revoked';
      readonly until: Date;
      readonly revocationDate: Date;
      readonly invalidityDate: Date | undefined;
    }
  /** The responder does not know the certificate: nothing is said about it. */
  | { readonly kind: 'unknown' };

/** Hashes of names and keys in a request: not signed, not secret. Responders know SHA-1, newer ones SHA-256 too. */
export type OcspHash = 'sha1' | 'sha256';

const HASH_OIDS: Readonly<Record<OcspHash, Uint8Array>> = {
  sha1: Uint8Array.of(0x2b, 0x0e, 0x03, 0x02, 0x1a),
  sha256: Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01),
};

/** A request about one certificate, DER, without nonce. https://www.rfc-editor.org/rfc/rfc6960#section-4.1.1 */
export function ocspRequest(certificate: Certificate, issuer: Certificate, hash: OcspHash): Uint8Array {
  const { serialNumber } = encodedCertificate(certificate);
  const { subject, key } = encodedCertificate(issuer);
  const digest = (bytes: Uint8Array): Uint8Array => encodeDer(TAG.octetString, createHash(hash).update(bytes).digest());
  const algorithm = encodeDer(TAG.sequence, encodeDer(TAG.oid, HASH_OIDS[hash]), encodeDer(TAG.null));
  const id = encodeDer(TAG.sequence, algorithm, digest(subject), digest(key), serialNumber);
  const list = encodeDer(TAG.sequence, encodeDer(TAG.sequence, id));
  return encodeDer(TAG.sequence, encodeDer(TAG.sequence, list));
}

/**
 * Verifies what a responder answered about a certificate: signed by the issuer itself, or by a certificate that the
 * issuer gave the purpose OCSPSigning; about this very certificate; thisUpdate ≤ `time` < nextUpdate. A responder's own
 * certificate must either say that it needs no check (ocsp-nocheck) or name no source to check it with.
 *
 * Throws CERTIFICATE_INVALID for an answer that cannot be used, refusals of the responder included.
 */
export function verifyOcspResponse(
  bytes: Uint8Array,
  certificate: Certificate,
  issuer: Certificate,
  time: Date,
): OcspStatus {
  try {
    const response = parseOcspResponse(bytes);
    const signer = signerOf(response, issuer, time);
    if (!isSignedWith(signer.publicKey(), response.algorithm, response.signedBytes, response.signature)) {
      throw invalid("its signature is not the responder's");
    }
    const about = response.responses.filter((one) => isAbout(one, certificate, issuer));
    const [single, ...others] = about;
    if (single === undefined) throw invalid('it is not about the certificate');
    if (others.length > 0) throw invalid('it says two things about the certificate');
    return statusOf(single, time);
  } catch (cause) {
    if (cause instanceof VerdictError && cause.code === 'CERTIFICATE_INVALID') throw cause;
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** https://www.rfc-editor.org/rfc/rfc6960#section-4.2.2.2 */
function signerOf(response: OcspResponse, issuer: Certificate, time: Date): Certificate {
  if (isResponder(response, issuer)) return issuer;
  const delegate = response.certificates
    .map((raw) => parseCertificate(raw))
    .find((certificate) => isResponder(response, certificate));
  if (delegate === undefined) throw invalid('the certificate of the responder is not there');
  if (!isIssuedBy(delegate, issuer)) throw invalid('its responder is a stranger to the issuer of the certificate');
  if (delegate.extendedKeyUsage?.purposes.includes(EXTENDED_KEY_USAGE.ocspSigning) !== true) {
    throw invalid('the extended key usage of its responder lacks OCSPSigning');
  }
  if (delegate.keyUsage !== undefined && !delegate.keyUsage.usages.has('digitalSignature')) {
    throw invalid('the key usage of its responder lacks digitalSignature');
  }
  if (!isValidAt(delegate, time)) throw invalid('the certificate of its responder is not valid at this time');
  const unknown = [...delegate.extensions].find(([oid, { critical }]) => critical && !RESPONDER_EXTENSIONS.has(oid));
  if (unknown !== undefined) throw invalid(`its responder has the critical extension ${unknown[0]}`);
  if (!delegate.extensions.has(OCSP_NOCHECK) && revocationSources(delegate).isRevocable) {
    throw invalid('the certificate of its responder would have to be checked itself');
  }
  return delegate;
}

const OCSP_NOCHECK = '1.3.6.1.5.5.7.48.1.5';
const RESPONDER_EXTENSIONS: ReadonlySet<string> = new Set(['2.5.29.15', '2.5.29.19', '2.5.29.37', OCSP_NOCHECK]);

function isResponder({ responder }: OcspResponse, certificate: Certificate): boolean {
  const { subject, key } = encodedCertificate(certificate);
  switch (responder.kind) {
    case 'name':
      return Buffer.from(subject).equals(responder.value);
    case 'key':
      return createHash('sha1').update(key).digest().equals(responder.value);
  }
}

function isAbout({ id }: SingleResponse, certificate: Certificate, issuer: Certificate): boolean {
  const { subject, key } = encodedCertificate(issuer);
  const digest = (bytes: Uint8Array): Buffer => createHash(id.hash).update(bytes).digest();
  return (
    Buffer.from(id.serialNumber).equals(encodedCertificate(certificate).serialNumber) &&
    digest(subject).equals(id.issuerName) &&
    digest(key).equals(id.issuerKey)
  );
}

function statusOf({ status, thisUpdate, nextUpdate }: SingleResponse, time: Date): OcspStatus {
  if (thisUpdate.getTime() > time.getTime() + MAX_CLOCK_SKEW) {
    throw invalid(`it is from the future (${thisUpdate.toISOString()})`);
  }
  const until = nextUpdate ?? new Date(thisUpdate.getTime() + MAX_AGE_WITHOUT_NEXT_UPDATE);
  if (until <= time) throw invalid(`it was to be renewed by ${until.toISOString()}`);
  switch (status.kind) {
    case 'good':
      return { kind: 'good', until };
    case 'revoked':
      return { ...status, until };
    case 'unknown':
      return { kind: 'unknown' };
  }
}

const invalid = (message: string, cause?: unknown): VerdictError =>
  new VerdictError('CERTIFICATE_INVALID', `the OCSP answer cannot be used: ${message}`, { cause });
