import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build, sourcesOf } from '../../config/compile.ts';
import { digestOf } from '../../descriptor.ts';
import { VerdictError } from '../../errors.ts';
import { createToolchain } from '../../rego/toolchain.ts';
import { EXIT, type Io } from '../io.ts';
import { bytes } from '../output/style.ts';

export interface BuildOptions {
  readonly rules?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly revision?: string;
  readonly v0?: boolean;
  readonly out: string;
}

/** `verdict policy build`: Rego in, bundle.tar.gz out. */
export async function run(paths: readonly string[], options: BuildOptions, io: Io): Promise<number> {
  const absolute = (path: string): string => resolve(io.directory, path);
  const sources = sourcesOf({ sources: paths.map(absolute), rules: (options.rules ?? []).map(absolute) });
  const toolchain = createToolchain();
  try {
    const bundle = await build(toolchain, sources, {
      entrypoints: options.entrypoint ?? ['verdict/decision'],
      ...(options.revision === undefined ? {} : { revision: options.revision }),
      ...(options.v0 === true ? { regoVersion: 0 } : {}),
    });
    const out = absolute(options.out);
    try {
      writeFileSync(out, bundle);
    } catch (cause) {
      throw new VerdictError('FILE_UNREADABLE', `cannot write ${out}: ${(cause as Error).message}`, { cause });
    }
    io.out(`${options.out}  ${bytes(bundle.byteLength)}  ${digestOf(bundle)}\n`);
    return EXIT.ok;
  } finally {
    await toolchain.close();
  }
}
