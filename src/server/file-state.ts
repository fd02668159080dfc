import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Bytes read at a time: between two reads, others get their turn. */
const CHUNK_BYTES = 256 * 1024;
/** Longer files are told apart by size and time: reading them again and again would cost more than it tells. */
const MAX_HASHED_BYTES = 64 * 1024 * 1024;
// Without O_NONBLOCK opening a fifo would wait for somebody to write into it.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** What tells one content of a file from another: equal where nothing changed. A fault is a state too. */
export async function fileStateOf(path: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, FLAGS);
    const stats = await handle.stat();
    if (!isHashed(stats)) return namedByStats(stats);
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let total = 0; total <= MAX_HASHED_BYTES; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, total);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      total += bytesRead;
    }
    return digestOf(hash);
  } catch (thrown) {
    return faultOf(thrown);
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

/** The same, at once: for what must be known before anything else happens. */
export function fileStateOfSync(path: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, FLAGS);
    const stats = fstatSync(descriptor);
    if (!isHashed(stats)) return namedByStats(stats);
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let total = 0; total <= MAX_HASHED_BYTES; ) {
      const bytesRead = readSync(descriptor, buffer, 0, buffer.length, total);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      total += bytesRead;
    }
    return digestOf(hash);
  } catch (thrown) {
    return faultOf(thrown);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const isHashed = (stats: Stats): boolean => stats.isFile() && stats.size <= MAX_HASHED_BYTES;

const namedByStats = ({ dev, ino, size, mtimeMs }: Stats): string => `stats:${dev}:${ino}:${size}:${mtimeMs}`;

const digestOf = (hash: Hash): string => `sha256:${hash.digest('hex')}`;

const faultOf = (thrown: unknown): string =>
  `fault:${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown'}`;
