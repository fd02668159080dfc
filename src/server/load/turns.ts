import { Shed } from './shed.ts';

export interface TurnsOptions {
  /** Most pieces of work at a time. */
  readonly running: number;
  /** Most that wait for their turn. */
  readonly waiting: number;
  /** Milliseconds, whatever they count from. */
  readonly clock: () => number;
}

/** One piece of work that waits. */
export interface Ticket {
  /** Gives the place up; nothing where its turn has come. */
  readonly leave: () => void;
}

/** Share of the newest piece of work in the mean of how long one takes. */
const NEWEST = 0.2;

interface Waiting {
  readonly start: () => void;
  readonly since: number;
}

/** Turns for work, in the order in which it came, bounded in what runs and in what waits. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #onWaited: (ms: number) => void;
  /** In order; who left is no longer in it. */
  readonly #queue = new Set<Waiting>();
  #running = 0;
  /** Milliseconds that a piece of work takes, by those that ended; 0: none has. */
  #mean = 0;

  /** `onWaited`: told how many milliseconds somebody waited when the turn comes. */
  constructor(options: TurnsOptions, onWaited: (ms: number) => void = () => undefined) {
    this.#options = options;
    this.#onWaited = onWaited;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Whether whoever comes now would wait. */
  get isFull(): boolean {
    return this.#running >= this.#options.running;
  }

  /** Milliseconds until whoever comes now has a turn, by how long work took lately. */
  get expectedWait(): number {
    return this.isFull ? (this.#mean * (this.#queue.size + 1)) / this.#options.running : 0;
  }

  /**
   * `start` is called when the turn comes: at once where there is room, and then nothing waits (undefined). Each start
   * must be followed by one {@link end}. `left`: milliseconds that whoever asks can wait. Throws Shed where the turn
   * would come too late, or too many wait.
   */
  take(start: () => void, left: number): Ticket | undefined {
    if (!this.isFull) {
      this.#running++;
      start();
      return undefined;
    }
    const wait = this.expectedWait;
    const { running, waiting } = this.#options;
    if (this.#queue.size >= waiting) {
      throw new Shed('queue', `${running} decisions are being made and ${this.#queue.size} wait already`, wait);
    }
    if (wait > left) {
      const message = `it would take ${Math.ceil(wait)} ms to begin, longer than there is time for`;
      throw new Shed('patience', message, wait);
    }
    const one: Waiting = { start, since: this.#options.clock() };
    this.#queue.add(one);
    return { leave: () => void this.#queue.delete(one) };
  }

  /** A piece of work that was started has ended after so many milliseconds; the next one begins. */
  end(took: number): void {
    this.#running--;
    this.#mean = this.#mean === 0 ? took : this.#mean + NEWEST * (took - this.#mean);
    const [next] = this.#queue;
    if (next === undefined || this.isFull) return;
    this.#queue.delete(next);
    this.#running++;
    this.#onWaited(this.#options.clock() - next.since);
    next.start();
  }
}
