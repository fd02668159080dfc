import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { VerdictError } from '../../errors.ts';

/** Bits of a mode by which others than the owner may write. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Whether a file is one that may be run: named absolutely, regular (no link, which could lead elsewhere tomorrow), not
 * writable by its group or by everybody, executable by us. Throws FILE_UNREADABLE where there is none, else
 * CONFIG_INVALID.
 */
export async function checkExecutable(command: string): Promise<void> {
  const refuse = (why: string): VerdictError => new VerdictError('CONFIG_INVALID', `the plugin ${command} ${why}`);
  if (!isAbsolute(command)) throw refuse('is not named by an absolute path');
  const facts = await lstat(command).catch((cause: Error) => {
    throw new VerdictError('FILE_UNREADABLE', `the plugin ${command} cannot be looked at: ${cause.message}`, { cause });
  });
  if (!facts.isFile()) throw refuse('is not a regular file: name the program itself');
  if ((facts.mode & WRITABLE_BY_OTHERS) !== 0) throw refuse('may be written by others: take that away with chmod go-w');
  await access(command, constants.X_OK).catch(() => {
    throw refuse('may not be executed');
  });
}
