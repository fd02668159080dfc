import { Counter, type CounterConfiguration } from 'prom-client';

interface Count {
  readonly labels: readonly string[];
  value: number;
}

/** Separates values of labels, none of which has it. */
const SEPARATOR = '\0';

/**
 * A counter for what happens with every request: it counts by itself, and tells prom-client when somebody looks, because
 * that finds its series anew each time.
 */
export class Tally<L extends string> {
  readonly #counts = new Map<string, Count>();

  constructor(options: CounterConfiguration<L>) {
    const counts = this.#counts;
    const { labelNames = [] } = options;
    new Counter<L>({
      ...options,
      collect() {
        for (const count of counts.values()) {
          const labels = Object.fromEntries(labelNames.map((name, at) => [name, count.labels[at] ?? '']));
          this.inc(labels as Partial<Record<L, string>>, count.value);
          count.value = 0;
        }
      },
    });
  }

  /** One more, with these values of the labels in their order. */
  add(...labels: readonly string[]): void {
    const key = labels.join(SEPARATOR);
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { labels, value: 1 });
    else known.value++;
  }
}
