import { digestOf } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import type { Fetcher } from '../fetcher.ts';
import type { Config } from '../generated/config.ts';
import { parseJson } from '../json.ts';
import type { Validator } from '../schema-fault.ts';
import type { CertificatesTrust, Trust } from '../trust.ts';
import { STARTER_SCHEMAS } from '../verifiers/json/schemas.ts';
import { parseTrustPolicy, type TrustPolicy } from '../verifiers/notation/trust-policy.ts';
import { checkExecutable } from '../verifiers/plugin/executable.ts';
import type {
  NotationSettings,
  PluginVerifierSettings,
  SigstoreSettings,
  VerifierSettings,
} from '../verifiers/table.ts';
import { readSchema } from './resources.ts';
import { readText } from './text.ts';
import { readCrls } from './trust/crls.ts';
import { revisionOf as trustRevisionOf } from './trust/revision.ts';

type Configured = Config['verifiers'][number];

/** What verifiers are made with besides their own settings. */
export interface Surroundings {
  readonly trusts: readonly Trust[];
  /** The network beyond registries. */
  readonly fetch: Fetcher;
  /** Ours, of which plugins get a part. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A verifier's settings with its files read; the schema compiler is only loaded where there are schemas. */
export async function verifierSettings(configured: Configured, surroundings: Surroundings): Promise<VerifierSettings> {
  const { type, name } = configured;
  switch (type) {
    case 'json':
      return { type, name, schemas: await schemasOf(configured) };
    case 'sigstore':
      return await sigstoreSettings(configured, surroundings);
    case 'notation':
      return await notationSettings(configured, surroundings);
    case 'plugin':
      return await pluginSettings(configured, surroundings);
  }
}

/** The trusts that count for a verifier; a configuration that names unknown ones was refused before. */
const trustsOf = ({ trust }: Configured, trusts: readonly Trust[]): readonly Trust[] =>
  trust.length === 0 ? trusts : trusts.filter(({ name }) => trust.includes(name));

async function sigstoreSettings(configured: Configured, surroundings: Surroundings): Promise<SigstoreSettings> {
  const { name, schemas } = configured;
  const trusts = trustsOf(configured, surroundings.trusts);
  const texts = Object.values(schemas).map((source) => (source === 'starter' ? source : readText(source)));
  const revision = revisionOf(configured, trusts, texts);
  return { type: 'sigstore', name, schemas: await schemasOf(configured), trusts, revision };
}

async function notationSettings(configured: Configured, { trusts, fetch }: Surroundings): Promise<NotationSettings> {
  const { name, trustPolicy, blobTrustPolicy, revocation } = configured;
  const known = trustsOf(configured, trusts).filter(
    (trust): trust is CertificatesTrust => trust.kind === 'certificates',
  );
  const crls = await readCrls(revocation.crls);
  const policies = [trustPolicy, blobTrustPolicy].map((one) => (typeof one === 'string' ? readText(one) : ''));
  return {
    type: 'notation',
    name,
    trusts: known,
    trustPolicy: policyOf(trustPolicy, 'oci'),
    blobTrustPolicy: policyOf(blobTrustPolicy, 'blob'),
    crls,
    fetch: revocation.network ? fetch : undefined,
    revision: revisionOf(configured, known, [...policies, ...crls.map((crl) => digestOf(crl))]),
  };
}

/** What every program needs to find others and its own files. */
const COMMON_VARIABLES: readonly string[] = ['PATH', 'HOME'];
/** Ratify's store over registries, with the credentials that docker's configuration has. */
const DEFAULT_STORE = { version: '1.0.0', pluginBinDirs: [], store: { name: 'oras' } };
const DEFAULT_VERSION = '1.0.0';
/** Milliseconds. */
const DEFAULT_TIMEOUT = 10_000;

async function pluginSettings(
  { name, command = '', artifactTypes, version, config, storeConfig, environment, timeout }: Configured,
  surroundings: Surroundings,
): Promise<PluginVerifierSettings> {
  await checkExecutable(command);
  const variables = [...COMMON_VARIABLES, ...environment].flatMap((variable) => {
    const value = surroundings.environment[variable];
    return value === undefined ? [] : [[variable, value] as const];
  });
  return {
    type: 'plugin',
    name,
    command,
    artifactTypes,
    version: version ?? DEFAULT_VERSION,
    config,
    storeConfig: Object.keys(storeConfig).length === 0 ? DEFAULT_STORE : storeConfig,
    environment: Object.fromEntries(variables),
    timeout: timeout ?? DEFAULT_TIMEOUT,
  };
}

/** Names everything that a verifier is made with. */
const revisionOf = (configured: Configured, trusts: readonly Trust[], texts: readonly string[]): string =>
  digestOf(Buffer.from(JSON.stringify([configured, trustRevisionOf(trusts), texts])));

/** A document as it stands in the configuration, or the file that holds one. */
const policyOf = (given: Configured['trustPolicy'], kind: 'oci' | 'blob'): TrustPolicy | undefined =>
  given === undefined ? undefined : parseTrustPolicy(typeof given === 'string' ? parsed(given) : given, kind);

async function schemasOf({ schemas }: Configured): Promise<ReadonlyMap<string, Validator>> {
  const validators = Object.entries(schemas).map(
    async ([document, source]) => [document, await validator(document, source)] as const,
  );
  return new Map(await Promise.all(validators));
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
  return parseJson(Buffer.from(readText(path)), path, 'CONFIG_INVALID');
}
