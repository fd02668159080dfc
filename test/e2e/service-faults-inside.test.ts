import { afterAll, beforeAll, describe } from 'vitest';
import { insideRuns } from '../support/service/inside-runs.ts';
import { Site } from '../support/service/site.ts';

/** Milliseconds of each fault; `npm run test:soak` gives them more. */
const DURATION = 300;

describe('a service within this process', { timeout: 90_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(() => site.close());

  insideRuns(() => site, DURATION);
});
