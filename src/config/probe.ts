import type { Config } from '../generated/config.ts';
import type { Reference } from '../reference.ts';
import type { RegistryProbe } from '../registry/probe.ts';
import { registryHosts } from './store.ts';

export type { Peer } from '../registry/peer.ts';
export type { FirstAnswer, Location, Login, ProbeStep, RegistryProbe } from '../registry/probe.ts';

export interface ProbeMeans {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Every registry that the configuration names, once, in its order; `*` names none. */
export const configuredRegistries = ({ registries }: Pick<Config, 'registries'>): readonly string[] => [
  ...new Set(
    Object.keys(registries)
      .filter((name) => name !== '*')
      .map((name) => name.split('/')[0] ?? ''),
  ),
];

/** The registry of a reference with its repository; undefined where it leads to none. */
export const registryOf = (
  reference: Reference,
): { readonly registry: string; readonly repository: string } | undefined =>
  reference.kind === 'registry' ? { registry: reference.registry, repository: reference.repository } : undefined;

/** Access to a registry as decisions have it. `repository` may be empty. Throws CONFIG_INVALID, FILE_UNREADABLE. */
export async function probe(
  target: { readonly registry: string; readonly repository: string },
  config: Pick<Config, 'registries'>,
  { environment, now }: ProbeMeans,
): Promise<RegistryProbe> {
  const { probeRegistry } = await import('../registry/probe.ts');
  return await probeRegistry(target, { hosts: registryHosts(config, environment), surroundings: { environment, now } });
}
