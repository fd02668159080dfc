import { isEnvelope } from '../../crypto/dsse.ts';
import { bareMediaType, type Descriptor, isIndexType, MEDIA_TYPES } from '../../descriptor.ts';
import { type Member, parseMember, scanJson } from '../../json.ts';
import { lines } from '../../lines.ts';

/** How signatures are found. */
export type Form =
  /** cosign's signature of an image: the layer is what was signed, its annotations sign. */
  | 'simpleSigning'
  | 'bundle'
  | 'envelope'
  /** What `cosign sign-blob --bundle` wrote before there were Sigstore bundles. */
  | 'blobBundle'
  /** The bytes of a signature and nothing else. */
  | 'detached';

/** Forms that are JSON objects. */
export type JsonForm = Exclude<Form, 'simpleSigning' | 'detached'>;

/** Longest media type looked at (RFC 6838 allows 255 characters). */
const MAX_MEDIA_TYPE_LENGTH = 255;

const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle\b/;

/** What media types announce. The last two are names of our own, for files. */
const FORMS: ReadonlyArray<readonly [RegExp, Form]> = [
  [BUNDLE, 'bundle'],
  [/^application\/vnd\.dev\.cosign\.simplesigning\b/, 'simpleSigning'],
  [/^application\/vnd\.dev\.cosign\.artifact\.sig\b/, 'simpleSigning'],
  [/^application\/vnd\.dev\.cosign\.artifact\.att\b/, 'envelope'],
  [/^application\/vnd\.dsse\.envelope\b/, 'envelope'],
  [/^application\/vnd\.in-toto[^+]*\+dsse\b/, 'envelope'],
  [/^application\/vnd\.dev\.cosign\.blob-bundle\b/, 'blobBundle'],
  [/^application\/vnd\.dev\.sigstore\.signature\b/, 'detached'],
];

/** Packed content is not unpacked here. */
const PACKED = /\+(?:gzip|zstd)$/;
const LINES = /[/+-](?:jsonl|jsonlines|ndjson)$/;

/** Types that say how content is written, not what it is. */
const UNTELLING: ReadonlySet<string> = new Set([
  '',
  MEDIA_TYPES.octetStream,
  MEDIA_TYPES.ociEmpty,
  'application/json',
  'text/json',
  'text/plain',
]);

/** The form that a media type announces; undefined for whatever is no signature. */
function announcedForm(mediaType: string): Form | undefined {
  if (mediaType.length > MAX_MEDIA_TYPE_LENGTH) return undefined;
  const type = bareMediaType(mediaType);
  return PACKED.test(type) ? undefined : FORMS.find(([pattern]) => pattern.test(type))?.[1];
}

/** Whether an artifact says by its type, or by that of one of its layers, that it holds signatures. */
export function announcesSignature(descriptor: Descriptor, layers: readonly Descriptor[]): boolean {
  if (isIndexType(descriptor.mediaType)) return false;
  return [descriptor.artifactType, ...layers.map((layer) => layer.mediaType)].some(
    (type) => announcedForm(type) !== undefined,
  );
}

/** What a layer announces: by its own type, by the artifact's where that tells nothing. */
export function formOfLayer({ mediaType }: Descriptor, artifactType: string): Form | undefined {
  const own = announcedForm(mediaType);
  const type = bareMediaType(mediaType.slice(0, MAX_MEDIA_TYPE_LENGTH));
  return own === undefined && (UNTELLING.has(type) || LINES.test(type)) ? announcedForm(artifactType) : own;
}

/** Whether a layer says that it holds lines, each of them a value. */
export const announcesLines = ({ mediaType }: Descriptor): boolean => LINES.test(bareMediaType(mediaType));

/** The form that a JSON object shows by its members. */
export function shownForm(bytes: Uint8Array, members: ReadonlyMap<string, Member>): JsonForm | undefined {
  const mediaType = members.get('mediaType');
  if (mediaType !== undefined && mediaType.end - mediaType.start <= MAX_MEDIA_TYPE_LENGTH + 2) {
    const type = parseMember(bytes, mediaType);
    if (typeof type === 'string' && BUNDLE.test(type)) return 'bundle';
  }
  if (isEnvelope(members)) return 'envelope';
  return members.has('base64Signature') ? 'blobBundle' : undefined;
}

/** The texts of a layer: its lines where each is a value of its own, else the whole. */
export function* textsOf(bytes: Uint8Array, layer: Descriptor): Generator<Uint8Array> {
  if (!isLines(bytes, layer)) yield bytes;
  else for (const line of lines(bytes)) yield line.bytes;
}

/** Whether the first line is a whole object with more to come, or the type says lines and there are several. */
function isLines(bytes: Uint8Array, layer: Descriptor): boolean {
  const [first, second] = lines(bytes);
  if (first === undefined || second === undefined) return false;
  return isJsonObject(first.bytes) || (announcesLines(layer) && !isJsonObject(bytes));
}

function isJsonObject(bytes: Uint8Array): boolean {
  try {
    return scanJson(bytes).kind === 'object';
  } catch {
    return false;
  }
}
