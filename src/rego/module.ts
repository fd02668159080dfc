import { randomBytes, webcrypto } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { VerdictError } from '../errors.ts';

/** Where the toolchain's program is, and what it must be. */
export interface ModuleArchive {
  /** The file `rego.wasm.br`. */
  readonly path: string;
  /** Digests in hexadecimal and size in bytes, from rego.json. */
  readonly sha256: string;
  readonly size: number;
  readonly archiveSha256: string;
}

/** `rego.wasm.br` and its facts in a directory; ours is the package's `tools/rego/`. Throws TOOLCHAIN_FAILED. */
export async function findModule(
  directory: URL = new URL('../../tools/rego/', import.meta.url),
): Promise<ModuleArchive> {
  try {
    const facts: unknown = JSON.parse(await readFile(new URL('rego.json', directory), 'utf8'));
    const { sha256, size, archive } = facts as { sha256: string; size: number; archive: { sha256: string } };
    return { path: fileURLToPath(new URL('rego.wasm.br', directory)), sha256, size, archiveSha256: archive.sha256 };
  } catch (cause) {
    throw new VerdictError('TOOLCHAIN_FAILED', `${fileURLToPath(directory)} does not hold the Rego toolchain`, {
      cause,
    });
  }
}

/**
 * Where unpacked programs are kept: `VERDICT_CACHE_DIR`, else `verdict` in the user's cache directory
 * ([XDG Base Directory 0.8](https://specifications.freedesktop.org/basedir-spec/0.8/): a relative path is ignored).
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.VERDICT_CACHE_DIR) return environment.VERDICT_CACHE_DIR;
  const xdg = environment.XDG_CACHE_HOME;
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'verdict');
}

/**
 * The program's bytes: from `<cache>/rego/<sha256>.wasm` where its digest is right, else unpacked and put there.
 * A cache that cannot be written only costs time. Throws TOOLCHAIN_FAILED where the archive is not the one named.
 */
export async function loadModule(archive: ModuleArchive, cache: string): Promise<Uint8Array<ArrayBuffer>> {
  const directory = join(cache, 'rego');
  const path = join(directory, `${archive.sha256}.wasm`);
  const cached = await readFile(path).catch(() => undefined);
  if (cached !== undefined && (await digest(cached)) === archive.sha256) return cached;
  const bytes = await unpack(archive);
  await store(directory, path, bytes).catch(() => undefined);
  return bytes;
}

/** On another thread: the program is 40 MB. */
async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

async function unpack(archive: ModuleArchive): Promise<Uint8Array<ArrayBuffer>> {
  const fail = (what: string, cause?: unknown) =>
    new VerdictError('TOOLCHAIN_FAILED', `${archive.path} ${what}; install Verdict again`, { cause });
  const packed = await readFile(archive.path).catch((cause: unknown) => {
    throw fail('cannot be read', cause);
  });
  if ((await digest(packed)) !== archive.archiveSha256) throw fail('is not the file that rego.json describes');
  const bytes = await promisify(brotliDecompress)(packed, { maxOutputLength: archive.size }).catch((cause: unknown) => {
    throw fail('cannot be unpacked', cause);
  });
  if ((await digest(bytes)) !== archive.sha256) throw fail('holds another program than rego.json describes');
  return bytes;
}

/** Writes under a temporary name first: another process never sees half a file. */
async function store(directory: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, bytes, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
