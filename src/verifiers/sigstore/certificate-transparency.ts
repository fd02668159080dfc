import { ByteStream, crypto, EXTENSION_OID_SCT, X509Certificate, X509SCTExtension } from '@sigstore/core';
import type { Certificate } from '../../crypto/certificate.ts';
import { reasonOf } from './brief.ts';
import type { Tally } from './tally.ts';
import { type CertificateLog, isWithin } from './trust-material.ts';

/** Promises looked at in one certificate: authorities embed one to three. */
const MAX_PROMISES = 16;

/** Hash and signature algorithms of TLS 1.2, RFC 5246 §7.4.1.4.1, that are trusted: SHA-256, 384, 512 with RSA, ECDSA. */
const TRUSTED_HASHES: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512']);

/**
 * Which known certificate transparency logs promised to publish the certificate (signed certificate timestamps within it).
 * https://www.rfc-editor.org/rfc/rfc6962#section-3.3
 */
export function readPromises(
  logs: readonly CertificateLog[],
  leaf: Certificate,
  issuer: Certificate | undefined,
): Tally {
  const operators = new Set<string>();
  const faults: string[] = [];
  let unknown = 0;
  if (issuer === undefined || !leaf.extensions.has(EXTENSION_OID_SCT)) return { count: 0, faults, unknown };
  try {
    const { entry, promises } = preCertificate(leaf, issuer);
    if (promises.length > MAX_PROMISES) throw new Error(`it has more than ${MAX_PROMISES}`);
    for (const promise of promises) {
      const id = promise.logID.toString('hex');
      const log = logs.find((one) => one.id === id && isWithin(one.window, promise.datetime));
      if (log === undefined) {
        if (logs.some((one) => one.id === id))
          faults.push('the log that promised to publish the certificate did not count then');
        else unknown++;
      } else if (TRUSTED_HASHES.has(promise.algorithm) && promise.verify(entry, log.key)) operators.add(log.operator);
      else faults.push('the promise to publish the certificate does not hold');
    }
  } catch (thrown) {
    faults.push(`the promises to publish the certificate cannot be read: ${reasonOf(thrown)}`);
  }
  return { count: operators.size, faults, unknown };
}

/** What the logs signed: the certificate without the promises. https://www.rfc-editor.org/rfc/rfc6962#section-3.2 */
function preCertificate(leaf: Certificate, issuer: Certificate) {
  const certificate = X509Certificate.parse(Buffer.from(leaf.raw));
  const index = certificate.extensions.findIndex(({ subs: [oid] }) => oid?.toOID() === EXTENSION_OID_SCT);
  const [extension] = certificate.extensions.splice(index, 1);
  if (extension === undefined) throw new TypeError('it has none');
  const body = certificate.tbsCertificate.toDER();
  const entry = new ByteStream();
  entry.appendView(crypto.digest('sha256', Buffer.from(issuer.publicKey().spki)));
  entry.appendUint24(body.length);
  entry.appendView(body);
  return { entry: entry.buffer, promises: new X509SCTExtension(extension).signedCertificateTimestamps };
}
