import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Bytes read at a time: between two reads, others get their turn. */
const CHUNK_BYTES = 256 * 1024;
/** Longer files are told apart by size and time: reading them again and again would cost more than it tells. */
const MAX_HASHED_BYTES = 64 * 1024 * 1024;
/** Milliseconds after a change within which another one may have the same time. */
const TIME_PRECISION = 2000;
// Without O_NONBLOCK opening a fifo would wait for somebody to write into it.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** State by path, with what the file looked like then. */
type Known = Map<string, { readonly stamp: string; readonly state: string }>;

/** What tells one content of a file from another: equal where nothing changed. A fault is a state too. */
export class FileStates {
  readonly #now: () => number;
  #before: Known = new Map();
  #current: Known = new Map();

  /** `now`: milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A new look at everything: what the last one did not ask for is forgotten. */
  begin(): void {
    this.#before = this.#current;
    this.#current = new Map();
  }

  /** A file that looks as it did is not read again. */
  async of(path: string): Promise<string> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, FLAGS);
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile() || stats.size > MAX_HASHED_BYTES) return `stats:${stampOf(stats)}`;
      return await this.#contentOf(path, handle, stats);
    } catch (thrown) {
      return faultOf(thrown);
    } finally {
      await handle?.close().catch(() => undefined);
    }
  }

  async #contentOf(path: string, handle: FileHandle, stats: BigIntStats): Promise<string> {
    const stamp = stampOf(stats);
    const known = this.#before.get(path) ?? this.#current.get(path);
    const state = known?.stamp === stamp ? known.state : await digestOf(handle);
    const isSettled = Math.abs(this.#now() - Number(stats.ctimeMs)) > TIME_PRECISION;
    if (isSettled) this.#current.set(path, { stamp, state });
    return state;
  }
}

async function digestOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let total = 0; total <= MAX_HASHED_BYTES; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, total);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
  return `sha256:${hash.digest('hex')}`;
}

const stampOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;

/** As {@link FileStates} says what could not be read. */
export const faultOf = (thrown: unknown): string =>
  `fault:${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown'}`;
