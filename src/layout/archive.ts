import { VerdictError } from '../errors.ts';
import {
  type BlobNames,
  blobDigest,
  type Container,
  type ContainerSource,
  fileFault,
  identityAt,
  identityOf,
  openRegular,
  type Section,
} from './container.ts';
import { listTar, type TarEntry } from './tar.ts';

/**
 * An image layout in an uncompressed tar archive, as `skopeo copy … oci-archive:`, `docker save` and BuildKit write.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#oci-image-layout-specification
 */
export function archiveSource(path: string): ContainerSource {
  return {
    revision: () => identityAt(path),
    async open() {
      const revision = await identityAt(path);
      const { handle, size } = await openFile(path);
      try {
        return new Archive(path, revision, await listTar(handle, size));
      } finally {
        await handle.close();
      }
    },
  };
}

async function openFile(path: string): Promise<Section> {
  try {
    return await openRegular(path, path);
  } catch (thrown) {
    const fault = fileFault(thrown, path);
    throw new VerdictError('FILE_UNREADABLE', `cannot read the archive: ${fault.message}`, { cause: thrown });
  }
}

class Archive implements Container {
  readonly #path: string;
  readonly #revision: string;
  readonly #files: ReadonlyMap<string, TarEntry>;

  constructor(path: string, revision: string, files: ReadonlyMap<string, TarEntry>) {
    this.#path = path;
    this.#revision = revision;
    this.#files = files;
  }

  async blobs(): Promise<BlobNames> {
    const digests = [...this.#files.keys()].map(blobDigest).filter((digest) => digest !== undefined);
    return { digests: digests.sort(), truncated: false };
  }

  /** Opened anew for each read: nobody has to know when the last one is done. */
  async open(path: string): Promise<Section> {
    const entry = this.#files.get(path);
    if (entry === undefined) throw new VerdictError('NOT_FOUND', `there is no ${path}`);
    const { handle } = await openFile(this.#path);
    if (identityOf(await handle.stat({ bigint: true })) === this.#revision) return { handle, ...entry };
    await handle.close();
    throw new VerdictError('ARCHIVE_INVALID', 'the archive was replaced while it was read; try again', {
      retryable: true,
    });
  }
}
