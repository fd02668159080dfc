import { VerdictError } from '../../errors.ts';
import { errnoOf } from './file-system.ts';

export interface BreakerOptions {
  /** What is done, for messages. */
  readonly what: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** `skipped`: not tried, because it failed a short time ago or something begun earlier has not come back. */
  readonly onEvent: (event: 'skipped' | 'fault') => void;
  /** Told once for each kind of failure, again when it has worked in between. */
  readonly onFault: (error: VerdictError) => void;
}

/** Milliseconds for which nothing is tried after a failure. */
const REST = 60_000;

/** Work that may fail, be slow or never come back, and is then left alone for a while. */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #told = new Set<string>();
  #failed = Number.NEGATIVE_INFINITY;
  /** What was waited for in vain and still occupies a thread. */
  #overdue = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** The result, waited for at most `patience` milliseconds; undefined where there is none. Never rejects. */
  async attempt<T>(work: () => Promise<T>, patience: number): Promise<T | undefined> {
    if (this.#isResting()) {
      this.#options.onEvent('skipped');
      return undefined;
    }
    try {
      const result = await this.#within(work(), patience);
      this.#told.clear();
      return result;
    } catch (thrown) {
      this.#fail(thrown);
      return undefined;
    }
  }

  #isResting(): boolean {
    const since = this.#options.now() - this.#failed;
    return this.#overdue > 0 || (since >= 0 && since < REST);
  }

  async #within<T>(work: Promise<T>, patience: number): Promise<T> {
    if (patience === Number.POSITIVE_INFINITY) return await work;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.#overdue += 1;
      const back = (): void => {
        this.#overdue -= 1;
      };
      work.then(back, back);
      late.reject(new VerdictError('FILE_UNREADABLE', `it took longer than ${patience} ms`));
    }, patience);
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #fail(thrown: unknown): void {
    const { what, now, onEvent, onFault } = this.#options;
    this.#failed = now();
    onEvent('fault');
    const why = thrown instanceof VerdictError ? thrown.message : errnoOf(thrown);
    if (this.#told.has(why)) return;
    this.#told.add(why);
    const message = `${what} failed (${why}); it is done without for a while`;
    onFault(new VerdictError('FILE_UNREADABLE', message, { cause: thrown }));
  }
}
