import { type Descriptor, descriptor, MEDIA_TYPES } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../manifest.ts';
import { blobPath, type Container, readBlob, readFile } from './container.ts';
import { entryTagged, onlyImage } from './names.ts';
import { type Scan, scan } from './scan.ts';

/** The only version there is: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#oci-layout-file */
const LAYOUT_VERSION = '1.0.0';
/** The file holds one short member. */
const MAX_LAYOUT_FILE_BYTES = 4096;

/** An image layout whose two fixed files were read. */
export class Layout {
  readonly container: Container;
  /** Entries of `index.json`, as they stand. */
  readonly entries: readonly Descriptor[];
  #scan: Promise<Scan> | undefined;

  constructor(container: Container, entries: readonly Descriptor[]) {
    this.container = container;
    this.entries = entries;
  }

  /** What is attached to what. Looked up once for all who ask, so no single caller's signal ends it; limits do. */
  async attachments(): Promise<Scan> {
    this.#scan ??= scan(this.container, this.entries);
    try {
      return await this.#scan;
    } catch (thrown) {
      this.#scan = undefined;
      throw thrown;
    }
  }

  /** What a tag or digest names; with neither, the only image. Checked against its digest by whoever reads it. */
  async find(tag: string, digest: string): Promise<Descriptor> {
    if (digest !== '') return this.entries.find((entry) => entry.digest === digest) ?? (await this.#unlisted(digest));
    return tag === '' ? onlyImage(this.entries, await this.attachments()) : entryTagged(this.entries, tag);
  }

  /** A manifest that `index.json` does not list, such as one platform of an index, says itself what it is. */
  async #unlisted(digest: string): Promise<Descriptor> {
    const bytes = await readFile(this.container, blobPath(digest), MAX_MANIFEST_BYTES);
    return descriptor(parseManifest(bytes, '').mediaType, digest, bytes.length);
  }

  /** A manifest or blob, checked against size and digest. */
  read(wanted: Pick<Descriptor, 'digest' | 'size'>, limit: number, signal: AbortSignal): Promise<Uint8Array> {
    return readBlob(this.container, wanted, limit, signal);
  }
}

/** Reads `oci-layout` and `index.json`. Throws LAYOUT_INVALID or LIMIT_EXCEEDED. */
export async function openLayout(container: Container): Promise<Layout> {
  await checkVersion(container);
  const bytes = await fixed(container, 'index.json', MAX_MANIFEST_BYTES);
  try {
    const index = parseManifest(bytes, MEDIA_TYPES.ociIndex);
    return new Layout(container, index.kind === 'index' ? index.manifests : []);
  } catch (thrown) {
    throw invalid('index.json', thrown);
  }
}

async function checkVersion(container: Container): Promise<void> {
  const bytes = await fixed(container, 'oci-layout', MAX_LAYOUT_FILE_BYTES);
  const value = parseJson(bytes, 'oci-layout', 'LAYOUT_INVALID');
  const version = isObject(value) ? value.imageLayoutVersion : undefined;
  if (version === LAYOUT_VERSION) return;
  throw new VerdictError('LAYOUT_INVALID', `oci-layout must say imageLayoutVersion ${LAYOUT_VERSION}`);
}

async function fixed(container: Container, path: string, limit: number): Promise<Uint8Array> {
  try {
    return await readFile(container, path, limit);
  } catch (thrown) {
    throw invalid(path, thrown);
  }
}

/** Limits and permissions keep their own codes; anything else means that this is no layout. */
function invalid(path: string, thrown: unknown): VerdictError {
  if (thrown instanceof VerdictError && ['LIMIT_EXCEEDED', 'FILE_UNREADABLE', 'ARCHIVE_INVALID'].includes(thrown.code))
    return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new VerdictError('LAYOUT_INVALID', `this is not an image layout: ${path}: ${why}`, { cause: thrown });
}
