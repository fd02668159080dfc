import type { TransparencyLogEntry } from '@sigstore/bundle';
import { HashAlgorithm } from '@sigstore/protobuf-specs';
import { Entry } from '@sigstore/protobuf-specs/rekor/v2';
import type { Hash } from '../../crypto/signature-algorithm.ts';
import { isObject, parseJson } from '../../json.ts';

/** Whom a log entry names as verifier of its signature, DER. */
export type Named =
  | { readonly kind: 'certificate'; readonly der: Uint8Array }
  | { readonly kind: 'key'; readonly der: Uint8Array };

/** What an entry of a transparency log says. */
export interface Body {
  readonly signature: Uint8Array | undefined;
  readonly named: Named;
  /** Digests that it records, each with what it must be of. */
  readonly digests: readonly Recorded[];
}

export interface Recorded {
  readonly of: 'signed' | 'payload' | 'envelope';
  readonly algorithm: Hash;
  readonly digest: Uint8Array;
}

/** Why an entry does not speak of the signature. */
export class BodyFault extends Error {}

/** The kinds that can be bound to a signature, by kind and version. */
const READERS: Readonly<Record<string, (spec: Json, body: Json) => Body>> = {
  'hashedrekord/0.0.1': hashedRekord1,
  'hashedrekord/0.0.2': hashedRekord2,
  'dsse/0.0.1': dsse1,
  'dsse/0.0.2': dsse2,
  'intoto/0.0.1': intoto1,
  'intoto/0.0.2': intoto2,
};

export type Json = Readonly<Record<string, unknown>>;

/** Reads the body of an entry. Throws BodyFault, and for what is no JSON VerdictError. */
export function readBody(entry: TransparencyLogEntry): Body {
  const body = object(parseJson(entry.canonicalizedBody, 'the body of the log entry', 'SIGNATURE_INVALID'), 'body');
  const { kind, version } = entry.kindVersion;
  if (body.kind !== kind || body.apiVersion !== version) throw new BodyFault('its kind is not that of its body');
  const reader = Object.hasOwn(READERS, `${kind}/${version}`) ? READERS[`${kind}/${version}`] : undefined;
  if (reader === undefined) throw new BodyFault(`entries of kind ${kind} ${version} are not known`);
  return reader(object(body.spec, 'spec'), body);
}

/** https://github.com/sigstore/rekor/blob/v1.5.3/pkg/types/hashedrekord/v0.0.1/hashedrekord_v0_0_1_schema.json */
function hashedRekord1(spec: Json): Body {
  const signature = object(spec.signature, 'signature');
  const data = object(spec.data, 'data');
  return {
    signature: base64(signature.content, 'signature'),
    named: pem(base64(object(signature.publicKey, 'publicKey').content, 'publicKey')),
    digests: [recorded('signed', data.hash)],
  };
}

/** https://github.com/sigstore/rekor/blob/v1.5.3/pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json */
function dsse1(spec: Json): Body {
  const signature = object(single(spec.signatures), 'signature');
  return {
    signature: base64(signature.signature, 'signature'),
    named: pem(base64(signature.verifier, 'verifier')),
    digests: [recorded('payload', spec.payloadHash)],
  };
}

/**
 * Records the envelope as a whole and no signature: the digest of the whole is what binds.
 * https://github.com/sigstore/rekor/blob/v1.5.3/pkg/types/intoto/v0.0.1/intoto_v0_0_1_schema.json
 */
function intoto1(spec: Json): Body {
  const content = object(spec.content, 'content');
  return {
    signature: undefined,
    named: pem(base64(spec.publicKey, 'publicKey')),
    digests: [
      recorded('envelope', content.hash),
      ...(content.payloadHash === undefined ? [] : [recorded('payload', content.payloadHash)]),
    ],
  };
}

/** https://github.com/sigstore/rekor/blob/v1.5.3/pkg/types/intoto/v0.0.2/intoto_v0_0_2_schema.json */
function intoto2(spec: Json): Body {
  const content = object(spec.content, 'content');
  const signature = object(single(object(content.envelope, 'envelope').signatures), 'signature');
  return {
    // Encoded twice.
    signature: base64(base64(signature.sig, 'sig').toString('latin1'), 'sig'),
    named: pem(base64(signature.publicKey, 'publicKey')),
    digests: [recorded('payload', content.payloadHash)],
  };
}

