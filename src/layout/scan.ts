import { type Descriptor, descriptor, digestOf, MANIFEST_TYPES, parseDigest } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest } from '../manifest.ts';
import { blobPath, type Container, MAX_LAYOUT_FILES, readFile } from './container.ts';
import { type EntryFacts, isManifestEntry } from './names.ts';

/** What is attached to what in a layout, as far as limits let it be looked up. */
export interface Scan extends EntryFacts {
  /** By the digest of what they are attached to. */
  readonly bySubject: ReadonlyMap<string, readonly Descriptor[]>;
  /** Name of the limit that cut the scan; empty if none did. */
  readonly limit: string;
  /** Why an entry of the index could not be looked at: it may be attached to anything. */
  readonly error: VerdictError | undefined;
}

/**
 * Most bytes read in one scan. Manifests have a few KiB; what costs are image configs and SBOMs, which are JSON too and are
 * told from manifests only by reading them.
 */
const MAX_SCAN_BYTES = 256 * 1024 * 1024;

/**
 * Looks for manifests with a subject: in the entries of `index.json`, in what indexes contain, then in every other
 * blob. oras lists referrers in the index, `cosign save` leaves them as blobs that nothing points to.
 */
export async function scan(
  container: Container,
  entries: readonly Descriptor[],
  maxBytes: number = MAX_SCAN_BYTES,
): Promise<Scan> {
  return await new Scanner(container, entries, maxBytes).run();
}

class Scanner {
  readonly #container: Container;
  readonly #entries: ReadonlyMap<string, Descriptor>;
  readonly #bySubject = new Map<string, Descriptor[]>();
  readonly #attached = new Set<string>();
  readonly #contained = new Set<string>();
  readonly #maxBytes: number;
  #scanned = 0;
  #limit = '';
  #error: VerdictError | undefined;

  constructor(container: Container, entries: readonly Descriptor[], maxBytes: number) {
    this.#container = container;
    this.#maxBytes = maxBytes;
    const manifests = entries.filter(isManifestEntry);
    this.#entries = new Map(manifests.map((entry) => [entry.digest, entry]));
  }

  async run(): Promise<Scan> {
    const names = await this.#container.blobs();
    if (names.truncated) this.#limit = 'layoutFiles';
    // A set hands out what is added while it is walked, and everything once, so cycles end.
    const reachable = new Set(this.#entries.keys());
    for (const digest of reachable) {
      for (const child of await this.#look(digest)) if (reachable.size < MAX_LAYOUT_FILES) reachable.add(child);
    }
    for (const digest of names.digests) if (!reachable.has(digest)) await this.#look(digest);
    return {
      bySubject: this.#bySubject,
      attached: this.#attached,
      contained: this.#contained,
      limit: this.#limit,
      error: this.#error,
    };
  }

  /** Takes note of one blob, and returns the digests it contains. */
  async #look(digest: string): Promise<readonly string[]> {
    const isEntry = this.#entries.has(digest);
    try {
      const bytes = await this.#read(digest, isEntry);
      return bytes === undefined || !(isEntry || mayPoint(bytes)) ? [] : this.#note(digest, bytes, isEntry);
    } catch (thrown) {
      const fault = asVerdictError(thrown);
      if (isEntry || !IS_NO_MANIFEST.has(fault.code)) this.#error ??= faultOf(digest, fault);
      return [];
    }
  }

  /** The blob as it is; undefined where it is not there, too large for a manifest, or the scan has read enough. */
  async #read(digest: string, isEntry: boolean): Promise<Uint8Array | undefined> {
    if (this.#scanned >= this.#maxBytes) {
      this.#limit = 'layoutScanBytes';
      return undefined;
    }
    try {
      const bytes = await readFile(this.#container, blobPath(digest), MAX_MANIFEST_BYTES);
      this.#scanned += bytes.length;
      return bytes;
    } catch (thrown) {
      const { code } = asVerdictError(thrown);
      if (!isEntry && (code === 'LIMIT_EXCEEDED' || code === 'NOT_FOUND')) return undefined;
      throw thrown;
    }
  }

  #note(digest: string, bytes: Uint8Array, isEntry: boolean): readonly string[] {
    const manifest = parseManifest(bytes, '');
    if (!isEntry && !isManifest(manifest)) return [];
    const isGenuine = digestOf(bytes, parseDigest(digest).algorithm) === digest;
    if (manifest.subject !== '') this.#attach(manifest, digest, bytes.length, isGenuine);
    else if (isEntry && !isGenuine)
      throw new VerdictError('DIGEST_MISMATCH', 'its content is not what its digest names');
    if (!isGenuine || manifest.kind !== 'index') return [];
    const children = manifest.manifests.map((child) => child.digest);
    for (const child of children) if (this.#entries.has(child)) this.#contained.add(child);
    return children;
  }

  /** Changed content is listed by its claim alone: reading it will fail, and the evidence shows that it was there. */
  #attach(manifest: Manifest, digest: string, size: number, isGenuine: boolean): void {
    const { mediaType, artifactType, annotations, subject } = manifest;
    const found = descriptor(mediaType, digest, size, isGenuine ? { artifactType, annotations } : {});
    const siblings = this.#bySubject.get(subject) ?? [];
    this.#bySubject.set(subject, siblings);
    siblings.push(found);
    this.#attached.add(digest);
  }
}

/** Codes that mean that a blob is something else than a manifest (a layer, a document), or nothing that can be here. */
const IS_NO_MANIFEST: ReadonlySet<string> = new Set(['MANIFEST_INVALID', 'DESCRIPTOR_INVALID', 'DIGEST_UNSUPPORTED']);

const faultOf = (digest: string, fault: VerdictError): VerdictError =>
  new VerdictError(fault.code, `cannot tell what ${digest} is attached to: ${fault.message}`, {
    cause: fault,
    retryable: fault.retryable,
  });

const OPEN_OBJECT = 0x7b;
const WHITE_SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Whether a text can be a manifest with a subject, or an index: a look at the bytes that spares most JSON the parser. */
function mayPoint(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => !WHITE_SPACE.has(byte));
  if (first !== OPEN_OBJECT) return false;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // A key may be spelt with escapes; such a text has the parser look.
  return text.includes('"subject"') || text.includes('"manifests"') || text.includes('\\u');
}

/** Other JSON may have a `subject` too: only what calls itself a manifest, or has a manifest's members, is one. */
function isManifest({ mediaType, raw }: Manifest): boolean {
  const hasForm = raw.manifests !== undefined || (raw.config !== undefined && raw.layers !== undefined);
  return MANIFEST_TYPES.includes(mediaType) && (raw.mediaType !== undefined || hasForm);
}
