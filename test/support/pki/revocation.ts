import { type HashName, hashAlgorithm, signatureAlgorithm, signBytes } from './algorithms.ts';
import { digest, extension, freshestCrl, type Party } from './certificates.ts';
import {
  bits,
  type Element,
  element,
  enumerated,
  generalizedTime,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  sequenceOf,
  tagged,
  time,
} from './der.ts';

export const THIS_UPDATE = new Date('2026-01-01T00:00:00Z');
export const NEXT_UPDATE = new Date('2026-02-01T00:00:00Z');

export interface RevokedEntry {
  readonly serialNumber: bigint | number;
  readonly date?: Date;
  readonly reason?: number;
  readonly invalidityDate?: Date;
  readonly extensions?: readonly Element[];
}

export interface CrlOptions {
  readonly entries?: readonly RevokedEntry[];
  readonly thisUpdate?: Date;
  /** `null`: none. */
  readonly nextUpdate?: Date | null;
  readonly number?: number;
  /** Makes it a delta list. */
  readonly baseNumber?: number;
  readonly freshest?: readonly string[];
  readonly extensions?: readonly Element[];
  /** Whose name it bears, if not the signer's. */
  readonly issuer?: Element;
  readonly hash?: HashName;
}

/** A list, DER, signed by the party. */
export function makeCrl(signer: Party, options: CrlOptions = {}): Uint8Array {
  const { entries = [], number = 1, baseNumber, freshest, hash = 'sha256' } = options;
  const { nextUpdate = NEXT_UPDATE } = options;
  const algorithm = signatureAlgorithm(signer.key.privateKey, hash);
  const extensions = [
    extension('2.5.29.20', false, integer(number)),
    ...(baseNumber === undefined ? [] : [extension('2.5.29.27', true, integer(baseNumber))]),
    ...(freshest === undefined ? [] : [freshestCrl(...freshest)]),
    ...(options.extensions ?? []),
  ];
  const tbs = sequence(
    integer(1),
    algorithm,
    options.issuer ?? signer.subject,
    time(options.thisUpdate ?? THIS_UPDATE),
    ...(nextUpdate === null ? [] : [time(nextUpdate)]),
    ...(entries.length === 0 ? [] : [sequenceOf(entries.map(revokedEntry))]),
    tagged(0, sequence(...extensions)),
  );
  return sequence(tbs, algorithm, bits(signBytes(signer.key.privateKey, hash, tbs)));
}

function revokedEntry({
  serialNumber,
  date = THIS_UPDATE,
  reason,
  invalidityDate,
  extensions = [],
}: RevokedEntry): Element {
  const own = [
    ...(reason === undefined ? [] : [extension('2.5.29.21', false, enumerated(reason))]),
    ...(invalidityDate === undefined ? [] : [extension('2.5.29.24', false, generalizedTime(invalidityDate))]),
    ...extensions,
  ];
  return sequence(integer(serialNumber), time(date), ...(own.length === 0 ? [] : [sequence(...own)]));
}

export interface OcspOptions {
  /** Who signs; default: the issuer. */
  readonly responder?: Party;
  readonly status?: 'good' | 'unknown' | { readonly revoked: Date; readonly invalidityDate?: Date };
  readonly thisUpdate?: Date;
  /** `null`: none. */
  readonly nextUpdate?: Date | null;
  /** Of the certificate's identifier. */
  readonly idHash?: HashName;
  readonly serialNumber?: bigint;
  /** Name the responder by its key instead of its name. */
  readonly byKey?: boolean;
  /** Certificates that come with it; default: the responder's, where it is not the issuer. */
  readonly certificates?: readonly Party[];
  readonly extensions?: readonly Element[];
  /** How often the one answer stands in it. */
  readonly times?: number;
}

/** An answer about a certificate, DER. */
export function makeOcspResponse(certificate: Party, issuer: Party, options: OcspOptions = {}): Uint8Array {
  const { responder = issuer, status = 'good', idHash = 'sha256', byKey = false } = options;
  const { nextUpdate = NEXT_UPDATE, certificates = responder === issuer ? [] : [responder] } = options;
  const id = sequence(
    hashAlgorithm(idHash),
    octets(digest(idHash, issuer.subject)),
    octets(digest(idHash, issuer.keyBits)),
    integer(options.serialNumber ?? certificate.serialNumber),
  );
  const invalidityDate = typeof status === 'string' ? undefined : status.invalidityDate;
  const extensions = [
    ...(invalidityDate === undefined ? [] : [extension('2.5.29.24', false, generalizedTime(invalidityDate))]),
    ...(options.extensions ?? []),
  ];
  const single = sequence(
    id,
    statusElement(status),
    generalizedTime(options.thisUpdate ?? THIS_UPDATE),
    ...(nextUpdate === null ? [] : [tagged(0, generalizedTime(nextUpdate))]),
    ...(extensions.length === 0 ? [] : [tagged(1, sequence(...extensions))]),
  );
  const data = sequence(
    byKey ? tagged(2, octets(digest('sha1', responder.keyBits))) : tagged(1, responder.subject),
    generalizedTime(options.thisUpdate ?? THIS_UPDATE),
    sequence(...Array.from({ length: options.times ?? 1 }, () => single)),
  );
  const algorithm = signatureAlgorithm(responder.key.privateKey, 'sha256');
  const basic = sequence(
    data,
    algorithm,
    bits(signBytes(responder.key.privateKey, 'sha256', data)),
    ...(certificates.length === 0 ? [] : [tagged(0, sequence(...certificates.map(({ der }) => der)))]),
  );
  return sequence(enumerated(0), tagged(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))));
}

/** A refusal, such as 6: unauthorized. */
export const makeOcspRefusal = (status: number): Uint8Array => sequence(enumerated(status));

function statusElement(status: NonNullable<OcspOptions['status']>): Element {
  if (status === 'good') return implicit(0, new Uint8Array());
  if (status === 'unknown') return implicit(2, new Uint8Array());
  return element(0xa1, generalizedTime(status.revoked));
}
