import { readdirSync, readFileSync } from 'node:fs';
import type { Config } from '../generated/config.ts';
import { isObject } from '../json.ts';
import type { SchemaFault } from '../schema-fault.ts';
import { ownFaults, resourcePath } from './resources.ts';

/** What the policy reads as `data.config`, and what is wrong with it. */
export interface PolicyConfig {
  readonly config: Readonly<Record<string, unknown>>;
  readonly faults: readonly SchemaFault[];
}

/** Profile that decides where nothing is configured. */
const DEFAULT_PROFILE = 'starter';

/**
 * Completes and checks what the operator hands the starter policy: over the profile of that name that comes with
 * Verdict (`policies/profiles/<name>.json`: rules, lists, thresholds), then over the defaults of
 * `schemas/policy.schema.json`. A policy of one's own shape gets its configuration as it stands.
 */
export async function completePolicyConfig({
  policy: { bundle, sources, inline, config, convention },
  trust,
}: Config): Promise<PolicyConfig> {
  if (convention === 'ratify') {
    const ratify = structuredClone(config);
    return { faults: await ownFaults('ratify', ratify), config: ratify };
  }
  if (bundle !== undefined || sources.length > 0 || inline !== undefined) return { config, faults: [] };
  const name = typeof config.profile === 'string' ? config.profile : DEFAULT_PROFILE;
  const completed = over(shippedProfile(name), structuredClone(config));
  const faults = await ownFaults('policy', completed);
  const unknown = [...unknownProfile(name, completed), ...unknownTrusts(name, completed, Object.keys(trust))];
  return { config: completed, faults: faults.length > 0 ? faults : unknown };
}

type Members = Readonly<Record<string, unknown>>;

/** Settings are two levels deep, those of a profile three. */
const DEPTH = 3;

/** What the operator says replaces what the profile says, setting by setting: lists are never joined. */
function over(profile: Members, own: Members, depth = DEPTH): Members {
  const merged = Object.entries(own).map(([key, value]) => {
    const before = profile[key];
    const isGroup = depth > 1 && isObject(value) && isObject(before);
    return [key, isGroup ? over(before, value, depth - 1) : value] as const;
  });
  return { ...profile, ...Object.fromEntries(merged) };
}

function unknownProfile(name: string, { profiles }: Members): readonly SchemaFault[] {
  const own = isObject(profiles) ? Object.keys(profiles) : [];
  if (own.includes(name)) return [];
  const known = [...new Set([...shippedProfiles(), ...own])].sort().join(', ');
  return [{ pointer: '/profile', message: `there is no profile ${JSON.stringify(name)}; there are ${known}` }];
}

/** An identity of a trust that is not there is nobody: its signatures would be missing without a word. */
function unknownTrusts(
  name: string,
  { profiles, identities }: Members,
  trusts: readonly string[],
): readonly SchemaFault[] {
  const profile = isObject(profiles) ? profiles[name] : undefined;
  const lists: ReadonlyArray<readonly [string, unknown]> = [
    ['/identities', identities],
    [`/profiles/${name}/identities`, isObject(profile) ? profile.identities : []],
  ];
  return lists.flatMap(([pointer, list]) =>
    (Array.isArray(list) ? list : []).flatMap((identity: unknown, index) => {
      const trust = isObject(identity) ? identity.trust : undefined;
      if (typeof trust !== 'string' || trusts.includes(trust)) return [];
      const known = trusts.length === 0 ? 'none' : trusts.join(', ');
      return [
        {
          pointer: `${pointer}/${index}/trust`,
          message: `there is no trust ${JSON.stringify(trust)} under \`trust\`; there is ${known}`,
        },
      ];
    }),
  );
}

const shippedProfiles = (): readonly string[] =>
  readdirSync(resourcePath('policies/profiles')).map((file) => file.replace(/\.json$/, ''));

function shippedProfile(name: string): Members {
  if (!shippedProfiles().includes(name)) return {};
  const profile: unknown = JSON.parse(readFileSync(resourcePath(`policies/profiles/${name}.json`), 'utf8'));
  return isObject(profile) ? profile : {};
}
