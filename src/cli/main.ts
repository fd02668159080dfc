#!/usr/bin/env node
// As a whole: older versions lack names in it, and a named import would fail before the version is checked.
import * as nodeModule from 'node:module';

/** Oldest Node.js that everything here runs on: older ones fail at import, with messages that help nobody. */
const NEEDED = [24, 15] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `NODE_TOO_OLD: this is Node.js ${process.versions.node}, Verdict needs ${NEEDED.join('.')} or newer. ` +
      'Run it through `npm run` or `npx`, which bring the right one, or install Node.js 24.\n',
  );
  process.exit(64);
}
nodeModule.enableCompileCache();
const [{ run }, { processIo }] = await Promise.all([import('./program.ts'), import('./io.ts')]);
process.exitCode = await run(process.argv.slice(2), processIo());
