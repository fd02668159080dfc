import { type FSWatcher, watch } from 'node:fs';
import type { Dependency } from '../config/dependencies.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { FileStates } from './file-state.ts';
import { lookOf, watchedStateOf } from './watched-state.ts';

export interface WatchOptions {
  /**
   * Gets the paths, as they were given, whose content or listing differs from what was last reported; a file that went
   * away is one of them. The next look waits for it.
   */
  readonly onChange: (paths: readonly string[]) => void | Promise<void>;
  /**
   * What `onChange` threw; why a directory cannot be watched (it is still looked at every `poll`); that there are too
   * many files, so that changes of some are not noticed.
   */
  readonly onError: (error: VerdictError) => void;
  /** Milliseconds without another event before files count as written. Default 200. */
  readonly settle?: number;
  /** Milliseconds between looks at the contents: some file systems tell of no change. Default 10,000. */
  readonly poll?: number;
  /** Files and directory entries that are looked at. Default 2000. */
  readonly maxEntries?: number;
}

const SETTLE_MS = 200;
const POLL_MS = 10_000;
const MAX_ENTRIES = 2000;
/** A directory where something is written all the time must not put a report off for ever. */
const MAX_SETTLES = 10;
/** How much longer than a look the pause after it is: where others write all the time, looking costs little. */
const PAUSE_FACTOR = 10;
/** Looks until the directories to watch are those that were watched while looking. */
const MAX_ROUNDS = 3;

/**
 * Notices when files get another content, also through Kubernetes' swap of the link `..data`, when they appear or go
 * away, and when what counts in a directory does. What changes once this has resolved is reported, so begin to watch
 * before reading. Keeps no process alive and rejects never.
 */
export async function watchFiles(watched: readonly Dependency[], options: WatchOptions): Promise<Watch> {
  const files = new Watch(options);
  await files.set(watched);
  return files;
}

/** Files that are watched; see {@link watchFiles}. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #settle: number;
  readonly #poll: NodeJS.Timeout;
  readonly #states = new FileStates();
  #watched: readonly Dependency[] = [];
  /** By path; what was last reported. */
  #reported: ReadonlyMap<string, string> = new Map();
  #directories: ReadonlySet<string> = new Set();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #unwatched = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #firstEvent = 0;
  /** When the next look may begin. */
  #paused = 0;
  #isLooking = false;
  /** One look at everything after another. */
  #surveys: Promise<unknown> = Promise.resolve();
  #isTooMuch = false;
  #isClosed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#settle = options.settle ?? SETTLE_MS;
    this.#poll = setInterval(() => void this.#pollOnce(), options.poll ?? POLL_MS).unref();
  }

  /** Watches these from now on. What was watched before and has changed since it was reported is told of. */
  async set(watched: readonly Dependency[]): Promise<void> {
    this.#watched = watched;
    this.#isTooMuch = false;
    const states = await this.#survey();
    if (this.#watched !== watched) return;
    const before = this.#reported;
    this.#reported = new Map([...states].map(([path, state]) => [path, before.get(path) ?? state]));
    if ([...states].some(([path, state]) => this.#reported.get(path) !== state)) this.#touch();
  }

  /** Takes what there is now for reported: it is about to be read. */
  async rebase(): Promise<void> {
    const watched = this.#watched;
    const states = await this.#survey();
    if (this.#watched === watched) this.#reported = states;
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
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#look();
      },
      Math.max(this.#settle, this.#paused - now),
    ).unref();
  }

  async #pollOnce(): Promise<void> {
    if (this.#isLooking || this.#timer !== undefined) return;
    if ((await this.#changes()).length > 0) this.#touch();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return this.#touch();
    this.#isLooking = true;
    try {
      const changes = await this.#changes();
      if (this.#isClosed || changes.length === 0) return;
      this.#reported = new Map([...this.#reported, ...changes]);
      await this.#options.onChange(changes.map(([path]) => path));
    } catch (cause) {
      this.#report(new VerdictError('INTERNAL', `what changed files lead to failed: ${String(cause)}`, { cause }));
    } finally {
      this.#isLooking = false;
    }
  }

  /** What differs from what was reported; what is not watched any more by then does not count. */
  async #changes(): Promise<ReadonlyArray<readonly [path: string, state: string]>> {
    const watched = this.#watched;
    const states = await this.#survey();
    if (this.#watched !== watched) return [];
    return [...states].filter(([path, state]) => this.#reported.get(path) !== state);
  }

  /** State by path. First watches, then reads: what changes in between gives an event. */
  #survey(): Promise<ReadonlyMap<string, string>> {
    const states = this.#surveys.then(() => this.#surveyNow());
    this.#surveys = states;
    return states;
  }

  async #surveyNow(): Promise<ReadonlyMap<string, string>> {
    const began = performance.now();
    let states = new Map<string, string>();
    for (let round = 0; round < MAX_ROUNDS && !this.#isClosed; round++) {
      this.#arm();
      const found = await this.#lookAtAll();
      states = found.states;
      const isWatched = [...found.directories].every((directory) => this.#directories.has(directory));
      this.#directories = found.directories;
      if (isWatched) break;
    }
    const now = performance.now();
    this.#paused = now + (now - began) * PAUSE_FACTOR;
    return states;
  }

  async #lookAtAll(): Promise<{ states: Map<string, string>; directories: ReadonlySet<string> }> {
    const states = new Map<string, string>();
    const directories = new Set<string>();
    const look = lookOf(this.#states, this.#options.maxEntries ?? MAX_ENTRIES);
    try {
      for (const one of this.#watched) {
        const found = await watchedStateOf(one, look);
        states.set(one.path, found.state);
        for (const directory of found.directories) directories.add(directory);
      }
    } catch (thrown) {
      this.#tooMuch(asVerdictError(thrown));
    }
    return { states, directories };
  }

  #tooMuch({ message }: VerdictError): void {
    if (!this.#isTooMuch) {
      const error = `${message}; changes there and further on are not noticed: send SIGHUP`;
      this.#report(new VerdictError('LIMIT_EXCEEDED', error));
    }
    this.#isTooMuch = true;
  }

  /** Watches anew: a directory made again under its old name is another one, and links may lead elsewhere now. */
  #arm(): void {
    this.#disarm();
    if (this.#isClosed) return;
    for (const directory of this.#directories) {
      try {
        const watcher = watch(directory, { persistent: false }, () => this.#touch());
        watcher.on('error', () => this.#touch());
        this.#watchers.set(directory, watcher);
        this.#unwatched.delete(directory);
      } catch (cause) {
        // One that went away is found missing by the look that follows.
        if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') this.#cannotWatch(directory, cause);
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
