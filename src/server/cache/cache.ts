import { LRUCache } from 'lru-cache';
import { VerdictError } from '../../errors.ts';
import { DetachedFlights, type Flight, type FlightsOptions, throwIfStopped } from './flights.ts';
import type { Life } from './life.ts';

export interface DecisionCacheOptions extends FlightsOptions {
  /** Bytes of everything kept; what was used longest ago goes first. 0: nothing is kept, work is still shared. */
  readonly maxBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a piece of work made. */
export interface Made<V> {
  readonly value: V;
  /** What the value takes in memory, a whole number. */
  readonly bytes: number;
  /** How long it may be reused; undefined: not at all. */
  readonly life: Life | undefined;
}

/** A value, and how it came about. Nobody may change the value: others get the same. */
export interface Got<V> {
  readonly value: V;
  readonly cached: {
    /** Milliseconds since its work began; 0: it is new. */
    readonly age: number;
    /** RFC 3339: until then it is reused (a stale one's lies behind); empty: it is not kept. */
    readonly expires: string;
  };
  /** `hit`: reused. `stale`: reused while it is made anew. `made`: new. `joined`: new, made for somebody else. */
  readonly state: 'hit' | 'stale' | 'made' | 'joined';
}

export interface CacheStats {
  /** How often a value was reused. */
  readonly hits: number;
  /** How often a stale value was served. */
  readonly stale: number;
  /** How often work began because nothing was known. */
  readonly misses: number;
  /** How often somebody waited for work that others had begun. */
  readonly joined: number;
  /** How much work failed, in the background too. */
  readonly failed: number;
  /** Values kept. */
  readonly entries: number;
  /** Bytes kept. */
  readonly bytes: number;
  /** Pieces of work running. */
  readonly flights: number;
  /** Pieces of work that wait to begin. */
  readonly waiting: number;
}

/** Makes a value, under a signal of its own. `isRenewal`: nobody waits for it, a stale value is served meanwhile. */
export type Work<V> = (signal: AbortSignal, isRenewal: boolean) => Promise<Made<V>>;

interface Entry<V> extends Life {
  readonly value: V;
  readonly bytes: number;
  /** When its work began: what it says was true then. */
  readonly began: number;
  readonly expires: string;
}

/** What an entry takes besides key and value: the record, its times, the list's own books. */
const ENTRY_BYTES = 512;
/** No value may take more than this part of the whole: or one large answer would push out a thousand small ones. */
const LARGEST_PART = 10;

/** What a flight brings: with the entry that is kept of it, if any. */
interface Flown<V> {
  readonly made: Made<V>;
  readonly entry: Entry<V> | undefined;
}

/**
 * Decisions by key, each kept for its own life. Work is done once per key, whoever asks, and fills the cache whoever
 * still waits. What fails is not kept; a stale value whose renewal fails, or may not be kept, is forgotten.
 */
export class DecisionCache<V> {
  readonly #options: DecisionCacheOptions;
  readonly #entries: LRUCache<string, Entry<V>>;
  readonly #flights: DetachedFlights<Flown<V>>;
  readonly #counts = { hits: 0, stale: 0, misses: 0, joined: 0, failed: 0 };

  constructor(options: DecisionCacheOptions) {
    this.#options = options;
    this.#entries = new LRUCache({ maxSize: Math.max(1, options.maxBytes) });
    this.#flights = new DetachedFlights(options);
  }

  /** A value that may be reused as it is; undefined where {@link get} must be asked. The fast path: it waits for nothing. */
  hit(key: string): Got<V> | undefined {
    const now = this.#options.now();
    const entry = this.#entries.get(key);
    if (entry === undefined || stateOf(entry, now) !== 'hit') return undefined;
    this.#counts.hits++;
    return reused(entry, now, 'hit');
  }

