/**
 * Cold decisions against a registry that adds 20 ms to every request: wall time, dependent round trips, requests.
 * `node bench/decision.ts [latency in ms]`
 */
import { gather, type Means } from '../src/evaluate.ts';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import { parseReference } from '../src/reference.ts';
import { createRegistryStore } from '../src/registry/store.ts';
import { createVerifiers } from '../src/verifiers/table.ts';
import { type Made, startRegistry, type TestRegistry } from '../test/support/registry/registry.ts';
import { median, table } from './print.ts';

const LATENCY = Number(process.argv[2] ?? 20);
const RUNS = 7;
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

function attach(registry: TestRegistry, subject: Made, count: number): void {
  for (let at = 0; at < count; at++) {
    const bytes = JSON.stringify({ at, subject: subject.digest });
    registry.attach(subject.digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, bytes }] });
  }
}

/** One decision with a store of its own: no connection, token or content is known before. */
async function cold(subject: string): Promise<number> {
  const store = createRegistryStore({ credentials: async () => undefined });
  const means: Means = {
    store,
    verifiers: createVerifiers([{ type: 'json', name: 'json', schemas: new Map() }]).verifiers,
    collect: [],
    platforms: [],
    targets: { manifests: true, configs: false },
    limits: DEFAULT_LIMITS,
    validate: () => [],
  };
  const started = performance.now();
  const { head } = await gather(
    { reference: parseReference(subject), time: new Date(0), caller: 'cli', namespace: '', parameters: {} },
    means,
  );
  const ms = performance.now() - started;
  await store.close();
  if (!head.complete) throw new Error(`incomplete evidence about ${subject}`);
  return ms;
}

const rows: string[][] = [['subject', 'referrers', 'median ms', '/ latency', 'round trips', 'requests']];
for (const count of [1, 5, 20, 50]) {
  for (const kind of ['tag', 'digest', 'index'] as const) {
    const registry = await startRegistry({ latency: LATENCY });
    const image = registry.image({ tag: 'v1' });
    attach(registry, image, count);
    const subject = { tag: 'v1', digest: image.digest, index: registry.index([image]).digest }[kind];
    const times: number[] = [];
    let [rounds, requests] = [0, 0];
    for (let run = 0; run <= RUNS; run++) {
      registry.forget();
      const ms = await cold(registry.reference(subject));
      // The first run pays for the compiler.
      if (run > 0) times.push(ms);
      [rounds, requests] = [registry.rounds, registry.requests.length];
    }
    await registry.close();
    rows.push([
      kind,
      String(count),
      median(times).toFixed(0),
      (median(times) / LATENCY).toFixed(1),
      String(rounds),
      String(requests),
    ]);
  }
}
table(`cold, ${LATENCY} ms added to every request, ${RUNS} runs`, rows);
