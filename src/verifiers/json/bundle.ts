import { bareMediaType } from '../../descriptor.ts';
import { VerdictError } from '../../errors.ts';
import { isObject, type Member, parseMember } from '../../json.ts';

/** Longest `messageSignature` looked at: a digest and a signature need less than 2 KiB. */
const MAX_MESSAGE_SIGNATURE_BYTES = 64 * 1024;

/**
 * What a Sigstore bundle (v0.1 to v0.3) is about, unverified.
 * https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_bundle.proto
 */
export type Bundle =
  /** The bytes of its DSSE envelope. */
  | { readonly kind: 'envelope'; readonly bytes: Uint8Array }
  /** A signature of something that is not in it. `digest`: of that, as the bundle says; empty where it does not. */
  | { readonly kind: 'message'; readonly mediaType: string; readonly digest: string };

const ALGORITHMS: ReadonlyMap<unknown, string> = new Map([
  ['SHA2_256', 'sha256'],
  ['SHA2_384', 'sha384'],
  ['SHA2_512', 'sha512'],
]);

/** `members`: of the bundle, by a scan of `bytes`. Throws STATEMENT_INVALID. */
export function parseBundle(bytes: Uint8Array, members: ReadonlyMap<string, Member>): Bundle {
  const envelope = members.get('dsseEnvelope');
  const message = members.get('messageSignature');
  if ((envelope === undefined) === (message === undefined)) {
    throw invalid('needs either "dsseEnvelope" or "messageSignature"');
  }
  if (envelope !== undefined) return { kind: 'envelope', bytes: bytes.subarray(envelope.start, envelope.end) };
  if (message !== undefined && message.end - message.start > MAX_MESSAGE_SIGNATURE_BYTES) {
    throw invalid(`has a "messageSignature" of more than ${MAX_MESSAGE_SIGNATURE_BYTES} bytes`);
  }
  const mediaType = parseMember(bytes, members.get('mediaType'));
  return {
    kind: 'message',
    mediaType: typeof mediaType === 'string' ? bareMediaType(mediaType) : '',
    digest: messageDigest(parseMember(bytes, message)),
  };
}

function messageDigest(message: unknown): string {
  const said = isObject(message) ? message.messageDigest : undefined;
  if (!isObject(said)) return '';
  const algorithm = ALGORITHMS.get(said.algorithm);
  if (algorithm === undefined || typeof said.digest !== 'string') return '';
  return `${algorithm}:${Buffer.from(said.digest, 'base64').toString('hex')}`;
}

const invalid = (message: string): VerdictError =>
  new VerdictError('STATEMENT_INVALID', `the Sigstore bundle ${message}`);
