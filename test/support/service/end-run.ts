import { expect, it } from 'vitest';
import { requestBody } from '../gatekeeper/client.ts';
import { Crowd } from './crowd.ts';
import { ServiceProcess } from './process.ts';
import { Raw, whole } from './raw.ts';
import { ALLOWED, type Site } from './site.ts';

const REQUESTS = 16;

/** SIGTERM while many ask, to a service of its own. `program`: its entry point. */
export function endRun(site: () => Site, program: string): void {
  it('told to end, answers everything that it has begun, then nobody', async () => {
    const service = await ServiceProcess.start(site(), program);
    await service.recover();
    const crowd = new Crowd({ site: site(), url: service.url });
    // Answers that are under way when the signal comes.
    site().registry.fault({ route: 'referrers' }, { kind: 'rate-limit', retryAfter: '1' });
    const clients = await Promise.all(Array.from({ length: REQUESTS }, () => Raw.open(site(), service.url)));
    const before = site().registry.requests.length;
    for (const client of clients) client.say(whole(requestBody([site().fresh(ALLOWED)])));
    await expect
      .poll(() => site().registry.requests.length - before, { timeout: 20_000 })
      .toBeGreaterThan(2 * REQUESTS);
    service.signal('SIGTERM');
    const answers = await Promise.all(clients.map((client) => client.answer()));
    expect(answers.map((answer) => answer?.status)).toEqual(Array(REQUESTS).fill(200));
    for (const answer of answers) expect(JSON.parse(answer?.body ?? '')).toMatchObject({ kind: 'ProviderResponse' });
    expect(await service.ended()).toBe(0);
    const heard = await crowd.stop();
    expect(heard).toMatchObject({ wrongAllows: [], malformed: [] });
    // An answer that had begun was finished; who came afterwards was not let in.
    expect(heard.lost.filter((why) => why.includes('failed to read'))).toEqual([]);
    expect(service.stderr).toBe('');
    site().calm();
  });
}
