import { describe, expect, it } from 'vitest';
import { type ErrorCode, VerdictError } from '../../../../src/errors.ts';
import type { Got, Made } from '../../../../src/server/cache/cache.ts';
import { found, type Kept, orAbsent } from '../../../../src/server/cache/kept.ts';

const until = (): number => 5000;
const failing = (code: ErrorCode, retryable?: boolean) => async (): Promise<Made<string>> => {
  throw new VerdictError(code, 'why', retryable === undefined ? {} : { retryable });
};
const got = (value: Kept<string>): Got<Kept<string>> => ({ value, cached: { age: 0, expires: '' }, state: 'hit' });

describe('what is kept', () => {
  it('is an answer with its own life', async () => {
    const made = { value: 'yes', bytes: 7, life: { fresh: 1, stale: 2 } };
    const kept = await orAbsent(async () => made, until);
    expect(kept).toEqual({ ...made, value: { kind: 'found', value: 'yes' } });
    expect(found(got(kept.value)).value).toBe('yes');
  });

  it.each<ErrorCode>(['NOT_FOUND', 'REGISTRY_NOT_ALLOWED', 'TARGETS_UNKNOWN', 'DIGEST_MISMATCH'])(
    'is for a short while that there is none: %s',
    async (code) => {
      const kept = await orAbsent(failing(code), until);
      expect(kept).toMatchObject({ value: { kind: 'absent' }, life: { fresh: 5000, stale: 5000 } });
      expect(() => found(got(kept.value))).toThrow(expect.objectContaining({ code }));
    },
  );

  it.each<[ErrorCode, boolean?]>([['REGISTRY_UNAVAILABLE'], ['DEADLINE_EXCEEDED'], ['NOT_FOUND', true], ['INTERNAL']])(
    'is never trouble that may pass: %s %s',
    async (code, retryable) => {
      await expect(orAbsent(failing(code, retryable), until)).rejects.toMatchObject({ code });
    },
  );
});
