import { constants, KeyObject, sign as signWith } from 'node:crypto';
import { decode, encode, Tag } from 'cbor2';
import type { Party } from './pki.ts';

/** What goes into an envelope. Everything has a good default; `undefined` leaves a header out. */
export interface EnvelopeParts {
  /** Leaf first, root last; the first one signs. */
  readonly chain: readonly Party[];
  readonly payload: Uint8Array;
  /** Replaces the algorithm that is named; what signs stays the same. */
  readonly algorithm?: string | number;
  readonly contentType?: string;
  readonly critical?: readonly unknown[] | undefined;
  /** Protected headers, on top of scheme and signing time; `undefined` removes one. Dates become times. */
  readonly signed?: Readonly<Record<string, unknown>>;
  /** Unprotected headers beside the chain. */
  readonly unsigned?: Readonly<Record<string, unknown>>;
  /** Who signs in place of the first of the chain. */
  readonly signer?: Party;
  /** What is signed in place of what should be. */
  readonly toBeSigned?: (bytes: Uint8Array) => Uint8Array;
}

export const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';
export const SCHEME = 'io.cncf.notary.signingScheme';
export const SIGNING_TIME = 'io.cncf.notary.signingTime';
export const AUTHENTIC_TIME = 'io.cncf.notary.authenticSigningTime';
export const EXPIRY = 'io.cncf.notary.expiry';
export const TIMESTAMP = 'io.cncf.notary.timestampSignature';

/** Headers of the scheme of signing authorities. */
export const authority = (time: Date): Readonly<Record<string, unknown>> => ({
  [SCHEME]: 'notary.x509.signingAuthority',
  [SIGNING_TIME]: undefined,
  [AUTHENTIC_TIME]: time,
});

const SIGNED_AT = new Date('2026-06-01T10:00:00Z');

const COSE_ALGORITHMS: Readonly<Record<string, number>> = {
  ES256: -7,
  ES384: -35,
  ES512: -36,
  PS256: -37,
  PS384: -38,
  PS512: -39,
};

/** The algorithm that goes with a key. */
export function algorithmOf({ key }: Party): string {
  const names = { 'RSA-3072': 'PS384', 'RSA-4096': 'PS512', 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };
  return names[key as keyof typeof names] ?? 'PS256';
}

function signature(party: Party, bytes: Uint8Array): Uint8Array {
  const key = KeyObject.from(party.keys.privateKey as Parameters<typeof KeyObject.from>[0]);
  if (party.key === 'Ed25519') return signWith(null, bytes, key);
  const algorithm = algorithmOf(party);
  const hash = `sha${algorithm.slice(2)}`;
  return algorithm.startsWith('PS')
    ? signWith(hash, bytes, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      })
    : signWith(hash, bytes, { key, dsaEncoding: 'ieee-p1363' });
}

const defined = (headers: Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(headers).filter(([, value]) => value !== undefined);

function headersOf({ signed = {} }: EnvelopeParts): [string, unknown][] {
  return defined({ [SCHEME]: 'notary.x509', [SIGNING_TIME]: SIGNED_AT, ...signed });
}

function criticalOf(
  parts: EnvelopeParts,
  headers: readonly (readonly [string, unknown])[],
): readonly unknown[] | undefined {
  if ('critical' in parts) return parts.critical;
  return headers.map(([name]) => name).filter((name) => [SCHEME, AUTHENTIC_TIME, EXPIRY].includes(name));
}

/** The members of a flattened JWS. */
export function jwsMembers(parts: EnvelopeParts): Record<string, unknown> {
  const [leaf] = parts.chain;
  const headers = headersOf(parts);
  const header = Object.fromEntries(
    defined({
      alg: parts.algorithm ?? algorithmOf(leaf as Party),
      cty: parts.contentType ?? PAYLOAD_TYPE,
      crit: criticalOf(parts, headers),
      ...Object.fromEntries(
        headers.map(([name, value]) => [name, value instanceof Date ? value.toISOString().replace('.000', '') : value]),
      ),
    }),
  );
  const protectedHeader = Buffer.from(JSON.stringify(header)).toString('base64url');
  return jwsOf(parts, protectedHeader);
}

/** A flattened JWS with a protected header that is already encoded. */
export function jwsOf(parts: EnvelopeParts, protectedHeader: string): Record<string, unknown> {
  const { chain, payload, unsigned = {}, toBeSigned = (bytes) => bytes } = parts;
  const encoded = Buffer.from(payload).toString('base64url');
  const bytes = toBeSigned(Buffer.from(`${protectedHeader}.${encoded}`));
  return {
    payload: encoded,
    protected: protectedHeader,
    header: {
      x5c: chain.map(({ der }) => Buffer.from(der).toString('base64')),
      ...Object.fromEntries(defined(unsigned)),
    },
    signature: Buffer.from(signature(parts.signer ?? (chain[0] as Party), bytes)).toString('base64url'),
  };
}

/** A JWS envelope. */
export const jws = (parts: EnvelopeParts): Uint8Array => Buffer.from(JSON.stringify(jwsMembers(parts)));

/** An envelope made here with a timestamp over its signature value. */
export function stamped(envelope: Uint8Array, timestamp: (signature: Uint8Array) => Uint8Array): Uint8Array {
  if (envelope[0] === 0x7b) {
    const members = JSON.parse(Buffer.from(envelope).toString());
    const token = timestamp(Buffer.from(String(members.signature), 'base64url'));
    const header = { ...members.header, [TIMESTAMP]: Buffer.from(token).toString('base64') };
    return Buffer.from(JSON.stringify({ ...members, header }));
  }
  const message = decode<Tag>(new Uint8Array(envelope));
  const [header, unprotected, payload, signed] = message.contents as [
    unknown,
    Map<unknown, unknown>,
    unknown,
    Uint8Array,
  ];
  const token = new Uint8Array(timestamp(signed));
  return encode(new Tag(18, [header, new Map([...unprotected, [TIMESTAMP, token]]), payload, signed]));
}

/** The protected header of a COSE envelope. cbor2 takes a Buffer for a map, so bytes are plain here. */
export function coseHeader(parts: EnvelopeParts): Map<unknown, unknown> {
  const headers = headersOf(parts);
  const critical = criticalOf(parts, headers);
  const [leaf] = parts.chain;
  return new Map<unknown, unknown>([
    [1, parts.algorithm ?? COSE_ALGORITHMS[algorithmOf(leaf as Party)]],
    ...(critical === undefined ? [] : ([[2, critical]] as [unknown, unknown][])),
    [3, parts.contentType ?? PAYLOAD_TYPE],
    ...headers.map(([name, value]): [unknown, unknown] => [
      name,
      value instanceof Date ? new Tag(1, Math.floor(value.getTime() / 1000)) : value,
    ]),
  ]);
}

/** A COSE envelope. `header`: the protected header, encoded. */
export function cose(parts: EnvelopeParts, header = encode(coseHeader(parts))): Uint8Array {
  const { chain, unsigned = {}, toBeSigned = (bytes) => bytes } = parts;
  const payload = new Uint8Array(parts.payload);
  const bytes = toBeSigned(encode(['Signature1', header, new Uint8Array(), payload]));
  const unprotected = new Map<unknown, unknown>([
    [33, chain.map(({ der }) => new Uint8Array(der))],
    ...defined(unsigned),
  ]);
  const signed = new Uint8Array(signature(parts.signer ?? (chain[0] as Party), bytes));
  return encode(new Tag(18, [header, unprotected, payload, signed]));
}
