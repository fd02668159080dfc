/** Whole processes of the command line, from start to exit. Build first: `npm run build && node bench/cli.ts`. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, table } from './print.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNS = 9;

const COMMANDS: ReadonlyArray<readonly [name: string, ...args: string[]]> = [
  ['bare node', '-e', '0'],
  ['verdict --help', 'dist/cli/main.js', '--help'],
  ['verdict discover (layout)', 'dist/cli/main.js', 'discover', 'oci:examples/images:allowed'],
  [
    'verdict verify (layout)',
    'dist/cli/main.js',
    'verify',
    '-c',
    'examples/verdict.yaml',
    'oci:examples/images:allowed',
  ],
  ['verdict policy check (one file)', 'dist/cli/main.js', 'policy', 'check', 'policies/lib/sboms.rego'],
  ['verdict policy check (starter)', 'dist/cli/main.js', 'policy', 'check'],
];

const rows: string[][] = [['command', 'median ms', 'min', 'max', '/ bare node']];
let bare = 1;
for (const [name, ...args] of COMMANDS) {
  const times: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const started = performance.now();
    spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
    // The first run fills the compile cache.
    if (run > 0) times.push(performance.now() - started);
  }
  if (name === 'bare node') bare = median(times);
  const figures = [median(times), Math.min(...times), Math.max(...times)].map((one) => one.toFixed(0));
  rows.push([name, ...figures, (median(times) / bare).toFixed(1)]);
}
table(`command line, whole processes, ${RUNS} runs`, rows);
