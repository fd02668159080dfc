import type { Verifier } from '../generated/ratify.ts';
import { cosign } from './cosign.ts';
import type { JudgeDocument } from './document.ts';
import { licensechecker, sbom, schemavalidator, vulnerabilityreport } from './documents.ts';
import type { Making } from './making.ts';
import { notation } from './notation.ts';
import { type PluginHouse, plugin } from './plugin.ts';
import type { Section } from './section.ts';

type Kind = Verifier['kind'];

/** Ratify's verifiers that are part of Verdict, by type; `notaryv2` is an older name. Every other is a plugin. */
const KINDS: Readonly<Record<string, Exclude<Kind, 'plugin'>>> = {
  notation: 'notation',
  notaryv2: 'notation',
  cosign: 'cosign',
  sbom: 'sbom',
  licensechecker: 'licensechecker',
  vulnerabilityreport: 'vulnerabilityreport',
  schemavalidator: 'schemavalidator',
};

/** One of Ratify's verifiers: adds what it needs to the configuration, and returns what the policy reads of it. */
export function verifier(section: Section, making: Making, house: PluginHouse): JudgeDocument {
  const name = section.text('name');
  const configured = section.text('type');
  const artifactTypes = section.commaList('artifactTypes');
  const nestedReferences = section.commaList('nestedReferences');
  if (name === '') section.notes.fault(section.pointer, 'give it a `name`');
  if (artifactTypes.length === 0) section.notes.fault(section.at('artifactTypes'), 'say which artifact types it takes');
  section.text('version');
  const program = configured || name;
  const kind: Kind = Object.hasOwn(KINDS, program) ? (KINDS[program] ?? 'plugin') : 'plugin';
  const common = { name, kind, artifactTypes, ...(nestedReferences.length === 0 ? {} : { nestedReferences }) };
  const judge = {
    ...common,
    ...typed(kind, configured, name),
    ...judgement(kind, section, name, making, house, artifactTypes),
  };
  section.end();
  return judge;
}

/** The type that reports have: cosign's own, of programs their file's name. */
function typed(kind: Kind, configured: string, name: string): { readonly type?: string } {
  switch (kind) {
    case 'notation':
      return configured === '' ? {} : { type: configured };
    case 'cosign':
      return { type: 'cosign' };
    case 'sbom':
    case 'licensechecker':
    case 'vulnerabilityreport':
    case 'schemavalidator':
    case 'plugin':
      return { type: configured || name };
  }
}

function judgement(
  kind: Kind,
  section: Section,
  name: string,
  making: Making,
  house: PluginHouse,
  artifactTypes: readonly string[],
): Partial<JudgeDocument> {
  switch (kind) {
    case 'notation':
      return { verifier: notation(section, name, making) };
    case 'cosign': {
      const { verifier, trustPolicies, legacy } = cosign(section, name, making);
      return { verifier, trustPolicies, ...(legacy ? { legacy } : {}) };
    }
    case 'sbom':
      return sbom(section);
    case 'licensechecker':
      return licensechecker(section);
    case 'vulnerabilityreport':
      return vulnerabilityreport(section, making);
    case 'schemavalidator':
      return schemavalidator(section, making);
    case 'plugin': {
      const document = plugin(section, section.text('type') || name, artifactTypes, house, making.surroundings);
      // One that may not run has no reports: the policy takes none for a failure.
      if (!house.enabled) return { verifier: name };
      return { verifier: making.verifier(name, document, section.pointer) };
    }
  }
}
