import { randomFillSync } from 'node:crypto';
import { VerdictError } from '../errors.ts';

/** Errno values of WASI preview 1 (wasi_snapshot_preview1, `errno`). */
const SUCCESS = 0;
const BADF = 8;
const NOSYS = 52;

const CLOCK_REALTIME = 0;
const STDERR = 2;
const FILETYPE_CHARACTER_DEVICE = 2;
const EVENTTYPE_CLOCK = 0;
const SUBSCRIPTION_SIZE = 48;
const EVENT_SIZE = 32;
const SUBCLOCKFLAGS_ABSTIME = 1;

/** What the guest prints is only read after a crash; Go says why it crashed first, then where everything was. */
const MAX_PRINTED = 16_384;

/** Thrown through the guest when it ends: `code` is what it gave to `proc_exit`. */
export class GuestExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`the guest ended with code ${code}`);
    this.code = code;
  }
}

/** What a guest may learn of its surroundings: nothing else of the machine is visible to it. */
export interface WasiOptions {
  /** What the realtime clock shows, always: nanoseconds since 1970. The monotonic clock is the machine's. */
  readonly realtimeNs: bigint;
  /** Environment, `NAME=value`. */
  readonly environment: readonly string[];
  /** The instant of the monotonic clock (`process.hrtime.bigint()`) from which looking at a clock stops the guest. */
  readonly stopAt: bigint;
}

/** The system interface of a guest without files and network. */
export interface Wasi {
  readonly imports: Readonly<Record<string, (...args: never[]) => number>>;
  /** The beginning of what the guest wrote to its standard output and error. */
  printed(): string;
}

/**
 * The part of wasi_snapshot_preview1 that a Go program without files needs; everything else answers ENOSYS.
 * A guest past `stopAt` is ended with LIMIT_EXCEEDED. `memory` is asked anew at each call, because it exists only after instantiation and its buffer changes as it grows.
 */
export function createWasi(memory: () => WebAssembly.Memory, options: WasiOptions): Wasi {
  const decoder = new TextDecoder();
  const environment = options.environment.map((entry) => new TextEncoder().encode(`${entry}\0`));
  let printed = '';
  const view = () => new DataView(memory().buffer);

  const now = (clock: number) => {
    const monotonic = process.hrtime.bigint();
    if (monotonic > options.stopAt) throw new VerdictError('LIMIT_EXCEEDED', 'the guest ran out of time');
    return clock === CLOCK_REALTIME ? options.realtimeNs : monotonic;
  };

  const imports = {
    args_sizes_get(count: number, size: number): number {
      view().setUint32(count, 0, true);
      view().setUint32(size, 0, true);
      return SUCCESS;
    },
    args_get: () => SUCCESS,

    environ_sizes_get(count: number, size: number): number {
      view().setUint32(count, environment.length, true);
      view().setUint32(
        size,
        environment.reduce((sum, entry) => sum + entry.length, 0),
        true,
      );
      return SUCCESS;
    },
    environ_get(pointers: number, text: number): number {
      let at = text;
      for (const [index, entry] of environment.entries()) {
        view().setUint32(pointers + 4 * index, at, true);
        new Uint8Array(memory().buffer).set(entry, at);
        at += entry.length;
      }
      return SUCCESS;
    },

    clock_time_get(clock: number, _precision: bigint, result: number): number {
      view().setBigUint64(result, now(clock), true);
      return SUCCESS;
    },
    random_get(into: number, size: number): number {
      randomFillSync(new Uint8Array(memory().buffer, into, size));
      return SUCCESS;
    },

    fd_read(fd: number, _vectors: number, _count: number, read: number): number {
      if (fd > STDERR) return BADF;
      view().setUint32(read, 0, true);
      return SUCCESS;
    },
    fd_write(fd: number, vectors: number, count: number, written: number): number {
      if (fd > STDERR) return BADF;
      let total = 0;
      for (let index = 0; index < count; index++) {
        const from = view().getUint32(vectors + 8 * index, true);
        const size = view().getUint32(vectors + 8 * index + 4, true);
        printed = (printed + decoder.decode(new Uint8Array(memory().buffer, from, size))).slice(0, MAX_PRINTED);
        total += size;
      }
      view().setUint32(written, total, true);
      return SUCCESS;
    },
    fd_close: () => SUCCESS,
    fd_fdstat_get(fd: number, result: number): number {
      if (fd > STDERR) return BADF;
      new Uint8Array(memory().buffer, result, 24).fill(0);
      view().setUint8(result, FILETYPE_CHARACTER_DEVICE);
      return SUCCESS;
    },
    // No directory is opened in advance: the first question ends the guest's search.
    fd_prestat_get: () => BADF,

    sched_yield: () => SUCCESS,
    poll_oneoff(subscriptions: number, events: number, count: number, occurred: number): number {
      let earliest = Number.POSITIVE_INFINITY;
      for (let index = 0; index < count; index++) {
        const at = subscriptions + index * SUBSCRIPTION_SIZE;
        if (view().getUint8(at + 8) !== EVENTTYPE_CLOCK) return NOSYS;
        const timeout = view().getBigUint64(at + 24, true);
        const absolute = (view().getUint16(at + 40, true) & SUBCLOCKFLAGS_ABSTIME) !== 0;
        const wait = absolute ? timeout - now(view().getUint32(at + 16, true)) : timeout;
        earliest = Math.min(earliest, Number(wait) / 1e6);
      }
      if (earliest > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, earliest);
      for (let index = 0; index < count; index++) {
        const event = events + index * EVENT_SIZE;
        new Uint8Array(memory().buffer, event, EVENT_SIZE).fill(0);
        view().setBigUint64(event, view().getBigUint64(subscriptions + index * SUBSCRIPTION_SIZE, true), true);
        view().setUint8(event + 10, EVENTTYPE_CLOCK);
      }
      view().setUint32(occurred, count, true);
      return SUCCESS;
    },
    proc_exit(code: number): never {
      throw new GuestExit(code);
    },
  };

  const rest = ['fd_readdir', 'fd_seek', 'fd_filestat_get', 'fd_fdstat_set_flags', 'fd_prestat_dir_name'];
  const paths = ['path_filestat_get', 'path_readlink', 'path_open'];
  const refused = Object.fromEntries([...rest, ...paths].map((name) => [name, () => NOSYS]));
  return { imports: { ...refused, ...imports }, printed: () => printed };
}
