import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '../../docs/differences.md');

/** The names of the rows of docs/differences.md: what stands in backquotes in the first column. */
export function differences(): ReadonlySet<string> {
  const names = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name = '']) => name);
  return new Set(names);
}
