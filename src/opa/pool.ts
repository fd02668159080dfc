import { availableParallelism } from 'node:os';
import { VerdictError } from '../errors.ts';
import { bytesOf, DEFAULT_MEMORY_BYTES } from './memory.ts';
import type { Answered, Program } from './protocol.ts';
import { type Job, Thread } from './thread.ts';

/** Milliseconds of one evaluation: 50 MB of input take a second, and a webhook's caller waits no longer than a few. */
const DEFAULT_TIMEOUT_MS = 5_000;
/** Most evaluations waiting for a thread: beyond, whoever asks should come again rather than wait. */
const MAX_WAITING = 1_000;
/** Bytes of inputs waiting, which nothing else bounds. */
const MAX_WAITING_BYTES = 512 * 1024 * 1024;
/** Workers that end before they are ready, in a row, after which waiting evaluations fail. */
const MAX_FAILED_STARTS = 3;

export interface PoolOptions {
  /** Most evaluations at once; default: one per processor. */
  readonly size?: number;
  /** Workers kept ready beyond those once one had to be given up, so that nobody waits for the next; default 1. */
  readonly spares?: number;
  /** Milliseconds that one evaluation may take. */
  readonly timeoutMs?: number;
  /** Bytes that all evaluations together, and so one alone, may use. */
  readonly memoryBytes?: number;
}

interface Waiting {
  readonly job: Job;
  readonly program: Program;
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: VerdictError) => void;
}

/**
 * Worker threads that evaluate policies, one evaluation each at a time, under one budget of memory. The first worker is
 * started at once. Idle threads do not keep the process alive; `close` ends all.
 */
export class Pool {
  readonly memoryBytes: number;
  readonly #size: number;
  readonly #spares: number;
  readonly #timeoutMs: number;
  readonly #threads = new Set<Thread>();
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Bytes that running evaluations may come to use. */
  #reserved = 0;
  #failedStarts = 0;
  /** A spare takes some 25 MiB: most policies never need one. */
  #hasGivenUp = false;
  #closed = false;
  #programs = 0;

  constructor(options: PoolOptions = {}) {
    this.#size = options.size ?? availableParallelism();
    this.#spares = options.spares ?? 1;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.memoryBytes = options.memoryBytes ?? DEFAULT_MEMORY_BYTES;
    this.#fill();
  }

  /** A number that no other program of this pool has. */
  nextProgram(): number {
    this.#programs += 1;
    return this.#programs;
  }

  /**
   * Runs a job as soon as a thread and memory are free. What the policy does wrong is a `fault` in the answer.
   *
   * @throws VerdictError LIMIT_EXCEEDED (retryable) when too many wait, INTERNAL when there is no thread.
   */
  run(job: Job, program: Program): Promise<Answered> {
    if (this.#closed) return Promise.reject(new VerdictError('INTERNAL', 'the pool of policy workers is closed'));
    const bytes = inputBytes(job);
    if (this.#waiting.length >= MAX_WAITING || this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      const message = `${this.#waiting.length} evaluations with ${this.#waitingBytes} bytes of input wait already: try again`;
      return Promise.reject(new VerdictError('LIMIT_EXCEEDED', message, { retryable: true }));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, program, resolve, reject });
      this.#waitingBytes += bytes;
      this.#next();
    });
  }

  /**
   * Runs a job on every thread that is there and has nothing to do, spares included, as far as there is memory. Waits for
   * those that are starting. Never on one that is at work for somebody.
   */
  async runOnEach(job: () => Job, program: Program): Promise<readonly Answered[]> {
    if (this.#closed) throw new VerdictError('INTERNAL', 'the pool of policy workers is closed');
    await Promise.all([...this.#threads].map(({ started }) => started));
    const runs: Array<Promise<Answered>> = [];
    for (const thread of this.#threads) {
      const one = job();
      if (thread.state === 'idle' && bytesOf(one.pages.maximum) <= this.#free()) {
        runs.push(this.#runOn(thread, one, program));
      }
    }
    const answers = await Promise.all(runs);
    this.#next();
    return answers;
  }

  /** Lets all workers drop a program. */
  forget(program: number): void {
    for (const thread of this.#threads) thread.forget(program);
  }

  /** Ends all threads; what runs or waits fails. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#fail(new VerdictError('INTERNAL', 'the pool of policy workers is closed'));
    const threads = [...this.#threads];
    this.#threads.clear();
    await Promise.all(threads.map((thread) => thread.stop()));
  }

  #next(): void {
    this.#fill();
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || this.#busy() >= this.#size || !this.#hasRoom(first.job)) return;
      const thread = [...this.#threads].find(({ state }) => state === 'idle');
      if (thread === undefined) return;
      this.#waiting.shift();
      this.#waitingBytes -= inputBytes(first.job);
      void this.#start(first, thread);
    }
  }

  async #start({ job, program, resolve }: Waiting, thread: Thread): Promise<void> {
    resolve(await this.#runOn(thread, job, program));
    this.#next();
  }

  async #runOn(thread: Thread, job: Job, program: Program): Promise<Answered> {
    const reserved = bytesOf(job.pages.maximum);
    this.#reserved += reserved;
    const { answer, spent } = await thread.run(job, program, this.#timeoutMs);
    this.#reserved -= reserved;
    if (spent) this.#retire(thread);
    return answer;
  }

  #free(): number {
    return this.memoryBytes - this.#reserved - [...this.#threads].reduce((sum, { held }) => sum + held, 0);
  }

  /** Whether a job's memory is free. Where only idle threads hold it, they are ended. */
  #hasRoom(job: Job): boolean {
    const needed = bytesOf(job.pages.maximum);
    if (needed <= this.#free()) return true;
    if (this.#busy() > 0) return false;
    for (const thread of this.#threads) if (thread.held > 0) this.#retire(thread);
    this.#fill();
    return needed <= this.#free();
  }

  #busy(): number {
    return [...this.#threads].filter(({ state }) => state === 'busy').length;
  }

  #retire(thread: Thread): void {
    this.#hasGivenUp = true;
    this.#threads.delete(thread);
    void thread.stop();
  }

  /** Starts the threads that are wanted: one for everything that runs or waits, and the spares. */
  #fill(): void {
    if (this.#closed) return;
    const spares = this.#hasGivenUp ? this.#spares : 0;
    const wanted = Math.max(1, Math.min(this.#size, this.#busy() + this.#waiting.length)) + spares;
    while (this.#threads.size < wanted) this.#threads.add(this.#spawn());
  }

  #spawn(): Thread {
    return new Thread({
      onReady: () => {
        this.#failedStarts = 0;
        this.#next();
      },
      onGone: (thread, cause) => {
        this.#hasGivenUp = true;
        this.#threads.delete(thread);
        this.#failedStarts += 1;
        if (this.#failedStarts < MAX_FAILED_STARTS) {
          this.#next();
        } else {
          this.#failedStarts = 0;
          this.#fail(new VerdictError('INTERNAL', 'no policy worker can be started', { retryable: true, cause }));
        }
      },
    });
  }

  #fail(error: VerdictError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#waitingBytes = 0;
  }
}

const inputBytes = (job: Job): number => (job.kind === 'evaluate' ? job.input.byteLength : 0);
