import { join } from 'node:path';
import type { PluginDocument } from './document.ts';
import type { Section } from './section.ts';
import type { Stores } from './stores.ts';
import { pluginDirectory, type Surroundings } from './surroundings.ts';

/** Environment variable that lets programs named by a configuration of Ratify run. */
export const PLUGINS_VARIABLE = 'VERDICT_RATIFY_PLUGINS';

/** Where plugins are, and what all of them are given. */
export interface PluginHouse {
  /** Whether they may run at all. */
  readonly enabled: boolean;
  readonly directories: readonly string[];
  /** Version of the protocol where a verifier names none. */
  readonly version: string;
  readonly stores: Stores;
}

/** Where Ratify looks for plugins. */
export const pluginHouse = (
  configured: readonly string[],
  version: string,
  stores: Stores,
  surroundings: Surroundings,
): PluginHouse => ({
  enabled: surroundings.environment[PLUGINS_VARIABLE] === '1',
  directories: configured.length > 0 ? configured : [pluginDirectory(surroundings)],
  version,
  stores,
});

/** A verifier that is a program of its own. `program`: its file name. */
export function plugin(
  section: Section,
  program: string,
  artifactTypes: readonly string[],
  { enabled, directories, version, stores }: PluginHouse,
  { exists }: Surroundings,
): Omit<PluginDocument, 'name'> {
  const { notes, pointer } = section;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(program)) {
    notes.fault(pointer, `${JSON.stringify(program)} is no file name of a plugin`);
  }
  const paths = directories.map((directory) => join(directory, program));
  const command = paths.find(exists) ?? paths[0] ?? program;
  if (!enabled) {
    notes.change(
      pointer,
      `${command} is not run, so what it takes never passes: set ${PLUGINS_VARIABLE}=1, or \`plugins.enabled\` in a configuration of Verdict’s own.`,
    );
  } else {
    notes.change(
      pointer,
      `${command} gets PATH and HOME of the environment, not all of it: name what else it needs under \`environment\` of the verifier.`,
    );
  }
  if (section.has('source')) {
    notes.change(section.at('source'), `Plugins are not downloaded: put the program at ${command}.`);
  }
  section.entries();
  return {
    type: 'plugin',
    command,
    config: section.value,
    storeConfig: { version: stores.version, pluginBinDirs: stores.pluginBinDirs, store: stores.first },
    artifactTypes,
    version: section.text('version') || version,
  };
}
