/** Something that was fetched and verified. */
export interface Loaded<Value> {
  readonly value: Value;
  /** Bytes it keeps in memory. */
  readonly size: number;
  /** From when on it does not hold any more. */
  readonly until: Date;
}

type Load<Value> = (kept: Value | undefined) => Promise<Loaded<Value>>;

interface Entry<Value> extends Loaded<Value> {
  readonly refreshAt: number;
}

export interface KeptLimits {
  /** In all. */
  readonly bytes: number;
  /** Milliseconds after which a newer one is looked for. */
  readonly refresh: number;
  /** Milliseconds for which a load that failed is not tried again. */
  readonly pause: number;
}

/** Failures that are remembered; the oldest are forgotten first. */
const MAX_FAILURES = 1000;

/**
 * What was fetched, kept until it does not hold any more, the least recently used dropped beyond a number of bytes. Who
 * asks for the same at the same time waits for one load.
 */
export class Kept<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #flights = new Map<string, Promise<Loaded<Value>>>();
  readonly #failures = new Map<string, { readonly error: unknown; readonly at: number }>();
  readonly #limits: KeptLimits;
  #size = 0;

  constructor(limits: KeptLimits) {
    this.#limits = limits;
  }

  /**
   * The value kept, or what `load` gives; `load` is told of a kept one that still holds. Where no newer one can be had,
   * that serves on. Throws what `load` throws.
   */
  async get(key: string, time: Date, load: Load<Value>): Promise<Value> {
    const kept = this.#entries.get(key);
    const holds = kept !== undefined && time < kept.until;
    if (holds && time.getTime() < kept.refreshAt) {
      this.#entries.delete(key);
      this.#entries.set(key, kept);
      return kept.value;
    }
    const failure = this.#failures.get(key);
    const passed = failure === undefined ? Number.POSITIVE_INFINITY : time.getTime() - failure.at;
    if (passed >= 0 && passed < this.#limits.pause) {
      if (holds) return kept.value;
      throw failure?.error;
    }
    try {
      return (await this.#join(key, time, () => load(holds ? kept.value : undefined))).value;
    } catch (thrown) {
      if (holds) return kept.value;
      throw thrown;
    }
  }

  /** Drops what is kept: it turned out to be of no use. */
  forget(key: string): void {
    this.#drop(key);
  }

  async #join(key: string, time: Date, load: () => Promise<Loaded<Value>>): Promise<Loaded<Value>> {
    const known = this.#flights.get(key);
    if (known !== undefined) return await known;
    const flight = load()
      .then(
        (loaded) => {
          this.#keep(key, { ...loaded, refreshAt: time.getTime() + this.#limits.refresh });
          return loaded;
        },
        (error: unknown) => {
          this.#fail(key, error, time);
          throw error;
        },
      )
      .finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return await flight;
  }

  #fail(key: string, error: unknown, time: Date): void {
    this.#failures.delete(key);
    this.#failures.set(key, { error, at: time.getTime() });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_FAILURES && oldest !== undefined) this.#failures.delete(oldest);
  }

  #keep(key: string, entry: Entry<Value>): void {
    this.#failures.delete(key);
    this.#drop(key);
    if (entry.size > this.#limits.bytes) return;
    this.#entries.set(key, entry);
    this.#size += entry.size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#limits.bytes) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }
}
