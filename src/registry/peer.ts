import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { VerdictError } from '../errors.ts';
import { bareHostname } from './addresses.ts';
import type { TlsIdentity } from './hosts.ts';
import type { Address } from './options.ts';
import { givenUp } from './waiting.ts';

/** One certificate that a registry shows. */
export interface PeerCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Who answers a TLS connection. */
export interface Peer {
  /** `TLSv1.3` */
  readonly protocol: string;
  /** The server's own first; at most {@link MAX_CHAIN}. */
  readonly chain: readonly PeerCertificate[];
  /** Why it is not trusted; empty where it is. */
  readonly distrust: string;
}

/** Certificates looked at; real chains have two to four. */
const MAX_CHAIN = 10;

/**
 * Shakes hands with a host and says who it is, trusted or not: nothing is sent to it. Throws REGISTRY_TLS where there is
 * no handshake, REGISTRY_UNAVAILABLE where there is no connection.
 */
export async function peerOf(
  url: URL,
  addresses: readonly Address[],
  { ca, cert, key }: TlsIdentity,
  signal: AbortSignal,
): Promise<Peer> {
  const host = bareHostname(url.hostname);
  const isName = !addresses.some(({ address }) => address === host);
  const socket = connect({
    host,
    port: Number(url.port || 443),
    lookup: (_name, { all }, done) => {
      const [first] = addresses;
      if (all === true) done(null, [...addresses]);
      else done(null, first?.address ?? '', first?.family);
    },
    ...(isName && { servername: host }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    // Whoever is not trusted is to be described, not only refused.
    rejectUnauthorized: false,
  });
  try {
    return await shake(socket, url.host, signal);
  } finally {
    socket.destroy();
  }
}

async function shake(socket: TLSSocket, host: string, signal: AbortSignal): Promise<Peer> {
  let isConnected = false;
  return await new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(givenUp(signal)), { once: true });
    socket.once('connect', () => {
      isConnected = true;
    });
    socket.once('error', (cause) => {
      const code = isConnected ? 'REGISTRY_TLS' : 'REGISTRY_UNAVAILABLE';
      reject(new VerdictError(code, `${host}: ${cause.message}`, { cause }));
    });
    socket.once('secureConnect', () => {
      // Its type says Error; it is the code.
      const distrust = socket.authorized ? '' : String(socket.authorizationError ?? 'not trusted');
      resolve({ protocol: socket.getProtocol() ?? '', chain: chainOf(socket.getPeerCertificate(true)), distrust });
    });
  });
}

function chainOf(leaf: DetailedPeerCertificate): readonly PeerCertificate[] {
  const chain: PeerCertificate[] = [];
  let one: DetailedPeerCertificate | undefined = leaf;
  while (one?.raw !== undefined && chain.length < MAX_CHAIN) {
    const { subject, issuer, valid_from: from, valid_to: to } = one;
    chain.push({ subject: nameOf(subject), issuer: nameOf(issuer), notBefore: new Date(from), notAfter: new Date(to) });
    // A root names itself.
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate;
  }
  return chain;
}

const nameOf = ({ CN, O }: DetailedPeerCertificate['subject']): string => String(CN ?? O ?? 'no name');
