import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/decide.ts';
import { attackRuns } from '../support/service/attack-runs.ts';
import { configurationRuns } from '../support/service/configuration-runs.ts';
import { endRun } from '../support/service/end-run.ts';
import { expectHealthy, expectSound } from '../support/service/expect.ts';
import { ServiceProcess } from '../support/service/process.ts';
import { registryRuns } from '../support/service/registry-runs.ts';
import { Site } from '../support/service/site.ts';

/** Milliseconds of each fault; `npm run test:soak` gives them more. */
const DURATION = 100;
const PROGRAM = `${ROOT}src/cli/main.ts`;

describe('verdict serve, asked by many without a pause', { timeout: 90_000 }, () => {
  let site: Site;
  let service: ServiceProcess;
  beforeAll(async () => {
    site = await Site.open();
    service = await ServiceProcess.start(site, PROGRAM);
    await service.recover();
  });
  afterAll(async () => {
    await service.stop();
    await site.close();
  });

  it('allows what may be allowed and denies the rest', async () => {
    const { rss } = service;
    const heard = await service.under(2000, () => undefined);
    expectSound(heard);
    expect(heard.wrongDenials).toEqual([]);
    expect(heard.allowed).toBeGreaterThan(0);
    expect(heard.denied).toBeGreaterThan(heard.allowed);
    expect(heard.undecided).toBeGreaterThan(0);
    await expectHealthy(service, rss);
  });

  registryRuns(() => service, DURATION);
  configurationRuns(() => service, DURATION);
  attackRuns(() => service, DURATION);
  endRun(() => site, PROGRAM);
});
