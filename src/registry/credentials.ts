import { VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import { askHelper } from './helper.ts';
import type { Credential, CredentialSource, Surroundings } from './options.ts';

/** Largest credential file read: an entry takes some hundred bytes, identity tokens a few KB. */
const MAX_FILE_BYTES = 1024 * 1024;

/** Names of Docker Hub in credential files, besides `docker.io`. */
const DOCKER_HUB: ReadonlySet<string> = new Set(['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);
/** What Docker itself asks helpers for when it means Docker Hub. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

type JsonObject = Readonly<Record<string, unknown>>;

/** A credential with where it was found. */
export interface LocatedCredential {
  readonly credential: Credential;
  /** The file, or `docker-credential-NAME` of the file; never a secret. */
  readonly place: string;
}

/**
 * Credentials as Docker and the containers tools keep them: files and helper programs. The files are read anew each
 * time, so that a login while the server runs is seen.
 * https://docs.docker.com/reference/cli/docker/login/, containers-auth.json(5)
 */
export function fileCredentials(
  surroundings: Pick<Surroundings, 'environment' | 'readFile' | 'execute'>,
): CredentialSource {
  const locate = locatedCredentials(surroundings);
  return async (registry, repository) => (await locate(registry, repository))?.credential;
}

/** As {@link fileCredentials}, with where each was found. */
export function locatedCredentials(
  surroundings: Pick<Surroundings, 'environment' | 'readFile' | 'execute'>,
): (registry: string, repository: string) => Promise<LocatedCredential | undefined> {
  return async (registry, repository) => {
    for (const path of credentialFiles(surroundings.environment)) {
      const bytes = await surroundings.readFile(path, MAX_FILE_BYTES);
      if (bytes === undefined) continue;
      const config = parseJson(bytes, path, 'CREDENTIALS_INVALID');
      if (!isObject(config)) throw new VerdictError('CREDENTIALS_INVALID', `${path}: it must hold a JSON object`);
      const found = await fromFile(config, path, registry, repository, surroundings);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** Files looked at, in this order; the first that knows the registry decides. */
export function credentialFiles(environment: Surroundings['environment']): readonly string[] {
  const { REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, HOME } = environment;
  const below = (directory: string | undefined, path: string): string => (directory ? `${directory}/${path}` : '');
  const home = below(HOME, '.config');
  return [
    REGISTRY_AUTH_FILE ?? '',
    below(DOCKER_CONFIG, 'config.json'),
    below(XDG_RUNTIME_DIR, 'containers/auth.json'),
    below(XDG_CONFIG_HOME || home, 'containers/auth.json'),
    DOCKER_CONFIG ? '' : below(HOME, '.docker/config.json'),
  ].filter((path) => path !== '');
}

/** A helper for the host goes before the helper for all, and that before what stands in the file. */
async function fromFile(
  config: JsonObject,
  path: string,
  registry: string,
  repository: string,
  surroundings: Pick<Surroundings, 'execute'>,
): Promise<LocatedCredential | undefined> {
  const helper = member(config, 'credHelpers', path);
  const named = Object.entries(helper).find(([key]) => plainKey(key) === registry)?.[1];
  const suffix = named ?? config.credsStore;
  if (suffix !== undefined && suffix !== '') {
    if (typeof suffix !== 'string')
      throw new VerdictError('CREDENTIALS_INVALID', `${path}: a helper's name must be text`);
    const server = registry === 'docker.io' ? DOCKER_HUB_KEY : registry;
    const credential = await askHelper(suffix, server, surroundings);
    if (credential !== undefined) return { credential, place: `docker-credential-${suffix} (${path})` };
    if (named !== undefined) return undefined;
  }
  const credential = fromAuths(member(config, 'auths', path), path, registry, repository);
  return credential && { credential, place: path };
}

function member(config: JsonObject, name: string, path: string): JsonObject {
  const value = config[name];
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new VerdictError('CREDENTIALS_INVALID', `${path}: "${name}" must be an object`);
  return value;
}

/** The entry with the longest key that is the repository or a prefix of it, down to the host. */
function fromAuths(auths: JsonObject, path: string, registry: string, repository: string): Credential | undefined {
  const byKey = new Map<string, unknown>();
  for (const [key, entry] of Object.entries(auths)) {
    const plain = plainKey(key);
    if (!byKey.has(plain)) byKey.set(plain, entry);
  }
  const parts = [registry, ...repository.split('/')];
  for (let length = parts.length; length > 0; length--) {
    const entry = byKey.get(parts.slice(0, length).join('/'));
    const credential = entry === undefined ? undefined : readEntry(entry, path);
    if (credential !== undefined) return credential;
  }
  return undefined;
}

/** `host[:port][/path]`, whatever the key looks like. A key with a scheme is for the whole host: its path is an API version. */
function plainKey(key: string): string {
  const isUrl = /^https?:\/\//i.test(key);
  const rest = key.replace(/^https?:\/\//i, '').replace(/\/+$/, '');
  const [host = '', ...path] = rest.split('/');
  const name = DOCKER_HUB.has(host.toLowerCase()) ? 'docker.io' : host.toLowerCase();
  const isVersion = path.length === 1 && /^v[12]$/.test(path[0] ?? '');
  return isUrl || isVersion ? name : [name, ...path].join('/');
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Undefined for an empty entry: Docker leaves one where a helper keeps the secret. */
function readEntry(entry: unknown, path: string): Credential | undefined {
  if (!isObject(entry)) throw new VerdictError('CREDENTIALS_INVALID', `${path}: an entry of "auths" must be an object`);
  const { username, password } = entry.auth ? splitAuth(textOf(entry.auth), path) : plainEntry(entry);
  const identity = textOf(entry.identitytoken);
  const bearer = textOf(entry.registrytoken);
  if (identity !== '') return { kind: 'identity', username, token: identity };
  if (bearer !== '') return { kind: 'bearer', token: bearer };
  return username === '' && password === '' ? undefined : { kind: 'basic', username, password };
}

const plainEntry = (entry: JsonObject): { username: string; password: string } => ({
  username: textOf(entry.username),
  password: textOf(entry.password),
});

/** base64 of `username:password`; the password may hold colons. */
function splitAuth(auth: string, path: string): { username: string; password: string } {
  // Docker pads with NULs.
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  if (colon <= 0 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(auth)) {
    throw new VerdictError('CREDENTIALS_INVALID', `${path}: an "auth" is not base64 of "username:password"`);
  }
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
