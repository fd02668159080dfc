import { describe, expect, it } from 'vitest';
import { type Shown, type ShownSettings, shownOf } from '../../../src/server/shown.ts';

const ENFORCING: ShownSettings = { passthrough: false, advice: true, reportBytes: 1000 };
const PASSING: ShownSettings = { ...ENFORCING, passthrough: true };
const ALL = { types: [], documents: true, advice: true, maxBytes: 1000 };

describe('what goes back to Gatekeeper', () => {
  it.each<[ShownSettings, string, Shown]>([
    [ENFORCING, '', { kind: 'decision' }],
    [ENFORCING, 'documents=true&types=a', { kind: 'decision' }],
    [ENFORCING, 'reports=true', { kind: 'both', ...ALL, documents: false }],
    [ENFORCING, 'reports=true&documents=true&advice=false', { kind: 'both', ...ALL }],
    [ENFORCING, 'passthrough=true', { kind: 'reports', ...ALL }],
    [PASSING, '', { kind: 'reports', ...ALL }],
    [PASSING, 'documents=false', { kind: 'reports', ...ALL, documents: false }],
    [PASSING, 'advice=false', { kind: 'reports', ...ALL, advice: false }],
    [{ ...PASSING, advice: false }, '', { kind: 'reports', ...ALL, advice: false }],
    [PASSING, 'types=text/spdx,application/*', { kind: 'reports', ...ALL, types: ['text/spdx', 'application/*'] }],
    [PASSING, 'maxBytes=500', { kind: 'reports', ...ALL, maxBytes: 500 }],
    [PASSING, 'maxBytes=5000', { kind: 'reports', ...ALL }],
  ])('%j?%s', (settings, query, expected) => {
    expect(shownOf(Object.fromEntries(new URLSearchParams(query)), settings)).toEqual(expected);
  });

  it('is never our decision where the operator lets somebody else decide', () => {
    expect(() => shownOf({ passthrough: 'false' }, PASSING)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it.each<[Record<string, unknown>]>([
    [{ report: 'true' }],
    [{ reports: 'yes' }],
    [{ reports: ['true', 'false'] }],
    [{ passthrough: 'true', types: '' }],
    [{ passthrough: 'true', types: 'a*b' }],
    [{ passthrough: 'true', types: ['a', 'b'] }],
    [{ passthrough: 'true', types: Array.from({ length: 101 }, () => 'a').join(',') }],
    [{ passthrough: 'true', maxBytes: '0' }],
    [{ passthrough: 'true', maxBytes: '1e9' }],
    [{ passthrough: 'true', maxBytes: '-1' }],
  ])('is not guessed: %j', (query) => {
    expect(() => shownOf(query, ENFORCING)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
