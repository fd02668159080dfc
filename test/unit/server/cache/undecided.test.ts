import { describe, expect, it } from 'vitest';
import type { EvidenceSet } from '../../../../src/evidence.ts';
import { isUndecided, retryableGap } from '../../../../src/server/cache/undecided.ts';
import { ALLOW, artifact, DENY, evidence, question } from './fixtures.ts';

const complete = (set: EvidenceSet): EvidenceSet => ({ ...set, head: { ...set.head, complete: true } });

describe('a denial is undecided', () => {
  it.each<[string, EvidenceSet]>([
    ['a source did not answer', evidence([question('ok'), question('failed', true)])],
    ['a source did not answer and nobody said why', evidence([question('failed')])],
    ['a list broke off', evidence([question('truncated', true)])],
    ['a report could not be told', evidence([], [artifact('verified'), artifact('errored', true)])],
    ['a report could not be told and nobody said why', evidence([], [artifact('errored')])],
    ['one of several reasons may pass', evidence([question('failed', false)], [artifact('errored', true)])],
  ])('where %s', (_, set) => {
    expect(isUndecided(DENY, set)).toBe(true);
    expect(retryableGap(set)).not.toBe('');
  });

  it.each<[string, EvidenceSet]>([
    ['the evidence is complete', evidence([question('ok')], [artifact('present')])],
    ['access was refused', evidence([question('failed', false)])],
    ['a limit was reached', evidence([question('truncated')])],
    ['a report will never be told', evidence([], [artifact('errored', false)])],
    ['evidence is bad', evidence([question('truncated')], [artifact('failed', true)])],
    ['the evidence says that it is complete', complete(evidence([question('failed', true)]))],
    [
      'what could not be told was never asked for',
      evidence([question('truncated')], [artifact('errored', true, false)]),
    ],
    ['a form that the registry does not have gave an error', evidence([question('unsupported', true)])],
  ])('but not where %s', (_, set) => {
    expect(isUndecided(DENY, set)).toBe(false);
    expect(retryableGap(set)).toBe('');
  });

  it('but an allow is a decision, whatever is missing', () => {
    const set = evidence([question('failed', true)]);
    expect(isUndecided(ALLOW, set)).toBe(false);
    expect(retryableGap(set)).toContain('REGISTRY_UNAVAILABLE');
  });

  it('and its message stays short however much is missing', () => {
    const long = { ...question('failed', true), error: { code: 'X', message: '😀'.repeat(5000), retryable: true } };
    const message = retryableGap(evidence(Array.from({ length: 1000 }, () => long)));
    expect(message.length).toBeLessThan(1000);
    expect(message.isWellFormed()).toBe(true);
    expect(message).toContain('and 997 more');
  });
});
