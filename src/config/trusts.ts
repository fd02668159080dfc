import { VerdictError } from '../errors.ts';
import type { Fetcher } from '../fetcher.ts';
import type { Config } from '../generated/config.ts';
import { cacheDirectory } from '../rego/module.ts';
import type { Trust } from '../trust.ts';
import { type LoadedTrusts, loadTrusts } from './trust/load.ts';

/** What trust material is read with. */
export interface TrustSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined: nothing may be fetched. */
  readonly fetch: Fetcher | undefined;
  /** Trusts that a namespace brought; default: none. */
  readonly ownTrusts?: readonly string[];
}

/** The configured trusts with all that is known of them, faults included. */
export function readTrusts(
  { trust }: Config,
  { environment, fetch, ownTrusts = [] }: TrustSurroundings,
): Promise<LoadedTrusts> {
  const means = { environment, fetch, ownTrusts, cacheDirectory: cacheDirectory(environment), now: new Date() };
  return loadTrusts(trust, means);
}

/** The configured trusts. Throws TRUST_INVALID with every fault, or TRUST_UNAVAILABLE where trying again may help. */
export async function trustsOf(config: Config, surroundings: TrustSurroundings): Promise<readonly Trust[]> {
  const { trusts, faults } = await readTrusts(config, surroundings);
  if (faults.length === 0) return trusts;
  const code = faults.every((fault) => fault.code === 'TRUST_UNAVAILABLE') ? 'TRUST_UNAVAILABLE' : 'TRUST_INVALID';
  throw new VerdictError(code, faults.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n'));
}
