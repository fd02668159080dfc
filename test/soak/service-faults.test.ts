import { afterAll, beforeAll, describe } from 'vitest';
import { ROOT } from '../support/decide.ts';
import { attackRuns } from '../support/service/attack-runs.ts';
import { configurationRuns } from '../support/service/configuration-runs.ts';
import { endRun } from '../support/service/end-run.ts';
import { insideRuns } from '../support/service/inside-runs.ts';
import { ServiceProcess } from '../support/service/process.ts';
import { registryRuns } from '../support/service/registry-runs.ts';
import { Site } from '../support/service/site.ts';
import { soakRun } from '../support/service/soak-run.ts';

const PROGRAM = `${ROOT}dist/cli/main.js`;
/** In all: a third for the long run, the rest for the faults, which are some thirty. */
const WHOLE = Number(process.env.VERDICT_SOAK_MINUTES ?? 60) * 60_000;
/** No shorter: so long it takes until the heap has come to its size. */
const SOAK = Math.max(WHOLE / 3, 6 * 60_000);
const FAULT = (2 * WHOLE) / 3 / 36;

describe('verdict serve over a long time', { timeout: 2 * FAULT + 180_000 }, () => {
  let site: Site;
  let service: ServiceProcess;
  beforeAll(async () => {
    site = await Site.open();
    service = await ServiceProcess.start(site, PROGRAM);
    await service.recover();
    await service.under(5000, () => undefined);
  });
  afterAll(async () => {
    await service.stop();
    await site.close();
  });

  soakRun(() => service, SOAK);
  registryRuns(() => service, FAULT);
  configurationRuns(() => service, FAULT);
  attackRuns(() => service, FAULT);
  endRun(() => site, PROGRAM);
  insideRuns(() => site, FAULT);
});
