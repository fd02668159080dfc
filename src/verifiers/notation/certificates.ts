import { createHash } from 'node:crypto';
import { type Certificate, EXTENDED_KEY_USAGE, type KeyUsageName, parseCertificate } from '../../crypto/certificate.ts';
import { Der } from '../../crypto/der.ts';
import { encodedCertificate } from '../../crypto/encoded.ts';
import type { Jwa } from '../../crypto/jwa.ts';
import type { PublicKey } from '../../crypto/keys.ts';
import { readSignatureAlgorithm } from '../../crypto/signature-algorithm.ts';

/** The certificates of an envelope, read, with what is wrong with them as a chain. */
export interface SigningChain {
  /** The signer's first, the root last, as they came. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
  /** The signer's key; undefined where it is weak or of a kind that is not trusted. */
  readonly key: PublicKey | undefined;
  /** The only algorithm that goes with the signer's key; undefined where there is none. */
  readonly algorithm: Jwa | undefined;
  /** Why the chain breaks the rules; empty if it keeps them. Its dates are not looked at. */
  readonly fault: string;
}

/** Longest name told in a message: names are the signer's choice. */
export const MAX_NAME_LENGTH = 200;

/** The subject as it is told in messages. */
export const shortName = ({ subjectName }: Certificate): string => subjectName.slice(0, MAX_NAME_LENGTH);

/** Chains remembered: images are signed by few signers, over and over. */
const MAX_REMEMBERED_CHAINS = 256;
/** Larger ones are read anew each time, so that what is remembered stays below 16 MiB. */
const MAX_REMEMBERED_BYTES = 32 * 1024;

/** Reads chains, remembering the last ones by their content. Throws CERTIFICATE_INVALID for what is no certificate. */
export function createChainReader(): (der: readonly Uint8Array[]) => SigningChain {
  const known = new Map<string, SigningChain>();
  return (der) => {
    const size = der.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (size > MAX_REMEMBERED_BYTES) return readChain(der);
    const hash = createHash('sha256');
    for (const one of der) hash.update(`${one.byteLength}:`).update(one);
    const id = hash.digest('base64');
    const chain = known.get(id) ?? readChain(der);
    // The last one used is the last one to go.
    known.delete(id);
    known.set(id, chain);
    for (const oldest of known.keys()) if (known.size > MAX_REMEMBERED_CHAINS) known.delete(oldest);
    return chain;
  };
}

function readChain(der: readonly Uint8Array[]): SigningChain {
  const [first, ...rest] = der.map((one) => parseCertificate(one));
  if (first === undefined) throw new TypeError('an envelope brings one certificate at least');
  const certificates = [first, ...rest] as const;
  const key = attempt(() => first.publicKey());
  const algorithm = key && algorithmOf(key);
  const fault = attempt(() => faultOf(certificates)) ?? 'a certificate is not what it should be';
  const noKey = algorithm === undefined ? `${shortName(first)} has a key that may not sign` : '';
  return { certificates: [first, ...rest], key, algorithm, fault: noKey || fault };
}

/** What it returns; undefined if it throws, which is a certificate's doing here. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#algorithm-selection */
const ALGORITHMS: ReadonlyMap<string, Jwa> = new Map([
  ['rsa 2048', 'PS256'],
  ['rsa 3072', 'PS384'],
  ['rsa 4096', 'PS512'],
  ['ec P-256', 'ES256'],
  ['ec P-384', 'ES384'],
  ['ec P-521', 'ES512'],
]);

function algorithmOf({ kind }: PublicKey): Jwa | undefined {
  switch (kind.name) {
    case 'rsa':
      return ALGORITHMS.get(`rsa ${kind.bits}`);
    case 'ec':
      return ALGORITHMS.get(`ec ${kind.curve}`);
    case 'rsa-pss':
    case 'ed25519':
      return undefined;
  }
}

/**
 * Complete, in order, nothing too much: each certificate issued by the next, the last by itself. Extensions other than
 * basic constraints, key usage and extended key usage "MUST NOT be evaluated or honored".
 * https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 */
