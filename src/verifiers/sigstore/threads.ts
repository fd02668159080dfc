import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { VerdictError } from '../../errors.ts';
import { errored } from '../../report.ts';
import type { Trust } from '../../trust.ts';
import { createExaminer } from './examiner.ts';
import type { Examiner, Finding, Signed } from './finding.ts';
import type { Task } from './worker.ts';

/**
 * Examinations that may wait before threads are started: each takes some milliseconds, a thread several hundred to start.
 */
const FEW = 16;
/**
 * Examinations that a thread is given at a time, and bytes of them: between one and the next it would wait for this
 * thread, which is busy too. Few, for one that does not end takes the others with it.
 */
const BATCH = 8;
const BATCH_BYTES = 1024 * 1024;
/** Milliseconds that one examination may take in a thread: of a bundle of 32 MiB it takes one second. */
const DEFAULT_TIMEOUT_MS = 10_000;
/** Memory of one thread in MiB: a bundle of 32 MiB is held several times while it is read. */
const MAX_OLD_GENERATION_MIB = 512;
/** Most examinations waiting: beyond, whoever asks should come again rather than wait. */
const MAX_WAITING = 10_000;

export interface ThreadOptions {
  /** Most threads; default: one less than there are processors, for this thread works too; 0: none. */
  readonly size?: number;
  /** Milliseconds after which an examination in a thread is ended, and the thread with it. */
  readonly timeoutMs?: number;
  /** What threads run; default: the same examiner. */
  readonly program?: URL;
}

interface Waiting {
  readonly task: Task;
  readonly resolve: (finding: Finding) => void;
}

/**
 * An examiner that gets the help of threads when many signatures come at once. They are started then, and do not keep the
 * process alive; `close` ends them. What a thread could not finish is `errored`. Throws TRUST_INVALID.
 */
export function createThreadedExaminer(trusts: readonly Trust[], options: ThreadOptions = {}): Examiner {
  const pool = new Queue(trusts, options);
  return {
    examine: (signed, time) => pool.examine(signed, time),
    close: () => pool.close(),
  };
}

type Threads = Piscina<readonly Task[], readonly Finding[]>;

class Queue {
  readonly #trusts: readonly Trust[];
  readonly #here: Examiner;
  readonly #size: number;
  readonly #timeoutMs: number;
  readonly #program: URL;
  readonly #waiting: Waiting[] = [];
  #threads: Threads | undefined;
  /** Threads that wait for work. */
  #idle = 0;
  #isBusy = false;
  #isClosed = false;

  constructor(trusts: readonly Trust[], { size, timeoutMs, program }: ThreadOptions) {
    this.#trusts = trusts;
    this.#here = createExaminer(trusts);
    this.#size = size ?? availableParallelism() - 1;
    this.#timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#program =
      program ?? new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
  }

  examine(signed: Signed, time: Date): Promise<Finding> {
    if (this.#isClosed) return Promise.resolve(unfinished(closed()));
    if (this.#waiting.length >= MAX_WAITING) {
      const message = `${MAX_WAITING} signatures wait already: try again`;
      return Promise.resolve(unfinished(new VerdictError('LIMIT_EXCEEDED', message, { retryable: true })));
    }
    return new Promise((resolve) => {
      this.#waiting.push({ task: { signed, time }, resolve });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(unfinished(closed()));
    await this.#threads?.destroy();
    await this.#here.close();
  }

  #next(): void {
    if (this.#waiting.length > FEW && this.#size > 0) this.#threads ??= this.#start();
    while (this.#idle > 0 && this.#threads !== undefined) {
      const batch = this.#batch();
      if (batch.length === 0) return;
      this.#idle--;
      void this.#inThread(this.#threads, batch);
    }
    if (!this.#isBusy) void this.#inThisThread();
  }

  /** A part of what waits, so that all threads end at about the same time. */
  #batch(): readonly Waiting[] {
    const share = Math.ceil(this.#waiting.length / (2 * (this.#size + 1)));
    let bytes = 0;
    const fits = ({ task: { signed } }: Waiting): boolean => {
      bytes += signed.bundle.byteLength;
      return bytes <= BATCH_BYTES;
    };
    const most = this.#waiting.slice(0, Math.min(BATCH, share));
    const end = most.findIndex((one, index) => !fits(one) && index > 0);
    return this.#waiting.splice(0, end < 0 ? most.length : end);
  }

  /** One at a time, and others get their turn in between. */
  async #inThisThread(): Promise<void> {
    const first = this.#waiting.shift();
    if (first === undefined) return;
    this.#isBusy = true;
    await new Promise((resolve) => setImmediate(resolve));
    first.resolve(await this.#here.examine(first.task.signed, first.task.time));
    this.#isBusy = false;
    this.#next();
  }

  async #inThread(threads: Threads, batch: readonly Waiting[]): Promise<void> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const tasks = batch.map(({ task }) => task);
    try {
      const findings = await threads.run(tasks, { signal });
      const missing = new VerdictError('INTERNAL', 'the thread gave no answer');
      for (const [index, { resolve }] of batch.entries()) resolve(findings[index] ?? unfinished(missing));
    } catch (cause) {
      const finding = unfinished(this.#isClosed ? closed() : faultOf(signal, cause));
      for (const { resolve } of batch) resolve(finding);
    }
    this.#idle++;
    this.#next();
  }

  #start(): Threads {
    const threads = new Piscina<readonly Task[], readonly Finding[]>({
      filename: fileURLToPath(this.#program),
      minThreads: this.#size,
      maxThreads: this.#size,
      workerData: this.#trusts,
      // A signature has no use for what the process was started with.
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_OLD_GENERATION_MIB },
    });
    // Without a listener, a thread that ends would end the process; whose task it had is told by `run`.
    threads.on('error', () => {});
    for (let index = 0; index < this.#size; index++) void this.#welcome(threads);
    return threads;
  }

  /** Nothing is given to a thread before it is ready: this one has finished most of it by then. */
  async #welcome(threads: Threads): Promise<void> {
    try {
      await threads.run([]);
    } catch {
      // It does not start, so it gets no work: this thread does it all.
      return;
    }
    this.#idle++;
    this.#next();
  }
}

/** How piscina tells of a thread that ended in the middle of its work without a fault or a lack of memory. */
const ENDED = /^worker exited with code/;

/** What a signature did to a thread it will do again; what ended the thread otherwise may not. */
function faultOf(signal: AbortSignal, cause: unknown): VerdictError {
  if (signal.aborted) return new VerdictError('DEADLINE_EXCEEDED', 'verifying the signature took too long', { cause });
  const retryable = cause instanceof Error && ENDED.test(cause.message);
  return new VerdictError('INTERNAL', 'the thread that verified the signature ended', { retryable, cause });
}

const closed = (): VerdictError => new VerdictError('INTERNAL', 'the verifier of signatures is closed');

/** It could not be told. */
const unfinished = (error: VerdictError): Finding => ({
  outcome: 'errored',
  message: error.message,
  checks: { signature: errored(error.message) },
  relaxed: [],
  signers: [],
  claimed: [],
  holds: undefined,
  error: error.toFacts(),
});
