import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/** Bytes of the young generation: twice as many take 25 MiB more and make nothing faster. */
const YOUNG_BYTES = 16 * 1024 * 1024;

/**
 * Keeps the heap of a service small, at no cost that can be measured. V8 takes the size of the machine for leave to grow:
 * the old generation grows in small steps from here on, the young one not beyond {@link YOUNG_BYTES}. Where Node was
 * started with limits of its own, the lower ones count.
 */
export function boundHeap(): void {
  setFlagsFromString('--heap-growing-percent=20');
  const observer = new PerformanceObserver(() => {
    if (youngBytes() < YOUNG_BYTES) return;
    // It doubles its size up to a limit that only a start can set; times one, it stays.
    setFlagsFromString('--semi-space-growth-factor=1');
    observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;

/**
 * Gives memory back that loading and warming up left behind, some 15 MiB: V8 does so by itself only when it gets full.
 * Takes some 30 ms, in which nothing is answered. The young generation begins anew.
 */
export function giveBackMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
