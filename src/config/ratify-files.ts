import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import type { ConfigDocument } from '../ratify/document.ts';
import { foldManifests } from '../ratify/manifests.ts';
import type { Surroundings } from '../ratify/surroundings.ts';
import { type Translation, translate } from '../ratify/translate.ts';
import type { SchemaFault } from '../schema-fault.ts';
import { type Fault, type Place, readSources, type SourceDocument } from './document.ts';
import { readText } from './text.ts';

/** What a translation is made with. */
export interface RatifySurroundings {
  /** The working directory. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A configuration of Ratify as one of Verdict's. */
export interface Translated {
  /** With Ratify's faults, and the places of Ratify's settings. */
  readonly source: SourceDocument;
  /** The fault of a setting of Verdict's, where Ratify's file has what it was made from. */
  readonly locate: (fault: SchemaFault) => Fault;
  /** What is different under Verdict, or has to be done by hand. */
  readonly changes: readonly Fault[];
}

/** Translates Ratify's config.json, read from the file at `path`. It is JSON, as with Ratify. */
export function translateFile(source: SourceDocument, path: string, surroundings: RatifySurroundings): Translated {
  const notJson = jsonFault(path);
  const translation = translate(source.value, realSurroundings(path, surroundings));
  const told = (fault: SchemaFault): Fault => at(source.place, fault);
  return translated(translation, told, notJson === undefined ? [] : [{ ...source.place(''), message: notJson }]);
}

/** A configuration that `verdict migrate` made. */
export interface Migration extends Translated {
  /** As it is written: before defaults. */
  readonly document: ConfigDocument;
}

/**
 * Translates the files of Ratify v1 at the paths: one config.json, or Kubernetes manifests (and a config.json with what
 * clusters read of it). Throws FILE_UNREADABLE or LIMIT_EXCEEDED.
 */
export function translateFiles(paths: readonly [string, ...string[]], surroundings: RatifySurroundings): Migration {
  const sources = paths.flatMap((path) => readSources(readText(path), path));
  const broken = sources.flatMap(({ faults }) => faults);
  const real = realSurroundings(paths[0], surroundings);
  const [first] = sources;
  if (first !== undefined && sources.length === 1 && isConfigFile(first)) {
    const translation = translate(first.value, real);
    return { ...translated(translation, (fault) => at(first.place, fault), broken), document: translation.config };
  }
  const folded = foldManifests(sources.map(({ value }) => value));
  const translation = translate(folded.value, real);
  const manifest = (fault: SchemaFault): Fault => {
    const [, index = '', rest = ''] = /^\/(\d+)(.*)$/.exec(fault.pointer) ?? [];
    const { place } = sources[Number(index)] ?? first ?? NOWHERE;
    return at(place, { pointer: rest, message: fault.message });
  };
  const told = ({ pointer, message }: SchemaFault): Fault => manifest({ pointer: folded.origin(pointer), message });
  const made = translated(translation, told, [...broken, ...folded.faults.map(manifest)]);
  const changes = [...folded.changes.map(manifest), ...made.changes];
  return { ...made, changes, document: translation.config };
}

const NOWHERE = { place: (): Place => ({ file: '', line: 1, column: 1 }) };

/** Not a manifest. */
const isConfigFile = ({ value }: SourceDocument): boolean =>
  typeof value === 'object' && value !== null && !Object.hasOwn(value, 'apiVersion');

function translated(
  { config, changes, faults, origin }: Translation,
  told: (fault: SchemaFault) => Fault,
  broken: readonly Fault[],
): Translated {
  return {
    source: {
      value: structuredClone(config),
      faults: broken.length > 0 ? broken : faults.map(told),
      place: (pointer) => told({ pointer: origin(pointer), message: '' }),
    },
    locate: ({ pointer, message }) => told({ pointer: origin(pointer), message }),
    changes: changes.map(told),
  };
}

const at = (place: SourceDocument['place'], { pointer, message }: SchemaFault): Fault => ({
  ...place(pointer),
  message: `${pointer || '/'}: ${message}`,
});

function realSurroundings(path: string, { directory, environment }: RatifySurroundings): Surroundings {
  return {
    home: environment.HOME || homedir(),
    directory,
    configDirectory: dirname(path),
    environment,
    exists: existsSync,
    names: (of) => (existsSync(of) ? readdirSync(of) : []),
  };
}

/** What is wrong with a file that YAML can be read from and JSON cannot; undefined if nothing is. */
function jsonFault(path: string): string | undefined {
  try {
    JSON.parse(readText(path));
    return undefined;
  } catch (thrown) {
    return `a configuration of Ratify is JSON, and this is none: ${(thrown as Error).message}`;
  }
}
