import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../descriptor.ts';
import { VerdictError } from '../../errors.ts';
import type { TrustUpdate } from '../../generated/config.ts';
import { isObject, parseJson } from '../../json.ts';
import { readBounded } from './files.ts';
import { mirrorOf, publicGoodTufRoot } from './seeds.ts';

/** Largest trusted root taken from a TUF repository; the public-good instance's has 7 KiB. */
export const MAX_TARGET_BYTES = 512 * 1024;

/** What was had last from a TUF repository, verified then. */
export interface Copy {
  /** The trusted root's JSON. */
  readonly bytes: Uint8Array;
  /** When the repository last confirmed it. */
  readonly fetched: Date;
}

/** Where a repository's metadata and copy are kept, and from which `root.json` its chain starts. */
export interface Place {
  readonly directory: string;
  readonly initialRoot: Uint8Array;
}

/**
 * Each mirror, target and first `root.json` has a place of its own: what was had under another anchor never counts, and
 * a new version of Verdict starts from the root that it brings. Throws FILE_UNREADABLE or LIMIT_EXCEEDED.
 */
export async function placeOf(update: TrustUpdate, cacheDirectory: string): Promise<Place> {
  const initialRoot = update.initialRoot === undefined ? publicGoodTufRoot() : await readBounded(update.initialRoot);
  const parts = [mirrorOf(update.mirror), update.target, digestOf(initialRoot)];
  const key = digestOf(Buffer.from(JSON.stringify(parts))).slice('sha256:'.length);
  return { directory: join(cacheDirectory, 'trust', key), initialRoot };
}

const FILE = 'copy.json';

/** Where the copy of a repository's trusted root is, if there is one. Throws as {@link placeOf} does. */
export const copyPath = async (update: TrustUpdate, cacheDirectory: string): Promise<string> =>
  join((await placeOf(update, cacheDirectory)).directory, FILE);

/** The copy at a place; undefined if there is none. Throws TRUST_INVALID for one that is damaged. */
export async function readCopy({ directory }: Place): Promise<Copy | undefined> {
  const bytes = await readBounded(join(directory, FILE)).catch((thrown: unknown) => {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  });
  if (bytes === undefined) return undefined;
  const { root, digest, fetched } = fieldsOf(bytes);
  const copy = { bytes: new Uint8Array(Buffer.from(root, 'base64')), fetched: new Date(fetched) };
  if (digestOf(copy.bytes) !== digest || Number.isNaN(copy.fetched.getTime())) throw damaged();
  return copy;
}

function fieldsOf(bytes: Uint8Array): { readonly root: string; readonly digest: string; readonly fetched: string } {
  const value = parseJson(bytes, 'the copy in the cache', 'TRUST_INVALID');
  if (!isObject(value)) throw damaged();
  const { root, digest, fetched } = value;
  if (typeof root !== 'string' || typeof digest !== 'string' || typeof fetched !== 'string') throw damaged();
  return { root, digest, fetched };
}

/** One file, so that the root and when it was had change together. */
export async function writeCopy({ directory }: Place, { bytes, fetched }: Copy, update: TrustUpdate): Promise<void> {
  const content = {
    mirror: update.mirror,
    target: update.target,
    fetched: fetched.toISOString(),
    digest: digestOf(bytes),
    root: Buffer.from(bytes).toString('base64'),
  };
  await writeWhole(directory, FILE, Buffer.from(`${JSON.stringify(content, null, 2)}\n`));
}

/**
 * Writes under a temporary name first: whatever happens, the file is the old one or the new one. Throws FILE_UNREADABLE
 * where it cannot be written.
 */
export async function writeWhole(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(directory, name);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(temporary, bytes, { mode: 0o600, flag: 'wx', flush: true });
    await rename(temporary, path);
  } catch (cause) {
    throw unwritable(path, cause);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** A directory to work in, beside what is kept. Throws FILE_UNREADABLE. */
export async function workDirectory({ directory }: Place): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await mkdtemp(join(directory, 'work-'));
  } catch (cause) {
    throw unwritable(directory, cause);
  }
}

const unwritable = (path: string, cause: unknown): VerdictError =>
  new VerdictError('FILE_UNREADABLE', `cannot write ${path}: ${(cause as Error).message}; set VERDICT_CACHE_DIR`, {
    cause,
  });

/** Whether an error of {@link readBounded} means that there is no such file. */
const isMissing = (thrown: unknown): boolean =>
  thrown instanceof VerdictError && (thrown.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';

const damaged = (): VerdictError =>
  new VerdictError('TRUST_INVALID', 'the copy in the cache is damaged; `verdict trust update` writes it again');
