/**
 * What the verifiers of one decision may still use, all artifacts together. Whoever uses something counts it down;
 * which artifact comes first is chance, so what is left out is always reported.
 */
export interface Budget {
  /** Reports: every one stands in the policy's input. */
  reports: number;
  /** Bytes that packed content may have when unpacked: a few kilobytes can hold gigabytes. */
  unpackedBytes: number;
  /**
   * Bytes over which signatures are verified. An envelope counts once for each of its signatures: a hundred could stand
   * on one large payload.
   */
  examinedBytes: number;
}

const MIB = 1024 * 1024;

/** What a decision begins with. */
export const newBudget = (): Budget => ({ reports: 10_000, unpackedBytes: 256 * MIB, examinedBytes: 512 * MIB });
