import { afterAll, describe, expect, it } from 'vitest';
import { bestOutcome } from '../support/examined.ts';
import { closeAll, failedChecks, manifest, reportsOf } from '../support/sigstore-made.ts';

afterAll(closeAll);

/** What cosign said of each was asked when they were made; `npm run test:peers` asks again. */
describe('signatures that cosign made', () => {
  it.each(manifest.fixtures.map((fixture) => [fixture.name, fixture] as const))('%s', async (_, fixture) => {
    const said = [];
    for (const { trust, failed = [] } of fixture.cases) {
      const reports = await reportsOf(fixture, trust);
      const missed = failed.filter((check) => !failedChecks(reports).includes(check));
      said.push({ trust, outcome: bestOutcome(reports), missed });
    }
    expect(said).toEqual(fixture.cases.map(({ trust, outcome }) => ({ trust, outcome, missed: [] })));
  });
});
