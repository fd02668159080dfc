import { setTimeout as delay } from 'node:timers/promises';
import { VerdictError } from '../../errors.ts';
import { stopped } from '../../waiting.ts';
import { checkExecutable } from './executable.ts';
import { type Finished, runProcess, type Start } from './process.ts';

/** Runs plugins, a bounded number at a time. */
export interface Runner {
  /**
   * Runs one to its end. Throws PLUGIN_FAILED where it cannot be started, CONFIG_INVALID or FILE_UNREADABLE where it may
   * not be, LIMIT_EXCEEDED, DEADLINE_EXCEEDED.
   */
  run(start: Start): Promise<Finished>;
  /** Ends those that run and those that wait. */
  close(): Promise<void>;
}

export interface RunnerOptions {
  /** Processes at a time. */
  readonly processes: number;
  /** Plugins waiting for one of them to end. */
  readonly waiting: number;
  /** Default: the clock's. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** A plugin takes a processor and tens of megabytes; those who wait are bounded by the decisions under way. */
export const DEFAULT_RUNNER: Pick<RunnerOptions, 'processes' | 'waiting'> = { processes: 8, waiting: 4096 };

/** A file that is just being written cannot be executed; Ratify waits as often and as long. */
const BUSY_RETRIES = 5;
const BUSY_WAIT = 1000;

const sleepFor = (ms: number, signal: AbortSignal): Promise<unknown> => delay(ms, undefined, { signal });

export function createRunner({ processes, waiting, sleep = sleepFor }: RunnerOptions): Runner {
  const closing = new AbortController();
  const queue: Array<() => void> = [];
  const running = new Set<Promise<unknown>>();
  let free = processes;

  const enter = async (signal: AbortSignal): Promise<void> => {
    if (signal.aborted) throw unstarted(signal);
    if (free > 0) {
      free--;
      return;
    }
    if (queue.length >= waiting) {
      const why = `more than ${waiting} plugins wait to be run`;
      throw new VerdictError('LIMIT_EXCEEDED', why, { retryable: true });
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const at = queue.indexOf(resolve);
      if (at >= 0) queue.splice(at, 1);
      reject(unstarted(signal));
    };
    queue.push(resolve);
    signal.addEventListener('abort', leave, { once: true });
    await promise.finally(() => signal.removeEventListener('abort', leave));
  };
  const exit = (): void => {
    const next = queue.shift();
    if (next === undefined) free++;
    else next();
  };
  const run = async (start: Start): Promise<Finished> => {
    const signal = AbortSignal.any([start.signal, closing.signal]);
    await enter(signal);
    try {
      return await started({ ...start, signal }, sleep);
    } finally {
      exit();
    }
  };
  return {
    run: async (start) => {
      const work = run(start);
      running.add(work);
      return await work.finally(() => running.delete(work));
    },
    close: async () => {
      closing.abort(new VerdictError('PLUGIN_FAILED', 'it was ended together with Verdict'));
      await Promise.allSettled(running);
    },
  };
}

const unstarted = (signal: AbortSignal): VerdictError => stopped(signal, 'it was not run before the decision ended');

/** Starts a plugin that may be run, again where its file is just being written. */
async function started(start: Start, sleep: NonNullable<RunnerOptions['sleep']>): Promise<Finished> {
  for (let retries = 0; ; retries++) {
    try {
      await checkExecutable(start.command);
      return await runProcess(start);
    } catch (thrown) {
      if (thrown instanceof VerdictError) throw thrown;
      const { code, message } = thrown as NodeJS.ErrnoException;
      if (code !== 'ETXTBSY' || retries === BUSY_RETRIES) {
        throw new VerdictError('PLUGIN_FAILED', `it cannot be started: ${message}`, { cause: thrown });
      }
    }
    await sleep(BUSY_WAIT, start.signal).catch(() => {
      throw unstarted(start.signal);
    });
  }
}
