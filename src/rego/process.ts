import { type ChildProcess, fork } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type ErrorFacts, VerdictError } from '../errors.ts';
import type { ModuleArchive } from './module.ts';

/** What the child process is started with. */
export interface Start {
  readonly archive: ModuleArchive;
  readonly cache: string;
  readonly memoryBytes: number;
}

/** What it is asked to do. */
export interface Order {
  /** See tools/rego/request.go; the child adds the built-ins. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly timeNs: bigint;
  /** Milliseconds until it is stopped, and the name of that limit. */
  readonly stopMs: number;
  readonly limit: 'callMs' | 'testRunMs';
}

/** What it answers: the program's answer as JSON text, or why there is none. */
export type Answer = { readonly text: string } | { readonly error: ErrorFacts };

const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

const WASM_PAGE = 65_536;

/**
 * V8's flags for the child. Lazy validation: the program's digest has been checked. The tiering budget is fifteen times
 * V8's own, because optimising a short run's code costs more than it saves (first check 150 instead of 250 ms), and
 * long runs still are optimised.
 */
const FLAGS = ['--wasm-lazy-validation', '--wasm-tiering-budget=200000000', '--expose-gc'];

/** How long a child is kept for the next call: it holds some 250 MB. */
const IDLE_MS = 5000;

/** The end of the child's standard error, for the message about its death. */
const MAX_COMPLAINT = 2000;

/** Runs orders one after the other in a child process, started for the first and ended when idle. */
export class ToolchainProcess {
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #complaint = '';
  /** How often `close` was called: a call of an earlier era must not start a child. */
  #era = 0;
  readonly #start: () => Promise<Start>;
  readonly #stopAtExit = () => this.#stop();

  /** `start` is asked at each start of a child. */
  constructor(start: () => Promise<Start>) {
    this.#start = start;
  }

  /** Throws LIMIT_EXCEEDED past `stopMs`, TOOLCHAIN_FAILED where the child dies, and what the child reports. */
  run(order: Order): Promise<string> {
    const era = this.#era;
    const result = this.#last.then(() => this.#run(order, era));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Ends the child at once; calls made before fail with TOOLCHAIN_FAILED, the next one starts another child. */
  close(): void {
    this.#era += 1;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    process.removeListener('exit', this.#stopAtExit);
  }

  async #run(order: Order, era: number): Promise<string> {
    clearTimeout(this.#idle);
    const start = await this.#start();
    if (era !== this.#era) throw new VerdictError('TOOLCHAIN_FAILED', 'the Rego toolchain was closed before the call');
    const child = this.#child ?? this.#spawn(start);
    hold(child, true);
    try {
      const answer = await this.#exchange(child, order);
      if ('text' in answer) return answer.text;
      // Whatever ailed this child, the next one starts afresh.
      this.#stop();
      throw new VerdictError(answer.error.code, answer.error.message);
    } finally {
      hold(child, false);
      this.#idle = setTimeout(() => this.#stop(), IDLE_MS).unref();
    }
  }

  #spawn(start: Start): ChildProcess {
    const child = fork(fileURLToPath(ENTRY), [JSON.stringify(start)], {
      // This limit holds for every module of the child.
      execArgv: [...FLAGS, `--wasm-max-mem-pages=${Math.floor(start.memoryBytes / WASM_PAGE)}`],
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-MAX_COMPLAINT);
    });
    const forget = () => {
      if (this.#child === child) this.#stop();
    };
    child.on('exit', forget).on('error', forget);
    process.once('exit', this.#stopAtExit);
    this.#child = child;
    return child;
  }

  #exchange(child: ChildProcess, order: Order): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        child.off('message', answered).off('exit', ended).off('error', broken);
      };
      const answered = (answer: Answer) => {
        settle();
        resolve(answer);
      };
      const fail = (error: VerdictError) => {
        settle();
        this.#stop();
        reject(error);
      };
      const ended = (code: number | null, signal: string | null) => {
        const end = `the process of the Rego toolchain ended (${signal ?? code})`;
        fail(new VerdictError('TOOLCHAIN_FAILED', `${end}: ${this.#complaint.trim()}`));
      };
      const broken = (cause: Error) => {
        fail(new VerdictError('TOOLCHAIN_FAILED', 'the process of the Rego toolchain could not be used', { cause }));
      };
      const timer = setTimeout(() => {
        const limit = `the limit \`${order.limit}\` is ${order.stopMs}`;
        fail(new VerdictError('LIMIT_EXCEEDED', `the Rego toolchain did not finish in time; ${limit}`));
      }, order.stopMs);
      child.on('message', answered).on('exit', ended).on('error', broken);
      child.send(order);
    });
  }
}

/** Whether the child keeps this process alive: only while somebody waits for it. */
function hold(child: ChildProcess, wanted: boolean): void {
  const pipes = [child, child.channel, child.stderr instanceof Socket ? child.stderr : undefined];
  for (const pipe of pipes) {
    if (wanted) pipe?.ref();
    else pipe?.unref();
  }
}
