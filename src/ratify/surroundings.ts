import { isAbsolute, join, resolve } from 'node:path';

/** What a translation may ask about the machine it runs on. */
export interface Surroundings {
  /** Where `~` leads. */
  readonly home: string;
  /** The working directory, from which Ratify takes relative paths. */
  readonly directory: string;
  /** Where the configuration stands: relative paths that lead nowhere else are looked for there. */
  readonly configDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  /** Names of the files in a directory; none where there is none. */
  readonly names: (directory: string) => readonly string[];
}

/** A path of Ratify's configuration, absolute. */
export function pathOf(text: string, { home, directory, configDirectory, exists }: Surroundings): string {
  if (text === '~' || text.startsWith('~/')) return join(home, text.slice(1));
  if (isAbsolute(text)) return resolve(text);
  const usual = resolve(directory, text);
  const beside = resolve(configDirectory, text);
  return !exists(usual) && exists(beside) ? beside : usual;
}

/** Where Ratify looks for plugins that no directory is configured for. */
export const pluginDirectory = ({ home, environment }: Surroundings): string =>
  join(environment.RATIFY_CONFIG || join(home, '.ratify'), 'plugins');

/** Certificates that Ratify trusts besides those that are configured. */
export const certificateDirectory = ({ home }: Surroundings): string =>
  join(home, '.ratify/ratify-certs/notation/truststore');
