import { VerdictError } from './errors.ts';

/** Why something ended with its signal: the signal's own reason where that is a VerdictError, else DEADLINE_EXCEEDED. */
export const stopped = (signal: AbortSignal, why: string): VerdictError =>
  signal.reason instanceof VerdictError
    ? signal.reason
    : new VerdictError('DEADLINE_EXCEEDED', why, { cause: signal.reason });

/**
 * Waits no longer than the signal lets it, for work that others may wait for too and that goes on for them. Work that
 * nobody may wait for any more is not begun.
 */
export async function waitFor<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  fault: (signal: AbortSignal) => VerdictError,
): Promise<T> {
  if (signal.aborted) throw fault(signal);
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(fault(signal));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
