import { type DsseEnvelope, decodeBase64, parseEnvelope } from '../../crypto/dsse.ts';
import { bareMediaType, digestOf } from '../../descriptor.ts';
import { VerdictError } from '../../errors.ts';
import { isObject, type Member, parseMember } from '../../json.ts';
import type { Signed } from './finding.ts';
import { type Beside, base64, MAX_SIGNATURE_BYTES, type Material, materialOf, OLD_BUNDLE } from './legacy.ts';
import type { Content } from './payload.ts';

/** One signature as it was found, or what lies unsigned beside some. */
export interface Item {
  readonly content: Content;
  /** The signature; empty where nobody signed. */
  readonly signature: Uint8Array;
  /**
   * Makes the bundle to examine; undefined where nobody signed. Made only when it is wanted: an envelope of many
   * signatures gives a bundle of its own size for each. Throws MaterialFault if what goes with the signature is malformed.
   */
  readonly sign: (() => Signed) | undefined;
  /** Bytes that it was found in: what its examination costs. */
  readonly size: number;
}

/** The digests of what a signature without content signs: the artifact's subject, by each algorithm. At least one. */
export type SubjectDigests = readonly string[];

/** Bundles of the form that is written today. */
const NEW_BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Longest `messageSignature` of a bundle: a digest and a signature. */
const MAX_MESSAGE_SIGNATURE_BYTES = 2 * MAX_SIGNATURE_BYTES;

/** Names of hash algorithms. https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_common.proto */
const HASHES: ReadonlyMap<unknown, string> = new Map([
  ['SHA2_256', 'sha256'],
  ['SHA2_384', 'sha384'],
  ['SHA2_512', 'sha512'],
]);

/**
 * A Sigstore bundle (v0.1 to v0.3); `members` by a scan of its bytes. Throws SIGNATURE_INVALID or STATEMENT_INVALID.
 * https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_bundle.proto
 */
export function bundleItem(bytes: Uint8Array, members: ReadonlyMap<string, Member>, subject: SubjectDigests): Item {
  const envelope = memberBytes(bytes, members.get('dsseEnvelope'));
  const message = memberBytes(bytes, members.get('messageSignature'));
  if ((envelope === undefined) === (message === undefined)) {
    throw invalid('the bundle needs either "dsseEnvelope" or "messageSignature"');
  }
  const size = bytes.byteLength;
  if (envelope !== undefined) {
    const { payloadType, payload, signatures } = parseEnvelope(envelope);
    const [only, ...more] = signatures;
    if (only === undefined || more.length > 0) throw invalid('the envelope of a bundle has exactly one signature');
    const content: Content = { kind: 'envelope', payloadType, payload };
    return { content, signature: only.sig, sign: () => ({ bundle: copy(bytes), message: undefined }), size };
  }
  const type = parseMember(bytes, members.get('mediaType'));
  const { digest, signature } = messageSignature(message ?? bytes);
  return {
    content: { kind: 'message', type: typeof type === 'string' ? bareMediaType(type) : '', digest },
    signature,
    sign: () => ({ bundle: copy(bytes), message: { kind: 'digests', digests: subject } }),
    size,
  };
}

/** Writers of protocol buffers write null for what is not there. */
function memberBytes(bytes: Uint8Array, member: Member | undefined): Uint8Array | undefined {
  const value = member && bytes.subarray(member.start, member.end);
  return value !== undefined && value.byteLength === 4 && value[0] === 0x6e ? undefined : value;
}

