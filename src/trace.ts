import { asVerdictError, type ErrorCode } from './errors.ts';

/** The steps of the work that are told apart. */
export type TracedStep = 'request' | 'renew' | 'decide' | 'resolve' | 'gather' | 'verify' | 'policy' | 'registry';

/** What is told of a step besides its name; whoever records it bounds the values. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/**
 * What a piece of work belongs to, from the request that caused it down to the requests that it makes itself. It is
 * handed on explicitly, as a parameter; where there is none, nothing is traced.
 */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Headers of W3C Trace Context for one request made within it. */
  headers(): Readonly<Record<string, string>>;
  /** Begins a step within it; `about` says with what: a reference, a host, a name. */
  begin(step: TracedStep, about?: string): Span;
}

/** One step of a trace; what is begun within it lies below it. */
export interface Span extends Trace {
  /** Whether anybody records it: else nothing need be set. */
  readonly isRecorded: boolean;
  set(attributes: Attributes): void;
  /** `error`: why it came to nothing. */
  end(error?: ErrorCode): void;
}

/** Does the work of one step, which ends with it, and with the code of what it throws. */
export async function within<T>(
  trace: Trace | undefined,
  step: TracedStep,
  about: string,
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  if (trace === undefined) return await work(undefined);
  const span = trace.begin(step, about);
  try {
    const result = await work(span);
    span.end();
    return result;
  } catch (thrown) {
    span.end(asVerdictError(thrown).code);
    throw thrown;
  }
}
