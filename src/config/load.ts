import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';
import type { SchemaFault } from '../schema-fault.ts';
import { contradictions } from './contradictions.ts';
import type { Fault, SourceDocument } from './document.ts';
import { completePolicyConfig } from './policy-config.ts';
import { ownFaults } from './resources.ts';
import { readText } from './text.ts';

/** A configuration that fits its schema, with every default filled in and every path absolute. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file it came from; empty for the built-in defaults. */
  readonly file: string;
}

/** What the command line says over the file. */
export interface Overrides {
  readonly bundle?: string;
  readonly rules?: readonly string[];
  readonly sources?: readonly string[];
  readonly profile?: string;
  readonly platforms?: readonly string[];
  readonly plainHttp?: readonly string[];
}

/** Names looked for in the working directory when no file is named. */
const DEFAULT_NAMES = ['verdict.yaml', 'verdict.yml', 'verdict.json'];

/** Every fault of a configuration at once. */
export class ConfigFaults extends VerdictError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const list = faults.map(({ file, line, column, message }) =>
      file === '' ? message : `${file}:${line}:${column}: ${message}`,
    );
    super('CONFIG_INVALID', list.join('\n'));
    this.faults = faults;
  }
}

/**
 * Reads the configuration: the named file, else `verdict.yaml`, `.yml` or `.json` in `directory`, else the defaults.
 * Throws ConfigFaults with all faults, or FILE_UNREADABLE.
 */
export async function loadConfig(
  file: string | undefined,
  directory: string,
  overrides: Overrides = {},
): Promise<LoadedConfig> {
  const path = file === undefined ? findConfig(directory) : resolve(directory, file);
  const source = path === '' ? NO_SOURCE : await read(path);
  return { config: await check(source, path === '' ? directory : dirname(path), directory, overrides), file: path };
}

/** Nothing was written, so everything is as it is by default. */
const NO_SOURCE: SourceDocument = { value: {}, faults: [], place: () => ({ file: '', line: 1, column: 1 }) };

/** YAML is only loaded where there is some. */
async function read(path: string): Promise<SourceDocument> {
  const { readSource } = await import('./document.ts');
  return readSource(readText(path), path);
}

function findConfig(directory: string): string {
  return DEFAULT_NAMES.map((name) => resolve(directory, name)).find((path) => existsSync(path)) ?? '';
}

async function check(source: SourceDocument, base: string, directory: string, overrides: Overrides): Promise<Config> {
  if (source.faults.length > 0) throw new ConfigFaults(source.faults);
  const value = source.value;
  const located = ({ pointer, message }: SchemaFault): Fault => ({
    ...source.place(pointer),
    message: `${pointer || '/'}: ${message}`,
  });
  const faults = (await ownFaults('config', value)).map(located);
  if (faults.length > 0) throw new ConfigFaults(faults);
  const config = override(withPaths(value as Config, base), directory, overrides);
  const { config: policyConfig, faults: policyFaults } = await completePolicyConfig(config.policy);
  const own = contradictions(config);
  const all = [
    ...own,
    ...policyFaults.map(({ pointer, message }) => ({ pointer: `/policy/config${pointer}`, message })),
  ];
  if (all.length > 0) throw new ConfigFaults(all.map(located));
  return { ...config, policy: { ...config.policy, config: policyConfig } };
}

/** Paths in a file are relative to that file. */
function withPaths(config: Config, base: string): Config {
  const absolute = (path: string): string => resolve(base, path);
  const { policy } = config;
  const registries = Object.entries(config.registries).map(([name, { ca, cert, key, credential, ...rest }]) => {
    const files = Object.entries({ ca, cert, key }).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const login =
      credential?.passwordFile === undefined
        ? credential
        : { ...credential, passwordFile: absolute(credential.passwordFile) };
    return [
      name,
      {
        ...rest,
        ...Object.fromEntries(files.map(([kind, path]) => [kind, absolute(path)])),
        ...(login && { credential: login }),
      },
    ];
  });
  const verifiers = config.verifiers.map((verifier) => ({
    ...verifier,
    schemas: Object.fromEntries(
      Object.entries(verifier.schemas).map(([type, schema]) => [
        type,
        schema === 'starter' ? schema : absolute(schema),
      ]),
    ),
  }));
  return {
    ...config,
    verifiers,
    registries: Object.fromEntries(registries),
    policy: {
      ...policy,
      ...(policy.bundle === undefined ? {} : { bundle: absolute(policy.bundle) }),
      rules: policy.rules.map(absolute),
      sources: policy.sources.map(absolute),
    },
  };
}

function override(config: Config, directory: string, overrides: Overrides): Config {
  const absolute = (path: string): string => resolve(directory, path);
  const plain = (overrides.plainHttp ?? []).map(
    (host) => [host, { tls: false, http2: true, ...config.registries[host], plainHttp: true }] as const,
  );
  const { bundle, ...policy } = config.policy;
  const chosen = overrides.bundle ?? overrides.sources;
  const kept = chosen === undefined && bundle !== undefined ? { bundle } : {};
  return {
    ...config,
    registries: { ...config.registries, ...Object.fromEntries(plain) },
    platforms: overrides.platforms ?? config.platforms,
    policy: {
      ...policy,
      ...kept,
      ...(overrides.bundle === undefined ? {} : { bundle: absolute(overrides.bundle) }),
      sources: overrides.sources?.map(absolute) ?? (overrides.bundle === undefined ? policy.sources : []),
      rules: [...(chosen === undefined ? policy.rules : []), ...(overrides.rules ?? []).map(absolute)],
      config: overrides.profile === undefined ? policy.config : { ...policy.config, profile: overrides.profile },
    },
  };
}
