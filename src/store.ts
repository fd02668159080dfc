import type { Descriptor } from './descriptor.ts';
import type { VerdictError } from './errors.ts';
import type { Source } from './generated/evidence.ts';
import type { Reference } from './reference.ts';
import type { Trace } from './trace.ts';

export type { Source };

/** A subject found: always pinned to a digest. */
export interface Resolved {
  readonly descriptor: Descriptor;
  /** Bytes of its manifest, checked; undefined where the subject is a plain file. */
  readonly manifest: Uint8Array | undefined;
  /** Every digest that was computed of its content, the descriptor's first: statements may name any of them. */
  readonly digests: readonly string[];
}

/** Something that a store lists as attached. What the list says of it may be wrong until the manifest was read. */
export interface Listed {
  readonly descriptor: Descriptor;
  /** Bytes of its manifest, checked, where the answer brought them. */
  readonly manifest: Uint8Array | undefined;
  /** `document`: the content itself is the evidence, there is no manifest (a plain file). */
  readonly form: 'manifest' | 'document';
}

/**
 * The answer to "what is attached to this?". `failed` and `truncated` answers keep what was found so far.
 * `unsupported`: this store has no such form, which is an answer.
 */
export interface Listing {
  readonly outcome: 'ok' | 'unsupported' | 'failed' | 'truncated';
  readonly entries: readonly Listed[];
  /** Name of the limit that cut the list; empty if none did. */
  readonly limit: string;
  readonly error: VerdictError | undefined;
}

/**
 * Where subjects and their evidence are. Every byte handed on was checked: size while it streamed, then digest.
 * `reference` says where to look (host and repository, layout, directory); all methods obey the signal and throw
 * VerdictError only. `trace` is what the requests that they make belong to.
 */
export interface Store {
  /** The forms in which evidence can be attached here; each is asked about each subject. */
  readonly sources: readonly Source[];
  /** What the reference names. */
  resolve(reference: Reference, signal: AbortSignal, trace?: Trace): Promise<Resolved>;
  /** What is attached to the digest in one form. Returns `failed` instead of throwing. */
  referrers(reference: Reference, source: Source, digest: string, signal: AbortSignal, trace?: Trace): Promise<Listing>;
  /** A manifest (read from where manifests are) or a blob. Throws LIMIT_EXCEEDED before reading more than `limit` bytes. */
  fetch(
    reference: Reference,
    kind: 'manifest' | 'blob',
    descriptor: Descriptor,
    limit: number,
    signal: AbortSignal,
    trace?: Trace,
  ): Promise<Uint8Array>;
  /** Gives back connections and file handles. */
  close(): Promise<void>;
}

/** A listing without faults. */
export const listed = (entries: readonly Listed[]): Listing => ({
  outcome: 'ok',
  entries,
  limit: '',
  error: undefined,
});

/** The answer of a store that has no such form. */
export const UNSUPPORTED: Listing = { outcome: 'unsupported', entries: [], limit: '', error: undefined };

/** Most artifacts that one question may list: beyond it, `truncated`. Real subjects have tens. */
export const MAX_REFERRERS = 1000;
/** Most pages of one list: with 1,000 referrers a page of ten is already unusual. */
export const MAX_PAGES = 100;
