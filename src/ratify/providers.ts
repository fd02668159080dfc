import { join } from 'node:path';
import type { Notes } from './notes.ts';
import type { Section } from './section.ts';
import { pathOf, type Surroundings } from './surroundings.ts';

/** A key management provider: Ratify knows them in clusters only. */
interface Provider {
  readonly contentType: string;
  /** PEM text; empty where it comes from somewhere else. */
  readonly value: string;
}

/** What certificates or keys are asked for. */
export type Material = 'certificate' | 'key';

const ENDINGS: Readonly<Record<Material, string>> = { certificate: '.pem', key: '.pub' };
const PATH = /^[~./]|\.(?:pem|crt|cer|der|pub)$/;

/** The key management providers, by name. */
export class Providers {
  readonly #providers: ReadonlyMap<string, Provider>;
  readonly #surroundings: Surroundings;
  readonly #notes: Notes;

  /** `sections`: of the list `keyManagementProviders`. */
  constructor(sections: readonly Section[], surroundings: Surroundings, notes: Notes) {
    this.#providers = new Map(sections.map(provider));
    this.#surroundings = surroundings;
    this.#notes = notes;
  }

  /** What a trust is given for the name of a provider: PEM text, or a file. */
  setting(name: string, material: Material, pointer: string): string {
    const found = this.#providers.get(name);
    if (found === undefined && PATH.test(name)) return pathOf(name, this.#surroundings);
    if (found !== undefined && found.value !== '') {
      if (found.contentType !== material) {
        this.#notes.fault(
          pointer,
          `${JSON.stringify(name)} holds no ${material}: its contentType is ${found.contentType}`,
        );
      }
      return found.value;
    }
    const path = join(
      this.#surroundings.configDirectory,
      `${name.replaceAll(/[^A-Za-z0-9_.-]+/g, '-')}${ENDINGS[material]}`,
    );
    this.#notes.change(
      pointer,
      `Verdict does not ask the key management provider ${JSON.stringify(name)}: export its ${material}s, PEM, to ${path}.`,
    );
    return path;
  }
}

function provider(section: Section): readonly [string, Provider] {
  const name = section.text('name');
  const type = section.text('type');
  section.text('refreshInterval');
  const parameters = section.section('parameters');
  section.end();
  if (type !== 'inline' || parameters === undefined) return [name, { contentType: '', value: '' }];
  const contentType = parameters.text('contentType') || 'certificate';
  const value = parameters.text('value');
  parameters.end();
  if (!value.includes('-----BEGIN ')) parameters.notes.fault(parameters.at('value'), 'it must be PEM text');
  if (value.includes('PRIVATE KEY-----')) {
    parameters.notes.fault(parameters.at('value'), 'it holds a private key: give the public one');
    return [name, { contentType, value: '' }];
  }
  return [name, { contentType, value }];
}
