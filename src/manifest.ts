import {
  bareMediaType,
  type Descriptor,
  isDigest,
  isIndexType,
  MEDIA_TYPES,
  parseAnnotations,
  parseDescriptor,
} from './descriptor.ts';
import { VerdictError } from './errors.ts';
import { isObject, parseJson } from './json.ts';

/** What image manifests, indexes and artifact manifests have in common, out of bytes whose digest was checked. */
interface ManifestCommon {
  readonly mediaType: string;
  /** `artifactType`, else the config's media type; empty for an index without one. */
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Digest of the manifest that this one is attached to; empty if it says none. */
  readonly subject: string;
  /** The JSON value as it stands. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/**
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md,
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export type Manifest =
  | (ManifestCommon & {
      readonly kind: 'image';
      readonly config: Descriptor | undefined;
      readonly layers: readonly Descriptor[];
    })
  | (ManifestCommon & { readonly kind: 'index'; readonly manifests: readonly Descriptor[] });

/** Largest manifest, index or referrers page read; the distribution specification asks registries for at least 4 MiB. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** Most layers or entries of one manifest: a 4 MiB manifest could list 30,000, real ones stay below a few hundred. */
export const MAX_MANIFEST_ENTRIES = 10_000;

const invalid = (message: string): VerdictError => new VerdictError('MANIFEST_INVALID', message);

function descriptors(value: unknown, name: string): readonly Descriptor[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`"${name}" of the manifest must be a list`);
  if (value.length > MAX_MANIFEST_ENTRIES) {
    throw new VerdictError('LIMIT_EXCEEDED', `"${name}" of the manifest has more than ${MAX_MANIFEST_ENTRIES} entries`);
  }
  return value.map(parseDescriptor);
}

function subjectOf(raw: Readonly<Record<string, unknown>>): string {
  if (raw.subject === undefined || raw.subject === null) return '';
  const digest = isObject(raw.subject) ? raw.subject.digest : undefined;
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid('"subject" of the manifest has no digest');
  return digest;
}

/**
 * Reads a manifest. `declaredType`: the media type of the descriptor or answer that brought it; where the manifest has
 * a `mediaType` of its own the two must agree, and no document may be read as two kinds at once (CVE-2021-41190).
 * Throws MANIFEST_INVALID, DESCRIPTOR_INVALID or LIMIT_EXCEEDED.
 */
export function parseManifest(bytes: Uint8Array, declaredType: string): Manifest {
  const raw = parseJson(bytes, 'the manifest', 'MANIFEST_INVALID');
  if (!isObject(raw)) throw invalid('a manifest must be a JSON object');
  if (raw.schemaVersion === 1 || raw.fsLayers !== undefined) throw invalid('schema 1 manifests are not supported');
  const own = typeof raw.mediaType === 'string' ? bareMediaType(raw.mediaType) : '';
  const declared = bareMediaType(declaredType);
  if (own !== '' && declared !== '' && own !== declared)
    throw invalid(`it calls itself ${own}, but was announced as ${declared}`);
  const mediaType = own || declared || (raw.manifests === undefined ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.ociIndex);
  const isIndex = raw.manifests !== undefined;
  if (isIndex && (raw.layers !== undefined || raw.config !== undefined || raw.blobs !== undefined)) {
    throw invalid('it has entries of both an index and an image manifest');
  }
  if (isIndex !== isIndexType(mediaType)) throw invalid(`its entries do not fit its media type ${mediaType}`);
  const common = { mediaType, annotations: parseAnnotations(raw.annotations), subject: subjectOf(raw), raw };
  const artifactType = typeof raw.artifactType === 'string' ? raw.artifactType : '';
  if (isIndex) return { kind: 'index', ...common, artifactType, manifests: descriptors(raw.manifests, 'manifests') };
  const config = raw.config === undefined || raw.config === null ? undefined : parseDescriptor(raw.config);
  const layers = raw.layers === undefined && raw.blobs !== undefined ? raw.blobs : raw.layers;
  return {
    kind: 'image',
    ...common,
    artifactType: artifactType || (config?.mediaType ?? ''),
    config,
    layers: descriptors(layers, raw.layers === undefined ? 'blobs' : 'layers'),
  };
}
