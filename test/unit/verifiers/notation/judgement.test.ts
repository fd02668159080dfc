import { describe, expect, it } from 'vitest';
import type { Report } from '../../../../src/report.ts';
import { bestOf, type Finding } from '../../../../src/verifiers/notation/judgement.ts';

const finding = (outcome: Report['outcome'], more: Partial<Finding> = {}): Finding => ({
  outcome,
  message: outcome,
  checks: {},
  relaxed: [],
  signers: [],
  holds: undefined,
  ...more,
});

describe('bestOf', () => {
  it.each<[readonly Report['outcome'][], Report['outcome']]>([
    [['present'], 'present'],
    [['present', 'failed'], 'failed'],
    [['errored', 'failed'], 'failed'],
    [['present', 'errored'], 'errored'],
    [['errored', 'failed', 'verified', 'present'], 'verified'],
  ])('of %j is %s', (outcomes, best) => {
    const [first, ...others] = outcomes.map((outcome) => finding(outcome));
    expect(bestOf([first ?? finding('present'), ...others]).outcome).toBe(best);
  });

  it('is the first of its kind, in configured order', () => {
    const found = bestOf([
      finding('present'),
      finding('failed', { message: 'a' }),
      finding('failed', { message: 'b' }),
    ]);
    expect(found.message).toBe('a');
  });

  it('holds only while all of them do', () => {
    const early = { from: new Date(0), until: new Date(20) };
    const late = { from: new Date(10), until: new Date(30) };
    const { holds } = bestOf([finding('verified', { holds: early }), finding('present', { holds: late })]);
    expect(holds).toEqual({ from: new Date(10), until: new Date(20) });
  });
});
