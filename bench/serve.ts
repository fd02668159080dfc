/**
 * `verdict serve` under load, beside a server that answers the same bytes at once: `npm run build && node bench/serve.ts`.
 * Images have Notary Project signatures of RSA-2048. Prints figures and wrong verdicts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Load, load } from './load.ts';
import { median, table } from './print.ts';
import { type SignedRegistry, startSignedRegistry } from './signed-registry.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const SECONDS = 4;
const RUNS = 3;
const IMAGES = 10;

interface Served {
  readonly url: string;
  readonly child: ChildProcess;
  /** From start to ready. */
  readonly ms: number;
}

async function start({ registry, ca, identities }: SignedRegistry, server = ''): Promise<Served> {
  const directory = mkdtempSync(join(tmpdir(), 'verdict-bench-'));
  writeFileSync(join(directory, 'ca.pem'), ca);
  writeFileSync(
    join(directory, 'verdict.yaml'),
    `trust: {acme: {type: certificates, ca: [ca.pem]}}
policy: {config: {profile: signed, identities: ${identities}}}
registries: {"${registry.host}": {plainHttp: true}}
server: {port: 0, verifyTimeout: 60000${server}}
`,
  );
  const started = performance.now();
  const child = spawn(process.execPath, [MAIN, 'serve'], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) {
      child.stdout.resume();
      return { url: `${url}/v1/gatekeeper/validate`, child, ms: performance.now() - started };
    }
  }
  throw new Error('the service did not start');
}

const body = (...keys: readonly string[]): string =>
  JSON.stringify({ apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest', request: { keys } });

const isAllowed = (answer: string): boolean => answer.includes('"allow":true') && answer.endsWith('"systemError":""}}');

/** Resident and most memory of a process, MiB. */
function memory({ pid }: ChildProcess): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string): string => (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024).toFixed(0);
  return `${mib('VmRSS')} (peak ${mib('VmHWM')})`;
}

/** Milliseconds of processor time so far. */
function cpu({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Answers the same bytes at once: what this machine and this generator can do at most. */
async function startCeiling(answer: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-length', Buffer.byteLength(answer));
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

async function once(url: string, text: string): Promise<string> {
  return await (await fetch(url, { method: 'POST', body: text })).text();
}

/** The run in the middle. */
async function steady(run: () => Promise<Load>): Promise<Load> {
  const runs: Load[] = [];
  for (let at = 0; at < RUNS; at++) runs.push(await run());
  const middle = median(runs.map(({ perSecond }) => perSecond));
  return runs.find(({ perSecond }) => perSecond === middle) as Load;
}

async function warm(signed: SignedRegistry): Promise<void> {
  const images = Array.from({ length: IMAGES }, (_, at) => signed.sign(`warm-${at}`, 5));
  const bodies = images.map((image) => body(image));
  const cached = await start(signed);
  const uncached = await start(signed, ', cache: {allow: 0, deny: 0, stale: 0}');
  const idle = memory(cached.child);
  const sample = await once(cached.url, bodies[0] as string);
  const ceiling = await startCeiling(sample);
  const rows: string[][] = [['warm, 5 signatures', 'c', 'req/s', '/ ceiling', 'p50 ms', 'p99', 'CPU ms', 'wrong']];
  const measure = async (name: string, served: Served, connections: number): Promise<void> => {
    for (const text of bodies) await once(served.url, text);
    const before = cpu(served.child);
    let answered = 0;
    const figures = await steady(async () => {
      const run = await load({ url: served.url, bodies, connections, seconds: SECONDS, isRight: isAllowed });
      answered += run.perSecond * SECONDS;
      return run;
    });
    const each = (cpu(served.child) - before) / answered;
    const most = await load({ url: ceiling.url, bodies, connections, seconds: 2, isRight: isAllowed });
    rows.push([
      name,
      String(connections),
      figures.perSecond.toFixed(0),
      (figures.perSecond / most.perSecond).toFixed(2),
      figures.p50.toFixed(2),
      figures.p99.toFixed(2),
      each.toFixed(3),
      String(figures.wrong),
    ]);
  };
  for (const connections of [1, 16, 64]) await measure('decision kept', cached, connections);
  await measure('decided each time', uncached, 16);
  ceiling.close();
  table(`one process; beside it a bare node:http in the generator's own process, ${RUNS} runs of ${SECONDS} s`, rows);
  table('memory, MiB', [
    ['service', 'ready in ms', 'idle', 'after'],
    ['decision kept', cached.ms.toFixed(0), idle, memory(cached.child)],
    ['decided each time', uncached.ms.toFixed(0), '', memory(uncached.child)],
  ]);
  cached.child.kill();
  uncached.child.kill();
}

async function cold(latency: number): Promise<void> {
  const signed = await startSignedRegistry(latency);
  const served = await start(signed);
  for (let at = 0; at < 5; at++) await once(served.url, body(signed.sign(`first-${at}`, 5)));
  const rows: string[][] = [['signatures', 'median ms', 'max', 'requests', 'wrong']];
  for (const count of [1, 5, 20, 50]) {
    const times: number[] = [];
    let wrong = 0;
    const images = Array.from({ length: IMAGES }, (_, at) => signed.sign(`cold-${count}-${at}`, count));
    signed.registry.forget();
    for (const image of images) {
      const started = performance.now();
      if (!isAllowed(await once(served.url, body(image)))) wrong++;
      times.push(performance.now() - started);
    }
    const requests = signed.registry.requests.length / IMAGES;
    rows.push([
      String(count),
      median(times).toFixed(1),
      Math.max(...times).toFixed(1),
      String(requests),
      String(wrong),
    ]);
  }
  const batch = Array.from({ length: IMAGES }, (_, at) => signed.sign(`batch-${at}`, 5));
  const started = performance.now();
  const answer = await once(served.url, body(...batch));
  const wrong = answer.split('"allow":true').length - 1 === IMAGES ? 0 : 1;
  rows.push([`${IMAGES} × 5 at once`, (performance.now() - started).toFixed(1), '', '', String(wrong)]);
  table(`cold, by digest, ${latency} ms added to every request`, rows);
  served.child.kill();
  await signed.registry.close();
}

const signed = await startSignedRegistry();
await warm(signed);
await signed.registry.close();
await cold(0);
await cold(20);
