import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Inside } from '../support/service/inside.ts';
import { insideRuns } from '../support/service/inside-runs.ts';
import { Site } from '../support/service/site.ts';

/** Milliseconds of each fault; `npm run test:soak` gives them more. */
const DURATION = 300;

/** What the resolver says of names that an attacker owns. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'private.attacker.test': ['10.0.0.5'],
  'metadata.attacker.test': ['169.254.169.254'],
  'metadata6.attacker.test': ['fd00:ec2::254'],
  'loopback.attacker.test': ['127.0.0.1'],
  'mapped.attacker.test': ['::ffff:127.0.0.1'],
  'mixed.attacker.test': ['203.0.113.7', '192.168.0.1'],
};
vi.mock('node:dns/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:dns/promises')>();
  const lookup = async (hostname: string, options: object): Promise<unknown> =>
    NAMES[hostname]?.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })) ??
    (await real.lookup(hostname, options));
  return { ...real, lookup };
});

describe('a service within this process', { timeout: 90_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(() => site.close());

  it('connects to no private address that a public name stands for', async () => {
    const inside = await Inside.start(site);
    const client = site.gatekeeper(inside.url);
    const keys = Object.keys(NAMES).flatMap((name) => [`${name}/app:1`, `${name}:8080/app:1`]);
    const { responses, errors, system_error: fault } = await client.externalData(keys);
    expect({ responses, fault }).toEqual({ responses: [], fault: '' });
    expect(errors?.map(([key]) => key)).toEqual(keys);
    for (const [key, error] of errors ?? []) {
      expect([key, error]).toEqual([key, expect.stringMatching(/^REGISTRY_NOT_ALLOWED: .* address/)]);
    }
    client.close();
    await inside.close();
  });

  insideRuns(() => site, DURATION);
});
