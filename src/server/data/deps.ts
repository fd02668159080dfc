import type { FastifyRequest } from 'fastify';
import type { VerdictError } from '../../errors.ts';
import type { DecisionLog } from './log.ts';

/** What became of one evaluation. */
export type Evaluated =
  /** JSON text of the entrypoint's value. */
  | { readonly kind: 'result'; readonly json: Uint8Array }
  /** The policy leaves the entrypoint undefined for this input. */
  | { readonly kind: 'undefined' }
  | { readonly kind: 'fault'; readonly error: VerdictError };

/** What the Data API stands on. The policy behind it may be replaced between two calls. */
export interface DataDeps {
  /** Entrypoints of the active policy, such as `verdict/decision`; empty while there is none. */
  readonly entrypoints: () => readonly string[];
  /**
   * One evaluation. The input is JSON text that `scanJson` accepts, in bytes of its own: they may be handed over to a
   * worker. Undefined: the caller sent no input. A rejection is answered as a fault.
   */
  readonly evaluate: (entrypoint: string, input: Uint8Array | undefined, time: Date) => Promise<Evaluated>;
  /** Revision of each active bundle, by name. */
  readonly revisions: () => Readonly<Record<string, { readonly revision: string }>>;
  /** Where decisions are recorded; without one nothing is, and answers carry no `decision_id` unless asked for more. */
  readonly log?: DecisionLog;
  /** Is told what was thrown where nobody can mend it but us, and of which request. */
  readonly onFault: (thrown: unknown, request: FastifyRequest) => void;
  readonly now: () => Date;
  /** A new identifier of a decision, never the same twice. */
  readonly newId: () => string;
  /** Who answers, in events and status: `id`, `version` and what the operator adds. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Bytes of a request's body, before and after decompression. Default {@link DEFAULT_BODY_BYTES}. */
  readonly bodyBytes?: number;
}

/** Evidence with large SBOMs reaches 50 MB; a policy needs some nine times its input as memory. */
export const DEFAULT_BODY_BYTES = 64 * 1024 * 1024;
/** Most inputs of one batch: an admission review or a CI job asks about tens. */
export const MAX_BATCH_INPUTS = 1000;
/** Evaluations of one batch under way at once, so that one caller does not fill the queue of the workers. */
export const BATCH_PARALLEL = 4;
/** Most entrypoints evaluated for a path that names a package: each costs an evaluation of its own. */
export const MAX_PACKAGE_ENTRYPOINTS = 32;
/** Most names that a path may lead into an entrypoint's value: each costs a scan of it. */
export const MAX_STEPS = 8;
/** Bytes of all results in one answer: as much as a caller may send. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
