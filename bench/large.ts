/**
 * Large SBOMs, decided by the starter policy's profile `licences`: time from the last byte read to the decision, and the
 * memory of the process before and afterwards. `node --expose-gc bench/large.ts`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildMeans } from '../src/config/build.ts';
import { loadConfig } from '../src/config/load.ts';
import { startPolicy } from '../src/config/policy.ts';
import { evaluate } from '../src/evaluate.ts';
import { parseReference } from '../src/reference.ts';
import type { Store } from '../src/store.ts';
import { median, table } from './print.ts';
import { spdx } from './sbom.ts';

const MIB = 1024 * 1024;
const RUNS = 5;
const directory = mkdtempSync(join(tmpdir(), 'verdict-bench-'));

/** Notes when the last content was read. */
function watched(store: Store, onRead: () => void): Store {
  return {
    ...store,
    sources: store.sources,
    resolve: (...args) => store.resolve(...args),
    referrers: (...args) => store.referrers(...args),
    fetch: async (...args) => {
      const bytes = await store.fetch(...args);
      onRead();
      return bytes;
    },
    close: () => store.close(),
  };
}

const rss = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss / MIB;
};

const rows: string[][] = [['SBOM', 'packages', 'median ms after download', 'RSS before', 'after (MiB)']];
try {
  writeFileSync(join(directory, 'app'), 'app');
  const { config } = await loadConfig(undefined, directory, { profile: 'licences' });
  for (const size of [1, 10, 50]) {
    const { text, packages } = spdx(size * MIB);
    const evidence = join(directory, `${size}.spdx.json`);
    writeFileSync(evidence, text);
    const times: number[] = [];
    const before = rss();
    for (let run = 0; run < RUNS; run++) {
      // A worker that held a large input is ended afterwards: every run has one of its own, as every command has.
      const ready = await startPolicy(config);
      const reference = parseReference(`file:${join(directory, 'app')}`);
      const built = await buildMeans(config, reference, { evidence: [evidence], environment: {} });
      let read = 0;
      const store = watched(built.means.store, () => {
        read = performance.now();
      });
      const request = { reference, time: new Date(), caller: 'cli' as const, namespace: '', parameters: {} };
      const { answer } = await evaluate(request, { ...built.means, store }, ready.policy);
      times.push(performance.now() - read);
      await Promise.all([built.close(), ready.close()]);
      if (!answer.decision.allow) throw new Error(answer.message);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    rows.push([
      `${size} MiB`,
      String(packages),
      `${median(times).toFixed(0)} (${times.map((one) => one.toFixed(0)).join(', ')})`,
      before.toFixed(0),
      rss().toFixed(0),
    ]);
  }
} finally {
  rmSync(directory, { recursive: true });
}
table('large SBOMs', rows);
