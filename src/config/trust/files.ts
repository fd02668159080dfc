import { constants, type Dirent } from 'node:fs';
import { open, opendir, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { VerdictError } from '../../errors.ts';

/** Keys, certificates and trusted roots are small: the largest bundles of certificate authorities have 300 KiB. */
export const MAX_SOURCE_BYTES = 1024 * 1024;
/** A directory of trust material has a handful of files; with more, it is the wrong directory. */
export const MAX_DIRECTORY_ENTRIES = 1000;

/** A content with the name of where it came from. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * A file, or the files in a directory with one of the extensions, ordered by name. Sub-directories and hidden files are
 * passed over. Throws FILE_UNREADABLE, LIMIT_EXCEEDED, and TRUST_INVALID for a link that leads out of the directory.
 */
export async function readFiles(
  path: string,
  extensions: readonly string[],
  limit = MAX_SOURCE_BYTES,
): Promise<readonly NamedBytes[]> {
  if (!(await isDirectory(path))) return [{ name: path, bytes: await readBounded(path, limit) }];
  const names = (await entriesOf(path)).filter((name) => extensions.includes(extname(name).toLowerCase()));
  const inside = `${await realpath(path)}${sep}`;
  const files: NamedBytes[] = [];
  for (const name of names) {
    const file = join(path, name);
    const real = await realpath(file).catch((thrown: unknown) => {
      throw unreadable(file, thrown);
    });
    // Mounted secrets and config maps are links within the directory; any other place is not what was configured.
    if (!real.startsWith(inside)) throw new VerdictError('TRUST_INVALID', `${file} is a link that leads out of it`);
    if (!(await isDirectory(real))) files.push({ name: file, bytes: await readBounded(real, limit) });
  }
  if (files.length > 0) return files;
  throw new VerdictError('TRUST_INVALID', `the directory ${path} has no file that ends in ${extensions.join(', ')}`);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

async function entriesOf(path: string): Promise<readonly string[]> {
  const names: string[] = [];
  let count = 0;
  const take = (entry: Dirent): void => {
    count += 1;
    if (count > MAX_DIRECTORY_ENTRIES) {
      throw new VerdictError(
        'LIMIT_EXCEEDED',
        `${path} has more than ${MAX_DIRECTORY_ENTRIES} entries: is it the right directory?`,
      );
    }
    if (!entry.name.startsWith('.')) names.push(entry.name);
  };
  try {
    for await (const entry of await opendir(path)) take(entry);
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
  return names.sort();
}

/** A regular file that is not larger than trust material is. Throws FILE_UNREADABLE or LIMIT_EXCEEDED. */
export async function readBounded(path: string, limit = MAX_SOURCE_BYTES): Promise<Uint8Array> {
  try {
    // Without O_NONBLOCK opening a fifo would wait for somebody to write into it.
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await handle.stat();
    if (!facts.isFile()) throw new VerdictError('FILE_UNREADABLE', `${path} is no regular file`);
    const buffer = Buffer.alloc(Math.min(facts.size, limit) + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = (await handle.read(buffer, length, buffer.length - length)).bytesRead;
    }
    if (length > limit) {
      throw new VerdictError('LIMIT_EXCEEDED', `${path} has more than ${limit} bytes: is it the right file?`);
    }
    if (length === buffer.length) throw new VerdictError('FILE_UNREADABLE', `${path} changed while it was read`);
    return new Uint8Array(buffer.subarray(0, length));
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

function unreadable(path: string, cause: unknown): VerdictError {
  if (cause instanceof VerdictError) return cause;
  return new VerdictError('FILE_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
}
