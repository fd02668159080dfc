import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import type { Server, ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { asVerdictError, VerdictError } from '../errors.ts';
import { certificatesIn, readPem } from './pem.ts';
import { clientCaWarnings, serverCertificateFault, serverCertificateWarnings } from './tls-certificates.ts';

export { describeTlsClientError } from './tls-error.ts';

/** Where the PEM files are. */
export interface TlsPaths {
  /** The server's certificate first, then its intermediates. */
  readonly cert: string;
  /** The private key of that certificate, unencrypted. */
  readonly key: string;
  /** Who signs clients' certificates; without it, clients show none. */
  readonly clientCa?: string;
}

/** A certificate in use, for a metric of when it expires. */
export interface TlsCertificate {
  readonly role: 'server' | 'client-ca';
  readonly subject: string;
  readonly notAfter: Date;
}

/** Files that were read and checked: a server can serve with them. */
export interface TlsMaterial {
  /** PEM, as in the file. */
  readonly cert: string;
  readonly key: string;
  /** PEM, one certificate each, never empty; undefined: clients need no certificate. */
  readonly clientCa: readonly [string, ...string[]] | undefined;
  readonly certificates: readonly TlsCertificate[];
  /** What will trouble clients but stops nobody from serving: expired, no subject alternative names … */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks certificate, key and clients' authorities. `time`: at which certificates should be valid; one that
 * is not is a warning, so that a server that was started with an expired one can be mended by a reload. Throws
 * CONFIG_INVALID that says which file and why.
 */
export function loadTls(paths: TlsPaths, time: Date): TlsMaterial {
  const cert = readPem(paths.cert);
  const keyText = readPem(paths.key);
  const chain = certificatesIn(cert, paths.cert);
  const [leaf] = chain;
  checkPair(chain, keyOf(keyText, paths.key), paths);
  const fault = serverCertificateFault(leaf);
  if (fault !== '') throw new VerdictError('CONFIG_INVALID', `${paths.cert}: ${fault}`);
  const authorities =
    paths.clientCa === undefined ? undefined : certificatesIn(readPem(paths.clientCa), paths.clientCa);
  const material: TlsMaterial = {
    cert,
    key: keyText,
    clientCa: authorities && pemOf(authorities),
    certificates: [
      ...chain.map((certificate) => described('server', certificate)),
      ...(authorities ?? []).map((certificate) => described('client-ca', certificate)),
    ],
    warnings: [
      ...serverCertificateWarnings(chain, time).map((warning) => `${paths.cert}: ${warning}`),
      ...clientCaWarnings(authorities ?? [], time).map((warning) => `${paths.clientCa}: ${warning}`),
    ],
  };
  tryOut(material, paths);
  return material;
}

/** For `https.createServer` or Fastify's `https`. TLS 1.3 only, as Gatekeeper speaks it. */
export function secureOptions(material: TlsMaterial): ServerOptions {
  const { cert, key, clientCa } = material;
  // Without `ca` Node would take certificates of every public authority, so the two stand or fall together.
  const clients =
    clientCa === undefined
      ? { requestCert: false }
      : { requestCert: true, rejectUnauthorized: true, ca: [...clientCa] };
  return { cert, key, minVersion: 'TLSv1.3', ...clients };
}

/**
 * Serves new connections with the material; those that are open keep what they began with. Whether clients show certificates was settled when the server was made: another answer needs a
 * restart and throws CONFIG_INVALID, as does a pair that cannot serve; the server then goes on as before.
 */
export function reloadTls(server: Server, material: TlsMaterial): void {
  const asksClients = 'requestCert' in server && server.requestCert === true;
  if (asksClients !== (material.clientCa !== undefined)) {
    const message = 'whether clients must show a certificate changes only with a restart; serving goes on as before';
    throw new VerdictError('CONFIG_INVALID', message);
  }
  try {
    server.setSecureContext(secureOptions(material));
  } catch (cause) {
    const message = `the new certificate cannot serve: ${asVerdictError(cause).message}; the old one goes on`;
    throw new VerdictError('CONFIG_INVALID', message, { cause });
  }
}

function keyOf(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    const isEncrypted = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MISSING_PASSPHRASE';
    const why = isEncrypted ? 'is encrypted; write it without a passphrase' : 'holds no private key in PEM';
    throw new VerdictError('CONFIG_INVALID', `${path} ${why}`, { cause });
  }
}

function checkPair(chain: readonly X509Certificate[], key: KeyObject, paths: TlsPaths): void {
  const owner = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
  if (owner === 0) return;
  const why =
    owner === -1
      ? `${paths.key} is not the key of the certificate in ${paths.cert}`
      : `${paths.cert}: the server's own certificate must come first, it is number ${owner + 1}`;
  throw new VerdictError('CONFIG_INVALID', why);
}

/** OpenSSL has the last word, for instance on keys that are too short. */
function tryOut(material: TlsMaterial, paths: TlsPaths): void {
  try {
    createSecureContext(secureOptions(material));
  } catch (cause) {
    const why = asVerdictError(cause).message;
    throw new VerdictError('CONFIG_INVALID', `${paths.cert} and ${paths.key} cannot serve: ${why}`, { cause });
  }
}

const pemOf = ([first, ...rest]: readonly [X509Certificate, ...X509Certificate[]]): [string, ...string[]] => [
  first.toString(),
  ...rest.map(String),
];

const described = (role: TlsCertificate['role'], { subject, validToDate }: X509Certificate): TlsCertificate => ({
  role,
  subject: subject.replaceAll('\n', ', '),
  notAfter: validToDate,
});