function faultOf(chain: readonly [Certificate, ...Certificate[]]): string {
  const own = chain.map((certificate, index) => {
    const fault = index === 0 ? leafFault(certificate) : authorityFault(certificate, index - 1);
    return { certificate, fault: fault || signatureFault(certificate) };
  });
  const unfit = own.find(({ fault }) => fault !== '');
  if (unfit !== undefined) return `${shortName(unfit.certificate)} ${unfit.fault}`;
  return (
    chain.map((certificate, index) => linkFault(certificate, chain[index + 1])).find((fault) => fault !== '') ?? ''
  );
}

/** `issuer`: what follows in the chain; undefined for the last. */
function linkFault(certificate: Certificate, issuer: Certificate | undefined): string {
  const name = shortName(certificate);
  const isSelfSigned = isIssuedBy(certificate, certificate);
  if (issuer === undefined) return isSelfSigned ? '' : `the chain ends with ${name}, which is not self-signed`;
  if (isSelfSigned) return `${name} is self-signed and not the last of the chain`;
  return isIssuedBy(certificate, issuer) ? '' : `${name} was not issued by ${shortName(issuer)}, which follows it`;
}

/** By name, byte for byte, and by signature: OpenSSL's own check takes no leaf as its own issuer. */
function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { issuer: named } = encodedCertificate(certificate);
  if (!Buffer.from(named).equals(encodedCertificate(issuer).subject)) return false;
  return certificate.x509.verify(issuer.publicKey().object);
}

/** MD5 and SHA-1 say nothing any more about what was signed. */
function signatureFault({ raw }: Certificate): string {
  const fields = Der.parse(raw).fields();
  fields.next();
  const algorithm = fields.next();
  return attempt(() => readSignatureAlgorithm(algorithm)) === undefined
    ? 'is signed by an algorithm that is not trusted'
    : '';
}

/** What only other keys than a signer's are for. */
const FOREIGN_USAGES: readonly KeyUsageName[] = [
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];
const FOREIGN_PURPOSES: ReadonlyMap<string, string> = new Map([
  [EXTENDED_KEY_USAGE.any, 'any purpose'],
  [EXTENDED_KEY_USAGE.serverAuth, 'serverAuth'],
  [EXTENDED_KEY_USAGE.clientAuth, 'clientAuth'],
  [EXTENDED_KEY_USAGE.emailProtection, 'emailProtection'],
  [EXTENDED_KEY_USAGE.timeStamping, 'timeStamping'],
  [EXTENDED_KEY_USAGE.ocspSigning, 'OCSPSigning'],
]);

function leafFault({ basicConstraints, keyUsage, extendedKeyUsage }: Certificate): string {
  if (basicConstraints?.ca === true) return 'signs and is a certificate authority';
  if (keyUsage?.critical !== true) return 'lacks a critical key usage';
  if (!keyUsage.usages.has('digitalSignature')) return 'may not sign (key usage digitalSignature)';
  const usage = FOREIGN_USAGES.find((one) => keyUsage.usages.has(one));
  if (usage !== undefined) return `has the key usage ${usage}, which a signer must not have`;
  const purpose = (extendedKeyUsage?.purposes ?? []).find((one) => FOREIGN_PURPOSES.has(one));
  return purpose === undefined ? '' : `is meant for ${FOREIGN_PURPOSES.get(purpose)}, which a signer must not be`;
}

/** `below`: authorities between this one and the signer. */
function authorityFault({ basicConstraints, keyUsage, publicKey }: Certificate, below: number): string {
  if (basicConstraints?.ca !== true || !basicConstraints.critical) return 'is no certificate authority';
  if (basicConstraints.pathLength !== undefined && basicConstraints.pathLength < below) {
    return `allows ${basicConstraints.pathLength} authorities below it, and there are ${below}`;
  }
  if (keyUsage?.critical !== true || !keyUsage.usages.has('keyCertSign')) return 'may not issue certificates';
  return attempt(publicKey) === undefined ? 'has a key that is weak or of a kind that is not trusted' : '';
}
