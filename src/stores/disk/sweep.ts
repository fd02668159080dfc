import { join } from 'node:path';
import { USE_PRECISION } from './content-file.ts';
import { errnoOf, type FileSystem } from './file-system.ts';
import { kindOf } from './names.ts';

/** Milliseconds after which what is being written belongs to nobody any more. */
const TEMPORARY_AGE = 3_600_000;
/** Files removed in one sweep. */
const MAX_REMOVED = 1000;
/** How full the directory is when a sweep has made room: else the next write would need another. */
const AFTERWARDS = 0.9;

export interface SweepOptions {
  readonly files: FileSystem;
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether to leave it at that. */
  readonly isStopped: () => boolean;
}

export interface Swept {
  /** What is kept now. */
  readonly entries: number;
  readonly bytes: number;
  readonly removed: number;
  /** There is more to remove than one sweep does. */
  readonly isFull: boolean;
}

interface Kept {
  readonly name: string;
  readonly bytes: number;
  /** When it was last used, in milliseconds since the epoch. */
  readonly used: number;
}

/**
 * Removes what crashed processes left, and, where the directory holds too much, what was used longest ago. Several
 * processes may sweep at once: they agree on the order. Whatever is not ours is left alone. Throws what the file system
 * throws.
 */
export async function sweep(options: SweepOptions): Promise<Swept> {
  const { maxBytes, maxEntries } = options;
  const { entries, bytes, oldest } = await survey(options);
  const goal = {
    bytes: bytes > maxBytes ? maxBytes * AFTERWARDS : bytes,
    entries: entries > maxEntries ? maxEntries * AFTERWARDS : entries,
  };
  const left = { entries, bytes };
  let removed = 0;
  for (const one of oldest) {
    if (options.isStopped() || (left.bytes <= goal.bytes && left.entries <= goal.entries)) break;
    await remove(options, one.name);
    left.entries -= 1;
    left.bytes -= one.bytes;
    removed += 1;
  }
  return { ...left, removed, isFull: left.bytes > maxBytes || left.entries > maxEntries };
}

/** Counts everything and remembers the oldest only: memory does not grow with the directory. */
async function survey(options: SweepOptions): Promise<{ entries: number; bytes: number; oldest: readonly Kept[] }> {
  const { files, directory, isStopped } = options;
  let [entries, bytes] = [0, 0];
  let oldest: Kept[] = [];
  for await (const { name } of await files.opendir(directory)) {
    if (isStopped()) break;
    const kept = await look(options, name);
    if (kept === undefined) continue;
    entries += 1;
    bytes += kept.bytes;
    oldest.push(kept);
    if (oldest.length >= 2 * MAX_REMOVED) oldest = oldestOf(oldest);
  }
  return { entries, bytes, oldest: oldestOf(oldest) };
}

const oldestOf = (all: Kept[]): Kept[] =>
  all.sort((a, b) => a.used - b.used || (a.name < b.name ? -1 : 1)).slice(0, MAX_REMOVED);

/** A content that is kept; undefined for anything else. */
async function look(options: SweepOptions, name: string): Promise<Kept | undefined> {
  const { files, directory, now } = options;
  const kind = kindOf(name);
  if (kind === 'foreign') return undefined;
  const facts = await ifThere(() => files.lstat(join(directory, name)));
  if (facts === undefined) return undefined;
  if (kind === 'temporary') {
    if (Math.abs(now - facts.mtimeMs) > TEMPORARY_AGE) await remove(options, name);
    return undefined;
  }
  // A time that lies ahead would keep it for ever.
  return { name, bytes: facts.size, used: facts.mtimeMs > now + USE_PRECISION ? 0 : facts.mtimeMs };
}

/** Another process may have been quicker. */
async function remove({ files, directory }: SweepOptions, name: string): Promise<void> {
  await ifThere(() => files.unlink(join(directory, name)));
}

async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
