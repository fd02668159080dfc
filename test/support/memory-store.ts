import { checkContent, type Descriptor, descriptor, digestOf, MEDIA_TYPES } from '../../src/descriptor.ts';
import { VerdictError } from '../../src/errors.ts';
import { digestsOf } from '../../src/gather.ts';
import type { Reference } from '../../src/reference.ts';
import { type Listed, type Listing, listed, type Resolved, type Source, type Store } from '../../src/store.ts';

export const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** What to push beside the manifest's own fields. */
export interface Pushed {
  readonly layers?: ReadonlyArray<{
    readonly mediaType: string;
    readonly bytes: Uint8Array;
    readonly annotations?: Record<string, string>;
  }>;
  readonly artifactType?: string;
  readonly subject?: string;
  readonly annotations?: Record<string, string>;
  readonly config?: { readonly mediaType: string; readonly bytes: Uint8Array };
}

/** A store whose content and answers a test decides. It counts what it is asked. */
export class MemoryStore implements Store {
  readonly sources: readonly Source[];
  readonly asked: string[] = [];
  readonly #contents = new Map<string, Uint8Array>();
  readonly #tags = new Map<string, Descriptor>();
  readonly #lists = new Map<string, Listing>();

  constructor(sources: readonly Source[] = ['referrers-api', 'referrers-tag', 'cosign-tag']) {
    this.sources = sources;
  }

  /** Pushes an image or artifact manifest and returns its descriptor. */
  push({ layers = [], artifactType = '', subject = '', annotations = {}, config }: Pushed): Descriptor {
    const own = config ?? {
      mediaType: artifactType === '' ? MEDIA_TYPES.ociConfig : MEDIA_TYPES.ociEmpty,
      bytes: json({}),
    };
    return this.pushManifest({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      ...(artifactType === '' ? {} : { artifactType }),
      config: this.#blob(own.mediaType, own.bytes),
      layers: layers.map(({ mediaType, bytes, annotations: own }) => ({
        ...this.#blob(mediaType, bytes),
        ...(own && { annotations: own }),
      })),
      ...(subject === '' ? {} : { subject: { mediaType: MEDIA_TYPES.ociManifest, digest: subject, size: 1 } }),
      annotations,
    });
  }

  pushIndex(manifests: readonly unknown[], more: Record<string, unknown> = {}): Descriptor {
    return this.pushManifest({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests, ...more });
  }

  pushManifest(manifest: Record<string, unknown>): Descriptor {
    const bytes = json(manifest);
    const digest = digestOf(bytes);
    this.#contents.set(digest, bytes);
    const { mediaType, artifactType, annotations } = manifest as {
      mediaType: string;
      artifactType?: string;
      annotations?: Record<string, string>;
    };
    return descriptor(mediaType, digest, bytes.length, {
      artifactType: artifactType ?? '',
      annotations: annotations ?? {},
    });
  }

  tag(name: string, target: Descriptor): void {
    this.#tags.set(name, target);
  }

  /** Lets a source list something for a digest. */
  list(source: Source, digest: string, ...entries: readonly Descriptor[]): void {
    const before = this.#lists.get(`${source} ${digest}`)?.entries ?? [];
    const added: Listed[] = entries.map((one) => ({
      descriptor: one,
      manifest: source === 'cosign-tag' ? this.#contents.get(one.digest) : undefined,
      form: source === 'file' ? 'document' : 'manifest',
    }));
    this.#lists.set(`${source} ${digest}`, listed([...before, ...added]));
  }

  answer(source: Source, digest: string, listing: Listing): void {
    this.#lists.set(`${source} ${digest}`, listing);
  }

  /** Loses content: whoever asks for it fails. */
  lose(digest: string): void {
    this.#contents.delete(digest);
  }

  async resolve(reference: Reference): Promise<Resolved> {
    if (reference.kind === 'file' || reference.kind === 'digest') throw new VerdictError('NOT_FOUND', 'no files here');
    this.asked.push('resolve');
    const found =
      reference.digest === ''
        ? this.#tags.get(reference.tag)
        : [...this.#tags.values()].find((one) => one.digest === reference.digest);
    const bytes = found && this.#contents.get(found.digest);
    if (found === undefined || bytes === undefined)
      throw new VerdictError('NOT_FOUND', `nothing at ${reference.requested}`);
    return { descriptor: found, manifest: bytes, digests: digestsOf(bytes, found.digest) };
  }

  async referrers(_reference: Reference, source: Source, digest: string): Promise<Listing> {
    this.asked.push(`${source} ${digest}`);
    return this.#lists.get(`${source} ${digest}`) ?? listed([]);
  }

  async fetch(_reference: Reference, kind: 'manifest' | 'blob', wanted: Descriptor): Promise<Uint8Array> {
    this.asked.push(`${kind} ${wanted.digest}`);
    const bytes = this.#contents.get(wanted.digest);
    if (bytes === undefined) throw new VerdictError('REGISTRY_UNAVAILABLE', `cannot read ${wanted.digest}`);
    checkContent(bytes, wanted);
    return bytes;
  }

  async close(): Promise<void> {
    this.#contents.clear();
  }

  #blob(mediaType: string, bytes: Uint8Array): { mediaType: string; digest: string; size: number } {
    const digest = digestOf(bytes);
    this.#contents.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }
}
