import { bareMediaType, type Descriptor, MEDIA_TYPES } from './descriptor.ts';
import type { Artifact } from './generated/evidence.ts';
import type { Listed, Source } from './store.ts';

export type { Artifact };
export type Binding = Artifact['binding'];

/** An artifact that at least one source lists for a digest: all answers about it, merged. */
export interface Referrer {
  readonly listed: Listed;
  readonly sources: readonly Source[];
}

/** Types that say nothing: what lists and manifests write where the real type stands elsewhere. */
const UNTELLING: ReadonlySet<string> = new Set([
  '',
  MEDIA_TYPES.ociEmpty,
  MEDIA_TYPES.ociConfig,
  MEDIA_TYPES.dockerConfig,
]);

/** Whether a list entry's artifact type says what the artifact is. Fallback tags often say nothing, or the config's type. */
export const tellsType = (artifactType: string): boolean => !UNTELLING.has(artifactType);

/**
 * Types that carry a signature of their own: nobody signs them again, so nothing is asked about them. Media types are
 * those of cosign v1–v3, Sigstore bundles, DSSE and Notary Project.
 */
const SIGNED_TYPES: readonly RegExp[] = [
  /^application\/vnd\.dev\.sigstore\.bundle\b/,
  /^application\/vnd\.dev\.cosign\.(?:artifact\.(?:sig|att)|simplesigning)\b/,
  /^application\/vnd\.dsse\.envelope\b/,
  /^application\/vnd\.cncf\.notary\.signature$/,
  /^application\/vnd\.in-toto\.[^+]*\+dsse$/,
];

/** Whether an artifact of this type, or with layers of these types, brings its own signature. */
export function carriesSignature(artifactType: string, layers: readonly Descriptor[] = []): boolean {
  const signed = (type: string): boolean => SIGNED_TYPES.some((pattern) => pattern.test(bareMediaType(type)));
  return signed(artifactType) || (layers.length > 0 && layers.every((layer) => signed(layer.mediaType)));
}

const ORDER: readonly Source[] = ['referrers-api', 'referrers-tag', 'cosign-tag', 'image-index', 'layout', 'file'];

/** Merges what several sources list by digest. Bytes already in hand are kept, and the type that tells most. */
export function merge(
  answers: ReadonlyArray<{ readonly source: Source; readonly entries: readonly Listed[] }>,
): Referrer[] {
  const byDigest = new Map<string, { listed: Listed; sources: Set<Source> }>();
  const sorted = [...answers].sort((a, b) => ORDER.indexOf(a.source) - ORDER.indexOf(b.source));
  for (const { source, entries } of sorted) {
    for (const entry of entries) {
      const known = byDigest.get(entry.descriptor.digest);
      if (known === undefined) {
        byDigest.set(entry.descriptor.digest, { listed: entry, sources: new Set([source]) });
        continue;
      }
      known.sources.add(source);
      known.listed = better(known.listed, entry);
    }
  }
  return [...byDigest.values()]
    .map(({ listed, sources }) => ({ listed, sources: ORDER.filter((source) => sources.has(source)) }))
    .sort((a, b) => (a.listed.descriptor.digest < b.listed.descriptor.digest ? -1 : 1));
}

function better(first: Listed, second: Listed): Listed {
  const telling = tellsType(first.descriptor.artifactType) ? first : second;
  const annotated = Object.keys(first.descriptor.annotations).length > 0 ? first : second;
  return {
    descriptor: { ...telling.descriptor, annotations: annotated.descriptor.annotations },
    manifest: first.manifest ?? second.manifest,
    form: first.form,
  };
}