/** https://github.com/sigstore/rekor-tiles/blob/main/api/proto/rekor/v2/hashedrekord.proto */
function hashedRekord2(_: Json, body: Json): Body {
  const spec = Entry.fromJSON(body).spec?.spec;
  if (spec?.$case !== 'hashedRekordV002') throw new BodyFault('it lacks its hashedRekordV002');
  const { data, signature } = spec.hashedRekordV002;
  return {
    signature: signature?.content ?? Buffer.alloc(0),
    named: verifier(signature?.verifier),
    digests: [recorded2('signed', data)],
  };
}

/** https://github.com/sigstore/rekor-tiles/blob/main/api/proto/rekor/v2/dsse.proto */
function dsse2(_: Json, body: Json): Body {
  const spec = Entry.fromJSON(body).spec?.spec;
  if (spec?.$case !== 'dsseV002') throw new BodyFault('it lacks its dsseV002');
  const { payloadHash, signatures } = spec.dsseV002;
  const [signature, ...others] = signatures;
  if (signature === undefined || others.length > 0) throw new BodyFault('it does not record exactly one signature');
  return {
    signature: signature.content,
    named: verifier(signature.verifier),
    digests: [recorded2('payload', payloadHash)],
  };
}

type Verifier = NonNullable<
  Extract<
    NonNullable<NonNullable<Entry['spec']>['spec']>,
    { $case: 'dsseV002' }
  >['dsseV002']['signatures'][number]['verifier']
>;

function verifier(given: Verifier | undefined): Named {
  const choice = given?.verifier;
  if (choice?.$case === 'x509Certificate') return { kind: 'certificate', der: choice.x509Certificate.rawBytes };
  if (choice?.$case === 'publicKey') return { kind: 'key', der: choice.publicKey.rawBytes };
  throw new BodyFault('it names nobody');
}

const HASHES: ReadonlyMap<unknown, Hash> = new Map<unknown, Hash>([
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
  [HashAlgorithm.SHA2_256, 'sha256'],
  [HashAlgorithm.SHA2_384, 'sha384'],
  [HashAlgorithm.SHA2_512, 'sha512'],
]);

function recorded(of: Recorded['of'], value: unknown): Recorded {
  const { algorithm, value: hex } = object(value, 'hash');
  if (typeof hex !== 'string' || !/^[0-9a-f]+$/.test(hex)) throw new BodyFault('its digest is not hexadecimal');
  return { of, algorithm: known(algorithm), digest: Buffer.from(hex, 'hex') };
}

function recorded2(
  of: Recorded['of'],
  value: { readonly algorithm: HashAlgorithm; readonly digest: Buffer } | undefined,
): Recorded {
  if (value === undefined) throw new BodyFault('it lacks a digest');
  return { of, algorithm: known(value.algorithm), digest: value.digest };
}

function known(algorithm: unknown): Hash {
  const found = HASHES.get(algorithm);
  if (found === undefined) throw new BodyFault('its digest has an unknown algorithm');
  return found;
}

export function object(value: unknown, name: string): Json {
  if (!isObject(value)) throw new BodyFault(`it lacks "${name}"`);
  return value;
}

export function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new BodyFault(`it lacks the list "${name}"`);
  return value;
}

function single(value: unknown): unknown {
  const [one, ...others] = list(value, 'signatures');
  if (others.length > 0) throw new BodyFault('it does not record exactly one signature');
  return one;
}

function base64(value: unknown, name: string): Buffer {
  if (typeof value !== 'string') throw new BodyFault(`its "${name}" is no text`);
  return Buffer.from(value, 'base64');
}

const BLOCK = /-----BEGIN (CERTIFICATE|PUBLIC KEY)-----([\sA-Za-z0-9+/=]*)-----END \1-----/;

/** The first block: of a chain, the leaf. */
function pem(bytes: Buffer): Named {
  const [, label, text = ''] = BLOCK.exec(bytes.toString('latin1')) ?? [];
  if (label === undefined) throw new BodyFault('it names neither a certificate nor a public key');
  return { kind: label === 'CERTIFICATE' ? 'certificate' : 'key', der: Buffer.from(text, 'base64') };
}
