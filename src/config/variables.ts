/** The parts of a JSON Schema that say what a setting is. */
export interface SettingSchema {
  readonly type?: string;
  readonly items?: SettingSchema;
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  readonly definitions?: Readonly<Record<string, SettingSchema>>;
  readonly $ref?: string;
}

/** An environment variable that overrides a setting. */
export interface Variable {
  readonly name: string;
  /** Names from the configuration's root to the setting. */
  readonly path: readonly string[];
  /** How its text is read; `list`: texts, as JSON or separated by commas. */
  readonly form: 'text' | 'integer' | 'boolean' | 'list' | 'json';
}

export const PREFIX = 'VERDICT_';

/** `server.cache.contentBytes` → `VERDICT_SERVER_CACHE_CONTENT_BYTES`. */
export const variableName = (path: readonly string[]): string =>
  PREFIX + path.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_');

/**
 * The variables of all settings in the configuration's schema. A map (`trust`, `registries`) and a list of objects are
 * one setting, given whole: names that users choose are no part of a variable's name.
 */
export function variablesOf(schema: SettingSchema): readonly Variable[] {
  return below(schema, schema, []);
}

function below(schema: SettingSchema, root: SettingSchema, path: readonly string[]): readonly Variable[] {
  const target =
    schema.$ref === undefined ? schema : (root.definitions?.[schema.$ref.replace('#/definitions/', '')] ?? {});
  if (target.properties === undefined) return [{ name: variableName(path), path, form: formOf(target) }];
  return Object.entries(target.properties).flatMap(([name, one]) => below(one, root, [...path, name]));
}

function formOf({ type, items }: SettingSchema): Variable['form'] {
  if (type === 'string') return 'text';
  if (type === 'integer' || type === 'boolean') return type;
  return type === 'array' && items?.type === 'string' ? 'list' : 'json';
}
