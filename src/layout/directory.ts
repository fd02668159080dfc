import { constants, type Dir } from 'node:fs';
import { opendir, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { VerdictError } from '../errors.ts';
import {
  type BlobNames,
  blobDigest,
  type Container,
  type ContainerSource,
  fileFault,
  identityAt,
  MAX_LAYOUT_FILES,
  openRegular,
  type Section,
} from './container.ts';

/** The algorithms whose content can be checked; anything else under `blobs/` is nobody's. */
const ALGORITHMS = ['sha256', 'sha384', 'sha512'];

/**
 * An image layout in a directory.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#content
 */
export function directorySource(path: string): ContainerSource {
  return {
    async revision() {
      const watched = ['index.json', 'oci-layout', ...ALGORITHMS.map((algorithm) => `blobs/${algorithm}`)];
      return (await Promise.all(watched.map((name) => identityAt(join(path, name))))).join(' ');
    },
    async open() {
      try {
        return new Directory(await realpath(path));
      } catch (thrown) {
        throw new VerdictError('FILE_UNREADABLE', `cannot read the layout: ${fileFault(thrown, path).message}`, {
          cause: thrown,
        });
      }
    },
  };
}

/** Whether a path with every link resolved lies below a root, likewise resolved. */
function isBelow(root: string, path: string): boolean {
  const inner = relative(root, path);
  return inner !== '' && inner !== '..' && !inner.startsWith(`..${sep}`) && !isAbsolute(inner);
}

class Directory implements Container {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async blobs(): Promise<BlobNames> {
    const digests: string[] = [];
    let seen = 0;
    for (const algorithm of ALGORITHMS) {
      for await (const { name } of (await this.#names(algorithm)) ?? []) {
        if (++seen > MAX_LAYOUT_FILES) break;
        const digest = blobDigest(`blobs/${algorithm}/${name}`);
        if (digest !== undefined) digests.push(digest);
      }
    }
    return { digests: digests.sort(), truncated: seen > MAX_LAYOUT_FILES };
  }

  async #names(algorithm: string): Promise<Dir | undefined> {
    const path = `blobs/${algorithm}`;
    try {
      return await opendir(await this.#inside(path));
    } catch (thrown) {
      const fault = fileFault(thrown, path);
      if (fault.code === 'NOT_FOUND') return undefined;
      throw fault;
    }
  }

  /** Links may stay inside of the layout, which is what build systems make; none may lead out. */
  async #inside(path: string): Promise<string> {
    const real = await realpath(join(this.#root, path));
    if (isBelow(this.#root, real)) return real;
    throw new VerdictError(
      'LAYOUT_INVALID',
      `${path} is a link that leads out of the layout; copy the layout with \`cp -rL\``,
    );
  }

  async open(path: string): Promise<Section> {
    try {
      return await openRegular(await this.#inside(path), path, constants.O_NOFOLLOW);
    } catch (thrown) {
      throw fileFault(thrown, path);
    }
  }
}
