import type { Section } from './section.ts';
import { pathOf, type Surroundings } from './surroundings.ts';

/** Who decides under Ratify's configuration. */
export type PolicyChoice =
  | { readonly kind: 'config'; readonly artifactPolicies: Readonly<Record<string, string>> }
  | { readonly kind: 'rego'; readonly source: RegoSource; readonly passthrough: boolean };

type RegoSource = { readonly kind: 'inline'; readonly text: string } | { readonly kind: 'file'; readonly path: string };

const NOTHING: PolicyChoice = { kind: 'config', artifactPolicies: {} };

/** The object `policy.plugin`. */
export function policyChoice(plugin: Section, surroundings: Surroundings): PolicyChoice {
  const name = plugin.text('name');
  plugin.text('version');
  switch (name.toLowerCase().replaceAll('-', '')) {
    case 'configpolicy':
      return configPolicy(plugin);
    case 'regopolicy':
      return regoPolicy(plugin, surroundings);
    default:
      plugin.notes.fault(
        plugin.at('name'),
        `there is no policy ${JSON.stringify(name)}: give configPolicy or regoPolicy`,
      );
      return NOTHING;
  }
}

function configPolicy(plugin: Section): PolicyChoice {
  const given = plugin.section('artifactVerificationPolicies');
  const policies = (given?.entries() ?? []).flatMap(([type, value]) => {
    if (typeof value !== 'string') {
      given?.notes.fault(given.at(type), 'it must be "any" or "all"');
      return [];
    }
    if (value !== 'any' && value !== 'all') {
      given?.notes.change(given.at(type), 'Neither "any" nor "all": such artifacts never pass, as with Ratify.');
    }
    return [[type, value] as const];
  });
  plugin.end();
  return { kind: 'config', artifactPolicies: { default: 'all', ...Object.fromEntries(policies) } };
}

function regoPolicy(plugin: Section, surroundings: Surroundings): PolicyChoice {
  const text = plugin.text('policy');
  const path = plugin.text('policyPath');
  const passthrough = plugin.flag('passthroughEnabled');
  plugin.end();
  if (text === '' && path === '') plugin.notes.fault(plugin.pointer, 'give `policy`, Rego as text, or `policyPath`');
  const source: RegoSource =
    text === '' ? { kind: 'file', path: pathOf(path, surroundings) } : { kind: 'inline', text };
  return { kind: 'rego', source, passthrough };
}
