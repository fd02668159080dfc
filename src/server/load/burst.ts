import type { Logger } from '../log.ts';
import type { ShedReason } from './shed.ts';

/** Milliseconds without a refusal after which a burst is over. */
const QUIET = 10_000;
/** Milliseconds after which a burst that goes on is told of again. */
const AGAIN = 60_000;

/** Tells of refusals once per burst: under overload a line for each would be more load. `now`: milliseconds. */
export function createBurst(log: Pick<Logger, 'warn'>, now: () => number): (reason: ShedReason) => void {
  let last = Number.NEGATIVE_INFINITY;
  let told = Number.NEGATIVE_INFINITY;
  let untold = 0;
  return (reason) => {
    const at = now();
    const isNew = at - last > QUIET || at - told > AGAIN;
    last = at;
    untold++;
    if (!isNew) return;
    log.warn({ reason, refused: untold }, 'too much at once: work is refused');
    told = at;
    untold = 0;
  };
}
