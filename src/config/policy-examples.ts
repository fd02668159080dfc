import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VerdictError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Example } from '../opa/bundle.ts';

/** Ending of the files with examples. */
export const EXAMPLE_ENDING = '.evidence.json';
/** Examples read of one directory, and bytes of one: they are run before every first decision. */
const MAX_EXAMPLES = 100;
const MAX_EXAMPLE_BYTES = 4 * 1024 * 1024;

/** `examples/allowed/<name>.evidence.json` below a policy's directory: evidence that it allows. Throws BUNDLE_INVALID. */
export function allowedExamples(directory: string): readonly Example[] {
  const place = join(directory, 'examples/allowed');
  return names(place).map((file) => {
    const bytes = readFileSync(join(place, file));
    if (bytes.length > MAX_EXAMPLE_BYTES) {
      throw new VerdictError('LIMIT_EXCEEDED', `${join(place, file)} has more than ${MAX_EXAMPLE_BYTES} bytes`);
    }
    return {
      name: file.slice(0, -EXAMPLE_ENDING.length),
      evidence: parseJson(bytes, join(place, file), 'BUNDLE_INVALID'),
    };
  });
}

function names(place: string): readonly string[] {
  try {
    const found = readdirSync(place).filter((name) => name.endsWith(EXAMPLE_ENDING));
    return found.sort((a, b) => (a < b ? -1 : 1)).slice(0, MAX_EXAMPLES);
  } catch {
    // Most policies have no examples; a file in their place has none either.
    return [];
  }
}
