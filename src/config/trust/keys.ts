import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { type PublicKey, parsePublicKey, publicKey } from '../../crypto/keys.ts';
import { VerdictError } from '../../errors.ts';
import type { Fetcher } from '../../fetcher.ts';
import type { TrustedKey } from '../../trust.ts';
import { MAX_SOURCE_BYTES, type NamedBytes, readFiles } from './files.ts';
import { isPem, type PemBlock, pemBlocks, privateKey } from './pem.ts';
import { type Source, sourceOf } from './source.ts';

/** What a key source may reach. */
export interface KeyMeans {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined: no network. */
  readonly fetch: Fetcher | undefined;
}

/** Keys of one configured trust: nobody hands out more. */
const MAX_KEYS = 1000;
/** Milliseconds for a key from a URL: the configuration waits for it. */
const FETCH_TIMEOUT = 10_000;
/** Endings of files in a directory of keys. */
export const KEY_FILES = ['.pub', '.pem', '.der'];

/** Gives the contents with keys that a setting of one kind names. */
type KeySource = (value: string, means: KeyMeans) => Promise<readonly NamedBytes[]>;

const SOURCES: Readonly<Record<Source['kind'], KeySource>> = {
  inline: async (text) => [{ name: 'inline', bytes: Buffer.from(text) }],
  path: (path) => readFiles(path, KEY_FILES),
  environment: async (name, { environment }) => {
    const value = environment[name];
    if (value !== undefined && value !== '') return [{ name: `env://${name}`, bytes: Buffer.from(value) }];
    throw new VerdictError('TRUST_INVALID', `the environment variable ${name} is not set`);
  },
  url: async (url, { fetch }) => {
    // Queries of pre-signed URLs are secrets.
    const [name = ''] = url.split('?', 1);
    if (fetch === undefined) {
      throw new VerdictError('TRUST_UNAVAILABLE', `${name} is not fetched here; keep the key in a file`);
    }
    return [{ name, bytes: await fetch({ method: 'GET', url, limit: MAX_SOURCE_BYTES, timeout: FETCH_TIMEOUT }) }];
  },
  service: async (scheme) => {
    throw new VerdictError(
      'TRUST_INVALID',
      `keys are not read from ${scheme}: export the public key with \`cosign public-key --key …\` and give the file`,
    );
  },
};

/**
 * The keys that one setting names, several where a file or directory has several. Throws TRUST_INVALID,
 * TRUST_UNAVAILABLE, KEY_INVALID, FILE_UNREADABLE or LIMIT_EXCEEDED.
 */
export async function loadKeys(setting: string, means: KeyMeans): Promise<readonly TrustedKey[]> {
  const { kind, value } = sourceOf(setting);
  return (await SOURCES[kind](value, means)).flatMap(({ name, bytes }) => {
    try {
      return keysIn(bytes).map(({ spki, fingerprint }) => ({ source: name, spki, fingerprint }));
    } catch (thrown) {
      if (!(thrown instanceof VerdictError)) throw thrown;
      throw new VerdictError(thrown.code, `${name}: ${thrown.message}`, { cause: thrown });
    }
  });
}

/** Each key once, where it was named first. Throws LIMIT_EXCEEDED. */
export function distinctKeys(keys: readonly TrustedKey[]): readonly TrustedKey[] {
  const seen = new Set<string>();
  const distinct = keys.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint));
  if (distinct.length <= MAX_KEYS) return distinct;
  throw new VerdictError('LIMIT_EXCEEDED', `${distinct.length} keys are more than ${MAX_KEYS}`);
}

function keysIn(bytes: Uint8Array): readonly PublicKey[] {
  if (!isPem(bytes)) return [derKey(bytes)];
  return pemBlocks(Buffer.from(bytes).toString('utf8')).map(pemKey);
}

function pemKey({ label, der }: PemBlock): PublicKey {
  switch (label) {
    case 'PUBLIC KEY':
      return parsePublicKey(der);
    case 'RSA PUBLIC KEY':
      return publicKey(keyOr(() => createPublicKey({ key: Buffer.from(der), format: 'der', type: 'pkcs1' })));
    case 'CERTIFICATE':
      return publicKey(keyOr(() => new X509Certificate(der).publicKey));
    default:
      throw new VerdictError('KEY_INVALID', `a block ${JSON.stringify(label)} is no public key`);
  }
}

function derKey(der: Uint8Array): PublicKey {
  if (isPrivateKey(der)) throw privateKey();
  if (der[0] === 0x7b) throw new VerdictError('KEY_INVALID', 'JSON Web Keys are not read; give the key as PEM');
  try {
    return parsePublicKey(der);
  } catch (notSpki) {
    try {
      return publicKey(new X509Certificate(der).publicKey);
    } catch (thrown) {
      throw thrown instanceof VerdictError ? thrown : notSpki;
    }
  }
}

function isPrivateKey(der: Uint8Array): boolean {
  return (['pkcs8', 'pkcs1', 'sec1'] as const).some((type) => {
    try {
      createPrivateKey({ key: Buffer.from(der), format: 'der', type });
      return true;
    } catch {
      return false;
    }
  });
}

function keyOr<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new VerdictError('KEY_INVALID', 'a block holds no public key', { cause });
  }
}
