/** Milliseconds between two looks: work that takes longer in one piece shows. */
const INTERVAL = 50;
/** Share of the newest look in the mean: one long piece of work alone is no overload. */
const NEWEST = 0.3;
/**
 * Milliseconds by which timers are late on the average, beyond which the event loop has more to do than it can: a caller
 * who waits 2 s notices, and a warm answer alone takes none of it.
 */
export const MAX_LOOP_DELAY = 250;

/** How far behind the event loop is. */
export interface LoopDelay {
  /** Milliseconds by which timers are late, on the average of the last looks. */
  readonly mean: () => number;
  readonly close: () => void;
}

/** Looks from now on; does not keep the process alive. `clock`: milliseconds. */
export function watchLoopDelay(clock: () => number): LoopDelay {
  let last = clock();
  let mean = 0;
  const timer = setInterval(() => {
    const now = clock();
    mean += NEWEST * (Math.max(0, now - last - INTERVAL) - mean);
    last = now;
  }, INTERVAL).unref();
  return { mean: () => mean, close: () => clearInterval(timer) };
}
