import { createHash, type Hash } from 'node:crypto';
import { VerdictError } from './errors.ts';

/**
 * A content descriptor.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#properties
 */
export interface Descriptor {
  readonly mediaType: string;
  /** `algorithm:encoded`, see {@link parseDigest}. */
  readonly digest: string;
  /** Bytes; {@link UNKNOWN_SIZE} where only the digest was given. */
  readonly size: number;
  /** Empty where the descriptor says none; list entries often lack it or lie. */
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly platform: Platform | undefined;
  /** The content itself, base64, if the descriptor carries it. Untrusted until size and digest agree. */
  readonly data: string;
}

/** The size of a file of which only the digest is known. */
export const UNKNOWN_SIZE = -1;
/** A size as it stands in evidence: 0 where it is unknown. */
export const knownSize = (size: number): number => Math.max(0, size);

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

export const MEDIA_TYPES = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  /** Deprecated, still written by old notation and oras. */
  artifactManifest: 'application/vnd.oci.artifact.manifest.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  octetStream: 'application/octet-stream',
} as const;

/** Every manifest type to accept: a registry that is not asked for a type answers 404 for it. */
export const MANIFEST_TYPES: readonly string[] = [
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.dockerManifestList,
  MEDIA_TYPES.artifactManifest,
];

export const isIndexType = (mediaType: string): boolean =>
  mediaType === MEDIA_TYPES.ociIndex || mediaType === MEDIA_TYPES.dockerManifestList;

/** A media type without its parameters, lower case. */
export const bareMediaType = (mediaType: string): string => (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();

/** Hexadecimal length of the algorithms that Verdict computes; anything else names content nobody here can verify. */
const ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests */
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** Longest digest taken: sha512 needs 135 characters. */
const MAX_DIGEST_LENGTH = 256;

/** Whether the text has the grammar of a digest, of whatever algorithm. */
export const isDigest = (text: string): boolean => text.length <= MAX_DIGEST_LENGTH && DIGEST.test(text);

/** Algorithm and encoded part of a digest that can be verified. Throws DIGEST_UNSUPPORTED or DESCRIPTOR_INVALID. */
export function parseDigest(text: string): { readonly algorithm: string; readonly encoded: string } {
  if (!isDigest(text))
    throw new VerdictError('DESCRIPTOR_INVALID', `not a digest: ${JSON.stringify(text.slice(0, 100))}`);
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, colon);
  const encoded = text.slice(colon + 1);
  const length = ALGORITHMS.get(algorithm);
  if (length === undefined)
    throw new VerdictError('DIGEST_UNSUPPORTED', `cannot compute digests of algorithm ${algorithm}`);
  if (encoded.length !== length || !/^[0-9a-f]+$/.test(encoded)) {
    throw new VerdictError(
      'DESCRIPTOR_INVALID',
      `a ${algorithm} digest has ${length} lower-case hexadecimal digits: ${text}`,
    );
  }
  return { algorithm, encoded };
}

/** The digest of bytes. */
export function digestOf(bytes: Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/**
 * Checks content while it arrives: the size as it streams, then the digest. Nothing may be handed on before
 * `finish` has returned.
 */
export class ContentCheck {
  readonly #descriptor: Pick<Descriptor, 'digest' | 'size'>;
  readonly #hash: Hash;
  readonly #algorithm: string;
  #received = 0;

  constructor(descriptor: Pick<Descriptor, 'digest' | 'size'>) {
    this.#descriptor = descriptor;
    this.#algorithm = parseDigest(descriptor.digest).algorithm;
    this.#hash = createHash(this.#algorithm);
  }

  /** Throws SIZE_MISMATCH as soon as there is more than the descriptor says. */
  update(chunk: Uint8Array): void {
    this.#received += chunk.byteLength;
    if (this.#received > this.#descriptor.size) {
      throw new VerdictError(
        'SIZE_MISMATCH',
        `${this.#descriptor.digest} is longer than the ${this.#descriptor.size} bytes its descriptor says`,
      );
    }
    this.#hash.update(chunk);
  }

  /** Throws SIZE_MISMATCH or DIGEST_MISMATCH. */
  finish(): void {
    const { digest, size } = this.#descriptor;
    if (this.#received !== size) {
      throw new VerdictError('SIZE_MISMATCH', `${digest} has ${this.#received} bytes, its descriptor says ${size}`);
    }
    const actual = `${this.#algorithm}:${this.#hash.digest('hex')}`;
    if (actual !== digest) throw new VerdictError('DIGEST_MISMATCH', `content of ${digest} has the digest ${actual}`);
  }
}

/** Whole content that is already in memory. Throws SIZE_MISMATCH or DIGEST_MISMATCH. */
export function checkContent(bytes: Uint8Array, descriptor: Pick<Descriptor, 'digest' | 'size'>): void {
  const check = new ContentCheck(descriptor);
  check.update(bytes);
  check.finish();
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** String annotations of an untrusted object; what is not a string is not an annotation. */
export function parseAnnotations(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

function parsePlatform(value: unknown): Platform | undefined {
  if (!isRecord(value)) return undefined;
  return { os: text(value.os), architecture: text(value.architecture), variant: text(value.variant) };
}

/** A descriptor out of an untrusted JSON value. Throws DESCRIPTOR_INVALID; `urls` are ignored on purpose. */
export function parseDescriptor(value: unknown): Descriptor {
  if (!isRecord(value)) throw new VerdictError('DESCRIPTOR_INVALID', 'a descriptor must be a JSON object');
  const { mediaType, digest, size } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw new VerdictError('DESCRIPTOR_INVALID', 'a descriptor needs a digest "algorithm:encoded"');
  }
  if (typeof mediaType !== 'string' || mediaType === '') {
    throw new VerdictError('DESCRIPTOR_INVALID', `the descriptor of ${digest} has no media type`);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new VerdictError('DESCRIPTOR_INVALID', `the descriptor of ${digest} has no usable size`);
  }
  return {
    mediaType,
    digest,
    size,
    artifactType: text(value.artifactType),
    annotations: parseAnnotations(value.annotations),
    platform: parsePlatform(value.platform),
    data: text(value.data),
  };
}

/** A descriptor made here, with empty values where nothing is said. */
export function descriptor(
  mediaType: string,
  digest: string,
  size: number,
  more: Partial<Descriptor> = {},
): Descriptor {
  return { mediaType, digest, size, artifactType: '', annotations: {}, platform: undefined, data: '', ...more };
}
