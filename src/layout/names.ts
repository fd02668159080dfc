import { bareMediaType, type Descriptor, MANIFEST_TYPES } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys */
const REF_NAME = 'org.opencontainers.image.ref.name';
/** The full name beside the tag in the layouts that containerd, docker and BuildKit write. */
const CONTAINERD_NAME = 'io.containerd.image.name';

/** https://github.com/sigstore/cosign/blob/v3.1.3/pkg/oci/layout/index.go: what `cosign save` writes. */
const KIND = 'kind';
const SAVED_IMAGES: ReadonlySet<string> = new Set([
  'dev.cosignproject.cosign/image',
  'dev.cosignproject.cosign/imageIndex',
]);
const SAVED_EVIDENCE: ReadonlySet<string> = new Set(['dev.cosignproject.cosign/sigs', 'dev.cosignproject.cosign/atts']);

/** Tags that tools derive from a digest, to attach something to it. */
const EVIDENCE_TAG = /^sha(?:256|384|512)-[0-9a-f]{64,128}(?:\.[a-z]+)?$/;

/** Most names listed in a message. */
const MAX_NAMES_SHOWN = 20;

export const isManifestEntry = ({ mediaType }: Descriptor): boolean =>
  MANIFEST_TYPES.includes(bareMediaType(mediaType));
export const isSavedImage = (entry: Descriptor): boolean => SAVED_IMAGES.has(entry.annotations[KIND] ?? '');
export const isSavedEvidence = (entry: Descriptor): boolean => SAVED_EVIDENCE.has(entry.annotations[KIND] ?? '');

const namesOf = ({ annotations }: Descriptor): readonly string[] =>
  [annotations[REF_NAME] ?? '', annotations[CONTAINERD_NAME] ?? ''].filter((name) => name !== '');

/** `1.4` of `registry.example:5000/team/app:1.4`; empty where a name has no tag. */
function tagOf(name: string): string {
  const tag = name.slice(name.lastIndexOf(':') + 1);
  return tag.includes('/') || tag === name ? '' : tag;
}

/** Each digest once, its first entry: tools write one entry per tag. */
export const distinct = (entries: readonly Descriptor[]): readonly Descriptor[] =>
  [...new Map([...entries].reverse().map((entry) => [entry.digest, entry])).values()].reverse();

/**
 * The entries with a tag as their ref name; if there is none, those with a full name that ends in it, as crane and
 * containerd write.
 */
export function entriesNamed(entries: readonly Descriptor[], tag: string): readonly Descriptor[] {
  const exact = entries.filter((entry) => entry.annotations[REF_NAME] === tag);
  if (exact.length > 0) return distinct(exact);
  return distinct(entries.filter((entry) => namesOf(entry).some((name) => tagOf(name) === tag)));
}

/** The one entry with a tag. Throws NOT_FOUND, or REFERENCE_AMBIGUOUS where different images have it. */
export function entryTagged(entries: readonly Descriptor[], tag: string): Descriptor {
  const [entry, ...others] = entriesNamed(entries, tag);
  if (entry === undefined) {
    const named = entries.filter((one) => namesOf(one).length > 0);
    throw new VerdictError('NOT_FOUND', `the layout has no tag ${JSON.stringify(tag)}; it has ${shown(named)}`);
  }
  if (others.length === 0) return entry;
  throw new VerdictError(
    'REFERENCE_AMBIGUOUS',
    `several images are called ${JSON.stringify(tag)}: ${shown([entry, ...others])}`,
  );
}

/** What is known of the entries beyond the index: which are evidence, and which belong to a larger image. */
export interface EntryFacts {
  /** Digests of manifests that name a subject. */
  readonly attached: ReadonlySet<string>;
  /** Digests of entries that an index in the layout contains. */
  readonly contained: ReadonlySet<string>;
}

/**
 * The image that a layout is about, if it is about one: what is attached to something else, and the parts of an index
 * that tools list beside it, are not. Throws NOT_FOUND, or REFERENCE_AMBIGUOUS with the tags to choose from.
 */
export function onlyImage(entries: readonly Descriptor[], { attached, contained }: EntryFacts): Descriptor {
  const manifests = entries.filter(isManifestEntry);
  const saved = manifests.filter(isSavedImage);
  const candidates =
    saved.length > 0 ? saved : manifests.filter((entry) => !isEvidence(entry) && !attached.has(entry.digest));
  const named = new Set(candidates.filter((entry) => namesOf(entry).length > 0).map((entry) => entry.digest));
  const [entry, ...others] = distinct(candidates.filter(({ digest }) => named.has(digest) || !contained.has(digest)));
  if (entry === undefined)
    throw new VerdictError('NOT_FOUND', 'the layout holds no image; name what is meant as @digest');
  if (others.length === 0) return entry;
  throw new VerdictError(
    'REFERENCE_AMBIGUOUS',
    `the layout holds several images, name one as :tag or @digest: ${shown([entry, ...others])}`,
  );
}

const isEvidence = (entry: Descriptor): boolean =>
  isSavedEvidence(entry) ||
  (entry.platform?.os === 'unknown' && entry.platform.architecture === 'unknown') ||
  namesOf(entry).some((name) => EVIDENCE_TAG.test(name) || EVIDENCE_TAG.test(tagOf(name)));

/** Names as they are typed; where several are called the same, their digests. */
function shown(entries: readonly Descriptor[]): string {
  const names = entries.map((entry) => namesOf(entry)[0]?.slice(0, 100) ?? '');
  const isClear = new Set(names).size === names.length && !names.includes('');
  const list = entries
    .slice(0, MAX_NAMES_SHOWN)
    .map(({ digest }, at) => (isClear ? `:${names[at]}` : `${names[at] && `:${names[at]}`}@${digest.slice(0, 100)}`));
  const more = entries.length - list.length;
  return list.length === 0 ? 'none' : list.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
