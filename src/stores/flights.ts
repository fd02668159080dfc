import { VerdictError } from '../errors.ts';
import { stopped, waitFor } from '../waiting.ts';

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
  isDone: boolean;
}

/** Work that several callers wait for is done once. It is stopped when the last of them no longer waits. */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Whether work with this key is waited for. */
  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Waits for the work with this key, which `start` begins if nobody has. The work gets a signal of its own. */
  async join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) throw ended(signal);
    const flight = this.#flights.get(key) ?? this.#begin(key, start);
    flight.waiting++;
    try {
      return await waitFor(() => flight.result, signal, ended);
    } finally {
      if (--flight.waiting === 0) this.#end(key, flight);
    }
  }

  #begin(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const result = start(controller.signal).finally(() => {
      flight.isDone = true;
    });
    const flight: Flight<T> = { result, controller, waiting: 0, isDone: false };
    this.#flights.set(key, flight);
    return flight;
  }

  /** Nobody waits any more: whoever asks next begins anew. */
  #end(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    if (!flight.isDone) flight.controller.abort(new VerdictError('DEADLINE_EXCEEDED', 'nobody waits for it any more'));
  }
}

const ended = (signal: AbortSignal): VerdictError => stopped(signal, 'the work was stopped');
