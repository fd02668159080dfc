import type { VerdictError } from '../../errors.ts';
import type { Check, CheckName } from '../../report.ts';
import type { Signer } from '../../signer.ts';
import type { Interval } from '../../trust.ts';

/**
 * One signature with everything that goes with it: a Sigstore bundle, whatever form it was found in. Plain data, so that
 * it can be handed to a thread.
 */
export interface Signed {
  /** A Sigstore bundle (v0.1 to v0.3) as JSON, UTF-8: no duplicate keys, not verified. */
  readonly bundle: Uint8Array;
  /** What a `messageSignature` signs; a DSSE envelope carries its own payload. */
  readonly message: Message | undefined;
}

/** What was signed, as bytes or, where those are not at hand, by digests (`algorithm:hex`). */
export type Message =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'digests'; readonly digests: readonly string[] };

/** What the configured trusts make of one signature. What was signed, and of what it speaks, is not looked at. */
export interface Finding {
  readonly outcome: 'verified' | 'present' | 'failed' | 'errored';
  /** One sentence for a person. */
  readonly message: string;
  /** Of `signature`, `identity`, `chain`, `timestamp`, `transparency`, `expiry`: those that apply. */
  readonly checks: Partial<Record<CheckName, Check>>;
  /** Waived checks that did not pass. */
  readonly relaxed: readonly string[];
  /** One for each trust that vouches, in configured order; empty unless verified. */
  readonly signers: readonly Signer[];
  /** Whom certificate or key name, where nobody vouches. */
  readonly claimed: readonly Signer[];
  /** Where it depends on the instant of the decision. */
  readonly holds: Interval | undefined;
  readonly error: ReturnType<VerdictError['toFacts']> | undefined;
}

/** Examines signatures against the trusts that it was made with. Never throws for what a signature does. */
export interface Examiner {
  examine(signed: Signed, time: Date): Promise<Finding>;
  close(): Promise<void>;
}
