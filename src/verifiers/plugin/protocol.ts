import { VerdictError } from '../../errors.ts';
import type { Exhibit } from '../../verifier.ts';

/** What a plugin is told besides the artifact. */
export interface PluginSettings {
  /** Its name in the configuration. */
  readonly name: string;
  /** Absolute path of the program. */
  readonly command: string;
  /** Types of the artifacts that it looks at; `*`: all. */
  readonly artifactTypes: readonly string[];
  /** Version of the protocol, as the plugin knows it. */
  readonly version: string;
  /** Its own settings. */
  readonly config: Readonly<Record<string, unknown>>;
  /** How it reaches the registry: its store's settings. */
  readonly storeConfig: Readonly<Record<string, unknown>>;
  /** Variables of our environment that are handed on, by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds for one run. */
  readonly timeout: number;
}

/** Bytes of what a plugin reads: settings, and the annotations of an artifact, which anyone who may push writes. */
export const MAX_INPUT_BYTES = 1024 * 1024;
/** Bytes of all variables: the system takes 128 KiB for each. */
export const MAX_ENVIRONMENT_BYTES = 64 * 1024;

/** Ratify v1's process protocol: variables say what to do, standard input says with what. */
export interface Invocation {
  readonly environment: Readonly<Record<string, string>>;
  readonly input: Uint8Array;
}

/** Throws REFERENCE_INVALID for what is in no registry (a plugin reads for itself), LIMIT_EXCEEDED. */
export function invocationOf(settings: PluginSettings, { repository, subject, descriptor }: Exhibit): Invocation {
  if (repository === '') {
    throw new VerdictError('REFERENCE_INVALID', 'a plugin reads from a registry, and the subject is in none');
  }
  const environment = {
    ...settings.environment,
    RATIFY_VERIFIER_COMMAND: 'VERIFY',
    RATIFY_VERIFIER_SUBJECT: `${repository}@${subject.digest}`,
    RATIFY_VERIFIER_VERSION: settings.version,
  };
  const { mediaType, digest, size, annotations, artifactType } = descriptor;
  const hasAnnotations = Object.keys(annotations).length > 0;
  const asked = {
    config: { name: settings.name, artifactTypes: settings.artifactTypes.join(','), ...settings.config },
    storeConfig: settings.storeConfig,
    referenceDesc: { mediaType, digest, size, ...(hasAnnotations && { annotations }), artifactType },
  };
  const input = Buffer.from(JSON.stringify(asked));
  bounded('its input', input.byteLength, MAX_INPUT_BYTES);
  bounded('its environment', Buffer.byteLength(Object.entries(environment).join('\n')), MAX_ENVIRONMENT_BYTES);
  return { environment, input };
}

function bounded(what: string, bytes: number, limit: number): void {
  if (bytes <= limit) return;
  throw new VerdictError('LIMIT_EXCEEDED', `${what} would have ${bytes} bytes; a plugin is given at most ${limit}`);
}
