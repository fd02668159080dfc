import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Fault } from '../../config/document.ts';
import { ConfigFaults, complete } from '../../config/load.ts';
import { type Migration, translateFiles } from '../../config/ratify-files.ts';
import { migrationYaml } from '../../config/ratify-yaml.ts';
import { VerdictError } from '../../errors.ts';
import { EXIT, type Io } from '../io.ts';
import { describeFaults } from '../output/faults.ts';
import { plural, printable, style } from '../output/style.ts';

export interface MigrateOptions {
  /** File to write; without one, standard output. */
  readonly output?: string;
  readonly json?: boolean;
}

/** `verdict migrate ratify`: Ratify's configuration in, Verdict's out, and what is different. */
export async function run(files: readonly string[], { output, json }: MigrateOptions, io: Io): Promise<number> {
  const { directory, environment } = io;
  const [first = '', ...more] = files.map((file) => resolve(directory, file));
  try {
    const migration = translateFiles([first, ...more], { directory, environment });
    await complete(migration, first, directory);
    print(migration, files, { ...(output === undefined ? {} : { output }), json: json === true }, io);
    return EXIT.ok;
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown;
    const faults = thrown.faults.map((fault) => ({ ...fault, severity: 'error' }) as const);
    if (json === true) io.out(`${JSON.stringify({ faults: thrown.faults }, null, 2)}\n`);
    else io.err(describeFaults(faults, style(io.colour)));
    return EXIT.usage;
  }
}

function print(
  { document, changes }: Migration,
  files: readonly string[],
  { output, json }: MigrateOptions & { readonly json: boolean },
  io: Io,
): void {
  const yaml = migrationYaml(document, files, changes);
  if (output !== undefined) write(resolve(io.directory, output), yaml);
  if (json) io.out(`${JSON.stringify({ config: document, changes }, null, 2)}\n`);
  else {
    if (output === undefined) io.out(yaml);
    io.err(describeChanges(changes));
  }
}

function describeChanges(changes: readonly Fault[]): string {
  if (changes.length === 0) return 'Nothing is different from Ratify that you must know.\n';
  const lines = changes.map(({ file, line, column, message }) => printable(`${file}:${line}:${column}: ${message}`));
  return `${lines.join('\n')}\n\n${plural(changes.length, 'thing')} to know or to do\n`;
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new VerdictError('FILE_UNREADABLE', `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}
