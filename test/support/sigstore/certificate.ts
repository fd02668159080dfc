import { createHash, randomBytes } from 'node:crypto';
import * as der from './der.ts';
import { type HashName, type Key, newKey, signatureAlgorithm, signBytes } from './keys.ts';

export interface Holder {
  readonly key: Key;
  /** Common name. */
  readonly name: string;
  /** The certificate, DER. */
  readonly der: Buffer;
  readonly pem: string;
}

export interface Name {
  readonly type: 'uri' | 'email' | 'dns' | 'otherName';
  readonly value: string;
}

export interface CertificateOptions {
  readonly name: string;
  /** Undefined: it signs itself. */
  readonly issuer?: Holder;
  readonly key?: Key;
  readonly from?: Date;
  readonly until?: Date;
  /** Makes it an authority, with this path length if it is a number. */
  readonly authority?: boolean | number;
  readonly names?: readonly Name[];
  /** Extended key usages, object identifiers; undefined: none. */
  readonly purposes?: readonly string[];
  readonly arePurposesCritical?: boolean;
  /** Bits of the key usage; default: keyCertSign for authorities, else digitalSignature. */
  readonly keyUsage?: number;
  /** Hash of the issuer's signature; default: what fits its key. */
  readonly hash?: HashName;
  /** Further extensions: object identifier, value (DER), critical. */
  readonly extensions?: readonly Extra[];
  /** Makes the last extension from the certificate without it (TBSCertificate): signed certificate timestamps. */
  readonly promises?: (body: Uint8Array, issuerKey: Uint8Array) => Extra;
}

export interface Extra {
  readonly oid: string;
  readonly value: Uint8Array;
  readonly critical?: boolean;
}

export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

/** Issues a certificate. */
export function issue(options: CertificateOptions): Holder {
  const key = options.key ?? newKey();
  const issuer = options.issuer?.key ?? key;
  const algorithm = signatureAlgorithm(issuer, options.hash);
  const serial = randomBytes(16);
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  const body = (extras: readonly Extra[]): Buffer =>
    der.sequence(
      der.explicit(0, der.integer(2)),
      der.integer(serial),
      algorithm,
      distinguishedName(options.issuer?.name ?? options.name),
      der.sequence(
        der.generalizedTime(options.from ?? new Date('2020-01-01')),
        der.generalizedTime(options.until ?? new Date('2049-01-01')),
      ),
      distinguishedName(options.name),
      key.spki,
      der.explicit(3, der.sequence(...extensionsOf(options, key, issuer), ...extras.map(extension))),
    );
  const extras = options.extensions ?? [];
  const promises = options.promises?.(body(extras), issuer.spki);
  const signed = body(promises === undefined ? extras : [...extras, promises]);
  const signature = signBytes(issuer, signed, options.hash === undefined ? {} : { hash: options.hash });
  const bytes = der.sequence(signed, algorithm, der.bits(signature));
  return { key, name: options.name, der: bytes, pem: pemOf('CERTIFICATE', bytes) };
}

export const pemOf = (label: string, bytes: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${(
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END ${label}-----\n`;

const distinguishedName = (name: string): Buffer =>
  der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8(name))));

const identifierOf = (spki: Uint8Array): Buffer => createHash('sha256').update(spki).digest().subarray(0, 20);

function extensionsOf(options: CertificateOptions, key: Key, issuer: Key): readonly Buffer[] {
  const { authority = false, names = [], purposes } = options;
  const usage = options.keyUsage ?? (authority === false ? DIGITAL_SIGNATURE : KEY_CERT_SIGN);
  return [
    ...(authority === false
      ? []
      : [
          extension({
            oid: '2.5.29.19',
            value: der.sequence(der.boolean(true), ...(typeof authority === 'number' ? [der.integer(authority)] : [])),
            critical: true,
          }),
        ]),
    extension({ oid: '2.5.29.15', value: der.element(0x03, Buffer.from([0, usage])), critical: true }),
    ...(purposes === undefined
      ? []
      : [
          extension({
            oid: '2.5.29.37',
            value: der.sequence(...purposes.map(der.oid)),
            critical: options.arePurposesCritical ?? false,
          }),
        ]),
    extension({ oid: '2.5.29.14', value: der.octets(identifierOf(key.spki)) }),
    extension({ oid: '2.5.29.35', value: der.sequence(der.implicit(0, identifierOf(issuer.spki))) }),
    ...(names.length === 0
      ? []
      : [extension({ oid: '2.5.29.17', value: der.sequence(...names.map(generalName)), critical: true })]),
  ];
}

const extension = ({ oid, value, critical = false }: Extra): Buffer =>
  der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octets(value));

function generalName({ type, value }: Name): Buffer {
  switch (type) {
    case 'otherName':
      return der.explicit(0, der.oid('1.3.6.1.4.1.57264.1.7'), der.explicit(0, der.utf8(value)));
    case 'email':
      return der.implicit(1, Buffer.from(value));
    case 'dns':
      return der.implicit(2, Buffer.from(value));
    case 'uri':
      return der.implicit(6, Buffer.from(value));
  }
}
