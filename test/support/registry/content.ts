import { type Descriptor, descriptor, digestOf, MEDIA_TYPES } from '../../../src/descriptor.ts';

/** A layer to put into an image or artifact. */
export interface LayerInput {
  readonly mediaType: string;
  readonly bytes: Uint8Array | string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Carry the content in the descriptor's `data` as well. */
  readonly inline?: boolean;
}

/** An image or artifact manifest to make. */
export interface ImageInput {
  /** Default: one small layer. */
  readonly layers?: readonly LayerInput[];
  /** Default: a small OCI image config; for an artifact the empty config. */
  readonly config?: LayerInput;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Digest that the manifest names as its `subject`. */
  readonly subject?: string;
  /** Default: the OCI image manifest. */
  readonly mediaType?: string;
  /** Of the manifest's own digest; default sha256. */
  readonly algorithm?: 'sha256' | 'sha384' | 'sha512';
}

/** One entry of an index to make. */
export interface EntryInput {
  readonly manifest: Made;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface IndexInput {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly mediaType?: string;
  readonly algorithm?: 'sha256' | 'sha384' | 'sha512';
}

/** A manifest with the blobs it names: plain values, in no registry yet. */
export interface Made {
  readonly descriptor: Descriptor;
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly layers: readonly Descriptor[];
  /** Blobs by digest: config and layers. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export const toBytes = (content: Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

const DEFAULT_LAYER: LayerInput = { mediaType: 'application/vnd.oci.image.layer.v1.tar', bytes: 'a small layer' };
const IMAGE_CONFIG: LayerInput = {
  mediaType: MEDIA_TYPES.ociConfig,
  bytes: JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] }, config: {} }),
};
const EMPTY_CONFIG: LayerInput = { mediaType: MEDIA_TYPES.ociEmpty, bytes: '{}' };

const json = (value: unknown): Uint8Array => toBytes(JSON.stringify(value));
const hasKeys = (value: object | undefined): boolean => value !== undefined && Object.keys(value).length > 0;

/** A descriptor as it stands in a manifest: only the members that say something. */
export const written = (one: Descriptor): Record<string, unknown> => ({
  mediaType: one.mediaType,
  digest: one.digest,
  size: one.size,
  ...(one.artifactType !== '' && { artifactType: one.artifactType }),
  ...(hasKeys(one.annotations) && { annotations: one.annotations }),
  ...(one.platform !== undefined && { platform: one.platform }),
  ...(one.data !== '' && { data: one.data }),
});

function blob({ mediaType, bytes, annotations, inline }: LayerInput): { descriptor: Descriptor; bytes: Uint8Array } {
  const content = toBytes(bytes);
  const data = inline === true ? Buffer.from(content).toString('base64') : '';
  const made = descriptor(mediaType, digestOf(content), content.byteLength, { annotations: annotations ?? {}, data });
  return { descriptor: made, bytes: content };
}

/** What is common to images and indexes: bytes, digest, descriptor. */
function finish(
  manifest: Record<string, unknown>,
  input: ImageInput | IndexInput,
  artifactType: string,
  layers: readonly Descriptor[],
  blobs: ReadonlyMap<string, Uint8Array>,
): Made {
  const bytes = json(manifest);
  const digest = digestOf(bytes, input.algorithm);
  const annotations = input.annotations ?? {};
  const own = descriptor(String(manifest.mediaType), digest, bytes.byteLength, { artifactType, annotations });
  return { descriptor: own, digest, bytes, manifest, layers, blobs };
}

const subjectMember = (subject: string | undefined): Record<string, unknown> =>
  subject === undefined
    ? {}
    : { subject: { mediaType: MEDIA_TYPES.ociManifest, digest: subject, size: subject.length } };

/** Makes an image manifest, or an artifact where `artifactType` or `subject` is given without a config. */
export function makeImage(input: ImageInput = {}): Made {
  const isArtifact = input.artifactType !== undefined || input.subject !== undefined;
  const config = blob(input.config ?? (isArtifact ? EMPTY_CONFIG : IMAGE_CONFIG));
  const layers = (input.layers ?? [DEFAULT_LAYER]).map(blob);
  const manifest = {
    schemaVersion: 2,
    mediaType: input.mediaType ?? MEDIA_TYPES.ociManifest,
    ...(input.artifactType !== undefined && { artifactType: input.artifactType }),
    config: written(config.descriptor),
    layers: layers.map((layer) => written(layer.descriptor)),
    ...subjectMember(input.subject),
    ...(input.annotations !== undefined && { annotations: input.annotations }),
  };
  const blobs = new Map([config, ...layers].map((one) => [one.descriptor.digest, one.bytes]));
  const artifactType = input.artifactType ?? config.descriptor.mediaType;
  const descriptors = layers.map((layer) => layer.descriptor);
  return finish(manifest, input, artifactType, descriptors, blobs);
}

/** Makes an image index. */
export function makeIndex(entries: ReadonlyArray<EntryInput | Made>, input: IndexInput = {}): Made {
  const listed = entries.map((entry): EntryInput => ('descriptor' in entry ? { manifest: entry } : entry));
  const manifest = {
    schemaVersion: 2,
    mediaType: input.mediaType ?? MEDIA_TYPES.ociIndex,
    ...(input.artifactType !== undefined && { artifactType: input.artifactType }),
    manifests: listed.map((entry) => ({
      ...written({ ...entry.manifest.descriptor, artifactType: '', annotations: {} }),
      ...(entry.platform !== undefined && { platform: entry.platform }),
      ...(entry.annotations !== undefined && { annotations: entry.annotations }),
    })),
    ...subjectMember(input.subject),
    ...(input.annotations !== undefined && { annotations: input.annotations }),
  };
  return finish(manifest, input, input.artifactType ?? '', [], new Map());
}
