import type { TLSSocket } from 'node:tls';

const refused = (why: string): string => `the client refused this server's certificate: ${why}`;
const stranger = (why: string): string => `the client's certificate was refused: ${why}`;

/** Why a handshake failed, by the code of the error. */
const CAUSES: Readonly<Record<string, string>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the client showed no certificate, and one is required',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the client does not speak TLS 1.3',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what the client sent is not TLS 1.3',
  ERR_SSL_HTTP_REQUEST: 'the client speaks plain HTTP; its URL must begin with https://',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'the client takes this server for a proxy',
  ERR_SSL_UNEXPECTED_MESSAGE: 'what the client sent is no TLS handshake',
  ERR_SSL_NO_SHARED_CIPHER: 'client and server share no cipher',
  ERR_SSL_NO_SUITABLE_KEY_SHARE: 'client and server share no group for the exchange of keys',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: "the client cannot use the key of this server's certificate",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: refused('it does not know who signed it (caBundle)'),
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: refused('its signer (caBundle), names or validity do not fit'),
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: refused('it has expired'),
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: refused('its signer (caBundle), names or validity do not fit'),
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: refused('it is of a kind that the client does not take'),
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the client did not finish the handshake in time',
  ECONNRESET: 'the client hung up during the handshake; it may not trust this server (caBundle)',
  EPIPE: 'the client hung up during the handshake',
};

/** Why a client's certificate did not hold, by the code that OpenSSL's verification gives. */
const REFUSALS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: stranger('no authority of clientCa signed it'),
  UNABLE_TO_GET_ISSUER_CERT: stranger('no authority of clientCa signed it'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: stranger('no authority of clientCa signed it'),
  SELF_SIGNED_CERT_IN_CHAIN: stranger('its root is not in clientCa'),
  DEPTH_ZERO_SELF_SIGNED_CERT: stranger('it is self-signed and not in clientCa'),
  CERT_HAS_EXPIRED: stranger('it, or an authority above it, has expired'),
  CERT_NOT_YET_VALID: stranger('it, or an authority above it, is not valid yet'),
  CERT_SIGNATURE_FAILURE: stranger('its signature does not hold; clientCa has another key under the same name'),
  INVALID_CA: stranger('who signed it is no certificate authority'),
  INVALID_PURPOSE: stranger('its extended key usage does not allow a client (clientAuth)'),
};

/**
 * What `tlsClientError` means, for the log of the operator: clients often see no more than a closed connection.
 * `socket`: the event's second argument; only it tells why a client's certificate was refused.
 */
export function describeTlsClientError(error: Error, socket?: TLSSocket): string {
  const refusal = codeIn(socket?.authorizationError);
  if (refusal !== '') return REFUSALS[refusal] ?? stranger(refusal);
  const code = codeIn('code' in error ? error.code : undefined);
  // OpenSSL's own text names threads and places in its source; its reason is enough.
  const reason = codeIn('reason' in error ? error.reason : undefined);
  return (
    CAUSES[code] ?? `the handshake failed: ${[reason, code].filter((text) => text !== '').join(', ') || 'unknown'}`
  );
}

/** Node declares an Error and gives a code. */
function codeIn(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Error && 'code' in value ? String(value.code) : '';
}
