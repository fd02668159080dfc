import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { ASN1Obj, X509Certificate as Parsed } from '@sigstore/core';
import { VerdictError } from '../errors.ts';
import { type DistinguishedName, formatName, readName } from './distinguished-name.ts';
import { type PublicKey, publicKey } from './keys.ts';

/** An X.509 certificate, read once. https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
export interface Certificate {
  /** DER. */
  readonly raw: Uint8Array;
  /** `sha256:` of `raw`. */
  readonly fingerprint: string;
  readonly subject: DistinguishedName;
  /** RFC 4514. */
  readonly subjectName: string;
  /** RFC 4514. */
  readonly issuerName: string;
  /** Lower case hexadecimal. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Object identifier of the algorithm that signed the certificate. */
  readonly signatureAlgorithm: string;
  readonly basicConstraints: BasicConstraints | undefined;
  readonly keyUsage: KeyUsage | undefined;
  readonly extendedKeyUsage: ExtendedKeyUsage | undefined;
  readonly subjectAlternativeNames: readonly AlternativeName[];
  /** By object identifier. */
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Node's own object, for signatures. */
  readonly x509: X509Certificate;
  /** Throws KEY_INVALID if the key is weak or of a kind that is not trusted. */
  readonly publicKey: () => PublicKey;
}

export interface Extension {
  readonly critical: boolean;
  /** What the extension's OCTET STRING holds, DER. */
  readonly value: Uint8Array;
}

export interface BasicConstraints {
  readonly critical: boolean;
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

export interface KeyUsage {
  readonly critical: boolean;
  readonly usages: ReadonlySet<KeyUsageName>;
}

/** Bits in their order. https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3 */
const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsageName = (typeof KEY_USAGES)[number];

export interface ExtendedKeyUsage {
  readonly critical: boolean;
  /** Object identifiers. */
  readonly purposes: readonly string[];
}

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12 */
export const EXTENDED_KEY_USAGE = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
} as const;

export interface AlternativeName {
  readonly type: 'uri' | 'email' | 'dns' | 'otherName';
  readonly value: string;
}

const OID = {
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Largest certificate read; real ones have 1 to 4 KiB, some with many names 20. */
export const MAX_CERTIFICATE_BYTES = 64 * 1024;

/** Throws CERTIFICATE_INVALID for whatever is not exactly one DER certificate. */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.byteLength > MAX_CERTIFICATE_BYTES) {
    throw invalid(`it has ${der.byteLength} bytes, more than ${MAX_CERTIFICATE_BYTES}`);
  }
  try {
    return read(der);
  } catch (cause) {
    if (cause instanceof VerdictError) throw cause;
    throw invalid('it is not one DER certificate', cause);
  }
}

function read(der: Uint8Array): Certificate {
  const raw = Buffer.from(der);
  const x509 = new X509Certificate(raw);
  // OpenSSL reads PEM too, and passes over what follows.
  if (!raw.equals(x509.raw)) throw invalid('it is not one DER certificate');
  const parsed = Parsed.parse(raw);
  const extensions = readExtensions(parsed);
  const tbs = parsed.tbsCertificate.subs;
  // version is there in every certificate with extensions; without it, everything stands one place earlier.
  const first = tbs[0]?.tag.isContextSpecific(0) === true ? 1 : 0;
  const subject = readName(at(tbs, first + 4));
  let key: PublicKey | undefined;
  return {
    raw,
    fingerprint: `sha256:${createHash('sha256').update(raw).digest('hex')}`,
    subject,
    subjectName: formatName(subject),
    issuerName: formatName(readName(at(tbs, first + 2))),
    serialNumber: x509.serialNumber.toLowerCase(),
    notBefore: x509.validFromDate,
    notAfter: x509.validToDate,
    signatureAlgorithm: at(at(parsed.root.subs, 1).subs, 0).toOID(),
    basicConstraints: readBasicConstraints(extensions.get(OID.basicConstraints)),
    keyUsage: readKeyUsage(extensions.get(OID.keyUsage)),
    extendedKeyUsage: readExtendedKeyUsage(extensions.get(OID.extendedKeyUsage)),
    subjectAlternativeNames: readAlternativeNames(extensions.get(OID.subjectAlternativeName)),
    extensions,
    x509,
    publicKey: () => {
      key ??= publicKey(keyOf(x509));
      return key;
    },
  };
}

