import { readFileSync, statSync } from 'node:fs';
import { VerdictError } from '../errors.ts';

/** Files named in a configuration are written by hand or by small tools: a larger one is a mistake. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** A file that a person named. Throws FILE_UNREADABLE or LIMIT_EXCEEDED. */
export function readText(path: string): string {
  try {
    if (statSync(path).size > MAX_TEXT_BYTES) {
      throw new VerdictError('LIMIT_EXCEEDED', `${path} has more than ${MAX_TEXT_BYTES} bytes: is it the right file?`);
    }
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof VerdictError) throw cause;
    throw new VerdictError('FILE_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
