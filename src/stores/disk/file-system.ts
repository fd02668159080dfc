import type * as promises from 'node:fs/promises';
import { VerdictError } from '../../errors.ts';

/** What the cache needs of `node:fs/promises`. */
export type FileSystem = Pick<typeof promises, 'lstat' | 'mkdir' | 'open' | 'opendir' | 'rename' | 'unlink'>;

/** Code of a failed call, such as `ENOSPC`. */
export const errnoOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);

/**
 * Creates the directory, for us alone, or looks at the one that is there. Throws FILE_UNREADABLE for one that is a link,
 * no directory, another user's or writable for others: who can write into it could put content at places of their choice.
 */
export async function prepareDirectory(files: FileSystem, directory: string): Promise<void> {
  try {
    await files.mkdir(directory, { recursive: true, mode: 0o700 });
    const facts = await files.lstat(directory);
    if (!facts.isDirectory()) throw refused(directory, 'it is no directory');
    if (process.getuid !== undefined && facts.uid !== process.getuid())
      throw refused(directory, 'it belongs to another user');
    if ((facts.mode & 0o022) !== 0)
      throw refused(directory, 'others may write into it; name a directory in it that is made for the cache alone');
  } catch (cause) {
    if (cause instanceof VerdictError) throw cause;
    throw refused(directory, errnoOf(cause), cause);
  }
}

const refused = (directory: string, why: string, cause?: unknown): VerdictError =>
  new VerdictError('FILE_UNREADABLE', `content cannot be kept in ${directory}: ${why}`, { cause });
