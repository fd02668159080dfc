import { asVerdictError, VerdictError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Fault, Place } from './document.ts';
import { readSchema } from './resources.ts';
import { distance } from './spelling.ts';
import { PREFIX, type SettingSchema, type Variable, variablesOf } from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting as an environment variable says it. */
export interface EnvironmentSetting {
  readonly name: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

export interface EnvironmentSettings {
  readonly settings: readonly EnvironmentSetting[];
  /** Values that cannot be read and names that are misspelt. No fault holds a value: it may be a secret. */
  readonly faults: readonly Fault[];
}

/** Variables of the same prefix that are no settings. */
const OTHERS: ReadonlySet<string> = new Set(['VERDICT_CACHE_DIR', 'VERDICT_PEERS_BIN', 'VERDICT_TEST']);

/**
 * What Kubernetes sets in every container for a service whose name begins with `verdict`: never meant for us.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_NAME = /_SERVICE_(?:HOST|PORT)(?:_[A-Z0-9_]+)?$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const SERVICE_PORT = /^(?:tcp|udp|sctp):\/\//;

/** Letters that a misspelt name may differ in. */
const MAX_DISTANCE = 2;

/** What the environment says of the configuration. A variable that is set to nothing says nothing. */
export function readEnvironment(environment: Environment): EnvironmentSettings {
  const given = Object.entries(environment).filter(
    (pair): pair is [string, string] => pair[0].startsWith(PREFIX) && !isForeign(...pair),
  );
  if (given.length === 0) return { settings: [], faults: [] };
  const known = new Map(variablesOf(readSchema('config') as SettingSchema).map((one) => [one.name, one]));
  const settings: EnvironmentSetting[] = [];
  const faults: Fault[] = [];
  for (const [name, text] of given) {
    try {
      const variable = known.get(name);
      if (variable !== undefined) settings.push({ name, path: variable.path, value: read(variable, text) });
      else checkSpelling(name, [...known.keys()]);
    } catch (thrown) {
      faults.push({ ...placeOf(name), message: asVerdictError(thrown).message });
    }
  }
  return { settings, faults };
}

/** A variable as a place. */
export const placeOf = (name: string): Place => ({ file: name, line: 0, column: 0 });

const isForeign = (name: string, text: string | undefined): boolean =>
  text === undefined ||
  text === '' ||
  OTHERS.has(name) ||
  SERVICE_NAME.test(name) ||
  (name.endsWith('_PORT') && SERVICE_PORT.test(text));

function read({ form }: Variable, text: string): unknown {
  switch (form) {
    case 'text':
      return text;
    case 'integer':
      if (/^-?\d{1,15}$/.test(text)) return Number(text);
      throw new VerdictError('CONFIG_INVALID', 'it must be an integer');
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw new VerdictError('CONFIG_INVALID', 'it must be `true` or `false`');
    case 'list':
      return text.trimStart().startsWith('[') ? json(text) : items(text);
    case 'json':
      return json(text);
  }
}

function items(text: string): readonly string[] {
  const found = text.split(',').map((one) => one.trim());
  if (!found.includes('')) return found;
  throw new VerdictError('CONFIG_INVALID', 'between two commas there is nothing');
}

const json = (text: string): unknown => parseJson(Buffer.from(text), 'its JSON', 'CONFIG_INVALID');

/** A setting that was meant and is not made is worse than no start. Throws CONFIG_INVALID. */
function checkSpelling(name: string, known: readonly string[]): void {
  const meant =
    known.find((one) => isTail(name, one)) ?? known.find((one) => distance(name, one, MAX_DISTANCE) <= MAX_DISTANCE);
  if (meant !== undefined) throw new VerdictError('CONFIG_INVALID', `there is no such setting; is ${meant} meant?`);
}

/** `VERDICT_CACHE_ALLOW` for `VERDICT_SERVER_CACHE_ALLOW`: a group was left out. */
const isTail = (name: string, known: string): boolean => {
  const tail = name.slice(PREFIX.length);
  return tail.includes('_') && known.endsWith(`_${tail}`);
};
