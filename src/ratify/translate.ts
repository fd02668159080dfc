import type { SchemaFault } from '../schema-fault.ts';
import type { ConfigDocument, JudgeDocument } from './document.ts';
import { Making } from './making.ts';
import { type Change, Notes } from './notes.ts';
import { type PluginHouse, pluginHouse } from './plugin.ts';
import { type PolicyChoice, policyChoice } from './policy.ts';
import { Providers } from './providers.ts';
import { Section } from './section.ts';
import { type Stores, stores } from './stores.ts';
import { pathOf, type Surroundings } from './surroundings.ts';
import { verifier } from './verifiers.ts';

/** A configuration of Ratify as one of Verdict's. */
export interface Translation {
  /** As it is written: before defaults, with absolute paths. Of no use where there are faults. */
  readonly config: ConfigDocument;
  /** What is different under Verdict, or has to be done by hand. */
  readonly changes: readonly Change[];
  /** Why it cannot be translated; pointers are those of Ratify's configuration. */
  readonly faults: readonly SchemaFault[];
  /** From which setting of Ratify's configuration one of `config` was made, both as JSON pointers. */
  readonly origin: (pointer: string) => string;
}

/** Most verifiers of one configuration: the largest known have ten. */
const MAX_VERIFIERS = 100;
/** Ratify's own, in milliseconds. */
const VERIFY_TIMEOUT = 2900;
const MUTATE_TIMEOUT = 950;
/** How cosign's signature tags are typed by Ratify, and how their manifests are. */
const COSIGN_SIGNATURE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';

/** Translates Ratify v1's config.json. Throws nothing: whatever it cannot take is among the faults. */
export function translate(value: unknown, surroundings: Surroundings): Translation {
  const notes = new Notes();
  const root = new Section(value, '', notes);
  const timeouts = executor(root.section('executor'));
  logging(root.section('logger'), root.section('crl'));
  const providers = new Providers(root.sections('keyManagementProviders'), surroundings, notes);
  const store = stores(needed(root, 'store'), surroundings);
  const policy = needed(root, 'policy');
  policy.text('version');
  const choice = policyChoice(needed(policy, 'plugin'), surroundings);
  policy.end();
  const making = new Making(surroundings, notes, providers);
  const { judges, house } = judgesOf(needed(root, 'verifier'), store, making);
  root.end();
  origins(making, choice);
  const config = assemble(store, choice, judges, house, making);
  return {
    config: { ...config, server: { ...timeouts, ...passthrough(choice) } },
    changes: notes.changes,
    faults: notes.faults,
    origin: (pointer) => making.origins.of(pointer),
  };
}

/** A block without which there is no configuration; where it is missing, that is all that is told of it. */
function needed(section: Section, key: string): Section {
  const found = section.section(key);
  if (found !== undefined) return found;
  section.notes.fault(section.pointer, `give \`${key}\``);
  return new Section({}, section.at(key), new Notes());
}

function executor(section: Section | undefined): { readonly verifyTimeout: number; readonly mutateTimeout: number } {
  const verifyTimeout = section?.integer('verificationRequestTimeout') ?? VERIFY_TIMEOUT;
  const mutateTimeout = section?.integer('mutationRequestTimeout') ?? MUTATE_TIMEOUT;
  section?.end();
  return { verifyTimeout, mutateTimeout };
}

function logging(logger: Section | undefined, crl: Section | undefined): void {
  const formatter = logger?.text('formatter') || 'text';
  if (logger !== undefined && formatter !== 'json') {
    logger.notes.change(logger.at('formatter'), `Logs are one JSON object a line, not ${JSON.stringify(formatter)}.`);
  }
  const headers = logger?.section('requestHeaders');
  if (headers?.has('traceIDHeaderName') === true) {
    logger?.notes.change(headers.at('traceIDHeaderName'), 'Trace ids are taken from the header `traceparent`.');
  }
  headers?.end();
  logger?.end();
  const cache = crl?.section('cache');
  cache?.flag('enabled', true);
  cache?.end();
  crl?.end();
}

