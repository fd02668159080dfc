import type { Signer } from './generated/evidence.ts';
import type { TrustScope } from './trust.ts';

export type { Signer };

/** What every kind of signer needs. */
interface Known {
  readonly trust: { readonly name: string; readonly scope: TrustScope };
  /** `sha256:` of the SubjectPublicKeyInfo, DER. */
  readonly keyFingerprint: string;
  /** When it was signed; undefined where no trusted source says. */
  readonly time: Date | undefined;
  readonly timeSource: Signer['timeSource'];
}

/** What is reported of the signing certificate. */
export type SigningCertificate = Pick<Signer, 'certificate' | 'san' | 'extensions'>;

const NO_CERTIFICATE: SigningCertificate = {
  certificate: { distinguishedName: '', issuer: '', serialNumber: '', fingerprint: '' },
  san: [],
  extensions: {},
};

/** Somebody who holds a configured key. */
export function keySigner(known: Known): Signer {
  return signer(known, 'key', ['key', known.keyFingerprint], '', NO_CERTIFICATE);
}

/** Somebody whom a configured certificate authority names. `rootFingerprint`: `sha256:` of its certificate, DER. */
export function certificateSigner(known: Known, certificate: SigningCertificate, rootFingerprint: string): Signer {
  const { distinguishedName } = certificate.certificate;
  return signer(known, 'certificate', ['certificate', rootFingerprint, distinguishedName], '', certificate);
}

/** Somebody whom an OIDC issuer identified to a certificate authority (Fulcio). `identity`: the name that counts. */
export function keylessSigner(
  known: Known,
  certificate: SigningCertificate,
  oidcIssuer: string,
  identity: string,
): Signer {
  return signer(known, 'keyless', ['keyless', oidcIssuer, identity], oidcIssuer, certificate);
}

function signer(
  { trust, keyFingerprint, time, timeSource }: Known,
  kind: Signer['kind'],
  id: readonly string[],
  oidcIssuer: string,
  certificate: SigningCertificate,
): Signer {
  return {
    id: id.map(escapePart).join('|'),
    kind,
    trust,
    key: { fingerprint: keyFingerprint },
    ...certificate,
    oidcIssuer,
    time: time?.toISOString() ?? '',
    timeSource,
  };
}

/** `|` separates parts. */
const escapePart = (part: string): string => part.replaceAll('%', '%25').replaceAll('|', '%7C');
