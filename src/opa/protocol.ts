import type { MetadataLimit } from '../decision.ts';
import type { ErrorCode } from '../errors.ts';
import type { Decision } from '../generated/decision.ts';
import type { Pages } from './memory.ts';

/** A policy as a worker needs it. Sent to a worker with the first request that names it. */
export interface Program {
  readonly id: number;
  readonly module: WebAssembly.Module;
  /** The data document as JSON text, in shared memory. */
  readonly data: Uint8Array;
}

/** What a worker is asked; it answers one request after the other. */
export type Request =
  /** What does the policy need and offer? */
  | { readonly kind: 'inspect'; readonly program: number; readonly load?: Program; readonly pages: Pages }
  /** What are the values of these entrypoints over this input? */
  | {
      readonly kind: 'evaluate';
      readonly program: number;
      readonly load?: Program;
      readonly pages: Pages;
      readonly entrypoints: readonly string[];
      /** JSON text; the worker takes the buffer over. */
      readonly input: Uint8Array;
      readonly timeNs: bigint;
      /** `decision`: the first entrypoint's value as a decision; `values`: every value as canonical JSON text. */
      readonly answer: 'decision' | 'values';
      /** Of a decision. */
      readonly metadata: MetadataLimit;
    }
  /** Forget the policy. Has no answer. */
  | { readonly kind: 'forget'; readonly program: number };

export type Answered =
  | { readonly kind: 'facts'; readonly entrypoints: readonly string[]; readonly missing: readonly string[] }
  | { readonly kind: 'decision'; readonly decision: Decision }
  | { readonly kind: 'values'; readonly values: readonly (string | undefined)[] }
  | {
      readonly kind: 'fault';
      readonly code: ErrorCode;
      readonly message: string;
      /** Whether the same question may be answered the next time; default: as its code says. */
      readonly retryable?: boolean;
    };

/** What a worker says. */
export type Response =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'answer';
      readonly answer: Answered;
      /** Bytes that the instances it keeps have used. */
      readonly held: number;
      /** It used much memory, which only the end of the thread gives back for certain. */
      readonly spent: boolean;
    };
