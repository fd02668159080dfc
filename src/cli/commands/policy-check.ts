import { resolve } from 'node:path';
import { sourcesOf } from '../../config/compile.ts';
import { readSchema } from '../../config/resources.ts';
import { lint, type PolicyShape } from '../../rego/lint.ts';
import type { Fault } from '../../rego/source.ts';
import { createToolchain } from '../../rego/toolchain.ts';
import { EXIT, type Io } from '../io.ts';
import { describeFaults } from '../output/faults.ts';
import { plural, style } from '../output/style.ts';

export interface CheckOptions {
  readonly rules?: readonly string[];
  readonly strict?: boolean;
  readonly output: 'text' | 'json';
}

/** Documents of which the checker knows the shape, wherever a policy reads them. */
const TYPED = [
  { path: 'input', schema: 'evidence' },
  { path: 'data.config', schema: 'config' },
];

/** `verdict policy check`: everything that can be known of a policy without running it. */
export async function run(paths: readonly string[], options: CheckOptions, io: Io): Promise<number> {
  const absolute = (path: string): string => resolve(io.directory, path);
  const { files, data, faults } = sourcesOf({
    sources: paths.map(absolute),
    rules: (options.rules ?? []).map(absolute),
  });
  const toolchain = createToolchain();
  try {
    const schemas = [
      { name: 'evidence', schema: readSchema('evidence') },
      { name: 'config', schema: readSchema('policy') },
    ];
    const inspected = await toolchain.inspect({ files, data });
    const shape: PolicyShape = paths.length === 0 || !isOwn(inspected.ok ? inspected.files : []) ? 'rules' : 'own';
    const checked = await toolchain.check({ files, data, schemas, typed: TYPED });
    const all = [...faults, ...checked, ...(inspected.ok ? lint(inspected, { shape }) : [])];
    report(all, files.length, options, io);
    return all.some(({ severity }) => severity === 'error' || options.strict === true) ? EXIT.usage : EXIT.ok;
  } finally {
    await toolchain.close();
  }
}

/** A policy that brings its own decision has its own shape; a directory of rules has the starter's. */
const isOwn = (files: readonly { readonly package: readonly string[]; readonly path: string }[]): boolean =>
  !files.some((file) => file.package[0] === 'rules');

function report(faults: readonly Fault[], count: number, { output }: CheckOptions, io: Io): void {
  const look = style(io.colour);
  if (output === 'json') io.out(`${JSON.stringify({ files: count, faults }, null, 2)}\n`);
  else if (faults.length === 0) io.out(`${look.good('✓')} ${plural(count, 'file')}\n`);
  else io.err(describeFaults(faults, look));
}
