import { VerdictError } from '../errors.ts';
import type { Config, Registry } from '../generated/config.ts';
import type { Reference } from '../reference.ts';
import type { HostSettings } from '../registry/options.ts';
import type { RequestEvent } from '../request-event.ts';
import type { Store } from '../store.ts';
import { attached } from '../stores/attached.ts';
import type { BuildOptions } from './build.ts';
import { readText } from './text.ts';

/** Only the store that the subject needs is loaded: each brings its own dependencies. */
export async function storeFor(
  config: Config,
  reference: Reference,
  { evidence, environment, publicOnly }: BuildOptions,
  onRequest: (event: RequestEvent) => void,
): Promise<Store> {
  const files = async (): Promise<Store> => (await import('../files/store.ts')).createFileStore({ evidence });
  const beside = async (store: Store): Promise<Store> =>
    evidence.length === 0 ? store : attached(store, await files());
  switch (reference.kind) {
    case 'file':
    case 'digest':
      return await files();
    case 'layout':
      return await beside((await import('../layout/store.ts')).createLayoutStore());
    case 'registry': {
      const { createRegistryStore } = await import('../registry/store.ts');
      const limits = { hostConcurrency: config.limits.hostConcurrency };
      const settings = {
        sources: config.sources,
        hosts: registryHosts(config, environment),
        limits,
        onRequest,
        surroundings: { environment: withCredentialFile(config, environment) },
        publicOnly: publicOnly === true,
      };
      return await beside(createRegistryStore(settings));
    }
  }
}

/** The variable by which the containers tools name a file that goes before all others. */
const withCredentialFile = (
  { credentialFile }: Config,
  environment: BuildOptions['environment'],
): BuildOptions['environment'] =>
  credentialFile === undefined ? environment : { ...environment, REGISTRY_AUTH_FILE: credentialFile };
/** The settings of all registries, their files read. Throws CONFIG_INVALID, FILE_UNREADABLE. */
export function registryHosts(
  { registries }: Pick<Config, 'registries'>,
  environment: BuildOptions['environment'],
): Readonly<Record<string, HostSettings>> {
  const hosts = Object.entries(registries).map(([name, registry]) => [name, hostSettings(registry, environment)]);
  return Object.fromEntries(hosts);
}

function hostSettings(
  { plainHttp, tls, http2, ca, cert, key, credential }: Registry,
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
    tls,
    http2,
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
