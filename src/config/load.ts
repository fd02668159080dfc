import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { VerdictError } from '../errors.ts';
import type { Config, Policy, Scope, ServerTls, Verifier } from '../generated/config.ts';
import { isRatify } from '../ratify/shape.ts';
import type { SchemaFault } from '../schema-fault.ts';
import { type SignerOptions, withSigners } from './command-line.ts';
import { contradictions } from './contradictions.ts';
import type { Fault, SourceDocument } from './document.ts';
import { type Environment, type EnvironmentSetting, placeOf, readEnvironment } from './environment.ts';
import { type Origin, originsOf, variableOf } from './origins.ts';
import { completePolicyConfig } from './policy-config.ts';
import type { Translated } from './ratify-files.ts';
import { ownFaults } from './resources.ts';
import { scopeFaults, sideOf, withinScope } from './scopes.ts';
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
  /** Of a configuration of Ratify: what is different under Verdict, or has to be done by hand. */
  readonly changes: readonly Fault[];
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
  /** What the command line says of the service. */
  readonly server?: (server: Config['server']) => Config['server'];
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
 * Reads the configuration: the named file, else `verdict.yaml`, `.yml` or `.json` in `directory`, else
 * `$RATIFY_CONFIG/config.json` where that variable is set, else the defaults; over it the variables `VERDICT_…` of the
 * environment, whose paths are relative to `directory`, and over both the command line. A configuration of Ratify v1 is
 * translated. Throws ConfigFaults with all faults, or FILE_UNREADABLE.
 */
export async function loadConfig(
  file: string | undefined,
  directory: string,
  overrides: Overrides = {},
  environment: Environment = {},
): Promise<LoadedConfig> {
  const path = file === undefined ? findConfig(directory, environment) : resolve(directory, file);
  const written = path === '' ? NO_SOURCE : await read(path);
  const understood = isRatify(written.value)
    ? (await import('./ratify-files.ts')).translateFile(written, path, { directory, environment })
    : { source: written, locate: located(written), changes: [] };
  return await complete(understood, path, directory, overrides, environment);
}

/** The configuration that a document comes to, with every default. Throws ConfigFaults. */
export async function complete(
  { source, locate: locateInFile, changes }: Translated,
  file: string,
  directory: string,
  overrides: Overrides = {},
  environment: Environment = {},
): Promise<LoadedConfig> {
  const { settings, faults } = readEnvironment(environment);
  const broken = [...source.faults, ...faults];
  if (broken.length > 0) throw new ConfigFaults(broken);
  const locate = (fault: SchemaFault): Fault => {
    const name = variableOf({ source, environment: settings }, namesOf(fault.pointer));
    if (name === undefined) return locateInFile(fault);
    return { ...placeOf(name), message: `${fault.pointer || '/'}: ${fault.message}` };
  };
  const said = await combined(source, settings, locate, { file: file === '' ? directory : dirname(file), directory });
  const after = withSignersOf(override(said, directory, overrides), directory, overrides);
  const config = await whole(after, locate);
  const origin = originsOf({ source, environment: settings, before: said, after });
  return { config, file, locate, origin, changes };
}

/** Nothing was written, so everything is as it is by default. */
const NO_SOURCE: SourceDocument = { value: {}, faults: [], place: () => ({ file: '', line: 1, column: 1 }) };

/** YAML is only loaded where there is some. */
async function read(path: string): Promise<SourceDocument> {
  const { readSource } = await import('./document.ts');
  return readSource(readText(path), path);
}

const located =
  ({ place }: SourceDocument) =>
  ({ pointer, message }: SchemaFault): Fault => ({ ...place(pointer), message: `${pointer || '/'}: ${message}` });

