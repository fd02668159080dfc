import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { ContentCheck, type Descriptor } from '../../descriptor.ts';
import { VerdictError } from '../../errors.ts';
import { errnoOf, type FileSystem } from './file-system.ts';

/** Bytes read, written and hashed at a time: between two pieces, others get their turn. */
const CHUNK_BYTES = 1024 * 1024;
/** How exact it is known when a content was last used, in milliseconds: most reads then write nothing. */
export const USE_PRECISION = 3_600_000;

// A link is not followed; without O_NONBLOCK opening a fifo would wait for somebody to write into it.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const WRITE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** What a file turned out to be; `bad`: not the content that its name promises. */
export type FileRead =
  | { readonly kind: 'content'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  | { readonly kind: 'bad' };

type Wanted = Pick<Descriptor, 'digest' | 'size'>;

/**
 * Reads a content and checks its size and digest. Notes that it was used at `now` (milliseconds since the epoch). Throws
 * what the file system throws.
 */
export async function readContent(files: FileSystem, path: string, wanted: Wanted, now: number): Promise<FileRead> {
  let handle: FileHandle | undefined;
  try {
    handle = await files.open(path, READ_FLAGS);
    const facts = await handle.stat();
    if (!facts.isFile() || facts.size !== wanted.size) return { kind: 'bad' };
    const bytes = await readChecked(handle, wanted);
    if (bytes === undefined) return { kind: 'bad' };
    if (Math.abs(now - facts.mtimeMs) > USE_PRECISION) await noteUse(handle, now);
    return { kind: 'content', bytes };
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return { kind: 'missing' };
    if (errnoOf(thrown) === 'ELOOP') return { kind: 'bad' };
    throw thrown;
  } finally {
    await handle?.close();
  }
}

/** Undefined where the content is another. */
async function readChecked(handle: FileHandle, wanted: Wanted): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(wanted.size);
  const check = new ContentCheck(wanted);
  for (let offset = 0; offset < bytes.length; ) {
    const length = Math.min(CHUNK_BYTES, bytes.length - offset);
    const { bytesRead } = await handle.read(bytes, offset, length, offset);
    if (bytesRead === 0) return undefined;
    check.update(bytes.subarray(offset, offset + bytesRead));
    offset += bytesRead;
  }
  try {
    check.finish();
    return bytes;
  } catch {
    return undefined;
  }
}

/** A disk that can only be read still serves. */
async function noteUse(handle: FileHandle, now: number): Promise<void> {
  try {
    await handle.utimes(now / 1000, now / 1000);
  } catch {
    // It only looks older than it is.
  }
}

/**
 * Writes a content under the temporary path, checks it, and gives it its own. It is not forced to the disk: what a power
 * failure leaves of it is recognised when it is read. Throws what the file system throws, SIZE_MISMATCH or
 * DIGEST_MISMATCH; then nothing is left, unless the process ended.
 */
export async function writeContent(
  files: FileSystem,
  paths: { readonly path: string; readonly temporary: string },
  bytes: Uint8Array,
  wanted: Wanted,
): Promise<void> {
  try {
    await writeChecked(files, paths.temporary, bytes, wanted);
    await files.rename(paths.temporary, paths.path);
  } catch (thrown) {
    await files.unlink(paths.temporary).catch(() => undefined);
    throw thrown;
  }
}

async function writeChecked(files: FileSystem, path: string, bytes: Uint8Array, wanted: Wanted): Promise<void> {
  const check = new ContentCheck(wanted);
  const handle = await files.open(path, WRITE_FLAGS, 0o600);
  try {
    for (let offset = 0; offset < bytes.length; ) {
      const chunk = bytes.subarray(offset, offset + CHUNK_BYTES);
      const { bytesWritten } = await handle.write(chunk, 0, chunk.length, offset);
      if (bytesWritten === 0) throw new VerdictError('INTERNAL', `nothing more can be written to ${path}`);
      check.update(chunk.subarray(0, bytesWritten));
      offset += bytesWritten;
    }
    check.finish();
  } finally {
    await handle.close();
  }
}
