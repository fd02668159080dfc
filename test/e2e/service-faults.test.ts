import { afterAll, beforeAll } from 'vitest';
import { ROOT } from '../support/decide.ts';
import { ServiceProcess } from '../support/service/process.ts';
import { registryRuns } from '../support/service/registry-runs.ts';
import { Site } from '../support/service/site.ts';

/** Milliseconds of each fault; `npm run test:soak` gives them more. */
const DURATION = 200;

let site: Site;
let service: ServiceProcess;
beforeAll(async () => {
  site = await Site.open();
  service = await ServiceProcess.start(site, `${ROOT}src/cli/main.ts`);
  await service.recover();
  await service.under(500, () => undefined);
});
afterAll(async () => {
  await service.stop();
  await site.close();
});

registryRuns(() => service, DURATION);
