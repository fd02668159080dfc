import { asVerdictError, VerdictError } from '../../errors.ts';
import { stopped, waitFor } from '../../waiting.ts';

export interface FlightsOptions {
  /** Most pieces of work at a time. */
  readonly maxFlights: number;
  /** Milliseconds that one piece of work may take. */
  readonly workTimeout: number;
}

/** One piece of work, whoever waits for it. */
export interface Flight<T> {
  readonly result: Promise<T>;
}

/**
 * Work that belongs to nobody who waits for it: one piece at a time per key, under a signal of its own that only the
 * time limit aborts. Who no longer waits takes nothing from the others, and the work goes on.
 */
export class DetachedFlights<T> {
  readonly #options: FlightsOptions;
  readonly #flights = new Map<string, Flight<T>>();
  #running = 0;

  constructor(options: FlightsOptions) {
    this.#options = options;
  }

  /** How many pieces of work are running. */
  get running(): number {
    return this.#running;
  }

  get isFull(): boolean {
    return this.#running >= this.#options.maxFlights;
  }

  /** The work that is running for this key. */
  get(key: string): Flight<T> | undefined {
    return this.#flights.get(key);
  }

  /**
   * Begins the work of a key that has none. `ended` is told the outcome before anybody who waits, unless the flight was
   * forgotten. Work that does not heed its signal is given up at the time limit (DEADLINE_EXCEEDED): nobody hears of its
   * result. Throws LIMIT_EXCEEDED (retryable) if too much is running.
   */
  begin(key: string, work: (signal: AbortSignal) => Promise<T>, ended: (made: T | undefined) => void): Flight<T> {
    if (this.isFull) {
      const what = `${this.#options.maxFlights} decisions are being made already: ask again in a moment`;
      throw new VerdictError('LIMIT_EXCEEDED', what, { retryable: true });
    }
    this.#running++;
    const result = this.#run(work).then(
      (made) => {
        this.#end(key, flight, () => ended(made));
        return made;
      },
      (thrown: unknown) => {
        this.#end(key, flight, () => ended(undefined));
        throw thrown;
      },
    );
    // Those who wait are told; where nobody does, nobody else need know.
    result.catch(() => undefined);
    const flight: Flight<T> = { result };
    this.#flights.set(key, flight);
    return flight;
  }

  /**
   * The result of a flight for one who waits for it. Rejects with what the work threw, or, when `signal` is aborted, with
   * its reason if that is a VerdictError, else DEADLINE_EXCEEDED.
   */
  async wait(flight: Flight<T>, signal: AbortSignal): Promise<T> {
    return await waitFor(() => flight.result, signal, gone);
  }

  /** Nobody joins what is running now, and its outcome is told only to those who wait already. */
  forget(): void {
    this.#flights.clear();
  }

  async #run(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const { workTimeout } = this.#options;
    const timer = setTimeout(() => {
      const error = new VerdictError('DEADLINE_EXCEEDED', `the decision was not made within ${workTimeout} ms`);
      controller.abort(error);
      reject(error);
    }, workTimeout).unref();
    try {
      return await Promise.race([work(controller.signal), promise]);
    } catch (thrown) {
      throw asVerdictError(thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  #end(key: string, flight: Flight<T>, tell: () => void): void {
    this.#running--;
    if (this.#flights.get(key) !== flight) return;
    this.#flights.delete(key);
    tell();
  }
}

/** Throws for one who waits no longer, as {@link DetachedFlights.wait} does. */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw gone(signal);
}

const gone = (signal: AbortSignal): VerdictError => stopped(signal, 'the caller no longer waits');
