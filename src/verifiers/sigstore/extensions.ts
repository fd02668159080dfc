import { ASN1Obj } from '@sigstore/core';
import type { Certificate } from '../../crypto/certificate.ts';
import type { SigningCertificate } from '../../signer.ts';

/** Arc of Fulcio's extensions. https://github.com/sigstore/fulcio/blob/v1.8.5/docs/oid-info.md */
const FULCIO = '1.3.6.1.4.1.57264.1.';

/** Names by last arc. The first six are text as it is, later ones DER strings. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'issuer'],
  [2, 'githubWorkflowTrigger'],
  [3, 'githubWorkflowSHA'],
  [4, 'githubWorkflowName'],
  [5, 'githubWorkflowRepository'],
  [6, 'githubWorkflowRef'],
  [8, 'issuer'],
  [9, 'buildSignerURI'],
  [10, 'buildSignerDigest'],
  [11, 'runnerEnvironment'],
  [12, 'sourceRepositoryURI'],
  [13, 'sourceRepositoryDigest'],
  [14, 'sourceRepositoryRef'],
  [15, 'sourceRepositoryIdentifier'],
  [16, 'sourceRepositoryOwnerURI'],
  [17, 'sourceRepositoryOwnerIdentifier'],
  [18, 'buildConfigURI'],
  [19, 'buildConfigDigest'],
  [20, 'buildTrigger'],
  [21, 'runInvocationURI'],
  [22, 'sourceRepositoryVisibilityAtSigning'],
  [23, 'deploymentEnvironment'],
  [24, 'tokenSubject'],
]);
const LAST_RAW = 6;
/** Universal tags of text: UTF8String, PrintableString, IA5String. */
const TEXT = new Set([0x0c, 0x13, 0x16]);

/** Fulcio's claims about a signer, by name and by object identifier. Values that are no text are left out. */
export function readExtensions({ extensions }: Certificate): SigningCertificate['extensions'] {
  const claims = new Map<string, string>();
  for (const oid of [...extensions.keys()].filter((one) => one.startsWith(FULCIO)).sort(byNumber)) {
    const value = textOf(oid, extensions.get(oid)?.value);
    for (const name of [oid, NAMES.get(lastArc(oid))]) {
      if (name === undefined) continue;
      // The newer extension counts, even where it is unreadable: the older one must not speak for it.
      if (value === undefined) claims.delete(name);
      else claims.set(name, value);
    }
  }
  return Object.fromEntries(claims);
}

/** The OIDC issuer: the newer extension where both are there. Empty where there is none. */
export const issuerOf = (extensions: SigningCertificate['extensions']): string => extensions.issuer ?? '';

/** What a report says of a certificate. */
export const describe = (certificate: Certificate): SigningCertificate => ({
  certificate: {
    distinguishedName: certificate.subjectName,
    issuer: certificate.issuerName,
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint,
  },
  san: certificate.subjectAlternativeNames,
  extensions: readExtensions(certificate),
});

/** `sha256:` of a certificate's key; empty where the key is of a kind that nobody trusts. */
export function fingerprintOf({ publicKey }: Certificate): string {
  try {
    return publicKey().fingerprint;
  } catch {
    return '';
  }
}

const lastArc = (oid: string): number => Number(oid.slice(FULCIO.length));
const byNumber = (one: string, other: string): number => lastArc(one) - lastArc(other);

function textOf(oid: string, value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (lastArc(oid) <= LAST_RAW) return Buffer.from(value).toString('utf8');
  try {
    const text = ASN1Obj.parseBuffer(Buffer.from(value));
    return TEXT.has(text.tag.number) && text.tag.class === 0 ? text.value.toString('utf8') : undefined;
  } catch {
    return undefined;
  }
}