function messageSignature(bytes: Uint8Array): { readonly digest: string; readonly signature: Uint8Array } {
  if (bytes.byteLength > MAX_MESSAGE_SIGNATURE_BYTES) {
    throw invalid(`the "messageSignature" has more than ${MAX_MESSAGE_SIGNATURE_BYTES} bytes`);
  }
  const value = parseMember(bytes, { start: 0, end: bytes.byteLength });
  if (!isObject(value) || typeof value.signature !== 'string') {
    throw invalid('the "messageSignature" needs a "signature"');
  }
  const signature = decodeBase64(value.signature);
  if (signature === undefined) throw invalid('the "signature" of the bundle is not base64');
  const said = value.messageDigest ?? undefined;
  if (said === undefined) return { digest: '', signature };
  const algorithm = isObject(said) ? HASHES.get(said.algorithm) : undefined;
  const digest = isObject(said) && typeof said.digest === 'string' ? decodeBase64(said.digest) : undefined;
  if (algorithm === undefined || digest === undefined) {
    throw invalid(`the "messageDigest" needs a "digest" by one of ${[...HASHES.keys()].join(', ')}`);
  }
  return { digest: `${algorithm}:${Buffer.from(digest).toString('hex')}`, signature };
}

/** Each signature of an envelope; `beside`: what cosign keeps outside. Throws STATEMENT_INVALID or DOCUMENT_INVALID. */
export function envelopeItems(
  bytes: Uint8Array,
  beside: Beside,
  members?: ReadonlyMap<string, Member>,
): readonly Item[] {
  const envelope = parseEnvelope(bytes, members);
  const content: Content = { kind: 'envelope', payloadType: envelope.payloadType, payload: envelope.payload };
  const size = bytes.byteLength;
  if (envelope.signatures.length === 0) {
    return [{ content, signature: new Uint8Array(), sign: undefined, size }];
  }
  return envelope.signatures.map((one) => ({
    content,
    signature: one.sig,
    sign: () => ({ bundle: envelopeBundle(envelope, one, beside), message: undefined }),
    size,
  }));
}

function envelopeBundle(
  { payload, payloadType }: DsseEnvelope,
  { keyid, sig, cert }: DsseEnvelope['signatures'][number],
  beside: Beside,
): Uint8Array {
  const all = { ...beside, certificate: beside.certificate || cert };
  const isBare = Object.values(all).every((text) => text === '');
  return json({
    mediaType: isBare ? NEW_BUNDLE : OLD_BUNDLE,
    verificationMaterial: materialOf(all, keyid),
    dsseEnvelope: { payload: base64(payload), payloadType, signatures: [{ keyid, sig: base64(sig) }] },
  });
}

/** cosign's signature of an image: the payload lies in the layer, everything else in its annotations. */
export function imageItem(payload: Uint8Array, signature: () => Uint8Array, text: string, beside: Beside): Item {
  return {
    content: { kind: 'simpleSigning', payload },
    signature: Buffer.from(text, 'base64'),
    sign: () => ({
      bundle: messageBundle(signature(), digestOf(payload), materialOf(beside)),
      message: { kind: 'bytes', bytes: copy(payload) },
    }),
    size: payload.byteLength,
  };
}

/** A signature of the subject that came without a bundle. `type`: of the signature. */
export function messageItem(type: string, signature: Uint8Array, beside: Beside, subject: SubjectDigests): Item {
  return {
    content: { kind: 'message', type, digest: '' },
    signature,
    sign: () => ({
      bundle: messageBundle(signature, subject[0] ?? '', materialOf(beside)),
      message: { kind: 'digests', digests: subject },
    }),
    size: signature.byteLength,
  };
}

function messageBundle(signature: Uint8Array, digest: string, material: Material): Uint8Array {
  const [named = '', hex = ''] = digest.split(':');
  const algorithm = [...HASHES].find(([, name]) => name === named)?.[0];
  return json({
    mediaType: OLD_BUNDLE,
    verificationMaterial: material,
    messageSignature: {
      messageDigest: { algorithm, digest: Buffer.from(hex, 'hex').toString('base64') },
      signature: base64(signature),
    },
  });
}

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8');

/** Bytes of their own: a line handed to a thread would take the whole file along. */
const copy = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

const invalid = (message: string): VerdictError => new VerdictError('SIGNATURE_INVALID', message);
