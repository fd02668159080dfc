import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/**
 * Kinds of keys with the algorithm that certificates are signed with by them. `RSA-1024`, `P-256K` (secp256k1 is not to
 * be had from WebCrypto) and the like are for attacks.
 */
const ALGORITHMS = {
  'RSA-1024': rsa(1024, 'SHA-256'),
  'RSA-2048': rsa(2048, 'SHA-256'),
  'RSA-3072': rsa(3072, 'SHA-384'),
  'RSA-4096': rsa(4096, 'SHA-512'),
  /** Signs certificates with SHA-1. */
  'RSA-2048-SHA-1': rsa(2048, 'SHA-1'),
  /** Signs certificates with RSASSA-PSS and SHA-1, which nothing but the parameters say. */
  'RSA-2048-PSS-SHA-1': { ...rsa(2048, 'SHA-1'), name: 'RSA-PSS', saltLength: 20 },
  'RSA-2048-PSS': { ...rsa(2048, 'SHA-256'), name: 'RSA-PSS', saltLength: 32 },
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  'P-521': { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  Ed25519: { name: 'Ed25519' },
} as const;
export type KeyName = keyof typeof ALGORITHMS;

function rsa(modulusLength: number, hash: string) {
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash } as const;
}

/** Somebody with a key and a certificate for it. */
export interface Party {
  readonly der: Uint8Array;
  readonly name: string;
  readonly key: KeyName;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface CertificateOptions {
  readonly key?: KeyName;
  /** Distinguished name. */
  readonly name?: string;
  readonly from?: string;
  readonly until?: string;
  /** Replace those that a good certificate of its kind has. */
  readonly extensions?: readonly Extension[];
  /** Who issues it; undefined: itself. */
  readonly issuer?: Party | undefined;
}

export const EXTENSIONS = {
  ca: (pathLength?: number, isCritical = true) => new BasicConstraintsExtension(true, pathLength, isCritical),
  noCa: () => new BasicConstraintsExtension(false, undefined, true),
  usage: (...usages: (keyof typeof KeyUsageFlags)[]) => usage(usages, true),
  usageNotCritical: (...usages: (keyof typeof KeyUsageFlags)[]) => usage(usages, false),
  /** Critical, and nobody knows it. */
  unknown: () => new Extension('1.3.6.1.4.1.99999.7', true, new Uint8Array([5, 0])),
  purpose: (...oids: string[]) => new ExtendedKeyUsageExtension(oids, false),
};

function usage(usages: readonly (keyof typeof KeyUsageFlags)[], isCritical: boolean): Extension {
  return new KeyUsagesExtension(
    usages.reduce((flags, one) => flags | KeyUsageFlags[one], 0),
    isCritical,
  );
}

/** Keys take up to seconds to make, so each kind is made a few times at most. */
const made = new Map<string, Promise<webcrypto.CryptoKeyPair>>();

/** `label`: another label, another key of the kind. */
function keyPair(kind: KeyName, label: string): Promise<webcrypto.CryptoKeyPair> {
  const id = `${kind}/${label}`;
  const keys =
    made.get(id) ??
    (webcrypto.subtle.generateKey(ALGORITHMS[kind], true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>);
  made.set(id, keys);
  return keys;
}

let serial = 0x1000;

/** A certificate. Without options a self-signed one of P-256 that may do nothing, valid from 2026 to 2036. */
export async function issue(options: CertificateOptions = {}): Promise<Party> {
  const {
    key = 'P-256',
    name = 'CN=somebody',
    from = '2026-01-01',
    until = '2036-01-01',
    extensions = [],
    issuer,
  } = options;
  // A key belongs to its name: the same name again is the same signer with another certificate.
  const keys = await keyPair(key, name);
  serial++;
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: serial.toString(16),
      subject: name,
      issuer: issuer?.name ?? name,
      notBefore: new Date(from),
      notAfter: new Date(until),
      signingAlgorithm: ALGORITHMS[issuer?.key ?? key],
      publicKey: keys.publicKey,
      signingKey: (issuer?.keys ?? keys).privateKey,
      extensions: [...extensions],
    },
    webcrypto,
  );
  return { der: new Uint8Array(certificate.rawData), name, key, keys };
}

export const ROOT_NAME = 'C=US, ST=WA, O=Acme, CN=Root';
export const LEAF_NAME = 'C=US, ST=WA, O=Acme, OU=Build, CN=Signer';

/** A root: authority, may issue and revoke. */
export const root = (options: CertificateOptions = {}): Promise<Party> =>
  issue({ name: ROOT_NAME, extensions: [EXTENSIONS.ca(), EXTENSIONS.usage('keyCertSign', 'cRLSign')], ...options });

/** An authority below another. */
export const intermediate = (issuer: Party, options: CertificateOptions = {}): Promise<Party> =>
  issue({
    name: 'C=US, ST=WA, O=Acme, CN=Issuer',
    extensions: [EXTENSIONS.ca(), EXTENSIONS.usage('keyCertSign')],
    issuer,
    ...options,
  });

/** A signer: may sign code, nothing else. Without issuer self-signed. */
export const leaf = (issuer: Party | undefined, options: CertificateOptions = {}): Promise<Party> =>
  issue({
    name: LEAF_NAME,
    extensions: [EXTENSIONS.usage('digitalSignature'), EXTENSIONS.purpose('1.3.6.1.5.5.7.3.3')],
    issuer,
    ...options,
  });
