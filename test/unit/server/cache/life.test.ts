import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../src/decision.ts';
import type { EvidenceSet } from '../../../../src/evidence.ts';
import { type Life, lifeOf, type Ttl } from '../../../../src/server/cache/life.ts';
import { ALLOW, artifact, at, DENY, evidence, exception, finding, NOW, question, TIME } from './fixtures.ts';

const TTL: Ttl = { allow: 60_000, deny: 10_000, incomplete: 7000, stale: 300_000 };
const COMPLETE = evidence();
const TRANSIENT = evidence([question('failed', true)]);
const PERMANENT = evidence([question('truncated')]);

/** Milliseconds after the decision. */
function life(decision: Decision, set: EvidenceSet, ttl = TTL): Life | undefined {
  const found = lifeOf({ decision, evidence: set, time: TIME }, ttl);
  return found && { fresh: found.fresh - NOW, stale: found.stale - NOW };
}
const holding = (from: number, until: number): EvidenceSet => ({
  ...COMPLETE,
  holds: { from: new Date(NOW + from), until: new Date(NOW + until) },
});

describe('the life of a decision', () => {
  it.each<[string, Decision, EvidenceSet, Life | undefined]>([
    ['an allow on complete evidence: its TTL, then stale', ALLOW, COMPLETE, { fresh: 60_000, stale: 360_000 }],
    ['a denial on complete evidence: shortly, never stale', DENY, COMPLETE, { fresh: 10_000, stale: 10_000 }],
    ['an allow on incomplete evidence: shortly, never stale', ALLOW, TRANSIENT, { fresh: 7000, stale: 7000 }],
    ['the same where the reason is permanent', ALLOW, PERMANENT, { fresh: 7000, stale: 7000 }],
    ['a denial on evidence incomplete for a retryable reason: none', DENY, TRANSIENT, undefined],
    ['a denial on evidence incomplete for good: the shorter one', DENY, PERMANENT, { fresh: 7000, stale: 7000 }],
    [
      'a denial with both reasons: none',
      DENY,
      evidence([question('truncated')], [artifact('errored', true)]),
      undefined,
    ],
  ])('%s', (_, decision, set, expected) => {
    expect(life(decision, set)).toEqual(expected);
  });

  it.each<[string, Decision, EvidenceSet]>([
    ['`expires`', { ...ALLOW, expires: at(5000) }, COMPLETE],
    ['`expires` in another zone', { ...ALLOW, expires: '2026-11-21T12:00:05+02:00' }, COMPLETE],
    ['the interval in which the evidence holds', ALLOW, holding(-1, 5000)],
    ['the nearest warning', { ...ALLOW, warnings: [finding(at(9000)), finding(at(5000)), finding()] }, COMPLETE],
    ['the nearest end of an exception', { ...ALLOW, exceptions: [exception(at(5000))] }, COMPLETE],
    ['a denial that comes into force', { ...DENY, violations: [finding(at(5000))] }, COMPLETE],
    ['the least of all', { ...ALLOW, expires: at(8000), exceptions: [exception(at(5000))] }, holding(-1, 6000)],
  ])('is bounded by %s, stale or not', (_, decision, set) => {
    expect(life(decision, set)).toEqual({ fresh: 5000, stale: 5000 });
  });

  it('leaves room for stale up to a bound beyond the TTL', () => {
    expect(life({ ...ALLOW, expires: at(90_000) }, COMPLETE)).toEqual({ fresh: 60_000, stale: 90_000 });
  });

  it('does not mind what lies behind', () => {
    const decision = { ...ALLOW, warnings: [finding(at(-1))], exceptions: [exception(at(-5000))] };
    expect(life(decision, COMPLETE)).toEqual({ fresh: 60_000, stale: 360_000 });
  });

  it.each<[string, Decision, EvidenceSet]>([
    ['an ended decision', { ...ALLOW, expires: at(0) }, COMPLETE],
    ['an `expires` that is no time', { ...ALLOW, expires: 'soon' }, COMPLETE],
    ['evidence that holds for this instant only', ALLOW, holding(0, 0)],
    ['evidence that does not hold yet', ALLOW, holding(1, 5000)],
    ['evidence that holds nobody knows when', ALLOW, holding(Number.NaN, Number.NaN)],
    ['an exception that ends within this millisecond', { ...ALLOW, exceptions: [exception(at(0))] }, COMPLETE],
  ])('is none for %s', (_, decision, set) => {
    expect(life(decision, set)).toBeUndefined();
  });

  it.each<[string, Decision]>([
    ['a change at a time that cannot be read', { ...ALLOW, warnings: [finding('next week')] }],
    ['a change at a time that only looks like one', { ...ALLOW, warnings: [finding('phase 2')] }],
    ['a change at a time without a zone', { ...ALLOW, warnings: [finding('2027-01-01T00:00:00')] }],
    ['findings that were left out', { ...ALLOW, truncated: 1 }],
  ])('is that of something incomplete with %s', (_, decision) => {
    expect(life(decision, COMPLETE)).toEqual({ fresh: 7000, stale: 7000 });
  });

  it.each<[keyof Ttl, Decision, EvidenceSet]>([
    ['allow', ALLOW, COMPLETE],
    ['deny', DENY, COMPLETE],
    ['incomplete', ALLOW, TRANSIENT],
    ['incomplete', DENY, PERMANENT],
    ['allow', ALLOW, TRANSIENT],
  ])('is none where the TTL `%s` is 0', (name, decision, set) => {
    expect(life(decision, set, { ...TTL, [name]: 0 })).toBeUndefined();
  });

  it('is none at no instant', () => {
    expect(lifeOf({ decision: ALLOW, evidence: COMPLETE, time: new Date(Number.NaN) }, TTL)).toBeUndefined();
  });

  it('never exceeds a bound that lies ahead, and is stale no earlier than fresh', () => {
    const offset = fc.integer({ min: -400_000, max: 400_000 });
    const when = fc.option(offset, { nil: undefined });
    const text = (ms: number | undefined): string => (ms === undefined ? '' : at(ms));
    const kinds = fc.constantFrom(COMPLETE, TRANSIENT, PERMANENT);
    fc.assert(
      fc.property(
        fc.boolean(),
        kinds,
        when,
        when,
        fc.array(offset),
        fc.array(offset),
        (allow, set, expires, until, warn, waive) => {
          const decision: Decision = {
            ...(allow ? ALLOW : DENY),
            expires: text(expires),
            warnings: warn.map((ms) => finding(at(ms))),
            exceptions: waive.map((ms) => exception(at(ms))),
          };
          const holds = until === undefined ? undefined : { from: new Date(0), until: new Date(NOW + until) };
          const found = life(decision, { ...set, holds });
          if (found === undefined) return;
          expect(found.fresh).toBeGreaterThan(0);
          expect(found.stale).toBeGreaterThanOrEqual(found.fresh);
          expect(found.fresh).toBeLessThanOrEqual(allow ? TTL.allow : TTL.deny);
          const bounds = [expires ?? Infinity, until ?? Infinity, ...[...warn, ...waive].filter((ms) => ms > 0)];
          expect(found.stale).toBeLessThanOrEqual(Math.min(...bounds));
          expect(allow || set !== TRANSIENT).toBe(true);
        },
      ),
    );
  });
});