/** OpenSSL reads a key only when it is asked for, and then throws for kinds and curves that it does not know. */
function keyOf(x509: X509Certificate): KeyObject {
  try {
    return x509.publicKey;
  } catch (cause) {
    throw new VerdictError('KEY_INVALID', 'the key of the certificate cannot be read', { cause });
  }
}

function readExtensions(parsed: Parsed): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const { subs } of parsed.extensions) {
    const oid = at(subs, 0).toOID();
    // https://www.rfc-editor.org/rfc/rfc5280#section-4.2: one of two contradicting ones must not be picked.
    if (extensions.has(oid)) throw invalid(`it has the extension ${oid} twice`);
    const critical = subs.length === 3 && at(subs, 1).toBoolean();
    extensions.set(oid, { critical, value: at(subs, subs.length - 1).value });
  }
  return extensions;
}

const parse = ({ value }: Extension): ASN1Obj => ASN1Obj.parseBuffer(Buffer.from(value));

function readBasicConstraints(extension: Extension | undefined): BasicConstraints | undefined {
  if (extension === undefined) return undefined;
  const { subs } = parse(extension);
  const ca = subs[0]?.tag.isBoolean() === true && subs[0].toBoolean();
  const last = subs.at(-1);
  const pathLength = last?.tag.isInteger() === true ? Number(last.toInteger()) : undefined;
  return { critical: extension.critical, ca, pathLength };
}

function readKeyUsage(extension: Extension | undefined): KeyUsage | undefined {
  if (extension === undefined) return undefined;
  const bits = parse(extension).toBitString();
  return { critical: extension.critical, usages: new Set(KEY_USAGES.filter((_, index) => bits[index] === 1)) };
}

function readExtendedKeyUsage(extension: Extension | undefined): ExtendedKeyUsage | undefined {
  if (extension === undefined) return undefined;
  return { critical: extension.critical, purposes: parse(extension).subs.map((purpose) => purpose.toOID()) };
}

/** Choices of GeneralName. https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6 */
const GENERAL_NAMES: ReadonlyMap<number, AlternativeName['type']> = new Map([
  [0, 'otherName'],
  [1, 'email'],
  [2, 'dns'],
  [6, 'uri'],
]);

function readAlternativeNames(extension: Extension | undefined): readonly AlternativeName[] {
  if (extension === undefined) return [];
  return parse(extension).subs.flatMap((name) => {
    const type = name.tag.isContextSpecific() ? GENERAL_NAMES.get(name.tag.number) : undefined;
    if (type === undefined) return [];
    // An otherName is an object identifier and, explicitly tagged, a value.
    const value = type === 'otherName' ? at(at(name.subs, 1).subs, 0).value : name.value;
    return [{ type, value: value.toString('utf8') }];
  });
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new TypeError(`the structure ends before element ${index}`);
  return item;
}

/**
 * Whether a certificate's signature is its own key's: a root, or a leaf that vouches for itself. OpenSSL's own check would
 * also demand that it may sign certificates.
 */
export const isSelfSigned = (certificate: Certificate): boolean =>
  certificate.subjectName === certificate.issuerName && isSignedByKeyOf(certificate, certificate);

/** Whether `issuer`, which may sign certificates, issued `certificate`: by name and key identifiers, and by signature. */
export const isIssuedBy = (certificate: Certificate, issuer: Certificate): boolean =>
  certificate.x509.checkIssued(issuer.x509) && isSignedByKeyOf(certificate, issuer);

function isSignedByKeyOf({ x509 }: Certificate, issuer: Certificate): boolean {
  try {
    return x509.verify(issuer.x509.publicKey);
  } catch {
    // Keys that OpenSSL cannot read verify nothing.
    return false;
  }
}

/** Whether a certificate is valid at an instant. https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5 */
export const isValidAt = ({ notBefore, notAfter }: Certificate, time: Date): boolean =>
  notBefore <= time && time <= notAfter;

const BLOCK = /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]*)-----END CERTIFICATE-----/g;

/** DER of every certificate in PEM text, in order. */
export const pemCertificates = (text: string): readonly Uint8Array[] =>
  [...text.matchAll(BLOCK)].map(([, base64 = '']) => new Uint8Array(Buffer.from(base64, 'base64')));

const invalid = (message: string, cause?: unknown): VerdictError =>
  new VerdictError('CERTIFICATE_INVALID', `the certificate cannot be used: ${message}`, { cause });
