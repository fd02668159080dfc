import { opendir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { type Descriptor, descriptor } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import { MAX_REFERRERS } from '../store.ts';
import { fingerprint, unreadable } from './disk.ts';
import { isOpen, mediaTypeOfContent, mediaTypeOfName } from './media-types.ts';

/** A file that the user gives as evidence. */
export interface EvidenceFile {
  readonly path: string;
  readonly descriptor: Descriptor;
}

/** The files found; as with any list, what could not be read or was left out is said and takes nothing else down. */
export interface EvidenceFiles {
  readonly files: readonly EvidenceFile[];
  /** Name of the limit that cut the list; empty if none did. */
  readonly limit: string;
  readonly error: VerdictError | undefined;
}

/** Deepest directory walked: evidence lies beside what it is about, a deeper tree is somebody's sources. */
const MAX_EVIDENCE_DEPTH = 8;
/** Most names looked at in all directories, hidden and unusable ones included. */
const MAX_EVIDENCE_NAMES = 10_000;
/** Largest file whose type is told by its content; a larger one keeps what its name says. */
const MAX_SNIFFED_BYTES = 64 * 1024 * 1024;

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys */
const TITLE = 'org.opencontainers.image.title';

/**
 * Every file that the paths name: a file itself, a directory with all below it but hidden files. Files are sorted
 * within their directory, and each content is listed once. Links count if they stay within the directory given.
 */
export async function findEvidence(paths: readonly string[], signal: AbortSignal): Promise<EvidenceFiles> {
  const walk = new Walk();
  for (const path of paths) await walk.start(path);
  const found = new Map<string, EvidenceFile>();
  for (const path of walk.files) {
    try {
      const file = await describe(path, signal);
      if (!found.has(file.descriptor.digest)) found.set(file.descriptor.digest, file);
    } catch (thrown) {
      walk.fail(thrown, path);
      if (signal.aborted) break;
    }
  }
  return { files: [...found.values()], limit: walk.limit, error: walk.error };
}

async function describe(path: string, signal: AbortSignal): Promise<EvidenceFile> {
  const name = basename(path);
  const named = mediaTypeOfName(name);
  const { size, digests, content } = await fingerprint(path, ['sha256'], isOpen(named) ? MAX_SNIFFED_BYTES : 0, signal);
  const mediaType = content === undefined ? named : mediaTypeOfContent(content, named);
  return { path, descriptor: descriptor(mediaType, digests[0] ?? '', size, { annotations: { [TITLE]: name } }) };
}

class Walk {
  readonly files: string[] = [];
  limit = '';
  error: VerdictError | undefined;
  #names = 0;

  fail(thrown: unknown, path: string): void {
    this.error ??= unreadable(thrown, path);
  }

  /** What the user named is taken, whatever it is a link to. */
  async start(path: string): Promise<void> {
    try {
      if ((await stat(path)).isDirectory()) await this.#directory(await realpath(path), path, 0);
      else this.#file(path);
    } catch (thrown) {
      this.fail(thrown, path);
    }
  }

  #file(path: string): void {
    if (this.files.length >= MAX_REFERRERS) this.limit = 'evidenceFiles';
    else this.files.push(path);
  }

  async #directory(root: string, path: string, depth: number): Promise<void> {
    const entries = (await this.#list(path)).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const below = join(path, entry.name);
      if (entry.kind === 'file') this.#file(below);
      else if (entry.kind === 'link') await this.#link(root, below);
      else if (entry.kind === 'other')
        this.fail(new VerdictError('FILE_UNREADABLE', `${below} is not a regular file`), below);
      else if (depth + 1 >= MAX_EVIDENCE_DEPTH) this.limit = 'evidenceDepth';
      else await this.#directory(root, below, depth + 1);
    }
  }

  async #list(path: string): Promise<{ name: string; kind: Kind }[]> {
    const entries: { name: string; kind: Kind }[] = [];
    try {
      for await (const entry of await opendir(path)) {
        if (++this.#names > MAX_EVIDENCE_NAMES) {
          this.limit = 'evidenceFiles';
          break;
        }
        if (!entry.name.startsWith('.')) entries.push({ name: entry.name, kind: kindOf(entry) });
      }
    } catch (thrown) {
      this.fail(thrown, path);
    }
    return entries;
  }

  /** Mounted secrets and config maps are links within their directory. A directory is walked under its own name. */
  async #link(root: string, path: string): Promise<void> {
    try {
      const real = await realpath(path);
      if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) {
        throw new VerdictError('FILE_UNREADABLE', `${path} is a link that leads out of the directory`);
      }
      if (!(await stat(real)).isDirectory()) this.#file(path);
    } catch (thrown) {
      this.fail(thrown, path);
    }
  }
}

type Kind = 'file' | 'directory' | 'link' | 'other';

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): Kind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
