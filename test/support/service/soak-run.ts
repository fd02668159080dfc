import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Crowd } from './crowd.ts';
import { expectHealthy, expectSound } from './expect.ts';
import type { ServiceProcess } from './process.ts';

const SAMPLES = 20;
/** MiB by which the memory of the last quarter may lie above that of the second. */
const MAX_DRIFT = 60;

/** Many ask for `duration` milliseconds, for what is known and for what is new: memory comes to rest. */
export function soakRun(service: () => ServiceProcess, duration: number): void {
  it('grows no more once it is warm', { timeout: 2 * duration + 120_000 }, async () => {
    const running = service();
    const { rss } = running;
    const crowd = new Crowd({ site: running.site, url: running.url });
    const samples: number[] = [];
    for (let at = 0; at < SAMPLES; at++) {
      await sleep(duration / SAMPLES);
      samples.push(running.rss);
      running.site.registry.forget();
    }
    const heard = await crowd.stop();
    expectSound(heard);
    expect(heard.wrongDenials).toEqual([]);
    const mean = (from: number, to: number): number =>
      samples.slice(from, to).reduce((sum, one) => sum + one, 0) / (to - from);
    const quarter = SAMPLES / 4;
    expect(mean(3 * quarter, SAMPLES) - mean(quarter, 2 * quarter)).toBeLessThan(MAX_DRIFT);
    await expectHealthy(running, rss);
  });
}
