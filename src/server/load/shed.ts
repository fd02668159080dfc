import { VerdictError } from '../../errors.ts';

/**
 * Why work is refused: `queue`: too much waits; `patience`: it would begin too late for who asks; `loop`: the event loop
 * is behind; `connections`: too many are open.
 */
export type ShedReason = 'queue' | 'patience' | 'loop' | 'connections';

/** Work that is refused for now, so that what was taken on is finished: LIMIT_EXCEEDED, retryable. */
export class Shed extends VerdictError {
  readonly reason: ShedReason;
  /** Milliseconds after which asking again makes sense. */
  readonly wait: number;

  constructor(reason: ShedReason, message: string, wait: number) {
    super('LIMIT_EXCEEDED', `${message}: ask again in a moment`, { retryable: true });
    this.reason = reason;
    this.wait = wait;
  }
}

/** Longest `Retry-After`: overload passes, and a client that stays away longer notices nothing of it. */
const MAX_RETRY_AFTER = 30;

/** Whole seconds for `Retry-After`, at least one. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
export const retryAfter = (error: VerdictError): number =>
  Math.min(MAX_RETRY_AFTER, Math.max(1, Math.ceil((error instanceof Shed ? error.wait : 0) / 1000)));
