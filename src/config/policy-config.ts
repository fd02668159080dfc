import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  return { config: completed, faults: await ownFaults('policy', completed) };
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

function shippedProfile(name: string): Members {
  const directory = resourcePath('policies/profiles');
  if (!readdirSync(directory).includes(`${name}.json`)) return {};
  const profile: unknown = JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8'));
  return isObject(profile) ? profile : {};
}
