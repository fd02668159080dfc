import { type HashName, hashAlgorithm, signatureAlgorithm, signBytes } from './algorithms.ts';
import { digest, type Party } from './certificates.ts';
import {
  type Element,
  element,
  generalizedTime,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  set,
  tagged,
} from './der.ts';

export const TIMESTAMP_TIME = new Date('2026-01-15T12:00:00Z');

export interface TimestampOptions {
  readonly time?: Date;
  readonly policy?: string;
  /** Of imprint and signature. */
  readonly hash?: HashName;
  readonly pss?: boolean;
  /** Encoded; default: none. */
  readonly accuracy?: Element;
  /** How the token names its certificate. */
  readonly signingCertificate?: 'v2' | 'v1' | 'none';
  /** The certificate it names, if not the signer's. */
  readonly named?: Party;
  /** Certificates in the token; default: the signer's. */
  readonly certificates?: readonly Party[];
  readonly contentType?: string;
  /** Content type that the attribute states, if another. */
  readonly statedType?: string;
  /** Digest that the attribute states, if another. */
  readonly statedDigest?: Uint8Array;
  /** How often the signer stands in it. */
  readonly signers?: number;
  readonly version?: number;
  /** Identifies the signer by key instead of by issuer and serial number; the value of the identifier. */
  readonly keyIdentifier?: Uint8Array;
  /** TSTInfo's extensions, encoded. */
  readonly extensions?: readonly Element[];
}

export const TST_INFO_TYPE = '1.2.840.113549.1.9.16.1.4';

/** A TimeStampToken over the data, DER. */
export function makeTimestamp(signer: Party, data: Uint8Array, options: TimestampOptions = {}): Uint8Array {
  const {
    hash = 'sha256',
    pss = false,
    contentType = TST_INFO_TYPE,
    certificates = [signer],
    extensions = [],
  } = options;
  const info = sequence(
    integer(options.version ?? 1),
    oid(options.policy ?? '1.2.3.4'),
    sequence(hashAlgorithm(hash), octets(digest(hash, data))),
    integer(42),
    generalizedTime(options.time ?? TIMESTAMP_TIME),
    ...(options.accuracy === undefined ? [] : [options.accuracy]),
    ...(extensions.length === 0 ? [] : [tagged(1, ...extensions)]),
  );
  const attributes = [
    attribute('1.2.840.113549.1.9.3', oid(options.statedType ?? contentType)),
    attribute('1.2.840.113549.1.9.4', octets(options.statedDigest ?? digest(hash, info))),
    ...signingCertificate(options.named ?? signer, options.signingCertificate ?? 'v2'),
  ];
  const algorithm = signatureAlgorithm(signer.key.privateKey, hash, pss);
  const identifier =
    options.keyIdentifier === undefined
      ? sequence(signer.issuer, integer(signer.serialNumber))
      : implicit(0, options.keyIdentifier);
  const signerInfo = sequence(
    integer(1),
    identifier,
    hashAlgorithm(hash),
    tagged(0, ...attributes),
    algorithm,
    octets(signBytes(signer.key.privateKey, hash, set(...attributes), pss)),
  );
  const signedData = sequence(
    integer(3),
    set(hashAlgorithm(hash)),
    sequence(oid(contentType), tagged(0, octets(info))),
    tagged(0, ...certificates.map(({ der }) => der)),
    set(...Array.from({ length: options.signers ?? 1 }, () => signerInfo)),
  );
  return sequence(oid('1.2.840.113549.1.7.2'), tagged(0, signedData));
}

/** A TimeStampResp; status 0 is granted. */
export const makeTimestampResponse = (token: Uint8Array, status = 0): Uint8Array =>
  sequence(sequence(integer(status)), token);

export const accuracy = (seconds: number, millis?: number, micros?: number): Element => {
  const number = (value: number): Uint8Array => integer(value).subarray(2);
  return sequence(
    ...(seconds === 0 ? [] : [integer(seconds)]),
    ...(millis === undefined ? [] : [implicit(0, number(millis))]),
    ...(micros === undefined ? [] : [implicit(1, number(micros))]),
  );
};

const attribute = (type: string, value: Element): Element => sequence(oid(type), set(value));

function signingCertificate({ der, issuer, serialNumber }: Party, version: 'v2' | 'v1' | 'none'): readonly Element[] {
  const issuerSerial = sequence(sequence(tagged(4, issuer)), integer(serialNumber));
  switch (version) {
    case 'v2': {
      const id = sequence(octets(digest('sha256', der)), issuerSerial);
      return [attribute('1.2.840.113549.1.9.16.2.47', sequence(sequence(id)))];
    }
    case 'v1':
      return [
        attribute(
          '1.2.840.113549.1.9.16.2.12',
          sequence(sequence(sequence(octets(digest('sha1', der)), issuerSerial))),
        ),
      ];
    case 'none':
      return [];
  }
}

/** The same structure with indefinite lengths, its content octets in two pieces: as stream writers encode CMS. */
export function asBer(token: Uint8Array): Uint8Array {
  const indefinite = (tag: number, ...contents: readonly Uint8Array[]): Uint8Array =>
    Buffer.concat([Buffer.from([tag, 0x80]), ...contents, Buffer.from([0, 0])]);
  const view = Buffer.from(token);
  const children = (start: number, end: number): { at: number; content: number; end: number }[] => {
    const found: { at: number; content: number; end: number }[] = [];
    for (let at = start; at < end; ) {
      const first = view[at + 1] ?? 0;
      const size = first < 0x80 ? 0 : first & 0x7f;
      const content = at + 2 + size;
      const stop = content + (size === 0 ? first : view.readUIntBE(at + 2, size));
      found.push({ at, content, end: stop });
      at = stop;
    }
    return found;
  };
  const nth = (list: readonly { at: number; content: number; end: number }[], index: number) => {
    const one = list[index];
    if (one === undefined) throw new Error(`the token has no element ${index}`);
    return one;
  };
  const raw = ({ at, end }: { at: number; end: number }): Uint8Array => view.subarray(at, end);
  const info = nth(children(0, view.length), 0);
  const [type, explicit] = [nth(children(info.content, info.end), 0), nth(children(info.content, info.end), 1)];
  const signed = nth(children(explicit.content, explicit.end), 0);
  const parts = children(signed.content, signed.end);
  const encapsulated = nth(parts, 2);
  const contentType = nth(children(encapsulated.content, encapsulated.end), 0);
  const wrapper = nth(children(encapsulated.content, encapsulated.end), 1);
  const content = nth(children(wrapper.content, wrapper.end), 0);
  const bytes = view.subarray(content.content, content.end);
  const pieces = indefinite(0x24, element(0x04, bytes.subarray(0, 10)), element(0x04, bytes.subarray(10)));
  const body = indefinite(0x30, raw(contentType), indefinite(0xa0, pieces));
  const rest = parts.slice(3).map(raw);
  const data = indefinite(0x30, raw(nth(parts, 0)), raw(nth(parts, 1)), body, ...rest);
  return indefinite(0x30, raw(type), indefinite(0xa0, data));
}
