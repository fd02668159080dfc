import { randomBytes } from 'node:crypto';
import * as promises from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Descriptor } from '../../descriptor.ts';
import type { VerdictError } from '../../errors.ts';
import { Breaker } from './breaker.ts';
import { readContent, writeContent } from './content-file.ts';
import { errnoOf, type FileSystem, prepareDirectory } from './file-system.ts';
import { temporaryName } from './names.ts';
import { sweep } from './sweep.ts';

/**
 * `discarded`: a file was not what its name says. `skipped`: not tried, because something failed a short time ago or too
 * much waits. `fault`: a call failed.
 */
export type DiskEvent = 'hit' | 'miss' | 'discarded' | 'skipped' | 'fault';

export interface DiskOptions {
  /** Absolute; made if it is not there. */
  readonly directory: string;
  /** Bytes of content kept; what was used longest ago goes first. Exceeded for a while by what is written meanwhile. */
  readonly maxBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onEvent: (event: DiskEvent) => void;
  /** Told once for each kind of failure, again when it has worked in between. */
  readonly onFault: (error: VerdictError) => void;
  /** Default: the real one. */
  readonly files?: FileSystem;
}

/** Files in the directory: with more, looking at all of them would take long. */
const MAX_ENTRIES = 100_000;
/** Content that is a larger part of the whole is not kept: it would drive out too much. */
const LARGEST_PART = 4;
/** Bytes and number of contents that wait to be written; what comes on top is not kept. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_WAITING = 256;
/** Room is made when this part of the limit was written since the last time, or so many milliseconds ago. */
const SWEEP_PART = 16;
const SWEEP_INTERVAL = 600_000;
/** Milliseconds that a read may take, and bytes a millisecond beyond that: registries are not much slower. */
const READ_PATIENCE = 250;
const READ_RATE = 32 * 1024;
/** Milliseconds that closing waits for what is being written. */
const CLOSE_PATIENCE = 2000;

/**
 * Content in files, for several processes at once and without locks: a file is written under another name, checked and
 * then renamed, and two who write the same write the same bytes. What is on the disk is not trusted: each read checks
 * size and digest, and what does not fit is removed. Whatever fails costs the cache, never the caller.
 */
export class Disk {
  readonly #options: DiskOptions;
  readonly #files: FileSystem;
  readonly #preparing: Breaker;
  readonly #reading: Breaker;
  readonly #writing: Breaker;
  readonly #sweeping: Breaker;
  #isReady = false;
  /** One after another: reads for decisions go before. */
  #writes: Promise<unknown> = Promise.resolve();
  #waiting = { entries: 0, bytes: 0 };
  #sweep: Promise<unknown> | undefined;
  #swept = Number.NEGATIVE_INFINITY;
  /** What the last sweep left, and what was written since it began. */
  #kept = { entries: 0, bytes: 0 };
  #written = { entries: 0, bytes: 0 };
  #isClosed = false;
  #isGivenUp = false;

  constructor(options: DiskOptions) {
    const { now, onEvent, onFault } = options;
    const breaker = (what: string): Breaker =>
      new Breaker({ what: `${what} ${options.directory}`, now, onEvent, onFault });
    this.#options = options;
    this.#files = options.files ?? promises;
    this.#preparing = breaker('preparing');
    this.#reading = breaker('reading content from');
    this.#writing = breaker('writing content to');
    this.#sweeping = breaker('making room in');
    this.#sweepIfDue();
  }

