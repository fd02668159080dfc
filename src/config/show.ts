import { Document, isMap, isScalar, type Pair } from 'yaml';
import { isObject } from '../json.ts';
import type { LoadedConfig } from './load.ts';
import { masked } from './mask.ts';
import type { Origin } from './origins.ts';
import { pointerOf, valueAt } from './tree.ts';

/** The configuration as it counts, without secrets. */
export interface ShownConfig {
  readonly config: unknown;
  /** By JSON pointer, who said what is not as it is by default: `FILE:LINE`, `environment NAME`, `command line`. */
  readonly origins: ReadonlyMap<string, string>;
}

export function showConfig({ config, origin }: Pick<LoadedConfig, 'config' | 'origin'>): ShownConfig {
  const origins = leavesOf(config, [])
    .map((path) => [pointerOf(path), describe(origin(path))] as const)
    .filter(([, text]) => text !== '');
  return { config: masked(config), origins: new Map(origins) };
}

/** As YAML that could be a configuration file, but for the secrets; `origins` stand beside the settings. */
export function yamlOf({ config, origins }: ShownConfig, withOrigins: boolean): string {
  const document = new Document(config, { aliasDuplicateObjects: false });
  if (withOrigins) comment(document.contents, [], origins);
  return document.toString({ lineWidth: 0 });
}

/** Settings without settings below them; a list is one. */
function leavesOf(value: unknown, path: readonly string[]): ReadonlyArray<readonly string[]> {
  if (!isObject(value) || Object.keys(value).length === 0) return [path];
  return Object.keys(value).flatMap((name) => leavesOf(valueAt(value, [name]), [...path, name]));
}

function describe(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return '';
    case 'file':
      return `${origin.place.file}:${origin.place.line}`;
    case 'environment':
      return `environment ${origin.name}`;
    case 'command-line':
      return 'command line';
  }
}

function comment(node: unknown, path: readonly string[], origins: ShownConfig['origins']): void {
  if (!isMap(node)) return;
  for (const { key, value } of node.items as ReadonlyArray<Pair<unknown, unknown>>) {
    const below = [...path, isScalar(key) ? String(key.value) : String(key)];
    const origin = origins.get(pointerOf(below));
    if (origin !== undefined) mark(key, value, ` ${origin.replace(/\p{Cc}/gu, ' ')}`);
    comment(value, below, origins);
  }
}

/** Beside what fits one line, else above. */
function mark(key: unknown, value: unknown, text: string): void {
  if (isScalar(value) && !String(value.value).includes('\n')) value.comment = text;
  else if (isScalar(key)) key.commentBefore = text;
}
