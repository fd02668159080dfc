import { createHash } from 'node:crypto';
import { type Certificate, parseCertificate } from '../../../src/crypto/certificate.ts';
import { type HashName, type KeyPair, type KeyType, keyPair, signatureAlgorithm, signBytes } from './algorithms.ts';
import {
  bits,
  boolean,
  type Element,
  element,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  set,
  tagged,
  time,
  utf8,
} from './der.ts';

/** Somebody with a key and a certificate. */
export interface Party {
  readonly der: Uint8Array;
  /** Read by the code under test: throws where that refuses it; the bytes are in `der`. */
  readonly certificate: Certificate;
  readonly pem: string;
  readonly key: KeyPair;
  readonly serialNumber: bigint;
  /** Names and key, encoded. */
  readonly subject: Element;
  readonly issuer: Element;
  readonly keyBits: Uint8Array;
}

export interface CertificateOptions {
  /** As in `C=US, O=Verdict, CN=leaf`, or encoded; default: `CN=<name>`. */
  readonly subject?: string | Element;
  readonly key?: KeyType | KeyPair;
  /** Who signs; default: its own key. */
  readonly issuer?: Party;
  readonly hash?: HashName;
  /** Sign with RSASSA-PSS. */
  readonly pss?: boolean;
  readonly serialNumber?: bigint | number;
  /** Default 2020 to 2040. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly extensions?: readonly Element[];
}

export const NOT_BEFORE = new Date('2020-01-01T00:00:00Z');
export const NOT_AFTER = new Date('2040-01-01T00:00:00Z');

let serials = 1000n;

/** A certificate with exactly these extensions. `name` tells keys of the same type apart. */
export function makeCertificate(name: string, options: CertificateOptions = {}): Party {
  const { issuer, hash = 'sha256', pss = false, extensions = [], key: given = 'P-256' } = options;
  const key = typeof given === 'string' ? keyPair(given, name) : given;
  const signer = issuer?.key ?? key;
  const serialNumber = BigInt(options.serialNumber ?? serials++);
  const { subject: named = `CN=${name}` } = options;
  const subject = typeof named === 'string' ? distinguishedName(named) : named;
  const issuerName = issuer?.subject ?? subject;
  const algorithm = signatureAlgorithm(signer.privateKey, hash, pss);
  const spki = key.publicKey.export({ type: 'spki', format: 'der' });
  const tbs = sequence(
    tagged(0, integer(2)),
    integer(serialNumber),
    algorithm,
    issuerName,
    sequence(time(options.notBefore ?? NOT_BEFORE), time(options.notAfter ?? NOT_AFTER)),
    subject,
    spki,
    ...(extensions.length === 0 ? [] : [tagged(3, sequence(...extensions))]),
  );
  const der = sequence(tbs, algorithm, bits(signBytes(signer.privateKey, hash, tbs, pss)));
  return {
    der,
    get certificate() {
      return parseCertificate(der);
    },
    pem: pem('CERTIFICATE', der),
    key,
    serialNumber,
    subject,
    issuer: issuerName,
    keyBits: keyBitsOf(spki),
  };
}

export interface AuthorityOptions extends CertificateOptions {
  readonly pathLength?: number;
}

/** An authority with the extensions that one must have, and those given besides; a root unless it has an issuer. */
export function makeAuthority(name: string, options: AuthorityOptions = {}): Party {
  const own = [basicConstraints(true, options.pathLength), keyUsage(['keyCertSign', 'cRLSign'])];
  return makeCertificate(name, { ...options, extensions: [...own, ...(options.extensions ?? [])] });
}

/** A signer of artifacts: digitalSignature, codeSigning. */
export const makeLeaf = (name: string, issuer: Party, options: CertificateOptions = {}): Party =>
  makeCertificate(name, {
    ...options,
    issuer,
    extensions: [
      keyUsage(['digitalSignature']),
      extendedKeyUsage(['1.3.6.1.5.5.7.3.3']),
      ...(options.extensions ?? []),
    ],
  });

/** A time-stamp authority's leaf. */
export const makeTimestampLeaf = (name: string, issuer: Party, options: CertificateOptions = {}): Party =>
  makeCertificate(name, {
    ...options,
    issuer,
    extensions: [
      keyUsage(['digitalSignature']),
      extendedKeyUsage(['1.3.6.1.5.5.7.3.8'], true),
      ...(options.extensions ?? []),
    ],
  });

const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
};

export const distinguishedName = (text: string): Element =>
  sequence(
    ...text.split(', ').map((attribute) => {
      const [type = '', ...value] = attribute.split('=');
      return set(sequence(oid(ATTRIBUTES[type] ?? type), utf8(value.join('='))));
    }),
  );

export const extension = (id: string, critical: boolean, value: Element): Element =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

export const basicConstraints = (ca: boolean, pathLength?: number): Element =>
  extension(
    '2.5.29.19',
    true,
    sequence(...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])),
  );

const USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
] as const;

export function keyUsage(usages: ReadonlyArray<(typeof USAGES)[number]>, critical = true): Element {
  const byte = usages.reduce((sum, usage) => sum | (0x80 >> USAGES.indexOf(usage)), 0);
  const unused = byte === 0 ? 0 : Math.log2(byte & -byte);
  return extension('2.5.29.15', critical, byte === 0 ? bits(new Uint8Array()) : bits(Buffer.from([byte]), unused));
}

export const extendedKeyUsage = (purposes: readonly string[], critical = false): Element =>
  extension('2.5.29.37', critical, sequence(...purposes.map(oid)));

const uri = (url: string): Element => implicit(6, Buffer.from(url));
/** CRLDistributionPoints, one point for each URL. */
export const pointsOf = (urls: readonly string[]): Element =>
  sequence(...urls.map((url) => sequence(tagged(0, tagged(0, uri(url))))));

export const crlDistributionPoints = (...urls: readonly string[]): Element =>
  extension('2.5.29.31', false, pointsOf(urls));
export const freshestCrl = (...urls: readonly string[]): Element => extension('2.5.29.46', false, pointsOf(urls));
export const ocspAccess = (...urls: readonly string[]): Element =>
  extension('1.3.6.1.5.5.7.1.1', false, sequence(...urls.map((url) => sequence(oid('1.3.6.1.5.5.7.48.1'), uri(url)))));
export const ocspNoCheck = (): Element => extension('1.3.6.1.5.5.7.48.1.5', false, element(0x05));
/** Of general names, encoded. */
export const subjectAlternativeName = (...names: readonly Element[]): Element =>
  extension('2.5.29.17', false, sequence(...names));
export const uriName = uri;
export const emailName = (address: string): Element => implicit(1, Buffer.from(address));
export const dnsName = (name: string): Element => implicit(2, Buffer.from(name));

export const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;

/** The last element of a SubjectPublicKeyInfo, without its count of unused bits. */
function keyBitsOf(spki: Uint8Array): Uint8Array {
  const view = Buffer.from(spki);
  const header = (at: number): { content: number; end: number } => {
    const first = view[at + 1] ?? 0;
    const size = first < 0x80 ? 0 : first & 0x7f;
    const length = size === 0 ? first : view.readUIntBE(at + 2, size);
    return { content: at + 2 + size, end: at + 2 + size + length };
  };
  const algorithm = header(header(0).content);
  return view.subarray(header(algorithm.end).content + 1);
}

export const digest = (hash: HashName, bytes: Uint8Array): Uint8Array => createHash(hash).update(bytes).digest();