function findConfig(directory: string, { RATIFY_CONFIG }: Environment): string {
  const found = DEFAULT_NAMES.map((name) => resolve(directory, name)).find((path) => existsSync(path));
  return found ?? (RATIFY_CONFIG ? resolve(directory, RATIFY_CONFIG, 'config.json') : '');
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

/** Everything completed, and what a schema cannot say looked for, scope by scope. */
async function whole(config: Config, locate: LoadedConfig['locate']): Promise<Config> {
  const top = await completed(config);
  const parts = await Promise.all(config.scopes.map((scope, index) => completedScope(config, scope, index)));
  const all = [...top.faults, ...scopeFaults(config), ...parts.flatMap((part) => part.faults)];
  if (all.length > 0) throw new ConfigFaults(all.map(locate));
  return { ...top.config, scopes: parts.map(({ scope }) => scope) };
}

interface Completed {
  readonly config: Config;
  readonly faults: readonly SchemaFault[];
}

/** What a schema cannot say, and the policy's own settings with their defaults. */
async function completed(config: Config): Promise<Completed> {
  const { config: policyConfig, faults } = await completePolicyConfig(config);
  return {
    config: { ...config, policy: { ...config.policy, config: policyConfig } },
    faults: [
      ...contradictions(config),
      ...(await trustContradictions(config.trust)),
      ...faults.map(({ pointer, message }) => ({ pointer: `/policy/config${pointer}`, message })),
    ],
  };
}

/** The same for what a scope says itself, together with what it goes with. */
async function completedScope(
  config: Config,
  scope: Scope,
  index: number,
): Promise<{ readonly scope: Scope; readonly faults: readonly SchemaFault[] }> {
  const { config: side, faults } = await completed(sideOf(config, scope).config);
  return {
    scope: { ...scope, ...(scope.policy && { policy: side.policy }) },
    faults: withinScope(scope, index, faults),
  };
}

/** Paths in a file are relative to that file. */
function withPaths(config: Config, base: string): Config {
  const absolute = (path: string): string => resolve(base, path);
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
  const { credentialFile } = config;
  const { tls, data, cache } = config.server;
  return {
    ...config,
    ...(credentialFile === undefined ? {} : { credentialFile: absolute(credentialFile) }),
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
    policy: withPolicyPaths(config.policy, absolute),
    scopes: config.scopes.map(({ policy, trust, verifiers, ...scope }) => ({
      ...scope,
      ...(policy && { policy: withPolicyPaths(policy, absolute) }),
      ...(trust && { trust: withTrustPaths(trust, absolute) }),
      ...(verifiers && { verifiers: verifiers.map((verifier) => withVerifierPaths(verifier, absolute)) }),
    })),
  };
}

function withPolicyPaths(policy: Policy, absolute: (path: string) => string): Policy {
  return {
    ...policy,
    ...(policy.bundle === undefined ? {} : { bundle: absolute(policy.bundle) }),
    rules: policy.rules.map(absolute),
    sources: policy.sources.map(absolute),
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
    ...(typeof trustPolicy === 'string' ? { trustPolicy: absolute(trustPolicy) } : {}),
    ...(blobTrustPolicy === undefined ? {} : { blobTrustPolicy: absolute(blobTrustPolicy) }),
    revocation: { ...revocation, crls: revocation.crls.map(absolute) },
  };
}

function override(config: Config, directory: string, overrides: Overrides): Config {
  const absolute = (path: string): string => resolve(directory, path);
  const { server = (given) => given } = overrides;
  const plain = (overrides.plainHttp ?? []).map(
    (host) => [host, { tls: false, http2: true, ...config.registries[host], plainHttp: true }] as const,
  );
  const { bundle, inline, ...policy } = config.policy;
  const chosen = overrides.bundle ?? overrides.sources;
  const kept =
    chosen === undefined
      ? { ...(bundle === undefined ? {} : { bundle }), ...(inline === undefined ? {} : { inline }) }
      : {};
  return {
    ...config,
    registries: { ...config.registries, ...Object.fromEntries(plain) },
    platforms: overrides.platforms ?? config.platforms,
    server: server(config.server),
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
