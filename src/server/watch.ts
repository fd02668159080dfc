import { existsSync, type FSWatcher, realpathSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { VerdictError } from '../errors.ts';
import { fileStateOf, fileStateOfSync } from './file-state.ts';

export interface WatchOptions {
  /**
   * Gets the paths, as they were given, whose content differs from what was last reported; a file that went away is
   * one of them. The next look waits for it.
   */
  readonly onChange: (paths: readonly string[]) => void | Promise<void>;
  /** What `onChange` threw, or why a directory cannot be watched (it is still looked at every `poll`). */
  readonly onError: (error: VerdictError) => void;
  /** Milliseconds without another event before files count as written. Default 200. */
  readonly settle?: number;
  /** Milliseconds between looks at the contents: some file systems tell of no change. Default 10,000. */
  readonly poll?: number;
}

export interface Watch {
  close(): void;
}

const SETTLE_MS = 200;
const POLL_MS = 10_000;
/** A directory where something is written all the time must not put a report off for ever. */
const MAX_SETTLES = 10;

/**
 * Notices when files get another content, also through Kubernetes' swap of the link `..data`, and when they appear or
 * go away. What changes after this call is reported, so begin to watch before reading. Keeps no process alive and
 * throws nothing.
 */
export function watchFiles(paths: readonly string[], options: WatchOptions): Watch {
  const files = new WatchedFiles(paths, options);
  return { close: () => files.close() };
}

class WatchedFiles {
  readonly #options: WatchOptions;
  readonly #settle: number;
  /** Absolute, by path as given: the working directory may go away too. */
  readonly #paths: ReadonlyMap<string, string>;
  /** By path as given; what was last reported. */
  readonly #reported = new Map<string, string>();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #unwatched = new Set<string>();
  readonly #poll: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #firstEvent = 0;
  #isLooking = false;
  #isClosed = false;

  constructor(paths: readonly string[], options: WatchOptions) {
    this.#options = options;
    this.#settle = options.settle ?? SETTLE_MS;
    this.#paths = new Map(paths.map((path) => [path, resolve(path)]));
    this.#arm();
    for (const [path, absolute] of this.#paths) this.#reported.set(path, fileStateOfSync(absolute));
    this.#poll = setInterval(() => void this.#pollOnce(), options.poll ?? POLL_MS).unref();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#poll);
    clearTimeout(this.#timer);
    this.#disarm();
  }

  /** Something happened: look when it has settled. */
  #touch(): void {
    if (this.#isClosed) return;
    const now = performance.now();
    if (this.#timer === undefined) this.#firstEvent = now;
    else if (now - this.#firstEvent > this.#settle * MAX_SETTLES) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, this.#settle).unref();
  }

  async #pollOnce(): Promise<void> {
    if (this.#isLooking || this.#timer !== undefined) return;
    this.#arm();
    if ((await this.#changes()).size > 0) this.#touch();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return this.#touch();
    this.#isLooking = true;
    // First watch, then read: what changes in between gives an event.
    this.#arm();
    try {
      const changes = await this.#changes();
      if (this.#isClosed || changes.size === 0) return;
      for (const [path, state] of changes) this.#reported.set(path, state);
      await this.#options.onChange([...changes.keys()]);
    } catch (cause) {
      this.#report(new VerdictError('INTERNAL', `what changed files lead to failed: ${String(cause)}`, { cause }));
    } finally {
      this.#isLooking = false;
    }
  }

  async #changes(): Promise<ReadonlyMap<string, string>> {
    const paths = [...this.#paths];
    const states = await Promise.all(
      paths.map(async ([path, absolute]) => [path, await fileStateOf(absolute)] as const),
    );
    return new Map(states.filter(([path, state]) => this.#reported.get(path) !== state));
  }

  /** Watches anew: a directory made again under its old name is another one, and links may lead elsewhere now. */
  #arm(): void {
    this.#disarm();
    if (this.#isClosed) return;
    for (const directory of directoriesOf(this.#paths.values())) {
      try {
        const watcher = watch(directory, { persistent: false }, () => this.#touch());
        watcher.on('error', () => this.#touch());
        this.#watchers.set(directory, watcher);
        this.#unwatched.delete(directory);
      } catch (cause) {
        this.#cannotWatch(directory, cause);
      }
    }
  }

  #disarm(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #cannotWatch(directory: string, cause: unknown): void {
    if (this.#unwatched.has(directory)) return;
    this.#unwatched.add(directory);
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `cannot watch ${directory} (${why}); its files are looked at from time to time instead`;
    this.#report(new VerdictError('FILE_UNREADABLE', message, { cause }));
  }

  #report(error: VerdictError): void {
    try {
      this.#options.onError(error);
    } catch {
      // Whoever is told of errors has failed: nobody is left to tell.
    }
  }
}

/** Where entries are renamed and where content is written; a missing directory is looked for by polling. */
function directoriesOf(paths: Iterable<string>): ReadonlySet<string> {
  const directories = new Set<string>();
  for (const path of paths) {
    directories.add(dirname(path));
    try {
      directories.add(dirname(realpathSync(path)));
    } catch {
      // Missing now; its own directory tells when it appears.
    }
  }
  return new Set([...directories].filter((directory) => existsSync(directory)));
}
