import type { Budget } from './budget.ts';
import type { Descriptor } from './descriptor.ts';
import type { Report } from './report.ts';
import type { Interval } from './trust.ts';

/** One piece of evidence as a verifier gets it: an attached artifact whose binding was already checked. */
export interface Exhibit {
  /** Digest, media type, artifact type and annotations of the artifact (of its manifest; of a file, of the file). */
  readonly descriptor: Descriptor;
  /** What there is to read: the manifest's layers; of a file, the file. */
  readonly layers: readonly Descriptor[];
  /** What the artifact is attached to: media type, digest, size. */
  readonly subject: Descriptor;
  /** `registry/repository` where the subject was asked for; empty for layouts and files. */
  readonly repository: string;
  /**
   * Digests that a statement in it may name, each with the digest it stands for in the evidence: the artifact's
   * subject and every target, by each algorithm that was computed.
   */
  readonly about: ReadonlyMap<string, string>;
  /** What is left for this decision; counted down. */
  readonly budget: Budget;
  /** Aborted when nobody waits for the decision any more. */
  readonly signal: AbortSignal;
  /** Bytes of a layer, checked. Throws VerdictError. */
  readonly fetch: (layer: Descriptor) => Promise<Uint8Array>;
  /**
   * Bytes of what the artifact is attached to (of an image its manifest), for the few signatures that its digest is not
   * enough for. Throws VerdictError, NOT_FOUND where only the digest was given.
   */
  readonly fetchSubject: () => Promise<Uint8Array>;
}

/** A report and, where it has one, the document it speaks of: bytes that `scanJson` accepted, key `report.document`. */
export interface Testimony {
  readonly report: Report;
  readonly document: Uint8Array | undefined;
  /** When the report holds; undefined where it does not depend on the time. */
  readonly holds?: Interval;
}

/**
 * Looks at evidence and says what it found: facts, never a verdict. Returns for anything the artifact did, garbage
 * included; throws only for a mistake of its caller. Reads no clock: `time` is the decision's instant.
 */
export interface Verifier {
  readonly name: string;
  readonly type: string;
  /** Whether this verifier opens the artifact's bytes. Exactly one type does: the first in the table that accepts. */
  accepts(exhibit: Pick<Exhibit, 'descriptor' | 'layers'>): boolean;
  /** One testimony per signature, bundle, statement or document; at least one. */
  verify(exhibit: Exhibit, time: Date): Promise<readonly Testimony[]>;
}
