import { isIP } from 'node:net';

const UNKNOWN_AUTHORITY = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';

const WORDS: Readonly<Record<string, string>> = {
  ECONNRESET: 'EOF',
  EPIPE: 'EOF',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  INVALID_PURPOSE: 'tls: failed to verify certificate: x509: certificate specifies an incompatible key usage',
};

/** https://www.rfc-editor.org/rfc/rfc8446#section-6.2 in the words of Go's crypto/tls. */
const ALERTS: Readonly<Record<string, string>> = {
  40: 'handshake failure',
  42: 'bad certificate',
  48: 'unknown certificate authority',
  70: 'protocol version not supported',
  116: 'certificate required',
};

/** What Node's errors carry, as far as it is looked at. */
interface Fault extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly cert?: { readonly subjectaltname?: string };
}

/** How Go's net/http puts what went wrong before an answer came, as far as providers cause it. */
export function goTransportError(error: unknown, url: string): string {
  const { code = '', message, address, port, cert } = error as Fault;
  const { hostname } = new URL(url);
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${address}:${port}: connect: connection refused`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${hostname}: no such host`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: ${wrongName(hostname, cert?.subjectaltname ?? '')}`;
    default:
      return WORDS[code] ?? alertOf(message) ?? message;
  }
}

function alertOf(message: string): string | undefined {
  if (message.includes(':wrong version number:')) return 'http: server gave HTTP response to HTTPS client';
  const words = ALERTS[/SSL alert number (\d+)/.exec(message)?.[1] ?? ''];
  return words === undefined ? undefined : `remote error: tls: ${words}`;
}

/** `names` as Node writes them: `DNS:localhost, IP Address:127.0.0.1`. */
function wrongName(hostname: string, names: string): string {
  const address = isIP(hostname) !== 0;
  const prefix = address ? 'IP Address:' : 'DNS:';
  const valid = names.split(', ').flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  if (valid.length > 0) return `certificate is valid for ${valid.join(', ')}, not ${hostname}`;
  return address
    ? `cannot validate certificate for ${hostname} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${hostname}`;
}
