import { bareMediaType, type Descriptor, isIndexType } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../manifest.ts';
import { type Listed, type Listing, MAX_REFERRERS, type Source, UNSUPPORTED } from '../store.ts';
import type { Layout } from './layout.ts';
import { distinct, entriesNamed, isSavedEvidence, isSavedImage } from './names.ts';

/** The forms in which a layout can hold evidence. */
export const LAYOUT_SOURCES: readonly Source[] = ['layout', 'referrers-tag', 'cosign-tag'];

/** https://github.com/sigstore/cosign/blob/v3.1.3/specs/SIGNATURE_SPEC.md#tag-based-discovery */
const COSIGN_SUFFIXES = ['.sig', '.att', '.sbom'];

/** What a layout lists for a digest in one form. Throws what a store's `referrers` turns into `failed`. */
export function listReferrers(
  layout: Layout,
  source: Source,
  digest: string,
  signal: AbortSignal,
): Promise<Listing> | Listing {
  switch (source) {
    case 'layout':
      return fromScan(layout, digest);
    case 'referrers-tag':
      return fromFallbackTag(layout, digest, signal);
    case 'cosign-tag':
      return fromCosignTags(layout, digest);
    case 'referrers-api':
    case 'image-index':
    case 'file':
      return UNSUPPORTED;
  }
}

/**
 * An answer out of what was found, cut at MAX_REFERRERS. Manifests are not brought along: reading them is no round trip
 * here, and whoever reads them as evidence reports what is wrong with them.
 */
function answer(found: readonly Descriptor[], error?: VerdictError, limit = ''): Listing {
  const cut = found.length > MAX_REFERRERS ? 'referrers' : limit;
  const outcome = error !== undefined ? 'failed' : cut !== '' ? 'truncated' : 'ok';
  const entries = found.slice(0, MAX_REFERRERS).map(asListed);
  return { outcome, entries, limit: cut, error };
}

const asListed = (descriptor: Descriptor): Listed => ({ descriptor, manifest: undefined, form: 'manifest' });

async function fromScan(layout: Layout, digest: string): Promise<Listing> {
  const { bySubject, error, limit } = await layout.attachments();
  return answer(bySubject.get(digest) ?? [], error, limit);
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema */
function fallbackTag(digest: string): string {
  const [algorithm = '', encoded = ''] = digest.split(':', 2);
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`.replaceAll(/[^a-zA-Z0-9._-]/g, '-');
}

/** Where the tag is not an index, nobody uses the schema here: that is an answer, and an empty one. */
async function fromFallbackTag(layout: Layout, digest: string, signal: AbortSignal): Promise<Listing> {
  const tag = fallbackTag(digest);
  const [entry, ...others] = entriesNamed(layout.entries, tag).filter(({ mediaType }) =>
    isIndexType(bareMediaType(mediaType)),
  );
  if (entry === undefined) return answer([]);
  const index = parseManifest(await layout.read(entry, MAX_MANIFEST_BYTES, signal), entry.mediaType);
  const found = index.kind === 'index' ? distinct(index.manifests) : [];
  if (others.length === 0) return answer(found);
  return answer(
    found,
    new VerdictError('REFERENCE_AMBIGUOUS', `the layout has ${others.length + 1} indexes called ${tag}`),
  );
}

function fromCosignTags(layout: Layout, digest: string): Listing {
  const tags = COSIGN_SUFFIXES.map((suffix) => `${digest.replace(':', '-')}${suffix}`);
  const tagged = tags.flatMap((tag) => entriesNamed(layout.entries, tag));
  const { entries: saved, error } = savedWith(layout, digest);
  return answer(distinct([...tagged, ...saved]), error);
}

/**
 * What `cosign save` wrote beside its image: the tags' content without the tags. It belongs to the one image that was
 * saved; with several, nothing tells whose it is.
 */
function savedWith(layout: Layout, digest: string): { entries: readonly Descriptor[]; error?: VerdictError } {
  const images = distinct(layout.entries.filter(isSavedImage));
  const entries = layout.entries.filter(isSavedEvidence);
  if (entries.length === 0 || !images.some((image) => image.digest === digest)) return { entries: [] };
  if (images.length === 1) return { entries };
  const message = 'the layout holds several images saved by cosign, and signatures that do not say whose they are';
  return { entries: [], error: new VerdictError('LAYOUT_INVALID', message) };
}
