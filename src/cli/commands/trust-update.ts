import { loadConfig } from '../../config/load.ts';
import { openNetwork } from '../../config/network.ts';
import { everyTrust } from '../../config/scopes.ts';
import { rootChanges } from '../../config/trust/changes.ts';
import { type Updated, type UpdateMeans, updateTrust } from '../../config/trust/tuf.ts';
import { asVerdictError, type ErrorFacts, VerdictError } from '../../errors.ts';
import type { Config, Trust, TrustUpdate } from '../../generated/config.ts';
import { cacheDirectory } from '../../rego/module.ts';
import type { RequestEvent } from '../../request-event.ts';
import { EXIT, type Io } from '../io.ts';
import { describeError } from '../output/error.ts';
import { style } from '../output/style.ts';
import { describeUpdate, type ShownUpdate } from '../output/trust.ts';

export interface TrustUpdateOptions {
  readonly config?: string;
  readonly output: 'text' | 'json';
}

type Updatable = Trust & { readonly update: TrustUpdate };

/** `verdict trust update [NAMES]`: the newest trusted roots; where one fails, its last good copy stays. */
export async function run(names: readonly string[], options: TrustUpdateOptions, io: Io): Promise<number> {
  const { config } = await loadConfig(options.config, io.directory, {}, io.environment);
  const chosen = choose(config, names);
  const requests: RequestEvent[] = [];
  const network = openNetwork(config, (event) => void requests.push(event));
  const updated: ShownUpdate[] = [];
  const failed: Array<{ readonly name: string; readonly error: ErrorFacts }> = [];
  try {
    const means = { fetch: network.fetch, cacheDirectory: cacheDirectory(io.environment), now: io.now() };
    for (const [one, trust] of chosen) {
      const outcome = await attempt(one, trust, means);
      if (outcome instanceof VerdictError) {
        failed.push({ name: one, error: outcome.toFacts() });
        if (options.output === 'text') io.err(`${one}: ${describeError(outcome)}`);
      } else {
        updated.push(show(outcome));
        if (options.output === 'text') io.out(describeUpdate(show(outcome), style(io.colour)));
      }
    }
  } finally {
    await network.close();
  }
  if (options.output === 'json') io.out(`${JSON.stringify({ updated, failed, requests }, null, 2)}\n`);
  return failed.length === 0 ? EXIT.ok : EXIT.undecided;
}

/** Those with `update`, or the named ones, in the order of the configuration. */
function choose(config: Config, names: readonly string[]): ReadonlyArray<readonly [string, Updatable]> {
  const updatable = Object.entries(everyTrust(config)).filter(
    (entry): entry is [string, Updatable] => entry[1].update !== undefined,
  );
  if (updatable.length === 0) {
    throw new VerdictError('USAGE', 'no trust in the configuration has `update`: there is nothing to fetch');
  }
  const unknown = names.find((name) => !updatable.some(([one]) => one === name));
  if (unknown === undefined) return updatable.filter(([name]) => names.length === 0 || names.includes(name));
  throw new VerdictError('USAGE', `no trust ${JSON.stringify(unknown)} in the configuration has \`update\``);
}

async function attempt(name: string, trust: Updatable, means: UpdateMeans): Promise<Updated | VerdictError> {
  try {
    return await updateTrust(name, trust, means);
  } catch (thrown) {
    return asVerdictError(thrown);
  }
}

const show = ({ name, mirror, before, after }: Updated): ShownUpdate => ({
  name,
  mirror,
  changed: before?.digest !== after.digest,
  before: before?.digest ?? '',
  after: after.digest,
  ...rootChanges(before, after),
});
