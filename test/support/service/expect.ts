import { expect } from 'vitest';
import type { Heard } from './crowd.ts';
import type { ServiceProcess } from './process.ts';

/** MiB beyond what the service occupied: a heap that grows before it is collected, instances of the policy, what is kept. */
const MAX_GROWTH = 500;

/** Whatever happens: nothing bad is allowed, every request is answered, every key once. */
export function expectSound(heard: Heard): void {
  expect(heard.asked).toBeGreaterThan(0);
  expect(heard).toMatchObject({ wrongAllows: [], malformed: [], lost: [] });
}

/** Afterwards: it decides as before, has not grown without bounds, and nothing was thrown that nobody caught. */
export async function expectHealthy(service: ServiceProcess, rssBefore: number): Promise<void> {
  await service.recover();
  await expect.poll(() => service.rss - rssBefore, { timeout: 20_000 }).toBeLessThan(MAX_GROWTH);
  expect(service.stderr).toBe('');
  expect(service.exitCode).toBeNull();
  expect(service.logged.filter(({ level, msg }) => level === 'error' && !KNOWN_ERRORS.includes(String(msg)))).toEqual(
    [],
  );
}

/** What a service says at level `error` where its operator made a mistake. */
const KNOWN_ERRORS = [
  'the new configuration cannot be used: the old one stays',
  'the new certificates cannot be used: the old ones stay',
];
