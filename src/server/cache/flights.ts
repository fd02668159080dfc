import { asVerdictError, VerdictError } from '../../errors.ts';
import { stopped, waitFor } from '../../waiting.ts';
import { Shed } from '../load/shed.ts';
import { type Ticket, Turns } from '../load/turns.ts';

export interface FlightsOptions {
  /** Most pieces of work at a time. */
  readonly maxFlights: number;
  /** Milliseconds that one piece of work may take. */
  readonly workTimeout: number;
  /** Most that wait to begin; default 0: beyond `maxFlights` everything is refused. */
  readonly maxWaiting?: number;
  /** Whether nothing new should begin now, whatever else runs. Default: never. */
  readonly isOverloaded?: () => boolean;
  /** Told when something is refused. */
  readonly onShed?: (shed: Shed) => void;
  /** Told how many milliseconds something waited when it begins. */
  readonly onWaited?: (ms: number) => void;
}

/** One piece of work, whoever waits for it. */
export interface Flight<T> {
  readonly result: Promise<T>;
  /** How many wait for it. */
  waiters: number;
  readonly place: Place;
}

/** A place among those that wait to begin; without a ticket, it has begun. */
interface Place {
  ticket: Ticket | undefined;
}

/**
 * Work that belongs to nobody who waits for it: one piece at a time per key, under a signal of its own that only the
 * time limit aborts. Who no longer waits takes nothing from the others, and the work goes on. Beyond `maxFlights` it
 * waits to begin, as long as somebody waits for it.
 */
export class DetachedFlights<T> {
  readonly #options: FlightsOptions;
  readonly #flights = new Map<string, Flight<T>>();
  readonly #turns: Turns;

  constructor(options: FlightsOptions) {
    this.#options = options;
    const { maxFlights: running, maxWaiting: waiting = 0, onWaited } = options;
    this.#turns = new Turns({ running, waiting, clock: () => performance.now() }, onWaited);
  }

  /** How many pieces of work are running. */
  get running(): number {
    return this.#turns.running;
  }

  /** How many wait to begin. */
  get waiting(): number {
    return this.#turns.waiting;
  }

  /** Whether what nobody waits for should not begin now. */
  get isFull(): boolean {
    return this.#turns.isFull || this.#options.isOverloaded?.() === true;
  }

  /** The work that is running for this key. */
  get(key: string): Flight<T> | undefined {
    return this.#flights.get(key);
  }

  /**
   * Begins the work of a key that has none. `ended` is told the outcome before anybody who waits, unless the flight was
   * forgotten. Work that does not heed its signal is given up at the time limit (DEADLINE_EXCEEDED): nobody hears of its
   * result. `left`: milliseconds that whoever asks can wait. Throws Shed (LIMIT_EXCEEDED, retryable) if there is too much
   * to do.
   */
  begin(
    key: string,
    work: (signal: AbortSignal) => Promise<T>,
    ended: (made: T | undefined) => void,
    left = Number.POSITIVE_INFINITY,
  ): Flight<T> {
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const place: Place = { ticket: undefined };
    const start = (): void => {
      place.ticket = undefined;
      resolve();
    };
    place.ticket = this.#admit(start, left);
    const result = place.ticket === undefined ? this.#run(work) : begun.then(() => this.#run(work));
    const flight: Flight<T> = {
      result: result.then(
        (made) => {
          this.#end(key, flight, () => ended(made));
          return made;
        },
        (thrown: unknown) => {
          this.#end(key, flight, () => ended(undefined));
          throw thrown;
        },
      ),
      waiters: 0,
      place,
    };
    // Those who wait are told; where nobody does, nobody else need know.
    flight.result.catch(() => undefined);
    this.#flights.set(key, flight);
    return flight;
  }

  #admit(start: () => void, left: number): Ticket | undefined {
    try {
      if (this.#options.isOverloaded?.() === true) throw new Shed('loop', 'there is more to do than can be done', 0);
      return this.#turns.take(start, left);
    } catch (thrown) {
      if (thrown instanceof Shed) this.#options.onShed?.(thrown);
      throw thrown;
    }
  }

  /**
   * The result of a flight for one who waits for it. Rejects with what the work threw, or, when `signal` is aborted, with
   * its reason if that is a VerdictError, else DEADLINE_EXCEEDED.
   */
  async wait(flight: Flight<T>, signal: AbortSignal): Promise<T> {
    flight.waiters++;
    try {
      return await waitFor(() => flight.result, signal, gone);
    } finally {
      flight.waiters--;
      if (flight.waiters === 0) this.#giveUp(flight);
    }
  }

  /** Nobody waits for it any more: where it has not begun it never will. */
  #giveUp(flight: Flight<T>): void {
    const { ticket } = flight.place;
    if (ticket === undefined) return;
    ticket.leave();
    for (const [key, one] of this.#flights) if (one === flight) this.#flights.delete(key);
  }

  /** Nobody joins what is running now, and its outcome is told only to those who wait already. */
  forget(): void {
    this.#flights.clear();
  }

  async #run(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const started = performance.now();
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
      this.#turns.end(performance.now() - started);
    }
  }

  #end(key: string, flight: Flight<T>, tell: () => void): void {
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
