/** A map that forgets: entries by time, and the least recently used ones beyond a number. */
export class Recent<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #now: () => number;
  readonly #most: number;

  /** `most`: entries kept. Whoever may ask about any repository must not be able to fill the memory. */
  constructor(now: () => number, most: number) {
    this.#now = now;
    this.#most = most;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.until <= this.#now()) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** `life` in milliseconds. */
  set(key: string, value: Value, life: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.#now() + life });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#most && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
