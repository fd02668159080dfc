/** Compiles the starter policy to `policies/starter.tar.gz`. A test rebuilds it and compares. */
import { writeFileSync } from 'node:fs';
import { STARTER_BUNDLE, buildStarter } from '../src/config/compile.ts';
import { resourcePath } from '../src/config/resources.ts';

writeFileSync(resourcePath(STARTER_BUNDLE), await buildStarter());
