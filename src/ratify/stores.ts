import type { Config } from '../generated/config.ts';
import type { Notes } from './notes.ts';
import type { Section } from './section.ts';
import { pathOf, type Surroundings } from './surroundings.ts';

/** What Ratify's stores come to. */
export interface Stores {
  readonly sources: Config['sources'];
  readonly plainHttp: boolean;
  readonly cosign: boolean;
  readonly credentialFile: string | undefined;
  /** The first store as it stands, as plugins are given it. */
  readonly first: Readonly<Record<string, unknown>>;
  /** Version of the block, and the directories with plugins that it names. */
  readonly version: string;
  readonly pluginBinDirs: readonly string[];
}

/** What Verdict has instead of Ratify's other ways to log in. */
const LOGINS: Readonly<Record<string, string>> = {
  k8secrets:
    'mount the secret (kubernetes.io/dockerconfigjson) and name the mounted `.dockerconfigjson` as `credentialFile`',
  azureworkloadidentity: 'install `docker-credential-acr-env` and name it under `credHelpers` of the credential file',
  azuremanagedidentity: 'install `docker-credential-acr-env` and name it under `credHelpers` of the credential file',
  awsecrbasic: 'install `docker-credential-ecr-login` and name it under `credHelpers` of the credential file',
  alibabacloudacrbasic: 'install a credential helper for it and name it under `credHelpers` of the credential file',
};

/** The block `store`: Ratify's registries. */
export function stores(block: Section, surroundings: Surroundings): Stores {
  const { notes } = block;
  const plugins = block.sections('plugins');
  if (plugins.length === 0) notes.fault(block.at('plugins'), 'give a store: {"name": "oras"}');
  const read = plugins.map((plugin) => store(plugin, surroundings));
  if (plugins.length > 1) {
    notes.change(
      block.at('plugins'),
      'Verdict has one store: what is set for one of these stores holds for all of them.',
    );
  }
  const version = block.text('version') || '1.0.0';
  const pluginBinDirs = block.texts('pluginBinDirs').map((path) => pathOf(path, surroundings));
  block.end();
  const cosign = read.some((one) => one.cosign);
  return {
    sources: ['referrers-api', 'referrers-tag', ...(cosign ? (['cosign-tag'] as const) : [])],
    plainHttp: read.some(({ plainHttp }) => plainHttp),
    cosign,
    credentialFile: read.find(({ credentialFile }) => credentialFile !== undefined)?.credentialFile,
    first: plugins[0]?.value ?? {},
    version,
    pluginBinDirs,
  };
}

function store(plugin: Section, surroundings: Surroundings): Pick<Stores, 'plainHttp' | 'cosign' | 'credentialFile'> {
  const { notes } = plugin;
  const name = plugin.text('type') || plugin.text('name');
  if (name !== 'oras') {
    notes.fault(
      plugin.pointer,
      `Verdict has no store ${JSON.stringify(name)}: attach its evidence in the registry, or leave the store away`,
    );
    return { plainHttp: false, cosign: false, credentialFile: undefined };
  }
  plugin.text('name');
  plugin.text('version');
  const plainHttp = plugin.flag('useHttp');
  const cosign = plugin.flag('cosignEnabled');
  caches(plugin, notes);
  const credentialFile = login(plugin.section('authProvider'), surroundings);
  plugin.end();
  return { plainHttp, cosign, credentialFile };
}

function caches(plugin: Section, notes: Notes): void {
  plugin.flag('cacheEnabled');
  if (plugin.integer('ttl') !== undefined) {
    notes.change(
      plugin.at('ttl'),
      'Lists of referrers are not cached by themselves: whole decisions are, for the times under `server.cache`.',
    );
  }
  if (plugin.text('localCachePath') !== '') {
    notes.change(plugin.at('localCachePath'), 'Ratify’s cache on disk is neither read nor written.');
  }
}

/** The file with credentials that is named; Docker's own are used without being told. */
function login(provider: Section | undefined, surroundings: Surroundings): string | undefined {
  if (provider === undefined) return undefined;
  const name = provider.text('name');
  if (name.toLowerCase() === 'dockerconfig') {
    const path = provider.text('configPath');
    provider.end();
    return path === '' ? undefined : pathOf(path, surroundings);
  }
  const instead = LOGINS[name.toLowerCase()] ?? 'name a file with credentials as `credentialFile`';
  provider.notes.change(
    provider.pointer,
    `Verdict does not log in by ${JSON.stringify(name)} and asks registries without credentials until you ${instead}.`,
  );
  return undefined;
}
