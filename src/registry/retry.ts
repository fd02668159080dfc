import { PassingFault } from './faults.ts';
import type { RegistryLimits, Surroundings } from './options.ts';

/** Milliseconds before the second attempt; doubled before each further one. */
const FIRST_DELAY = 250;
const MAX_DELAY = 3_000;
/** Share by which a delay varies, so that many clients do not come back together. */
const JITTER = 0.1;

/** Longest `Retry-After` looked at: a date takes 29 characters. */
const MAX_RETRY_AFTER_LENGTH = 40;

export interface RetryOptions {
  readonly limits: Pick<RegistryLimits, 'attempts' | 'retryWindow' | 'retryAfter'>;
  readonly surroundings: Pick<Surroundings, 'now' | 'random' | 'sleep'>;
}

/**
 * Does something again while it fails with PassingFault: after the time that the server asks for, else after growing
 * delays. Throws the fault's error when the attempts or the window are used up, or the server asks for too long a wait.
 */
export async function withRetries<T>(
  { limits, surroundings }: RetryOptions,
  signal: AbortSignal,
  attemptOnce: (attempt: number) => Promise<T>,
): Promise<T> {
  let started = surroundings.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce(attempt);
    } catch (thrown) {
      if (!(thrown instanceof PassingFault)) throw thrown;
      if (thrown.hasProgress) started = surroundings.now();
      const delay = thrown.wait ?? backOff(attempt, surroundings.random());
      const end = surroundings.now() + delay - started;
      if (attempt >= limits.attempts || end > limits.retryWindow || delay > limits.retryAfter) throw thrown.error;
      await surroundings.sleep(delay, signal);
    }
  }
}

/** `random`: 0 to 1. */
export function backOff(attempt: number, random: number): number {
  const delay = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
  return Math.round(delay * (1 + JITTER * (2 * random - 1)));
}

/** Milliseconds to wait; undefined where the header says nothing usable. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
export function parseRetryAfter(header: string, now: number): number | undefined {
  if (header === '' || header.length > MAX_RETRY_AFTER_LENGTH) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
