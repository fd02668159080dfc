/** The limits of this verifier. */
export interface JsonLimits {
  /** Layers of one artifact that are read; real ones have one to a few dozen. */
  readonly layers: number;
  /** Documents, statements, envelopes or lines of one artifact that are reported. */
  readonly reports: number;
  /** The same for one decision: every report stands in the policy's input. */
  readonly reportsInAll: number;
  /** Bytes that all packed content of one decision may have when unpacked: a few kilobytes can hold gigabytes. */
  readonly unpackedBytes: number;
}

export const DEFAULT_JSON_LIMITS: JsonLimits = {
  layers: 256,
  reports: 1000,
  reportsInAll: 10_000,
  unpackedBytes: 256 * 1024 * 1024,
};

/** What is left, for one decision. */
export interface Budget {
  reports: number;
  unpackedBytes: number;
}

/**
 * Finds the budget of a decision by its instant: all artifacts of one decision come with the same `Date` object. With a
 * `Date` of its own, an artifact has a budget of its own.
 */
export function createBudgets({ reportsInAll, unpackedBytes }: JsonLimits): (time: Date) => Budget {
  const byDecision = new WeakMap<Date, Budget>();
  return (time) => {
    const budget = byDecision.get(time) ?? { reports: reportsInAll, unpackedBytes };
    byDecision.set(time, budget);
    return budget;
  };
}
