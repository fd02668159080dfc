import type { Item } from './provider-response.ts';

interface Entry {
  readonly item: Item;
  /** Milliseconds since 1970, whole seconds. */
  readonly received: number;
}

/**
 * Gatekeeper's cache of items for validation, by provider and key; this one is for one provider. It keeps what an
 * answer held: values and errors, asked for or not, and whatever stood beside a `systemError`.
 */
export class ResponseCache {
  readonly #entries = new Map<string, Entry>();
  readonly #ttlMs: number;
  readonly #now: () => number;

  /** A `ttlMs` of 0 keeps nothing; `now` is in milliseconds. */
  constructor(ttlMs: number, now: () => number) {
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  get(key: string): Item | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || this.#now() - entry.received > this.#ttlMs ? undefined : entry.item;
  }

  keep(items: readonly Item[]): void {
    if (this.#ttlMs === 0) return;
    // Gatekeeper remembers the second only, so that an entry may go up to a second early.
    const received = Math.floor(this.#now() / 1000) * 1000;
    for (const item of items) this.#entries.set(item.key, { item, received });
  }
}
