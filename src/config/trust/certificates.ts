import { type Certificate, isSelfSigned, parseCertificate } from '../../crypto/certificate.ts';
import { VerdictError } from '../../errors.ts';
import type { Trust } from '../../generated/config.ts';
import { type NamedBytes, readBounded, readFiles } from './files.ts';
import { isPem, pemBlocks } from './pem.ts';
import { sourceOf } from './source.ts';

/** A certificate that was read, and where from. */
export interface LoadedCertificate {
  readonly store: 'ca' | 'signingAuthority' | 'tsa';
  readonly source: string;
  readonly der: Uint8Array;
  readonly fingerprint: string;
}

/** Certificates of one store: as many as a browser has, and some more. */
const MAX_CERTIFICATES = 1000;
/** Endings of files in a directory of certificates. */
export const CERTIFICATE_FILES = ['.pem', '.crt', '.cer', '.der', '.p12', '.pfx'];

/** How the certificates of a trust are read. */
export interface CertificateOptions {
  /** Of PKCS#12 files; undefined: none. */
  readonly password: string | undefined;
  /** Pass over what cannot be an anchor of trust. */
  readonly anchorsOnly: boolean;
}

/**
 * The certificates that one setting names. Throws TRUST_INVALID, CERTIFICATE_INVALID, KEY_INVALID, FILE_UNREADABLE or
 * LIMIT_EXCEEDED, unless `anchorsOnly` also for a certificate that cannot be an anchor of trust.
 */
export async function loadCertificates(
  setting: string,
  store: LoadedCertificate['store'],
  { password, anchorsOnly }: CertificateOptions,
): Promise<readonly LoadedCertificate[]> {
  const loaded: LoadedCertificate[] = [];
  for (const { name, bytes } of await read(setting)) {
    try {
      for (const der of await certificatesIn(bytes, password)) {
        const certificate = parseCertificate(der);
        if (anchorsOnly && !isAnchor(certificate, store)) continue;
        const { raw, fingerprint } = anchor(certificate, store);
        loaded.push({ store, source: name, der: new Uint8Array(raw), fingerprint });
      }
    } catch (cause) {
      const code = cause instanceof VerdictError ? cause.code : 'CERTIFICATE_INVALID';
      throw new VerdictError(code, `${name}: ${(cause as Error).message}`, { cause });
    }
  }
  return loaded;
}

async function read(setting: string): Promise<readonly NamedBytes[]> {
  const { kind, value } = sourceOf(setting);
  if (kind === 'inline') return [{ name: 'inline', bytes: Buffer.from(value) }];
  if (kind === 'path') return readFiles(value, CERTIFICATE_FILES);
  throw new VerdictError('TRUST_INVALID', 'certificates come from files, directories or PEM text: give one of these');
}

async function certificatesIn(bytes: Uint8Array, password: string | undefined): Promise<readonly Uint8Array[]> {
  if (isPem(bytes)) {
    return pemBlocks(Buffer.from(bytes).toString('utf8')).map(({ label, der }) => {
      if (label === 'CERTIFICATE') return der;
      throw new VerdictError('CERTIFICATE_INVALID', `a block ${JSON.stringify(label)} is no certificate`);
    });
  }
  if (!isPkcs12(bytes)) return [bytes];
  const { pkcs12Certificates } = await import('./pkcs12.ts');
  return pkcs12Certificates(bytes, password);
}

/** Whether DER is a PFX, which starts with version 3, rather than a certificate, which starts with a sequence. */
function isPkcs12(bytes: Uint8Array): boolean {
  const length = bytes[1] ?? 0;
  // Short, indefinite or long form of the sequence's length.
  const start = length <= 0x80 ? 2 : 2 + (length & 0x7f);
  return bytes[0] === 0x30 && bytes[start] === 0x02 && bytes[start + 1] === 1 && bytes[start + 2] === 3;
}

/**
 * Only what can end a chain anchors trust: a certificate authority, or a certificate that signed itself; of timestamp
 * authorities the root. https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#trust-store
 */
function isAnchor(certificate: Certificate, store: LoadedCertificate['store']): boolean {
  const isAuthority = certificate.basicConstraints?.ca === true;
  const endsChain = isSelfSigned(certificate);
  return store === 'tsa' ? isAuthority && endsChain : isAuthority || endsChain;
}

function anchor(certificate: Certificate, store: LoadedCertificate['store']): Certificate {
  certificate.publicKey();
  if (isAnchor(certificate, store)) return certificate;
  throw new VerdictError(
    'CERTIFICATE_INVALID',
    store === 'tsa'
      ? `${certificate.subjectName} is no root certificate authority; give the root of the timestamp authority`
      : `${certificate.subjectName} is neither a certificate authority nor self-signed; give the authority that issued it`,
  );
}

/** Each certificate once, where it was named first. Throws LIMIT_EXCEEDED. */
export function distinctCertificates(certificates: readonly LoadedCertificate[]): readonly LoadedCertificate[] {
  const seen = new Set<string>();
  const distinct = certificates.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint));
  if (distinct.length <= MAX_CERTIFICATES) return distinct;
  throw new VerdictError('LIMIT_EXCEEDED', `${distinct.length} certificates are more than ${MAX_CERTIFICATES}`);
}

/** The password of PKCS#12 files; undefined: none. Throws TRUST_INVALID, FILE_UNREADABLE or LIMIT_EXCEEDED. */
export async function passwordOf(
  { passwordEnv, passwordFile }: Pick<Trust, 'passwordEnv' | 'passwordFile'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (passwordFile !== undefined) {
    return Buffer.from(await readBounded(passwordFile))
      .toString('utf8')
      .replace(/\r?\n$/, '');
  }
  if (passwordEnv === undefined) return undefined;
  const password = environment[passwordEnv];
  if (password !== undefined) return password;
  throw new VerdictError('TRUST_INVALID', `the environment variable ${passwordEnv} (a password) is not set`);
}
