import { isIPv4 } from 'node:net';
import {
  extendedKeyUsage,
  extension,
  keyUsage,
  makeAuthority,
  makeCertificate,
  type Party,
} from '../pki/certificates.ts';
import { implicit, sequence } from '../pki/der.ts';

/** A certificate and its private key, PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface TestCa {
  /** PEM: a Provider's `caBundle`, or what a provider trusts for clients. */
  readonly ca: string;
  /** A server's certificate for these names; IPv4 addresses become IP names. Default: 127.0.0.1 and localhost. */
  server(names?: readonly string[], options?: { readonly notAfter?: Date }): Identity;
  /** Gatekeeper's own: its webhook's serving certificate, which it also shows to providers. */
  client(commonName?: string): Identity;
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const WEBHOOK_NAME = 'gatekeeper-webhook-service.gatekeeper-system.svc';

/** An authority of its own; keys are P-256 and the same for one name within a process. */
export function makeTestCa(name = 'gatekeeper-ca'): TestCa {
  const issuer = makeAuthority(name, { subject: `O=gatekeeper, CN=${name}` });
  const leaf = (commonName: string, names: readonly string[], purposes: readonly string[], notAfter?: Date): Identity =>
    identityOf(
      makeCertificate(`${name} ${commonName}`, {
        subject: `CN=${commonName}`,
        issuer,
        ...(notAfter === undefined ? {} : { notAfter }),
        extensions: [keyUsage(['digitalSignature']), extendedKeyUsage(purposes), alternativeNames(names)],
      }),
    );
  return {
    ca: issuer.pem,
    server: (names = ['127.0.0.1', 'localhost'], { notAfter } = {}) => leaf('provider', names, [SERVER_AUTH], notAfter),
    client: (commonName = WEBHOOK_NAME) => leaf(commonName, [commonName], [SERVER_AUTH, CLIENT_AUTH]),
  };
}

const identityOf = ({ pem, key }: Party): Identity => ({
  cert: pem,
  key: String(key.privateKey.export({ type: 'pkcs8', format: 'pem' })),
});

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6 */
function alternativeNames(names: readonly string[]): ReturnType<typeof extension> {
  const general = names.map((name) =>
    isIPv4(name) ? implicit(7, Uint8Array.from(name.split('.').map(Number))) : implicit(2, Buffer.from(name)),
  );
  return extension('2.5.29.17', false, sequence(...general));
}
