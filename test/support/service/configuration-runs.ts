import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../decide.ts';
import { makeTestCa } from '../gatekeeper/pki.ts';
import { expectHealthy, expectSound } from './expect.ts';
import type { ServiceProcess } from './process.ts';
import type { Site } from './site.ts';

const BUNDLE = readFileSync(`${ROOT}policies/starter.tar.gz`);
const REFUSED = 'the new configuration cannot be used: the old one stays';
const TAKEN = 'a new configuration is at work';
const PAIR_REFUSED = 'the new certificates cannot be used: the old ones stay';
const PAIR_TAKEN = 'certificates were read again';
/** Policies are compiled and proved anew, on a busy machine. */
const WAIT = { timeout: 30_000 };

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

/** What an operator may do to the policy's file; each is to be refused. */
const SPOILT: ReadonlyArray<readonly [name: string, spoil: (site: Site) => void]> = [
  ['is cut short', (site) => site.put('policy.tar.gz', BUNDLE.subarray(0, BUNDLE.length / 2))],
  ['is empty', (site) => site.put('policy.tar.gz', '')],
  ['has another byte', (site) => site.put('policy.tar.gz', flipped(BUNDLE, BUNDLE.length / 2))],
  ['is no archive', (site) => site.put('policy.tar.gz', '<html>Please log in</html>')],
  ['asks for a profile that is not there', (site) => site.configure({ policy: '{config: {profile: nosuch}}' })],
  ['is no YAML', (site) => site.put('verdict.yaml', 'policy: {')],
];

/** Mistakes of an operator while many ask; each for `duration` milliseconds. */
export function configurationRuns(service: () => ServiceProcess, duration: number): void {
  describe.each(SPOILT)('a configuration whose policy %s', (_, spoil) => {
    it('is refused, and the old one decides on', async () => {
      const running = service();
      const { site, rss } = running;
      const heard = await running.under(duration, async () => {
        const refused = running.count(REFUSED);
        spoil(site);
        running.signal('SIGHUP');
        await expect.poll(() => running.count(REFUSED), WAIT).toBeGreaterThan(refused);
      });
      expectSound(heard);
      expect(heard.wrongDenials).toEqual([]);
      await running.recover();
      await mend(running);
      await expectHealthy(running, rss);
    });
  });

  it('is taken again and again, and none of the old ones stays in memory', async () => {
    const running = service();
    const { rss } = running;
    const heard = await running.under(duration, async () => {
      for (let round = 0; round < 2; round++) await mend(running);
    });
    expectSound(heard);
    expect(heard.wrongDenials).toEqual([]);
    await expectHealthy(running, rss);
  });

  describe('certificates', () => {
    const stranger = makeTestCa('another-ca');

    it.each([
      [
        'of which only one half has come',
        (site: Site) => site.put('tls.crt', site.authority.server(['other.test']).cert.slice(0, 200)),
      ],
      ['whose key belongs to another', (site: Site) => site.put('tls.key', stranger.server().key)],
      ['that are gone', (site: Site) => site.put('tls.crt', '')],
    ])('%s are refused, and the old ones serve on', async (_, spoil) => {
      const running = service();
      const { site, rss } = running;
      const heard = await running.under(duration, async () => {
        const refused = running.count(PAIR_REFUSED);
        spoil(site);
        await expect.poll(() => running.count(PAIR_REFUSED), WAIT).toBeGreaterThan(refused);
      });
      expectSound(heard);
      await mendPair(running);
      await expectHealthy(running, rss);
    });

    it('are swapped without a lost request; an expired one is told of, served to nobody who looks, and mended', async () => {
      const running = service();
      const { site, rss } = running;
      const heard = await running.under(duration, async () => {
        await mendPair(running);
        await mendPair(running);
        const warned = running.count('a certificate will trouble clients');
        const expired = site.authority.server(undefined, { notAfter: new Date('2020-02-01T00:00:00Z') });
        site.put('tls.crt', expired.cert);
        await expect.poll(() => running.count('a certificate will trouble clients'), WAIT).toBeGreaterThan(warned);
        const late = site.gatekeeper(running.url);
        expect(await late.externalData(['a'])).toMatchObject({ responses: null, system_error: /expired/ });
        late.close();
        await mendPair(running);
      });
      // Connections that were open go on; one that had to be opened anew meanwhile was refused by its client.
      expectSound({ ...heard, lost: heard.lost.filter((why) => !why.includes('expired')) });
      await expectHealthy(running, rss);
    });
  });
}

async function mend(running: ServiceProcess): Promise<void> {
  const taken = running.count(TAKEN);
  running.site.put('policy.tar.gz', BUNDLE);
  running.site.configure();
  running.signal('SIGHUP');
  await expect.poll(() => running.count(TAKEN), WAIT).toBeGreaterThan(taken);
}

async function mendPair(running: ServiceProcess): Promise<void> {
  const taken = running.count(PAIR_TAKEN);
  const { cert, key } = running.site.authority.server();
  running.site.put('tls.key', key);
  running.site.put('tls.crt', cert);
  await expect.poll(() => running.count(PAIR_TAKEN), WAIT).toBeGreaterThan(taken);
}
