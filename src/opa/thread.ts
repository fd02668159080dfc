import { Worker } from 'node:worker_threads';
import type { Answered, Program, Request, Response } from './protocol.ts';

/**
 * Memory of JavaScript in a worker, in MiB: built-ins over whole documents. The module's own memory does not count here;
 * `pagesFor` bounds it.
 */
const MAX_OLD_GENERATION_MIB = 512;
/** Stack of a worker in MiB: the parser in a module recurses for every level of its input. */
const STACK_MIB = 4;

/** A request without the program itself: the thread adds it where the worker does not have it yet. */
export type Job = Exclude<Request, { kind: 'forget' }>;

/** How a job ended, and whether the thread can go on. */
export interface Outcome {
  readonly answer: Answered;
  readonly spent: boolean;
}

export interface ThreadEvents {
  /** The worker waits for its first job. */
  readonly onReady: () => void;
  /** The worker ended without being told to. */
  readonly onGone: (thread: Thread, cause: unknown) => void;
}

type State = 'starting' | 'idle' | 'busy' | 'ended';

/** One worker thread: one job at a time, stopped when it takes too long. */
export class Thread {
  /** Bytes used by the instances that it keeps. */
  held = 0;
  /** Settled once it is ready or has ended. */
  readonly started: Promise<void>;
  readonly #markStarted: () => void;
  #state: State = 'starting';
  #cause: unknown = 'it ended by itself';
  #settle: ((outcome: Outcome) => void) | undefined;
  readonly #worker: Worker;
  readonly #loaded = new Set<number>();

  constructor({ onReady, onGone }: ThreadEvents) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.started = promise;
    this.#markStarted = resolve;
    this.#worker = new Worker(
      new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url),
      {
        name: 'policy',
        // A policy has no use for what the process was started with.
        env: {},
        execArgv: [],
        resourceLimits: { maxOldGenerationSizeMb: MAX_OLD_GENERATION_MIB, stackSizeMb: STACK_MIB },
      },
    );
    this.#worker.on('message', (response: Response) => {
      if (response.kind === 'ready') {
        this.#state = 'idle';
        this.#worker.unref();
        this.#markStarted();
        onReady();
      } else {
        this.held = response.held;
        this.#end({ answer: response.answer, spent: response.spent });
      }
    });
    this.#worker.on('error', (cause: unknown) => {
      this.#cause = cause;
    });
    this.#worker.on('exit', () => {
      const isExpected = this.#state === 'ended';
      this.#end({ answer: died(this.#cause), spent: true });
      this.#state = 'ended';
      this.#markStarted();
      if (!isExpected) onGone(this, this.#cause);
    });
  }

  get state(): State {
    return this.#state;
  }

  /** Runs one job on an idle thread; the answer is POLICY_TIMEOUT after `timeoutMs`. The buffer of its input is taken over. */
  run(job: Job, program: Program, timeoutMs: number): Promise<Outcome> {
    const load = this.#loaded.has(program.id) ? {} : { load: program };
    this.#loaded.add(program.id);
    this.#state = 'busy';
    this.#worker.ref();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end({ answer: tooLong(timeoutMs), spent: true }), timeoutMs);
      this.#settle = (outcome) => {
        clearTimeout(timer);
        this.#worker.unref();
        resolve(outcome);
      };
      try {
        this.#send(job, load);
      } catch (cause) {
        this.#end({ answer: died(cause), spent: true });
      }
    });
  }

  #send(job: Job, load: { readonly load?: Program }): void {
    if (job.kind === 'evaluate') {
      const input = owned(job.input);
      this.#worker.postMessage({ ...job, ...load, input }, [input.buffer]);
    } else {
      this.#worker.postMessage({ ...job, ...load });
    }
  }

  forget(program: number): void {
    if (this.#loaded.delete(program)) this.#worker.postMessage({ kind: 'forget', program } satisfies Request);
  }

  /** Ends the thread, whatever it does. A job that runs is answered with a fault. */
  async stop(): Promise<void> {
    this.#end({ answer: died('it was stopped'), spent: true });
    this.#state = 'ended';
    await this.#worker.terminate();
  }

  #end(outcome: Outcome): void {
    if (this.#state !== 'busy') return;
    // At once, not when the pool gets to it: a spent thread must not be given the next job.
    this.#state = outcome.spent ? 'ended' : 'idle';
    this.#settle?.(outcome);
  }
}

/** Bytes in a buffer of their own: what is sent is the whole buffer, and one that others use must not be taken away. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => (isOwn(bytes) ? bytes : new Uint8Array(bytes));

const isOwn = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;

const tooLong = (timeoutMs: number): Answered => ({
  kind: 'fault',
  code: 'POLICY_TIMEOUT',
  message: `the policy ran longer than ${timeoutMs} ms (limits.policyTime)`,
});

/** A thread that did not run out of memory ended for no reason that lies in the question. */
function died(cause: unknown): Answered {
  const isOutOfMemory = cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return {
    kind: 'fault',
    code: isOutOfMemory ? 'POLICY_MEMORY' : 'INTERNAL',
    message: `the thread of the policy ended: ${cause instanceof Error ? cause.message : String(cause)}`,
    retryable: !isOutOfMemory,
  };
}