  /** A content as it was kept, checked; undefined where it has to be had elsewhere. Never rejects. */
  async read(name: string, wanted: Pick<Descriptor, 'digest' | 'size'>): Promise<Uint8Array | undefined> {
    if (this.#isClosed || !(await this.#prepare())) return undefined;
    const path = join(this.#options.directory, name);
    const read = await this.#reading.attempt(
      () => readContent(this.#files, path, wanted, this.#options.now()),
      READ_PATIENCE + Math.ceil(wanted.size / READ_RATE),
    );
    switch (read?.kind) {
      case 'content':
        this.#options.onEvent('hit');
        return read.bytes;
      case 'bad':
        this.#options.onEvent('discarded');
        await this.#writing.attempt(() => this.#remove(path), READ_PATIENCE);
        return undefined;
      case 'missing':
        this.#options.onEvent('miss');
        return undefined;
      case undefined:
        return undefined;
    }
  }

  /** Keeps a content, in its own time. Nobody may change the bytes. */
  keep(name: string, bytes: Uint8Array, wanted: Pick<Descriptor, 'digest' | 'size'>): void {
    if (this.#isClosed || bytes.length > this.#options.maxBytes / LARGEST_PART) return;
    const isTooMuch = this.#waiting.bytes + bytes.length > MAX_WAITING_BYTES || this.#waiting.entries >= MAX_WAITING;
    // One that is larger than all that may wait has its chance when nothing else does.
    if (isTooMuch && this.#waiting.entries > 0) {
      this.#options.onEvent('skipped');
      return;
    }
    this.#waiting.entries += 1;
    this.#waiting.bytes += bytes.length;
    this.#writes = this.#writes.then(async () => {
      if (!this.#isGivenUp && (await this.#prepare())) {
        await this.#writing.attempt(() => this.#write(name, bytes, wanted), Number.POSITIVE_INFINITY);
      }
      this.#waiting.entries -= 1;
      this.#waiting.bytes -= bytes.length;
      this.#sweepIfDue();
    });
  }

  /** What is kept, as far as it is known: others may have written and removed since. */
  size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#kept.entries + this.#written.entries, bytes: this.#kept.bytes + this.#written.bytes };
  }

  /** Writes what waits to be written, within a bounded time; what is left then is given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ended = new AbortController();
    const late = delay(CLOSE_PATIENCE, undefined, { signal: ended.signal }).catch(() => undefined);
    await Promise.race([Promise.all([this.#writes, this.#sweep]), late]);
    ended.abort();
    this.#isGivenUp = true;
  }

  async #prepare(): Promise<boolean> {
    if (this.#isReady) return true;
    const done = await this.#preparing.attempt(async () => {
      await prepareDirectory(this.#files, this.#options.directory);
      return true;
    }, READ_PATIENCE);
    this.#isReady = done === true;
    return this.#isReady;
  }

  async #write(name: string, bytes: Uint8Array, wanted: Pick<Descriptor, 'digest' | 'size'>): Promise<void> {
    const path = join(this.#options.directory, name);
    const temporary = join(this.#options.directory, temporaryName(name, randomBytes(6).toString('hex')));
    try {
      await writeContent(this.#files, { path, temporary }, bytes, wanted);
    } catch (thrown) {
      // Somebody removed the directory: it is made again at the next try.
      if (errnoOf(thrown) === 'ENOENT') this.#isReady = false;
      throw thrown;
    }
    this.#written.entries += 1;
    this.#written.bytes += bytes.length;
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#files.unlink(path);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw thrown;
    }
  }

  #sweepIfDue(): void {
    const { maxBytes, now } = this.#options;
    const since = now() - this.#swept;
    const isDue =
      this.#written.bytes > maxBytes / SWEEP_PART ||
      this.size().bytes > maxBytes ||
      since < 0 ||
      since >= SWEEP_INTERVAL;
    if (!isDue || this.#isClosed || this.#sweep !== undefined) return;
    this.#sweep = this.#sweepAll().then((isDone) => {
      this.#sweep = undefined;
      // What was written meanwhile may be too much again.
      if (isDone) this.#sweepIfDue();
    });
  }

  /** Whether it could be done. */
  async #sweepAll(): Promise<boolean> {
    const { directory, maxBytes, now } = this.#options;
    // Who may write into it can have changed.
    this.#isReady = false;
    if (!(await this.#prepare())) return false;
    for (let isFull = true; isFull && !this.#isClosed; ) {
      const time = now();
      this.#swept = time;
      this.#written = { entries: 0, bytes: 0 };
      const isStopped = (): boolean => this.#isClosed;
      const options = { files: this.#files, directory, maxBytes, maxEntries: MAX_ENTRIES, now: time, isStopped };
      const swept = await this.#sweeping.attempt(() => sweep(options), Number.POSITIVE_INFINITY);
      if (swept === undefined) return false;
      this.#kept = { entries: swept.entries, bytes: swept.bytes };
      isFull = swept.isFull && swept.removed > 0;
    }
    return true;
  }
}
