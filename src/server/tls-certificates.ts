import type { X509Certificate } from 'node:crypto';

/** Extended key usage of servers, RFC 5280 §4.2.1.12 id-kp-serverAuth. */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
/** Curves that TLS 1.3 has signature schemes for, RFC 8446 §4.2.3; names as Node gives them. */
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const KINDS = new Set(['rsa', 'rsa-pss', 'ed25519']);

/** Why no handshake could succeed with this certificate, though OpenSSL loads it; empty where one can. */
export function serverCertificateFault({ publicKey }: X509Certificate): string {
  const kind = publicKey.asymmetricKeyType ?? 'unknown';
  const curve = publicKey.asymmetricKeyDetails?.namedCurve ?? '';
  if (KINDS.has(kind) || (kind === 'ec' && CURVES.has(curve))) return '';
  return `its key (${kind}${curve === '' ? '' : ` ${curve}`}) cannot sign in TLS 1.3; use P-256, RSA or Ed25519`;
}

/** What makes clients refuse the certificate: validity, names, usage, signature, the chain it comes with. */
export function serverCertificateWarnings(chain: readonly X509Certificate[], time: Date): readonly string[] {
  const warnings = chain.flatMap((certificate) => validityWarnings(certificate, time));
  const [leaf] = chain;
  if (leaf === undefined) return warnings;
  if (leaf.subjectAltName === undefined) warnings.push('has no subject alternative name; Go clients refuse it');
  if (leaf.keyUsage !== undefined && !leaf.keyUsage.includes(SERVER_AUTH)) {
    warnings.push('its extended key usage does not allow a server (serverAuth)');
  }
  if (chain.some(({ signatureAlgorithm }) => /sha1|md5/i.test(signatureAlgorithm ?? ''))) {
    warnings.push('is signed with SHA-1 or MD5; clients refuse it');
  }
  chain.forEach((certificate, index) => {
    const next = chain[index + 1];
    if (next !== undefined && !certificate.checkIssued(next)) {
      warnings.push(`certificate ${index + 2} is not the issuer of certificate ${index + 1}`);
    }
  });
  return warnings;
}

/** What makes the server refuse clients whom these authorities signed. */
export function clientCaWarnings(authorities: readonly X509Certificate[], time: Date): readonly string[] {
  return authorities.flatMap((certificate) => [
    ...validityWarnings(certificate, time),
    ...(certificate.ca ? [] : [`${nameOf(certificate)} is not a certificate authority; whom it signed is refused`]),
  ]);
}

function validityWarnings(certificate: X509Certificate, time: Date): string[] {
  const { validFromDate, validToDate } = certificate;
  if (time < validFromDate) return [`${nameOf(certificate)} is not valid before ${validFromDate.toISOString()}`];
  if (time > validToDate) return [`${nameOf(certificate)} has expired on ${validToDate.toISOString()}`];
  return [];
}

const nameOf = ({ subject }: X509Certificate): string =>
  subject === '' ? 'a certificate without a name' : subject.replaceAll('\n', ', ');