  /**
   * A value that may be reused, or the result of `work`, which runs under a signal of its own. Rejects with
   * DEADLINE_EXCEEDED when `signal` is aborted (the work goes on), LIMIT_EXCEEDED (retryable) when too much work is
   * running and waiting, or what the work threw. `left`: milliseconds that the caller can wait.
   */
  async get(key: string, signal: AbortSignal, work: Work<V>, left = Number.POSITIVE_INFINITY): Promise<Got<V>> {
    const kept = this.hit(key) ?? this.#stale(key, work);
    if (kept !== undefined) return kept;
    throwIfStopped(signal);
    const asked = this.#options.now();
    const running = this.#flights.get(key);
    if (running === undefined) {
      const flight = this.#begin(key, work, false, left);
      this.#counts.misses++;
      return this.#gotNew(key, await this.#flights.wait(flight, signal), 'made');
    }
    this.#counts.joined++;
    const flown = await this.#flights.wait(running, signal);
    // It began before this caller asked, and what it says had ended by then.
    if (flown.made.life !== undefined && asked >= flown.made.life.stale) return await this.get(key, signal, work, left);
    return this.#gotNew(key, flown, 'joined');
  }

  /** What is kept and may be served, fresh or stale. Changes nothing: no work, no count, no order of use. */
  peek(key: string): Got<V> | undefined {
    const now = this.#options.now();
    const entry = this.#entries.peek(key);
    const state = entry === undefined ? 'ended' : stateOf(entry, now);
    return entry === undefined || state === 'ended' ? undefined : reused(entry, now, state);
  }

  /** Forgets all values. Work that is running is told to those who wait, is not kept, and nobody joins it any more. */
  clear(): void {
    this.#entries.clear();
    this.#flights.forget();
  }

  stats(): CacheStats {
    const { size, calculatedSize } = this.#entries;
    return {
      ...this.#counts,
      entries: size,
      bytes: calculatedSize,
      flights: this.#flights.running,
      waiting: this.#flights.waiting,
    };
  }

  /** A stale value, renewed in the background. Where too much is running already, the next one who asks renews it. */
  #stale(key: string, work: Work<V>): Got<V> | undefined {
    const now = this.#options.now();
    const entry = this.#entries.get(key);
    if (entry === undefined || stateOf(entry, now) === 'ended') return undefined;
    if (this.#flights.get(key) === undefined && !this.#flights.isFull) this.#begin(key, work, true);
    this.#counts.stale++;
    return reused(entry, now, 'stale');
  }

  #begin(key: string, work: Work<V>, isRenewal: boolean, left?: number): Flight<Flown<V>> {
    return this.#flights.begin(
      key,
      async (signal) => {
        // It may have waited for its turn: what it says is true from here on.
        const began = this.#options.now();
        const made = await work(signal, isRenewal);
        if (!Number.isSafeInteger(made.bytes) || made.bytes < 0)
          throw new VerdictError('INTERNAL', `a value cannot take ${made.bytes} bytes`);
        return { made, entry: this.#entryOf(made, costOf(key, made), began) };
      },
      (flown) => this.#ended(key, flown),
      left,
    );
  }

  #entryOf({ value, life }: Made<V>, bytes: number, began: number): Entry<V> | undefined {
    if (life === undefined || bytes > this.#options.maxBytes / LARGEST_PART) return undefined;
    const entry = { ...life, value, bytes, began, expires: new Date(life.fresh).toISOString() };
    return stateOf(entry, this.#options.now()) === 'ended' ? undefined : entry;
  }

  #ended(key: string, flown: Flown<V> | undefined): void {
    if (flown === undefined) this.#counts.failed++;
    if (flown?.entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, flown.entry, { size: flown.entry.bytes });
  }

  #gotNew(key: string, { made, entry }: Flown<V>, state: 'made' | 'joined'): Got<V> {
    const isKept = entry !== undefined && this.#entries.peek(key) === entry;
    return { value: made.value, cached: { age: 0, expires: isKept ? entry.expires : '' }, state };
  }
}

/** What an entry is good for. Where the clock went back, nobody can tell how old it is. */
function stateOf({ began, fresh, stale }: Entry<unknown>, now: number): 'hit' | 'stale' | 'ended' {
  return now >= began && now < stale ? (now < fresh ? 'hit' : 'stale') : 'ended';
}

const reused = <V>({ value, began, expires }: Entry<V>, now: number, state: 'hit' | 'stale'): Got<V> => ({
  value,
  cached: { age: now - began, expires },
  state,
});

/** A character of a key takes at most two bytes. */
const costOf = (key: string, { bytes }: Made<unknown>): number => ENTRY_BYTES + 2 * key.length + bytes;
