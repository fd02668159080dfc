/**
 * The limits of one decision, each overridable under `limits` in the configuration. Reaching one is always reported:
 * as an error with LIMIT_EXCEEDED, or as `truncated` in `discovery`.
 */
export interface Limits {
  /** Milliseconds for the whole decision. */
  readonly deadline: number;
  /** How deep evidence of evidence is followed: a signature of an SBOM has depth 2, more is rare. */
  readonly depth: number;
  /** How deep indexes may nest. */
  readonly indexDepth: number;
  /** Most targets of one subject: the largest public indexes list about fifty platforms. */
  readonly targets: number;
  /** Most artifacts in one evidence, over all subjects asked about. */
  readonly artifacts: number;
  /** Bytes of one layer or file of evidence: large SBOMs reach 50 MB. */
  readonly documentBytes: number;
  /** Bytes downloaded for one decision. */
  readonly downloadBytes: number;
  /** Bytes of all documents handed to the policy; unsigned ones are left out first. */
  readonly evidenceBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  deadline: 60_000,
  depth: 4,
  indexDepth: 4,
  targets: 256,
  artifacts: 2000,
  documentBytes: 128 * MIB,
  downloadBytes: 512 * MIB,
  evidenceBytes: 128 * MIB,
};
