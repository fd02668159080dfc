/** Compiles the starter policy to `policies/starter.tar.gz`. A test rebuilds it and compares. */
import { writeFileSync } from 'node:fs';
import { buildStarter, STARTER_BUNDLE } from '../src/config/compile.ts';
import { resourcePath } from '../src/config/resources.ts';

writeFileSync(resourcePath(STARTER_BUNDLE), await buildStarter());
