import type { VerdictError } from '../errors.ts';
import { stopped, waitFor } from '../waiting.ts';

/** Why something was given up when its signal was aborted. */
export function givenUp(signal: AbortSignal): VerdictError {
  const isTime = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  const why = isTime ? 'the registry did not answer within the deadline' : 'the request was given up by its caller';
  return stopped(signal, why);
}

/** Work that several ask for at the same time is done once. */
export class Flights<T> {
  readonly #flights = new Map<string, Promise<T>>();

  /** Starts the work, or joins the one under way for the same key. */
  async join(key: string, signal: AbortSignal, start: () => Promise<T>): Promise<T> {
    const known = this.#flights.get(key);
    const flight = known ?? start().finally(() => this.#flights.delete(key));
    if (known === undefined) {
      this.#flights.set(key, flight);
      // All who waited may have gone when it fails.
      flight.catch(() => {});
    }
    return await waitFor(() => flight, signal, givenUp);
  }
}

interface Lane {
  taken: number;
  /** Called to hand a slot on; the work of whoever gave it back is done. */
  readonly queue: (() => void)[];
}

/** Lets so many at a time pass per key; the others queue in order. */
export class Slots {
  readonly #most: number;
  readonly #lanes = new Map<string, Lane>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Does the work when there is room. Throws DEADLINE_EXCEEDED if the signal is aborted before. */
  async run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(key) ?? { taken: 0, queue: [] };
    this.#lanes.set(key, lane);
    if (lane.taken < this.#most) lane.taken++;
    else await this.#queue(key, lane, signal);
    try {
      return await work();
    } finally {
      this.#release(key, lane);
    }
  }

  async #queue(key: string, lane: Lane, signal: AbortSignal): Promise<void> {
    let enter = (): void => {};
    const turn = new Promise<void>((resolve) => {
      enter = resolve;
    });
    lane.queue.push(enter);
    try {
      await waitFor(() => turn, signal, givenUp);
    } catch (gone) {
      const place = lane.queue.indexOf(enter);
      // Not in line any more: the slot was handed over just before the signal, and must not be lost.
      if (place < 0) this.#release(key, lane);
      else lane.queue.splice(place, 1);
      throw gone;
    }
  }

  #release(key: string, lane: Lane): void {
    const next = lane.queue.shift();
    if (next !== undefined) {
      next();
      return;
    }
    lane.taken--;
    if (lane.taken === 0) this.#lanes.delete(key);
  }
}
