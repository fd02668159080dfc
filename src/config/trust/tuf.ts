import { randomBytes } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TargetFile, type Fetcher as TufFetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { VerdictError } from '../../errors.ts';
import type { Fetcher } from '../../fetcher.ts';
import type { Trust, TrustUpdate } from '../../generated/config.ts';
import type { TrustedRoot } from '../../trust.ts';
import { MAX_TARGET_BYTES, type Place, placeOf, readCopy, workDirectory, writeCopy, writeWhole } from './copy.ts';
import { readBounded } from './files.ts';
import { countOf, parseTrustedRoot } from './root.ts';
import { mirrorOf, publicGood } from './seeds.ts';
import { PUBLIC_GOOD } from './source.ts';

/** What an update may touch. */
export interface UpdateMeans {
  readonly fetch: Fetcher;
  readonly cacheDirectory: string;
  readonly now: Date;
}

/** What an update came to. */
export interface Updated {
  readonly name: string;
  readonly mirror: string;
  /** What counted until now; undefined: nothing that could be read. */
  readonly before: TrustedRoot | undefined;
  readonly after: TrustedRoot;
}

/** Milliseconds for one file of a repository. */
const FETCH_TIMEOUT = 10_000;
/** Newer versions of `root.json` walked in one update: the public-good instance has had 15 in five years. */
const MAX_ROOT_ROTATIONS = 64;
/** Delegations walked to find the trusted root; the repositories there are have one or none. */
const MAX_DELEGATIONS = 8;

/**
 * Fetches the newest trusted root from the TUF repository of a trust and keeps it for {@link loadTrusts}. The client
 * workflow of [TUF 1.0.34](https://theupdateframework.github.io/specification/v1.0.34/#detailed-client-workflow) is
 * that of tuf-js, which takes the time from the system's clock. Whatever fails, the copy that was there stays.
 *
 * Throws TRUST_UNAVAILABLE where the repository does not answer, TRUST_INVALID where its metadata or the trusted root do
 * not hold, LIMIT_EXCEEDED, REGISTRY_NOT_ALLOWED or FILE_UNREADABLE.
 */
export async function updateTrust(
  name: string,
  trust: Trust & { readonly update: TrustUpdate },
  { fetch, cacheDirectory, now }: UpdateMeans,
): Promise<Updated> {
  const { update, type } = trust;
  const place = await placeOf(update, cacheDirectory);
  const before = await current(trust, place);
  const bytes = await fetchTarget(update, place, fetch);
  const after = parseTrustedRoot(bytes, update.mirror);
  if (type === 'sigstore' && countOf(after, 'certificateAuthorities') === 0) {
    throw new VerdictError('TRUST_INVALID', `the trusted root of ${update.mirror} has no certificate authority`);
  }
  await writeCopy(place, { bytes, fetched: now }, update);
  return { name, mirror: update.mirror, before, after };
}

/** What counts until the update is done. */
async function current({ root, update }: Trust, place: Place): Promise<TrustedRoot | undefined> {
  try {
    const copy = await readCopy(place);
    if (copy !== undefined) return parseTrustedRoot(copy.bytes, update?.mirror ?? '');
    if (root === undefined) return undefined;
    return root === PUBLIC_GOOD ? publicGood() : parseTrustedRoot(await readBounded(root), root);
  } catch {
    return undefined;
  }
}

/** Works on a copy of the metadata: a crash leaves nothing half-written where the next update starts. */
async function fetchTarget(update: TrustUpdate, place: Place, fetch: Fetcher): Promise<Uint8Array> {
  const work = await workDirectory(place);
  const metadata = join(place.directory, 'metadata');
  const downloads = new Downloads(fetch, work);
  try {
    await cp(metadata, work, { recursive: true }).catch(() => undefined);
    const updater = await open(update, place, work, downloads);
    try {
      return await download(updater, update.target, work);
    } finally {
      // What it has written was verified, even if something after it was not: newer versions are never forgotten.
      await keep(work, metadata);
    }
  } catch (thrown) {
    throw downloads.fault ?? untrusted(update, thrown);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** From the metadata kept, else (there is none, or it is damaged) from the initial root. */
async function open(update: TrustUpdate, place: Place, work: string, fetcher: TufFetcher): Promise<Updater> {
  const mirror = mirrorOf(update.mirror);
  const make = (): Updater =>
    new Updater({
      metadataDir: work,
      metadataBaseUrl: mirror,
      targetDir: work,
      targetBaseUrl: `${mirror}/targets`,
      fetcher,
      config: { maxRootRotations: MAX_ROOT_ROTATIONS, maxDelegations: MAX_DELEGATIONS },
    });
  try {
    return make();
  } catch {
    for (const name of await readdir(work)) await rm(join(work, name), { recursive: true, force: true });
    await writeFile(join(work, 'root.json'), place.initialRoot, { mode: 0o600 });
    return make();
  }
}

async function download(updater: Updater, target: string, work: string): Promise<Uint8Array> {
  await updater.refresh();
  const found: TargetFile | undefined = await updater.getTargetInfo(target);
  if (found === undefined) {
    throw new VerdictError('TRUST_INVALID', `the repository has no target ${JSON.stringify(target)}`);
  }
  if (found.length > MAX_TARGET_BYTES) {
    throw new VerdictError('LIMIT_EXCEEDED', `${target} has ${found.length} bytes, more than ${MAX_TARGET_BYTES}`);
  }
  return readFile(await updater.downloadTarget(found, join(work, TARGET)));
}

/** Not the name of any metadata: role names end in `.json`. */
const TARGET = 'target';

async function keep(work: string, metadata: string): Promise<void> {
  const names = (await readdir(work)).filter((name) => name.endsWith('.json'));
  for (const name of names) await writeWhole(metadata, name, await readFile(join(work, name)));
}

/** `N.root.json`: asked for until there is none. */
const NEXT_ROOT = /\/\d+\.root\.json$/;

/** tuf-js's downloads over our fetcher, so that each is listed and its address checked. */
class Downloads implements TufFetcher {
  readonly #fetch: Fetcher;
  readonly #work: string;
  /** The fault that stopped the update, before the library wrapped it. */
  fault: VerdictError | undefined;

  constructor(fetch: Fetcher, work: string) {
    this.#fetch = fetch;
    this.#work = work;
  }

  async downloadFile<T>(url: string, maxLength: number, handler: (file: string) => Promise<T>): Promise<T> {
    const path = join(this.#work, `${randomBytes(6).toString('hex')}.tmp`);
    await writeFile(path, await this.downloadBytes(url, maxLength), { mode: 0o600 });
    try {
      return await handler(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    try {
      return Buffer.from(await this.#fetch({ method: 'GET', url, limit: maxLength, timeout: FETCH_TIMEOUT }));
    } catch (thrown) {
      const isUnavailable = thrown instanceof VerdictError && thrown.code === 'TRUST_UNAVAILABLE';
      // That there is no newer root is nothing a mirror proves: one that hides it can say 404 as well as nothing.
      if (isUnavailable && NEXT_ROOT.test(url)) throw new DownloadHTTPError('there is no newer root', 404);
      if (thrown instanceof VerdictError) this.fault = thrown;
      throw thrown;
    }
  }
}

function untrusted({ mirror }: TrustUpdate, cause: unknown): VerdictError {
  if (cause instanceof VerdictError) return cause;
  const reason = cause instanceof Error ? `${cause.constructor.name}: ${cause.message}` : String(cause);
  return new VerdictError('TRUST_INVALID', `what ${mirror} publishes cannot be trusted: ${reason}`, { cause });
}
