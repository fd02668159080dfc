import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd, type CrowdOptions, type Heard } from './crowd.ts';
import { ALLOWED, type Site } from './site.ts';

/** A service that answers. */
export interface Running {
  readonly site: Site;
  readonly url: string;
  readonly healthUrl: string;
}

/** Milliseconds that a service may take to be itself again, on a busy machine. */
const RECOVERY = 30_000;

/** What many clients hear while something happens, and for `duration` milliseconds after it. */
export async function under(
  { site, url }: Running,
  duration: number,
  happen: () => Promise<void> | void,
  of: Partial<CrowdOptions> = {},
): Promise<Heard> {
  const crowd = new Crowd({ site, url, ...of });
  try {
    await happen();
    await sleep(duration);
  } finally {
    await crowd.stop();
  }
  return crowd.heard;
}

/** Waits until a service decides as before. Throws an Error with what is wrong where that takes too long. */
export async function recover(running: Running): Promise<void> {
  running.site.calm();
  const until = performance.now() + RECOVERY;
  const gatekeeper = running.site.gatekeeper(running.url);
  try {
    for (;;) {
      const wrong = await fault(running, gatekeeper);
      if (wrong === '') return;
      if (performance.now() > until) throw new Error(`the service did not recover: ${wrong}`);
      await sleep(100);
    }
  } finally {
    gatekeeper.close();
  }
}

async function fault({ site, healthUrl }: Running, gatekeeper: ReturnType<Site['gatekeeper']>): Promise<string> {
  const ready = await fetch(`${healthUrl}/readyz`);
  if (ready.status !== 200) return `/readyz says ${ready.status}`;
  const answer = await gatekeeper.externalData([site.fresh(ALLOWED)]);
  const [, value] = answer.responses?.[0] ?? [];
  return (value as { allow?: unknown } | undefined)?.allow === true ? '' : JSON.stringify(answer);
}
