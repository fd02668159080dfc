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

/**
 * Waits until a service decides as before, about what is new to it and about what it was asked meanwhile: it keeps faults
 * for some seconds. Throws an Error with what is wrong where that takes too long.
 */
export async function recover(running: Running): Promise<void> {
  running.site.calm();
  const until = performance.now() + RECOVERY;
  for (;;) {
    const wrong = await fault(running);
    if (wrong === '') return;
    if (performance.now() > until) throw new Error(`the service did not recover: ${wrong}`);
    await sleep(100);
  }
}

async function fault({ site, url, healthUrl }: Running): Promise<string> {
  const ready = await fetch(`${healthUrl}/readyz`);
  if (ready.status !== 200) return `/readyz says ${ready.status}`;
  // One that keeps no answers from before.
  const gatekeeper = site.gatekeeper(url);
  try {
    const answer = await gatekeeper.externalData([site.fresh(ALLOWED), site.known(ALLOWED)]);
    const values = (answer.responses ?? []).map(([, value]) => value as { readonly allow?: unknown });
    return values.length === 2 && values.every(({ allow }) => allow === true) ? '' : JSON.stringify(answer);
  } finally {
    gatekeeper.close();
  }
}
