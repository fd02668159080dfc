import { ConfigFaults, loadConfig } from '../../config/load.ts';
import { EXIT, type Io } from '../io.ts';
import { describeFaults } from '../output/faults.ts';
import { style } from '../output/style.ts';

/** `verdict config check`: every fault, with its place. */
export async function run(
  [file]: readonly string[],
  options: { readonly output: 'text' | 'json' },
  io: Io,
): Promise<number> {
  try {
    const loaded = await loadConfig(file, io.directory);
    const name = loaded.file === '' ? 'no configuration file: the defaults hold' : loaded.file;
    io.out(
      options.output === 'json'
        ? `${JSON.stringify({ file: loaded.file, faults: [] }, null, 2)}\n`
        : `${style(io.colour).good('✓')} ${name}\n`,
    );
    return EXIT.ok;
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown;
    const { faults } = thrown;
    if (options.output === 'json') io.out(`${JSON.stringify({ faults }, null, 2)}\n`);
    else
      io.err(
        describeFaults(
          faults.map((fault) => ({ ...fault, severity: 'error' })),
          style(io.colour),
        ),
      );
    return EXIT.usage;
  }
}
