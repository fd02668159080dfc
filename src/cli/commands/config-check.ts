import { buildVerifiers } from '../../config/build.ts';
import { ConfigFaults, type LoadedConfig, loadConfig } from '../../config/load.ts';
import { sideOf, withinScope } from '../../config/scopes.ts';
import { readTrusts } from '../../config/trusts.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import type { Config } from '../../generated/config.ts';
import type { SchemaFault } from '../../schema-fault.ts';
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
    const loaded = await loadConfig(file, io.directory, {}, io.environment);
    await checkMaterial(loaded, io);
    const name = loaded.file === '' ? 'no configuration file: defaults and environment hold' : loaded.file;
    io.out(
      options.output === 'json'
        ? `${JSON.stringify({ file: loaded.file, faults: [], changes: loaded.changes }, null, 2)}\n`
        : `${style(io.colour).good('✓')} ${name}\n`,
    );
    if (options.output === 'text') {
      const changes = loaded.changes.map((change) => ({ ...change, severity: 'warning' }) as const);
      io.err(describeFaults(changes, style(io.colour)));
    }
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

/** Reads what the configuration names: keys, certificates, roots, trust policies, schemas. Nothing is fetched. */
async function checkMaterial({ config, locate }: LoadedConfig, { environment }: Io): Promise<void> {
  const faults = await materialFaults(config, environment);
  const scoped = await Promise.all(
    config.scopes.map(async (scope, index) =>
      withinScope(scope, index, await materialFaults(sideOf(config, scope).config, environment)),
    ),
  );
  const all = [...faults, ...scoped.flat()];
  if (all.length > 0) throw new ConfigFaults(all.map(locate));
}

async function materialFaults(config: Config, environment: Io['environment']): Promise<readonly SchemaFault[]> {
  const { faults } = await readTrusts(config, { environment, fetch: offline });
  if (faults.length > 0) return faults.filter(({ code }) => code !== 'TRUST_UNAVAILABLE');
  try {
    await (await buildVerifiers(config, { environment, fetch: offline })).close();
    return [];
  } catch (thrown) {
    return [{ pointer: '/verifiers', message: asVerdictError(thrown).message }];
  }
}

const offline = async (): Promise<never> => {
  throw new VerdictError('TRUST_UNAVAILABLE', 'nothing is fetched to check a configuration');
};
