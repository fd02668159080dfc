import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileSchema, type SchemaFault } from '../../../src/schema.ts';

export const ROOT = new URL('../../../', import.meta.url);
export const pathOf = (path: string): string => fileURLToPath(new URL(path, ROOT));
export const readText = (path: string): string => readFileSync(pathOf(path), 'utf8');
export const readJson = (path: string): unknown => JSON.parse(readText(path));

const validator = compileSchema(readJson('schemas/policy.schema.json'), 'the policy configuration', {
  complete: true,
});

/** A configuration of the policy with every default filled in, and where it does not fit. */
export function complete(config: unknown): { readonly config: unknown; readonly faults: readonly SchemaFault[] } {
  const completed = structuredClone(config);
  return { faults: validator.validate(completed), config: completed };
}

/** Names of the profiles that come with the policy. */
export const profiles = (): readonly string[] =>
  readdirSync(pathOf('policies/profiles'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace(/\.json$/, ''));

/** Names of the rules, `area.name`, as their directories say. */
export const rules = (): readonly string[] =>
  readdirSync(pathOf('policies/rules')).flatMap((area) =>
    readdirSync(pathOf(`policies/rules/${area}`)).map((name) => `${area}.${name}`),
  );
