import { type Check, failed, passed } from '../../report.ts';

/** How many known sources prove something. */
export interface Tally {
  /** Distinct ones that do: the same operator counts once. */
  readonly count: number;
  /** What known ones say that does not hold. */
  readonly faults: readonly string[];
  /** What comes from sources that are not known here: passed over. */
  readonly unknown: number;
}

export interface Weighed {
  readonly check: Check;
  /** Waived, and it did not pass. */
  readonly isRelaxed: boolean;
  readonly isFailure: boolean;
}

/** Holds a tally against a threshold; 0 waives. `what`: plural, for messages. */
export function weigh({ count, faults, unknown }: Tally, needed: number, what: string): Weighed {
  const isWaived = needed === 0;
  const [fault] = faults;
  if (fault !== undefined) return { check: failed(fault), isRelaxed: isWaived, isFailure: !isWaived };
  if (count >= Math.max(needed, 1)) return { check: passed(), isRelaxed: false, isFailure: false };
  const passedOver = unknown === 0 ? '' : `, ${unknown} not known here`;
  if (isWaived) {
    const check: Check = { outcome: 'skipped', message: `waived: no ${what}${passedOver}` };
    return { check, isRelaxed: true, isFailure: false };
  }
  return { check: failed(`${count} of ${needed} ${what}${passedOver}`), isRelaxed: false, isFailure: true };
}
