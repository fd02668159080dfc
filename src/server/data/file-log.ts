import { Buffer } from 'node:buffer';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { type DecisionEvent, type DecisionLog, type EventOptions, eventLine } from './log.ts';

/** Bytes of one file: what an editor still opens. */
const DEFAULT_FILE_BYTES = 64 * 1024 * 1024;
/** Files kept, the one that is written included. */
const DEFAULT_FILES = 5;
/** Bytes that wait for a slow disk; beyond, events are dropped rather than memory filled. */
export const MAX_WAITING_BYTES = 16 * 1024 * 1024;

export interface FileLogOptions extends EventOptions {
  /** Rotated files stand beside it as `<path>.1`, the newest, `<path>.2` … */
  readonly path: string;
  /** Default {@link DEFAULT_FILE_BYTES}; a single event may be larger. */
  readonly maxBytes?: number;
  /** Default {@link DEFAULT_FILES}; at least 1. */
  readonly files?: number;
}

/** The file that is written, and its size. */
interface Current {
  readonly handle: FileHandle;
  size: number;
}

/** A log in a file, rotated by size. Readable by its owner only: decisions name what is deployed where. */
export class FileLog implements DecisionLog {
  readonly #options: Required<Omit<FileLogOptions, 'inputs'>> & EventOptions;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #closed = false;
  #current: Current | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: FileLogOptions) {
    this.#options = { maxBytes: DEFAULT_FILE_BYTES, files: DEFAULT_FILES, ...options };
  }

  get dropped(): number {
    return this.#dropped;
  }

  record(event: DecisionEvent): void {
    try {
      const line = Buffer.from(eventLine(event, this.#options));
      if (this.#closed || this.#waitingBytes + line.length > MAX_WAITING_BYTES) {
        this.#dropped++;
        return;
      }
      this.#waiting.push(line);
      this.#waitingBytes += line.length;
      this.#writing ??= this.#writeAll();
    } catch {
      this.#dropped++;
    }
  }

  /** Writes what waits and closes the file; what comes later is dropped. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#release();
  }

  async #writeAll(): Promise<void> {
    // Not within record(): what is recorded together is written together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        await this.#write(batch);
      } catch {
        this.#dropped += batch.length;
        // The next batch opens the file anew: it may have become writable, or have been moved away.
        await this.#release();
      }
      this.#waitingBytes -= bytesOf(batch);
    }
    this.#writing = undefined;
  }

  /** As many waiting events as fit the size of a file; at least one. */
  #nextBatch(): readonly Buffer[] {
    let bytes = 0;
    let count = 0;
    for (const line of this.#waiting) {
      if (count > 0 && bytes + line.length > this.#options.maxBytes) break;
      bytes += line.length;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(batch: readonly Buffer[]): Promise<void> {
    this.#current ??= await this.#open();
    if (this.#current.size > 0 && this.#current.size + bytesOf(batch) > this.#options.maxBytes) {
      await this.#release();
      await this.#rotate();
      this.#current = await this.#open();
    }
    const bytes = Buffer.concat(batch);
    await this.#current.handle.appendFile(bytes);
    this.#current.size += bytes.length;
  }

  /** Opens the file and ends a line that an earlier writer left unfinished. */
  async #open(): Promise<Current> {
    const handle = await open(this.#options.path, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      if (size === 0) return { handle, size };
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
      if (bytesRead === 1 && buffer[0] === NEWLINE) return { handle, size };
      await handle.appendFile('\n');
      return { handle, size: size + 1 };
    } catch (fault) {
      await handle.close();
      throw fault;
    }
  }

  /** Makes room under the path: the oldest file is overwritten. */
  async #rotate(): Promise<void> {
    const { path, files } = this.#options;
    const names = [path, ...Array.from({ length: files - 1 }, (_, index) => `${path}.${index + 1}`)];
    for (let index = names.length - 1; index > 0; index--) await moved(names[index - 1] ?? path, names[index] ?? path);
    if (names.length === 1) await (await open(path, 'w', 0o600)).close();
  }

  async #release(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.handle.close().catch(() => undefined);
  }
}

const NEWLINE = 0x0a;

const bytesOf = (lines: readonly Buffer[]): number => lines.reduce((sum, { length }) => sum + length, 0);

/** A file that is not there is nothing to move. */
async function moved(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === 'ENOENT')) throw fault;
  }
}
