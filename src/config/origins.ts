import type { Place, SourceDocument } from './document.ts';
import type { EnvironmentSetting } from './environment.ts';
import { pointerOf, valueAt } from './tree.ts';

/** Who said the value of a setting. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly place: Place }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'command-line' };

/** What a configuration was put together from, one over the other. */
export interface Layers {
  readonly source: SourceDocument;
  readonly environment: readonly EnvironmentSetting[];
  /** The configuration before and after the command line had its say. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Tells of a setting, by its names from the root, who said it last. */
export const originsOf =
  ({ source, environment, before, after }: Layers) =>
  (path: readonly string[]): Origin => {
    if (JSON.stringify(valueAt(before, path)) !== JSON.stringify(valueAt(after, path))) return { kind: 'command-line' };
    const variable = environment.find((setting) => startsWith(path, setting.path));
    if (variable !== undefined && valueAt(variable.value, path.slice(variable.path.length)) !== undefined)
      return { kind: 'environment', name: variable.name };
    if (variable === undefined && valueAt(source.value, path) !== undefined)
      return { kind: 'file', place: source.place(pointerOf(path)) };
    return { kind: 'default' };
  };

/** The variable in which a fault is to be mended: that says the value, or alone says something below it; else undefined. */
export function variableOf(
  { source, environment }: Omit<Layers, 'before' | 'after'>,
  path: readonly string[],
): string | undefined {
  const own = environment.find((setting) => startsWith(path, setting.path));
  const isInFile = valueAt(source.value, path) !== undefined;
  const below = isInFile ? undefined : environment.find((setting) => startsWith(setting.path, path));
  return (own ?? below)?.name;
}

const startsWith = (path: readonly string[], start: readonly string[]): boolean =>
  start.length <= path.length && start.every((name, at) => path[at] === name);
