import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PolicyFaults } from '../../config/compile.ts';
import { readSources } from '../../config/sources.ts';
import { VerdictError } from '../../errors.ts';
import { createToolchain } from '../../rego/toolchain.ts';
import { EXIT, type Io } from '../io.ts';

/** `verdict policy fmt`: as `opa fmt -w`; with --check, exit code 1 where something would change. */
export async function run(paths: readonly string[], options: { readonly check?: boolean }, io: Io): Promise<number> {
  if (paths.length === 0) throw new VerdictError('USAGE', 'name the files or directories to format');
  const toolchain = createToolchain();
  try {
    let count = 0;
    for (const path of paths.map((one) => resolve(io.directory, one))) {
      const sources = readSources([path]);
      const outcome = await toolchain.format({ files: sources.files });
      if (sources.faults.length > 0) throw new PolicyFaults(sources.faults);
      if (!outcome.ok) throw new PolicyFaults(outcome.faults);
      for (const file of outcome.files.filter(({ changed }) => changed)) {
        count++;
        io.out(`${file.path}\n`);
        const place = sources.places.get(file.path);
        if (options.check !== true && place !== undefined) write(place, file.text);
      }
    }
    return options.check === true && count > 0 ? EXIT.denied : EXIT.ok;
  } finally {
    await toolchain.close();
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new VerdictError('FILE_UNREADABLE', `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}
