/** Compiles the policies that come with Verdict to their bundles in `policies/`. A test rebuilds them and compares. */
import { writeFileSync } from 'node:fs';
import { buildShipped } from '../src/config/compile.ts';
import { resourcePath } from '../src/config/resources.ts';

for (const [path, bytes] of await buildShipped()) writeFileSync(resourcePath(path), bytes);
