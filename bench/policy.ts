/**
 * What a policy evaluation costs: `node bench/policy.ts`. Prints figures, checks nothing. Beside them OPA's SDK for npm,
 * with its default memory and with memory sized as here.
 */
import { readFileSync } from 'node:fs';
import { loadPolicy } from '@open-policy-agent/opa-wasm';
import { BUILTINS } from '../src/builtins/table.ts';
import { readBundle } from '../src/opa/bundle.ts';
import { Host } from '../src/opa/host.ts';
import { pagesFor } from '../src/opa/memory.ts';
import { compileModule } from '../src/opa/module.ts';
import { createPolicy } from '../src/opa/policy.ts';
import { Pool } from '../src/opa/pool.ts';

const SIZES = [1, 10, 50];
const MEGABYTE = 1_000_000;
/** Inputs up to this size are given to the SDK with its default memory: 25 MB take it 16 s, 50 MB over a minute. */
const SDK_DEFAULT_LIMIT = 10 * MEGABYTE;

const source = readFileSync(new URL('../test/fixtures/policies/cases/bundle.tar.gz', import.meta.url));
const time = new Date('2026-11-21T10:00:00.000Z');
const small = '{"case":"echo","decision":{"allow":true}}';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An evidence-like input with an SPDX document of about `bytes`. */
function input(bytes: number): string {
  const packages: string[] = [];
  for (let index = 0, size = 0; size < bytes; index++) {
    const entry = JSON.stringify({
      SPDXID: `SPDXRef-Package-${index}`,
      name: `package-${index}`,
      versionInfo: `1.${index % 50}.${index % 7}`,
      licenseConcluded: 'MIT AND Apache-2.0',
      licenseDeclared: 'NOASSERTION',
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      externalRefs: [
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: `pkg:npm/package-${index}@1.0.0`,
        },
      ],
    });
    packages.push(entry);
    size += entry.length + 1;
  }
  return `{"case":"echo","decision":{"allow":true},"documents":{"sha256:00":{"spdxVersion":"SPDX-2.3","packages":[${packages.join(',')}]}}}`;
}

const milliseconds = async (run: () => unknown): Promise<number> => {
  const started = performance.now();
  await run();
  return performance.now() - started;
};
const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(0);
const rss = (): string => megabytes(process.memoryUsage.rss());
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Microseconds a call, after warming up, the best of five rounds. */
async function each(run: () => unknown, count: number): Promise<string> {
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    rounds.push(
      await milliseconds(async () => {
        for (let index = 0; index < count; index++) await run();
      }),
    );
  }
  return ((Math.min(...rounds) / count) * 1000).toFixed(1);
}

function instant(run: () => unknown, count: number): string {
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    for (let index = 0; index < count; index++) run();
    rounds.push(performance.now() - started);
  }
  return ((Math.min(...rounds) / count) * 1000).toFixed(1);
}

const started = performance.now();
const pool = new Pool({ size: 1, spares: 1 });
const policy = await createPolicy({ pool, name: 'bench', scope: 'cluster', source });
const created = performance.now() - started;
const first = await milliseconds(() => policy.decide({ input: encode(small), time }));
console.log(
  `worker started, policy compiled and proved: ${created.toFixed(0)} ms; first decision: ${first.toFixed(1)} ms`,
);

const { wasm } = await readBundle(source);
const module = await compileModule(wasm);
const pages = pagesFor(encode(small), MEGABYTE, 2048 * MEGABYTE) ?? { initial: 256, maximum: 1024 };
const host = new Host(module, { pages, data: encode('{}'), builtins: BUILTINS });
const decision = [host.entrypoints.get('verdict/decision') ?? -1];
const sdk = await loadPolicy(Buffer.from(wasm));
sdk.setData({});
console.log('\nsmall input, microseconds');
console.log(
  `  within the worker   ${instant(() => host.evaluate({ entrypoints: decision, input: encode(small), timeNs: 0n }), 20_000)}`,
);
console.log(`  with the hop        ${await each(() => policy.decide({ input: encode(small), time }), 2_000)}`);
console.log(`  SDK, within         ${instant(() => sdk.evaluate(JSON.parse(small), 'verdict/decision'), 20_000)}`);
console.log(
  `  new instance        ${instant(() => new Host(module, { pages, data: encode('{}'), builtins: BUILTINS }), 200)}`,
);

console.log('\nlarge input, milliseconds from bytes to decision, and memory of the process in MB');
for (const size of SIZES) {
  const text = input(size * MEGABYTE);
  const bytes = encode(text);
  const before = rss();
  const times: string[] = [];
  for (let round = 0; round < 3; round++) {
    const own = bytes.slice();
    times.push((await milliseconds(() => policy.decide({ input: own, time }))).toFixed(0));
  }
  await pause(500);
  console.log(
    `  ${megabytes(bytes.length)} MB  Verdict               ${times.join(' / ')}   memory ${before} -> ${rss()}`,
  );

  const sized = await loadPolicy(Buffer.from(wasm), Math.ceil((bytes.length * 10) / 65_536));
  sized.setData({});
  const buffer = bytes.slice().buffer;
  const sizedTime = await milliseconds(() => sized.evaluate(buffer, 'verdict/decision'));
  console.log(`         SDK, memory sized     ${sizedTime.toFixed(0)}   memory ${rss()}`);
  if (bytes.length <= SDK_DEFAULT_LIMIT * 1.1) {
    const fresh = await loadPolicy(Buffer.from(wasm));
    fresh.setData({});
    const value: unknown = JSON.parse(text);
    console.log(
      `         SDK, as documented    ${(await milliseconds(() => fresh.evaluate(value, 'verdict/decision'))).toFixed(0)}   memory ${rss()}`,
    );
  }
}
await pool.close();
