import type { ErrorCode } from './errors.ts';

/** One HTTP exchange, when it is over. */
export interface RequestEvent {
  readonly method: string;
  /** Without query: queries of pre-signed URLs are secrets. */
  readonly url: string;
  readonly host: string;
  /** 0 where no answer came. */
  readonly status: number;
  /** Until the body was read. */
  readonly ms: number;
  /** Of the body. */
  readonly bytes: number;
  /** 1 for the first. */
  readonly attempt: number;
  /** Why no answer came, or why it was of no use; empty otherwise. */
  readonly error: ErrorCode | '';
}
