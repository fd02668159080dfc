import type { LoadedConfig } from '../config/load.ts';
import { VerdictError } from '../errors.ts';
import { type Generation, type GenerationOptions, openGeneration } from './generation.ts';

/** The configuration at work, and those before it for as long as work goes on in them. */
export class Generations {
  readonly #options: GenerationOptions;
  #current: Generation | undefined;
  /** Generations that ended work may still be using. */
  readonly #retired = new Set<Generation>();

  constructor(options: GenerationOptions) {
    this.#options = options;
  }

  /** Undefined until the first is open. */
  get current(): Generation | undefined {
    return this.#current;
  }

  /** Throws LIMIT_EXCEEDED (retryable) where there is none. */
  get atWork(): Generation {
    if (this.#current !== undefined) return this.#current;
    throw new VerdictError('LIMIT_EXCEEDED', 'the service is not ready', { retryable: true });
  }

  /** Builds and proves a configuration, then swaps it in whole. Throws what is wrong with it; then the old one stays. */
  async open(loaded: LoadedConfig): Promise<Generation> {
    const before = this.#current;
    const next = await openGeneration(loaded, (before?.number ?? 0) + 1, this.#options);
    this.#current = next;
    this.#options.metrics.generation(next.number);
    if (before !== undefined) this.#retire(before);
    return next;
  }

  async close(): Promise<void> {
    const all = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current])];
    this.#retired.clear();
    await Promise.all(all.map(({ service }) => service.close()));
  }

  /** Who began with it ends with it: after waiting for a turn as long as anybody waits. */
  #retire(generation: Generation): void {
    this.#retired.add(generation);
    const { deadline, policyTime } = generation.service.config.limits;
    const end = (): void => {
      if (this.#retired.delete(generation)) void generation.service.close();
    };
    setTimeout(end, 2 * (deadline + policyTime)).unref();
  }
}
