import { asVerdictError, type VerdictError } from '../../errors.ts';
import type { Got, Made } from './cache.ts';

/** An answer, or why there is none and will be none for a while. */
export type Kept<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent'; readonly error: VerdictError };

/** What a kept fault takes in memory. */
const FAULT_BYTES = 1024;

/**
 * What work makes, or the fault that it throws where that will not pass by itself: what is not there is asked for again
 * soon, because somebody may be pushing it. Trouble that may pass is thrown: it is asked about again at once.
 *
 * @param until milliseconds since the epoch until which a fault is kept
 */
export async function orAbsent<T>(work: () => Promise<Made<T>>, until: () => number): Promise<Made<Kept<T>>> {
  try {
    const { value, ...made } = await work();
    return { ...made, value: { kind: 'found', value } };
  } catch (thrown) {
    const error = asVerdictError(thrown);
    if (error.retryable || error.code === 'INTERNAL') throw error;
    const fresh = until();
    return { value: { kind: 'absent', error }, bytes: FAULT_BYTES, life: { fresh, stale: fresh } };
  }
}

/** Throws what is known of it where it is absent. */
export function found<T>({ value, cached, state }: Got<Kept<T>>): Got<T> {
  if (value.kind === 'absent') throw value.error;
  return { value: value.value, cached, state };
}
