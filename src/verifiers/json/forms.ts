import { bareMediaType, type Descriptor, MEDIA_TYPES } from '../../descriptor.ts';
import { type JsonScan, type Member, parseMember, scanJson } from '../../json.ts';
import { isBlank, lines } from '../../lines.ts';
import { packingOf } from './unpack.ts';

/** Longest media type that names a document (RFC 6838 allows 255 characters); longer ones tell nothing. */
const MAX_MEDIA_TYPE_LENGTH = 255;

/** Types that say how content is written or wrapped, not what it is. */
const UNTELLING: ReadonlySet<string> = new Set([
  '',
  MEDIA_TYPES.octetStream,
  MEDIA_TYPES.ociEmpty,
  'application/json',
  'text/json',
  'text/plain',
  'application/gzip',
  'application/x-gzip',
  'application/zstd',
]);

const LINES = /[/+-](?:jsonl|jsonlines|ndjson)$/;
const ENVELOPE = /^application\/vnd\.dsse\.envelope\b|^application\/vnd\.in-toto\.[^+]*\+dsse$/;
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle\b/;
const STATEMENT = /^application\/vnd\.in-toto(?:\.[^+]*)?\+json$/;
const JSON_TYPE = /[/+]json$/;

/** The media type without parameters and packing; empty if it is too long to be one. */
export function innerType(mediaType: string): string {
  if (mediaType.length > MAX_MEDIA_TYPE_LENGTH) return '';
  return bareMediaType(mediaType).replace(/\+(?:gzip|zstd)$/, '');
}

/** What a layer is said to be: its own media type, the artifact's where that tells nothing. */
export function announcedType(layer: Descriptor, artifactType: string): string {
  const own = innerType(layer.mediaType);
  const whole = innerType(artifactType);
  return isUntelling(own) && !isUntelling(whole) ? whole : own;
}

const isUntelling = (type: string): boolean => UNTELLING.has(type) || LINES.test(type);

/** A form of this field that wraps a document. */
export type Wrapping = 'bundle' | 'envelope' | 'statement';

/** The wrapping that a media type announces. */
export function announcedWrapping(type: string): Wrapping | undefined {
  if (BUNDLE.test(type)) return 'bundle';
  if (ENVELOPE.test(type)) return 'envelope';
  return isStatementType(type) ? 'statement' : undefined;
}

/** Whether a media or payload type says in-toto statement, of any or of one kind of predicate. */
export const isStatementType = (type: string): boolean => STATEMENT.test(type);

/** Whether a value with these members is a Sigstore bundle: it bears its own media type. */
export function isBundle(bytes: Uint8Array, members: ReadonlyMap<string, Member>): boolean {
  const member = members.get('mediaType');
  if (member === undefined || member.end - member.start > MAX_MEDIA_TYPE_LENGTH + 2) return false;
  const type = parseMember(bytes, member);
  return typeof type === 'string' && BUNDLE.test(type);
}

/** Whether content is several JSON values, one on each line: its first line is a whole object, or its type says so. */
export function isLines(bytes: Uint8Array, type: string): boolean {
  const [first, second] = lines(bytes);
  if (first === undefined || second === undefined) return false;
  if (kindOf(first.bytes) === 'object') return true;
  return LINES.test(type) && kindOf(bytes) === undefined;
}

/** Undefined for what is not exactly one JSON value. */
function kindOf(bytes: Uint8Array): JsonScan['kind'] | undefined {
  try {
    return scanJson(bytes).kind;
  } catch {
    return undefined;
  }
}

/** Why content that is neither JSON nor tag-value SPDX is not read, and what to do; empty if it looks like broken JSON. */
export function reasonUnread(bytes: Uint8Array, type: string): string {
  const first = bytes.find(
    (byte) => !isBlank(byte) && byte !== 0x0a && byte !== 0xef && byte !== 0xbb && byte !== 0xbf,
  );
  if (first === 0x3c)
    return 'XML is not read; attach the document as JSON, which every tool that writes it can write too';
  if (packingOf(bytes) !== undefined)
    return 'packed content is read only as a layer of its own; attach the document itself';
  if (JSON_TYPE.test(type) || LINES.test(type) || first === 0x7b || first === 0x5b) return '';
  const name = isUntelling(type) ? 'content of unknown form' : `content of type ${type}`;
  return `${name} is not read: it is not JSON; attach the document as JSON`;
}

/** `{}`, the content of an artifact that has none. https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor */
const EMPTY = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';

/** Whether a layer is the empty one; the type alone could hide content. */
export const isEmptyLayer = (layer: Descriptor): boolean =>
  bareMediaType(layer.mediaType) === MEDIA_TYPES.ociEmpty && layer.digest === EMPTY;
