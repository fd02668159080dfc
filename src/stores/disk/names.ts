import { createHash } from 'node:crypto';
import { parseDigest } from '../../descriptor.ts';
import { VerdictError } from '../../errors.ts';

const CONTENT = /^(?:sha256-[0-9a-f]{64}|sha384-[0-9a-f]{96}|sha512-[0-9a-f]{128})-[0-9a-f]{64}$/;
const TEMPORARY = /^(.+)\.[0-9a-f]{12}\.tmp$/;

/** Name of the file with a content of a place; undefined for a digest that nobody here can verify. */
export function fileNameOf(place: readonly string[], digest: string): string | undefined {
  try {
    const { algorithm, encoded } = parseDigest(digest);
    return `${algorithm}-${encoded}-${createHash('sha256').update(JSON.stringify(place)).digest('hex')}`;
  } catch (thrown) {
    if (thrown instanceof VerdictError) return undefined;
    throw thrown;
  }
}

/** Name under which a content is written; `unique`: twelve hexadecimal digits. */
export const temporaryName = (name: string, unique: string): string => `${name}.${unique}.tmp`;

/** What a file in the directory is by its name; `foreign`: none of ours, left alone. */
export function kindOf(name: string): 'content' | 'temporary' | 'foreign' {
  if (CONTENT.test(name)) return 'content';
  return CONTENT.test(TEMPORARY.exec(name)?.[1] ?? '') ? 'temporary' : 'foreign';
}
