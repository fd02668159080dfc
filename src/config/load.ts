import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { VerdictError } from '../errors.ts';
import type { Config, ServerTls, Verifier } from '../generated/config.ts';
import type { SchemaFault } from '../schema-fault.ts';
import { type SignerOptions, withSigners } from './command-line.ts';
import { contradictions } from './contradictions.ts';
import type { Fault, SourceDocument } from './document.ts';
import { type Environment, type EnvironmentSetting, readEnvironment } from './environment.ts';
import { type Origin, originsOf, placeIn } from './origins.ts';
import { completePolicyConfig } from './policy-config.ts';
import { ownFaults } from './resources.ts';
import { readText } from './text.ts';
import { namesOf, valueAt, withValueAt } from './tree.ts';
import { trustContradictions } from './trust/contradictions.ts';
import { withTrustPaths } from './trust/source.ts';

/** A configuration that fits its schema, with every default filled in and every path absolute. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file it came from; empty for the built-in defaults. */
  readonly file: string;
  /** The fault of a setting, with its line and column, or with the environment variable that says it. */
  readonly locate: (fault: SchemaFault) => Fault;
  /** Who said a setting, by its names from the root. */
  readonly origin: (path: readonly string[]) => Origin;
}

/** What the command line says over file and environment. */
export interface Overrides {
  readonly bundle?: string;
  readonly rules?: readonly string[];
  readonly sources?: readonly string[];
  readonly profile?: string;
  readonly platforms?: readonly string[];
  readonly plainHttp?: readonly string[];
  /** Paths in it are relative to the working directory. */
  readonly signers?: SignerOptions;
}

/** Names looked for in the working directory when no file is named. */
const DEFAULT_NAMES = ['verdict.yaml', 'verdict.yml', 'verdict.json'];

/** Every fault of a configuration at once. */
export class ConfigFaults extends VerdictError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const list = faults.map(({ file, line, column, message }) =>
      file === '' ? message : `${file}${line > 0 ? `:${line}:${column}` : ''}: ${message}`,
    );
    super('CONFIG_INVALID', list.join('\n'));
    this.faults = faults;
  }
}

/**
 * Reads the configuration: the named file, else `verdict.yaml`, `.yml` or `.json` in `directory`, else the defaults; over
 * it the variables `VERDICT_…` of the environment, whose paths are relative to `directory`, and over both the command
 * line. Throws ConfigFaults with all faults, or FILE_UNREADABLE.
 */
export async function loadConfig(
  file: string | undefined,
  directory: string,
  overrides: Overrides = {},
  environment: Environment = {},
): Promise<LoadedConfig> {
  const path = file === undefined ? findConfig(directory) : resolve(directory, file);
  const source = path === '' ? NO_SOURCE : await read(path);
  const { settings, faults } = readEnvironment(environment);
  const broken = [...source.faults, ...faults];
  if (broken.length > 0) throw new ConfigFaults(broken);
  const locate = ({ pointer, message }: SchemaFault): Fault => ({
    ...placeIn({ source, environment: settings }, namesOf(pointer)),
    message: `${pointer || '/'}: ${message}`,
  });
  const said = await combined(source, settings, locate, { file: path === '' ? directory : dirname(path), directory });
  const after = withSignersOf(override(said, directory, overrides), directory, overrides);
  const config = await completed(after, locate);
  return {
    config,
    file: path,
    locate,
    origin: originsOf({ source, environment: settings, before: said, after }),
  };
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

/** File and environment, with defaults and absolute paths: those of a file are relative to it. */
async function combined(
  source: SourceDocument,
  settings: readonly EnvironmentSetting[],
  locate: LoadedConfig['locate'],
  bases: { readonly file: string; readonly directory: string },
): Promise<Config> {
  const said = settings.reduce<unknown>((below, { path, value }) => withValueAt(below, path, value), source.value);
  // Defaults are written into it.
  const value = structuredClone(said);
  const faults = (await ownFaults('config', value)).map(locate);
  if (faults.length > 0) throw new ConfigFaults(faults);
  const ofFile = withPaths(value as Config, bases.file);
  const ofEnvironment = withPaths(value as Config, bases.directory);
  return settings.reduce<unknown>(
    (config, { path }) => withValueAt(config, path, valueAt(ofEnvironment, path)),
    ofFile,
  ) as Config;
}

/** The policy's configuration completed, and what a schema cannot say looked for. */
async function completed(config: Config, locate: LoadedConfig['locate']): Promise<Config> {
  const { config: policyConfig, faults: policyFaults } = await completePolicyConfig(config);
  const own = [...contradictions(config), ...(await trustContradictions(config.trust))];
  const all = [
    ...own,
    ...policyFaults.map(({ pointer, message }) => ({ pointer: `/policy/config${pointer}`, message })),
  ];
  if (all.length > 0) throw new ConfigFaults(all.map(locate));
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
  const { tls, data, cache } = config.server;
  return {
    ...config,
    server: {
      ...config.server,
      ...(tls === undefined ? {} : { tls: withTlsPaths(tls, absolute) }),
      ...(data.log?.path === undefined
        ? {}
        : { data: { ...data, log: { ...data.log, path: absolute(data.log.path) } } }),
      ...(cache.directory === undefined ? {} : { cache: { ...cache, directory: absolute(cache.directory) } }),
    },
    trust: withTrustPaths(config.trust, absolute),
    verifiers: config.verifiers.map((verifier) => withVerifierPaths(verifier, absolute)),
    registries: Object.fromEntries(registries),
    policy: {
      ...policy,
      ...(policy.bundle === undefined ? {} : { bundle: absolute(policy.bundle) }),
      rules: policy.rules.map(absolute),
      sources: policy.sources.map(absolute),
    },
  };
}

function withSignersOf(config: Config, directory: string, { signers }: Overrides): Config {
  if (signers === undefined) return config;
  const named = withSigners(config, signers);
  return { ...named, trust: withTrustPaths(named.trust, (path) => resolve(directory, path)) };
}

function withTlsPaths({ cert, key, clientCa }: ServerTls, absolute: (path: string) => string): ServerTls {
  return {
    cert: absolute(cert),
    key: absolute(key),
    ...(clientCa === undefined ? {} : { clientCa: absolute(clientCa) }),
  };
}

function withVerifierPaths(verifier: Verifier, absolute: (path: string) => string): Verifier {
  const { schemas, trustPolicy, blobTrustPolicy, revocation } = verifier;
  const located = Object.entries(schemas).map(([type, schema]) => [
    type,
    schema === 'starter' ? schema : absolute(schema),
  ]);
  return {
    ...verifier,
    schemas: Object.fromEntries(located),
    ...(trustPolicy === undefined ? {} : { trustPolicy: absolute(trustPolicy) }),
    ...(blobTrustPolicy === undefined ? {} : { blobTrustPolicy: absolute(blobTrustPolicy) }),
    revocation: { ...revocation, crls: revocation.crls.map(absolute) },
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
