import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../generated/config.ts';
import { isObject } from '../json.ts';
import { compileSchema, type SchemaFault } from '../schema.ts';
import { readSchema, resourcePath } from './resources.ts';

/** What the policy reads as `data.config`, and what is wrong with it. */
export interface PolicyConfig {
  readonly config: Readonly<Record<string, unknown>>;
  readonly faults: readonly SchemaFault[];
}

/**
 * Completes and checks what the operator hands the starter policy: the profiles that come with it, then the defaults of
 * `schemas/policy.schema.json`. A policy of one's own shape gets its configuration as it stands.
 */
export function completePolicyConfig({ bundle, sources, config }: Config['policy']): PolicyConfig {
  if (bundle !== undefined || sources.length > 0) return { config, faults: [] };
  const own = isObject(config.profiles) ? config.profiles : {};
  const completed = { ...structuredClone(config), profiles: { ...shippedProfiles(), ...structuredClone(own) } };
  const { validate } = compileSchema(readSchema('policy'), 'policy.config', { complete: true });
  return { config: completed, faults: validate(completed) };
}

/** `policies/profiles/<name>.json`, by name. */
function shippedProfiles(): Readonly<Record<string, unknown>> {
  const directory = resourcePath('policies/profiles');
  const files = readdirSync(directory).filter((name) => name.endsWith('.json')).sort();
  return Object.fromEntries(files.map((name) => [name.slice(0, -'.json'.length), JSON.parse(readFileSync(join(directory, name), 'utf8'))]));
}