function judgesOf(
  block: Section,
  store: Stores,
  making: Making,
): { readonly judges: readonly JudgeDocument[]; readonly house: PluginHouse } {
  const plugins = block.sections('plugins');
  if (plugins.length === 0) block.notes.fault(block.at('plugins'), 'give a verifier');
  if (plugins.length > MAX_VERIFIERS) block.notes.fault(block.at('plugins'), `there are more than ${MAX_VERIFIERS}`);
  const version = block.text('version') || '1.0.0';
  const directories = block.texts('pluginBinDirs').map((path) => pathOf(path, making.surroundings));
  const house = pluginHouse(directories, version, store, making.surroundings);
  block.end();
  const judges = plugins.slice(0, MAX_VERIFIERS).map((plugin, index) => {
    making.origins.copy(`/policy/config/verifiers/${index}`, plugin.pointer);
    return verifier(plugin, making, house);
  });
  const schemas = [...making.schemas].map(([type, { source }]) => [type, source] as const);
  making.verifier('json', { type: 'json', schemas: Object.fromEntries(schemas) }, block.at('plugins'));
  return { judges, house };
}

const passthrough = (choice: PolicyChoice): { readonly passthrough?: boolean } =>
  choice.kind === 'rego' && choice.passthrough ? { passthrough: true } : {};

function assemble(
  store: Stores,
  choice: PolicyChoice,
  judges: readonly JudgeDocument[],
  { enabled }: PluginHouse,
  making: Making,
): Omit<ConfigDocument, 'server'> {
  const { cosign, plainHttp, sources, credentialFile } = store;
  const { verifiers } = making;
  const needsPlugins = enabled && verifiers.some(({ type }) => type === 'plugin');
  return {
    policy: {
      convention: 'ratify',
      ...sourceOf(choice),
      config: {
        kind: choice.kind,
        cosign,
        ...(choice.kind === 'config' ? { artifactPolicies: choice.artifactPolicies } : {}),
        verifiers: judges,
      },
    },
    trust: making.trusts.entries(),
    verifiers,
    collect: collectRules(choice.kind, judges, cosign),
    sources,
    registries: { '*': { plainHttp } },
    ...(credentialFile === undefined ? {} : { credentialFile }),
    ...(needsPlugins ? { plugins: { enabled: true } } : {}),
  };
}

function sourceOf(choice: PolicyChoice): { readonly inline?: string; readonly sources?: readonly string[] } {
  if (choice.kind === 'config') return {};
  return choice.source.kind === 'inline' ? { inline: choice.source.text } : { sources: [choice.source.path] };
}

/**
 * What a verifier takes is read; everything else is only listed. A Rego policy sees what is attached to that, too.
 */
function collectRules(
  kind: PolicyChoice['kind'],
  judges: readonly JudgeDocument[],
  cosign: boolean,
): ConfigDocument['collect'] {
  const types = new Set(judges.flatMap((judge) => [...judge.artifactTypes, ...(judge.nestedReferences ?? [])]));
  if (types.has('*')) return [];
  if (cosign && types.has(COSIGN_SIGNATURE)) types.add(IMAGE_CONFIG);
  return [
    ...[...types].map((type) => ({ type, take: 'all' }) as const),
    { type: '*', take: kind === 'rego' ? 'follow' : 'none' },
  ];
}

function origins({ origins: made, schemas, verifiers }: Making, choice: PolicyChoice): void {
  const json = verifiers.findIndex(({ type }) => type === 'json');
  for (const [type, { pointer }] of schemas) {
    made.set(`/verifiers/${json}/schemas/${type.replaceAll('~', '~0').replaceAll('/', '~1')}`, pointer);
  }
  made.set('/policy', '/policy/plugin');
  made.set('/policy/config/artifactPolicies', '/policy/plugin/artifactVerificationPolicies');
  const isInline = choice.kind === 'rego' && choice.source.kind === 'inline';
  made.set(
    isInline ? '/policy/inline' : '/policy/sources',
    isInline ? '/policy/plugin/policy' : '/policy/plugin/policyPath',
  );
  made.set('/policy/config/cosign', '/store');
  made.set('/registries', '/store');
  made.set('/sources', '/store');
  made.set('/credentialFile', '/store');
  made.set('/server/verifyTimeout', '/executor/verificationRequestTimeout');
  made.set('/server/mutateTimeout', '/executor/mutationRequestTimeout');
}
