import type { Fault } from '../rego/source.ts';
import type { Outcome, Toolchain } from '../rego/toolchain.ts';
import { both, type PolicySources, ratifySources, withoutTests } from './sources.ts';

/** The compiled adapter alone, for configurations of the kind `config`: a test rebuilds it and compares. */
export const RATIFY_BUNDLE = 'policies/ratify.tar.gz';

/** Rule of the adapter that decides, whatever the policy behind it. */
export const RATIFY_ENTRYPOINT = 'conventions/ratify/decision';

/** What is compiled for a policy of package `ratify.policy`: its sources, tests left out, beside the adapter. */
export const withAdapter = (own: PolicySources): PolicySources =>
  both(withoutTests(ratifySources()), withoutTests(own));

/**
 * Compiles as Ratify does, as Rego v0; what does not parse so is tried as v1. Where neither goes, the faults are those of
 * v0, unless v1 got further.
 */
export async function compileRatify(
  toolchain: Pick<Toolchain, 'build'>,
  { files, data }: Pick<PolicySources, 'files' | 'data'>,
): Promise<Outcome<{ readonly bundle: Uint8Array }>> {
  const request = { files, data, entrypoints: [RATIFY_ENTRYPOINT] };
  const old = await toolchain.build({ ...request, regoVersion: 0 });
  if (old.ok || isParsed(old.faults)) return old;
  const current = await toolchain.build({ ...request, regoVersion: 1 });
  return current.ok || isFurther(current.faults, old.faults) ? current : old;
}

const isParsed = (faults: readonly Fault[]): boolean => faults.every(({ code }) => code !== 'rego_parse_error');

/** A text that parses is further than one that does not; else the one whose first fault stands later. */
function isFurther(faults: readonly Fault[], others: readonly Fault[]): boolean {
  if (isParsed(faults)) return true;
  const first = (list: readonly Fault[]): number => Math.min(...list.map(({ line }) => line));
  return first(faults) > first(others);
}
