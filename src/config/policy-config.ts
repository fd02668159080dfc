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
export async function completePolicyConfig({ bundle, sources, config }: Config['policy']): Promise<PolicyConfig> {
  if (bundle !== undefined || sources.length > 0) return { config, faults: [] };
  const name = typeof config.profile === 'string' ? config.profile : DEFAULT_PROFILE;
  const completed = over(shippedProfile(name), structuredClone(config));
  const faults = await ownFaults('policy', completed);
  return { config: completed, faults: faults.length > 0 ? faults : unknownProfile(name, completed) };
}

type Members = Readonly<Record<string, unknown>>;

/** What the operator says replaces what the profile says, setting by setting: lists are never joined. */
function over(profile: Members, own: Members): Members {
  const merged = Object.entries(own).map(([key, value]) => {
    const before = profile[key];
    return [key, isObject(value) && isObject(before) ? { ...before, ...value } : value] as const;
  });
  return { ...profile, ...Object.fromEntries(merged) };
}

function unknownProfile(name: string, { profiles }: Members): readonly SchemaFault[] {
  const own = isObject(profiles) ? Object.keys(profiles) : [];
  if (own.includes(name)) return [];
  const known = [...new Set([...shippedProfiles(), ...own])].sort().join(', ');
  return [{ pointer: '/profile', message: `there is no profile ${JSON.stringify(name)}; there are ${known}` }];
}

const shippedProfiles = (): readonly string[] =>
  readdirSync(resourcePath('policies/profiles')).map((file) => file.replace(/\.json$/, ''));

function shippedProfile(name: string): Members {
  if (!shippedProfiles().includes(name)) return {};
  const profile: unknown = JSON.parse(readFileSync(resourcePath(`policies/profiles/${name}.json`), 'utf8'));
  return isObject(profile) ? profile : {};
}
