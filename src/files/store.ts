import { basename } from 'node:path';
import { descriptor, MEDIA_TYPES, UNKNOWN_SIZE } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import type { Reference } from '../reference.ts';
import { type Listing, type Resolved, type Store, UNSUPPORTED } from '../store.ts';
import { fingerprint, readChecked } from './disk.ts';
import { type EvidenceFiles, findEvidence } from './evidence.ts';
import { mediaTypeOfName } from './media-types.ts';

export interface FileStoreOptions {
  /** Files, and directories of files, that the user gives as evidence about the subject. */
  readonly evidence: readonly string[];
}

/** A digest first that every statement names. */
const ALGORITHMS = ['sha256', 'sha384', 'sha512'];

/** Contents remembered by their digest, so that they can be read: a run has one subject and its evidence. */
const MAX_KNOWN_FILES = 10_000;

/**
 * Plain files, for references of kind `file` and `digest`, with the evidence that the user put beside them. Its source `file`
 * answers the same about whatever it is asked: that evidence is about the subject alone is known to whoever asks.
 */
export function createFileStore(options: FileStoreOptions): Store {
  const paths = new Paths();
  return {
    sources: ['file'],

    async resolve(reference, signal): Promise<Resolved> {
      if (reference.kind === 'digest') return named(reference.digest);
      const path = pathOf(reference);
      const { size, digests } = await fingerprint(path, ALGORITHMS, 0, signal);
      const [digest = ''] = digests;
      paths.add(digest, path);
      return { descriptor: descriptor(mediaTypeOfName(basename(path)), digest, size), manifest: undefined, digests };
    },

    async referrers(_reference, source, digest, signal): Promise<Listing> {
      if (source !== 'file') return UNSUPPORTED;
      const found = await findEvidence(options.evidence, signal);
      for (const file of found.files) paths.add(file.descriptor.digest, file.path);
      return listing(found, digest);
    },

    async fetch(_reference, _kind, wanted, limit, signal) {
      const path = paths.get(wanted.digest);
      if (path === undefined) throw new VerdictError('NOT_FOUND', `no file given has the digest ${wanted.digest}`);
      return await readChecked(path, wanted, limit, signal);
    },

    async close() {
      paths.clear();
    },
  };
}

/** Nothing is read, so nothing is known but the digest itself. */
const named = (digest: string): Resolved => ({
  descriptor: descriptor(MEDIA_TYPES.octetStream, digest, UNKNOWN_SIZE),
  manifest: undefined,
  digests: [digest],
});

function pathOf(reference: Reference): string {
  if (reference.kind === 'file') return reference.path;
  throw new VerdictError('INTERNAL', `the file store was asked for a reference of kind ${reference.kind}`);
}

/** A file is no evidence about itself, though it may lie in the directory that the user gave. */
function listing({ files, limit, error }: EvidenceFiles, subject: string): Listing {
  const entries = files
    .filter((file) => file.descriptor.digest !== subject)
    .map((file) => ({ descriptor: file.descriptor, manifest: undefined, form: 'document' as const }));
  const outcome = error !== undefined ? 'failed' : limit !== '' ? 'truncated' : 'ok';
  return { outcome, entries, limit, error };
}

/** Where contents were found, the last found last. */
class Paths {
  readonly #byDigest = new Map<string, string>();

  get(digest: string): string | undefined {
    return this.#byDigest.get(digest);
  }

  add(digest: string, path: string): void {
    this.#byDigest.delete(digest);
    this.#byDigest.set(digest, path);
    for (const oldest of this.#byDigest.keys())
      if (this.#byDigest.size > MAX_KNOWN_FILES) this.#byDigest.delete(oldest);
  }

  clear(): void {
    this.#byDigest.clear();
  }
}
