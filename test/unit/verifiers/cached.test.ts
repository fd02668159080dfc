import { beforeEach, describe, expect, it } from 'vitest';
import { report } from '../../../src/report.ts';
import type { Exhibit, Testimony, Verifier } from '../../../src/verifier.ts';
import { cachedVerifier } from '../../../src/verifiers/cached.ts';
import { exhibit as exhibitOf, TIME } from './json/exhibit.ts';

const LATER = new Date(TIME.getTime() + 60_000);
const origin = { verifier: { name: 'fake', type: 'fake' } };
const said = (outcome: Testimony['report']['outcome'], more: Partial<Testimony> = {}): Testimony => ({
  report: report(origin, outcome, ''),
  document: undefined,
  ...more,
});

let asked = 0;
let testimonies: readonly Testimony[] = [];
const verifier: Verifier = {
  name: 'fake',
  type: 'fake',
  accepts: () => true,
  verify: async () => {
    asked++;
    return testimonies;
  },
};
const make = (revision = '1', maxBytes = 1e6): Verifier => cachedVerifier(verifier, { revision, maxBytes });
const exhibit = exhibitOf([{ content: '{}' }]);

beforeEach(() => {
  asked = 0;
  testimonies = [said('verified'), said('present')];
});

describe('a cached verifier', () => {
  it('asks once about the same exhibit', async () => {
    const cached = make();
    expect(await cached.verify(exhibit, TIME)).toBe(testimonies);
    expect(await cached.verify(exhibit, LATER)).toBe(testimonies);
    expect(asked).toBe(1);
  });

  it.each<[string, Partial<Exhibit>]>([
    ['another artifact', { descriptor: { ...exhibit.descriptor, digest: `sha256:${'9'.repeat(64)}` } }],
    ['another subject', { subject: { ...exhibit.subject, digest: `sha256:${'8'.repeat(64)}` } }],
    ['another size of the subject', { subject: { ...exhibit.subject, size: 2 } }],
    ['another repository', { repository: 'registry.example/other' }],
    ['other layers', { layers: [] }],
    ['other annotations of a layer', { layers: exhibit.layers.map((one) => ({ ...one, annotations: { a: 'b' } })) }],
    ['other digests that statements may name', { about: new Map() }],
  ])('asks again about %s', async (_, change) => {
    const cached = make();
    await cached.verify(exhibit, TIME);
    await cached.verify({ ...exhibit, ...change }, TIME);
    expect(asked).toBe(2);
  });

  it('asks again when a result no longer holds', async () => {
    testimonies = [said('verified', { holds: { from: new Date(0), until: LATER } })];
    const cached = make();
    await cached.verify(exhibit, TIME);
    await cached.verify(exhibit, new Date(LATER.getTime() - 1));
    expect(asked).toBe(1);
    await cached.verify(exhibit, LATER);
    expect(asked).toBe(2);
  });

  it.each(['failed', 'errored'] as const)('keeps nothing where something %s', async (outcome) => {
    testimonies = [said('verified'), said(outcome)];
    const cached = make();
    await cached.verify(exhibit, TIME);
    await cached.verify(exhibit, TIME);
    expect(asked).toBe(2);
  });

  it('keeps no more than its bytes', async () => {
    testimonies = [said('verified', { document: new Uint8Array(2e6) })];
    const cached = make('1', 1e6);
    await cached.verify(exhibit, TIME);
    await cached.verify(exhibit, TIME);
    expect(asked).toBe(2);
  });
});
