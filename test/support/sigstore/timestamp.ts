import { createHash } from 'node:crypto';
import { type CertificateOptions, type Holder, issue, TIME_STAMPING } from './certificate.ts';
import * as der from './der.ts';
import { HASH_OIDS, type HashName, type Key, signatureAlgorithm, signBytes } from './keys.ts';

/** A timestamp authority: root and signing certificate. */
export interface TimestampAuthority {
  readonly root: Holder;
  readonly leaf: Holder;
  /** An RFC 3161 response over the bytes, DER. */
  readonly stamp: (bytes: Uint8Array, time: Date, options?: StampOptions) => Buffer;
}

export interface StampOptions {
  /** Of the imprint and the attributes; default SHA-256. */
  readonly hash?: HashName;
  /** Whether the certificate comes along; default true. */
  readonly embed?: boolean;
  /** PKIStatus; default 0. */
  readonly status?: number;
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';

export function newTimestampAuthority(
  name: string,
  key?: Key,
  leaf: Partial<CertificateOptions> = {},
): TimestampAuthority {
  const root = issue({ name: `${name} root`, authority: true });
  const signer = issue({
    name: `${name} signer`,
    issuer: root,
    purposes: [TIME_STAMPING],
    arePurposesCritical: true,
    ...(key === undefined ? {} : { key }),
    ...leaf,
  });
  return { root, leaf: signer, stamp: (bytes, time, options = {}) => stamp(root, signer, bytes, time, options) };
}

const digest = (hash: HashName, bytes: Uint8Array): Buffer => createHash(hash).update(bytes).digest();
const attribute = (type: string, value: Uint8Array): Buffer => der.sequence(der.oid(type), der.set(value));
const hashAlgorithm = (hash: HashName): Buffer => der.sequence(der.oid(HASH_OIDS[hash]));

function stamp(
  root: Holder,
  leaf: Holder,
  bytes: Uint8Array,
  time: Date,
  { hash = 'sha256', embed = true, status = 0 }: StampOptions,
): Buffer {
  const info = der.sequence(
    der.integer(1),
    der.oid('1.2.3.4'),
    der.sequence(hashAlgorithm(hash), der.octets(digest(hash, bytes))),
    der.integer(0x1234),
    der.generalizedTime(time),
  );
  const attributes = [
    attribute('1.2.840.113549.1.9.3', der.oid(TST_INFO)),
    attribute('1.2.840.113549.1.9.4', der.octets(digest(hash, info))),
    attribute(
      '1.2.840.113549.1.9.16.2.47',
      der.sequence(der.sequence(der.sequence(der.octets(digest('sha256', leaf.der))))),
    ),
  ].sort((one, other) => Buffer.compare(one, other));
  const signature = signBytes(leaf.key, der.set(...attributes), { hash });
  const signer = der.sequence(
    der.integer(1),
    issuerAndSerial(root, leaf),
    hashAlgorithm(hash),
    der.explicit(0, ...attributes),
    signatureAlgorithm(leaf.key, hash),
    der.octets(signature),
  );
  const data = der.sequence(
    der.integer(3),
    der.set(hashAlgorithm(hash)),
    der.sequence(der.oid(TST_INFO), der.explicit(0, der.octets(info))),
    ...(embed ? [der.explicit(0, leaf.der)] : []),
    der.set(signer),
  );
  const token = der.sequence(der.oid(SIGNED_DATA), der.explicit(0, data));
  return der.sequence(der.sequence(der.integer(status)), token);
}

function issuerAndSerial(root: Holder, { der: bytes }: Holder): Buffer {
  // The serial number stands right behind the version, in every certificate that is issued here: 16 bytes.
  const at = bytes.indexOf(Buffer.from([0xa0, 3, 2, 1, 2])) + 5;
  return der.sequence(
    der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8(root.name)))),
    bytes.subarray(at, at + 18),
  );
}
