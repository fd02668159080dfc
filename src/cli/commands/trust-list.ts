import { loadConfig } from '../../config/load.ts';
import { openNetwork } from '../../config/network.ts';
import { everyTrust } from '../../config/scopes.ts';
import { describeTrusts as shown } from '../../config/trust/describe.ts';
import { loadTrusts } from '../../config/trust/load.ts';
import { revisionOf } from '../../config/trust/revision.ts';
import { cacheDirectory } from '../../rego/module.ts';
import { EXIT, type Io } from '../io.ts';
import { style } from '../output/style.ts';
import { describeTrustFaults, describeTrusts } from '../output/trust.ts';

export interface TrustListOptions {
  readonly config?: string;
  readonly output: 'text' | 'json';
}

/** `verdict trust list`: whom the configuration trusts, as it was loaded; every fault if it cannot be. */
export async function run(_: readonly string[], options: TrustListOptions, io: Io): Promise<number> {
  const { config } = await loadConfig(options.config, io.directory, {}, io.environment);
  const network = openNetwork(config, () => undefined);
  try {
    const { environment } = io;
    const means = { environment, fetch: network.fetch, cacheDirectory: cacheDirectory(environment), now: io.now() };
    const loaded = await loadTrusts(everyTrust(config), means);
    const trusts = shown(loaded, io.now());
    const { faults } = loaded;
    if (options.output === 'json') {
      const revision = faults.length === 0 ? revisionOf(loaded.trusts) : '';
      io.out(`${JSON.stringify({ revision, trusts, faults }, null, 2)}\n`);
    } else if (faults.length === 0) io.out(describeTrusts(trusts, style(io.colour)));
    else io.err(describeTrustFaults(faults, style(io.colour)));
    if (faults.length === 0) return EXIT.ok;
    return faults.every(({ code }) => code === 'TRUST_UNAVAILABLE') ? EXIT.undecided : EXIT.usage;
  } finally {
    await network.close();
  }
}
