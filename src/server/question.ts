import type { VerdictError } from '../errors.ts';
import type { Request } from '../evaluate.ts';
import type { EvidenceSet } from '../evidence.ts';
import type { Answer } from '../generated/decision.ts';
import type { Reference } from '../reference.ts';
import type { Resolved } from '../store.ts';
import type { Got } from './cache/cache.ts';

export type ImageReference = Extract<Reference, { readonly kind: 'registry' }>;

/** What a client of the service wants decided. */
export interface Question {
  readonly reference: ImageReference;
  readonly namespace: string;
  readonly caller: Request['caller'];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly wants: Wants;
  /** What the reference was resolved to just now. */
  readonly resolved?: Resolved | undefined;
}

/** What has to be known of a decision. */
export interface Wants {
  /** The documents, which are forgotten else once the policy has decided. */
  readonly documents: boolean;
  /** What our policy says; where somebody else decides, it need not be asked. */
  readonly advice: boolean;
}

export const ORDINARY: Wants = { documents: false, advice: true };

/** A decision with what it rests on. */
export interface Decided {
  readonly answer: Answer;
  readonly evidence: EvidenceSet['head'];
  /** By digest, JSON text; none unless they were wanted. */
  readonly documents: EvidenceSet['documents'];
  /** What could not be looked up and may be at the next try; empty where there is nothing. */
  readonly gap: string;
  /** Trace in which it was made. */
  readonly traceId: string;
  /** Number of the configuration that made it. */
  readonly generation: number;
}

export type Outcome =
  | { readonly kind: 'decided'; readonly decided: Decided; readonly cached: Got<Decided>['cached'] }
  /** No decision: `error.retryable` says whether the same question may have an answer later. */
  | { readonly kind: 'fault'; readonly error: VerdictError };
