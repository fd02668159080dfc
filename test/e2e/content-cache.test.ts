import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEMO, TestService } from '../support/service.ts';

let service: TestService;
beforeEach(async () => {
  service = await TestService.open();
  service.configure(DEMO, '{directory: kept}');
});
afterEach(() => service.close());

const events = (event: string): string => `verdict_cache_events_total{cache="disk",event="${event}"}`;
const kept = (): readonly string[] => readdirSync(service.path('kept'));
/** What the registry was asked for that a digest names for ever. */
const contentReads = (): number => service.registry.requests.filter(({ path }) => path.includes('/blobs/')).length;

/** Decides with a service that has just begun. */
async function decided(): Promise<boolean> {
  await service.stop();
  await service.start();
  service.registry.forget();
  return (await service.verify('allowed')).allow;
}

describe('a service with a directory for content', () => {
  it('reads content there after a restart, not from the registry', async () => {
    expect(await decided()).toBe(true);
    const before = contentReads();
    expect(before).toBeGreaterThan(0);
    await service.stop();
    expect(kept().length).toBeGreaterThanOrEqual(before);
    expect(await decided()).toBe(true);
    expect(contentReads()).toBe(0);
    expect(await service.metric(events('hit'))).toBeGreaterThanOrEqual(before);
    await expect.poll(() => service.metric('verdict_cache_entries{cache="disk"}')).toBe(kept().length);
    expect(await service.metric('verdict_cache_entries{cache="content"}')).toBeGreaterThan(0);
  });

  it('decides the same where all of it was tampered with', async () => {
    await decided();
    await service.stop();
    for (const name of kept()) {
      const path = join(service.path('kept'), name);
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    }
    expect(await decided()).toBe(true);
    expect(await service.metric(events('discarded'))).toBeGreaterThan(0);
    expect(await service.metric(events('hit'))).toBe(0);
  });

  it('decides without it where it cannot be used, and says so once', async () => {
    mkdirSync(service.path('kept'));
    chmodSync(service.path('kept'), 0o777);
    expect(await decided()).toBe(true);
    expect((await service.verify('unsigned')).allow).toBe(false);
    expect(service.messages().filter((message) => message === 'content cannot be kept on the disk')).toHaveLength(1);
    expect(await service.metric(events('fault'))).toBe(1);
    expect({ left: kept(), mode: statSync(service.path('kept')).mode & 0o777 }).toEqual({ left: [], mode: 0o777 });
  });
});
