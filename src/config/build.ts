import { readFileSync } from 'node:fs';
import type { CollectRule } from '../collect.ts';
import type { Platform } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import type { Means, Step } from '../evaluate.ts';
import type { EvidenceSet } from '../evidence.ts';
import type { Config, Registry } from '../generated/config.ts';
import { type Canary, type CanaryScope, canaries, runCanaries } from '../opa/canaries.ts';
import { createPolicy, type WasmPolicy } from '../opa/policy.ts';
import { Pool } from '../opa/pool.ts';
import type { Reference } from '../reference.ts';
import type { HostSettings, RequestEvent } from '../registry/options.ts';
import type { Validator } from '../schema-fault.ts';
import type { Store } from '../store.ts';
import { attached } from '../stores/attached.ts';
import { STARTER_SCHEMAS } from '../verifiers/json/schemas.ts';
import { createVerifiers, type VerifierSettings } from '../verifiers/table.ts';
import { bundleOf } from './compile.ts';
import { allowedExamples } from './policy-examples.ts';
import { ownValidator, readSchema } from './resources.ts';

export type { CanaryScope };

export interface BuildOptions {
  /** Files and directories of evidence that the user gives. */
  readonly evidence: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onStep?: (step: Step) => void;
}

/** What a configuration comes to, for subjects of one kind. */
export interface Built {
  readonly means: Means;
  /** Every HTTP request so far. */
  readonly requests: () => readonly RequestEvent[];
  readonly close: () => Promise<void>;
}

/** The composition root: a configuration becomes store, verifiers and limits. Throws CONFIG_INVALID or FILE_UNREADABLE. */
export async function buildMeans(config: Config, reference: Reference, options: BuildOptions): Promise<Built> {
  const requests: RequestEvent[] = [];
  const store = await storeFor(config, reference, options, (event) => void requests.push(event));
  const means: Means = {
    store,
    verifiers: createVerifiers(await Promise.all(config.verifiers.map(verifierSettings))),
    collect: config.collect.map(collectRule),
    platforms: config.platforms.map(platform),
    targets: config.targets,
    limits: config.limits,
    validate: await evidenceValidator(),
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
  };
  return { means, requests: () => requests, close: () => store.close() };
}

/** A compiler of schemas is only loaded where schemas are configured. */
async function verifierSettings({ type, name, schemas }: Config['verifiers'][number]): Promise<VerifierSettings> {
  const validators = Object.entries(schemas).map(
    async ([document, source]) => [document, await validator(document, source)] as const,
  );
  return { type, name, schemas: new Map(await Promise.all(validators)) };
}

async function validator(document: string, source: string): Promise<Validator> {
  const { compileSchema } = await import('../schema.ts');
  if (source !== 'starter') return compileSchema(parsed(source), source);
  const name = STARTER_SCHEMAS.get(document);
  if (name !== undefined) return compileSchema(readSchema(name), name);
  const known = [...STARTER_SCHEMAS.keys()].join(', ');
  throw new VerdictError(
    'CONFIG_INVALID',
    `verifiers.schemas: no starter schema for ${document}; there are some for ${known}`,
  );
}

function parsed(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VerdictError('CONFIG_INVALID', `the schema ${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Only the store that the subject needs is loaded: each brings its own dependencies. */
async function storeFor(
  config: Config,
  reference: Reference,
  { evidence, environment }: BuildOptions,
  onRequest: (event: RequestEvent) => void,
): Promise<Store> {
  const files = async (): Promise<Store> => (await import('../files/store.ts')).createFileStore({ evidence });
  const beside = async (store: Store): Promise<Store> =>
    evidence.length === 0 ? store : attached(store, await files());
  switch (reference.kind) {
    case 'file':
      return await files();
    case 'layout':
      return await beside((await import('../layout/store.ts')).createLayoutStore());
    case 'registry': {
      const { createRegistryStore } = await import('../registry/store.ts');
      const hosts = Object.entries(config.registries).map(([name, registry]) => [
        name,
        hostSettings(registry, environment),
      ]);
      const limits = { hostConcurrency: config.limits.hostConcurrency };
      const settings = {
        sources: config.sources,
        hosts: Object.fromEntries(hosts),
        limits,
        onRequest,
        surroundings: { environment },
      };
      return await beside(createRegistryStore(settings));
    }
  }
}

function hostSettings(
  { plainHttp, ca, cert, key, credential }: Registry,
  environment: BuildOptions['environment'],
): HostSettings {
  const files = Object.entries({ ca, cert, key }).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const login = credential && {
    kind: 'basic' as const,
    username: credential.username,
    password: password(credential, environment),
  };
  return {
    plainHttp,
    ...Object.fromEntries(files.map(([name, path]) => [name, readText(path)])),
    ...(login && { credential: login }),
  };
}

function password(
  { password, passwordEnv, passwordFile }: NonNullable<Registry['credential']>,
  environment: BuildOptions['environment'],
): string {
  if (passwordFile !== undefined) return readText(passwordFile).replace(/\r?\n$/, '');
  if (passwordEnv === undefined) return password ?? '';
  const value = environment[passwordEnv];
  if (value === undefined)
    throw new VerdictError(
      'CONFIG_INVALID',
      `the environment variable ${passwordEnv} (a registry's password) is not set`,
    );
  return value;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new VerdictError('FILE_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

const collectRule = ({ type, take, count, by }: Config['collect'][number]): CollectRule => ({
  type,
  take: take === 'newest' ? { kind: take, count, by } : { kind: take },
});

function platform(text: string): Platform {
  const [os = '', architecture = '', variant = ''] = text.split('/');
  return { os, architecture, variant };
}

/** Of the whole evidence but its documents, which may be anything. */
async function evidenceValidator(): Promise<(head: EvidenceSet['head']) => readonly string[]> {
  const validate = await ownValidator('evidence');
  return (head) => validate({ ...head, documents: {} }).map(({ pointer, message }) => `${pointer}: ${message}`);
}

/** A policy that can decide, and what it lets pass that it should not. */
export interface ReadyPolicy {
  readonly policy: WasmPolicy;
  /** Names of the canaries that it allows and the configuration does not accept. */
  readonly canaries: (scope: CanaryScope) => Promise<readonly Canary[]>;
  readonly close: () => Promise<void>;
}

/** Loads and proves the configured policy. Its first worker starts before anything is read. */
export async function startPolicy({ policy: settings, limits }: Config): Promise<ReadyPolicy> {
  const pool = new Pool({ size: 1, spares: 0, timeoutMs: limits.policyTime, memoryBytes: limits.policyMemory });
  try {
    const { name, bytes, directories } = await bundleOf(settings);
    const text = new TextEncoder().encode(JSON.stringify(settings.config));
    const data = [{ path: 'config', text }];
    const policy = await createPolicy({
      pool,
      name,
      scope: 'cluster',
      source: bytes,
      data,
      entrypoint: settings.entrypoint,
    });
    const close = async (): Promise<void> => {
      await policy.close();
      await pool.close();
    };
    return {
      policy,
      canaries: async (scope) => {
        const examples = [...policy.bundle.examples, ...directories.flatMap(allowedExamples)];
        const allowed = await runCanaries(policy, canaries([], scope, examples));
        return allowed.filter(({ accept }) => !settings.accepts.includes(accept));
      },
      close,
    };
  } catch (fault) {
    await pool.close();
    throw fault;
  }
}
