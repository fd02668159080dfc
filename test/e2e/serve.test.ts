import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Agent, request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/server/log.ts';
import { type Serving, serve } from '../../src/server/serve.ts';
import { ROOT } from '../support/decide.ts';
import { Gatekeeper } from '../support/gatekeeper/client.ts';
import { makeTestCa } from '../support/gatekeeper/pki.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';

const authority = makeTestCa();
const stranger = makeTestCa('stranger');
const directory = mkdtempSync(join(tmpdir(), 'verdict-serve-'));
const file = join(directory, 'verdict.yaml');

let registry: TestRegistry;
let serving: Serving;
let gatekeeper: Gatekeeper;
const logged: Array<Readonly<Record<string, unknown>>> = [];
/** What the service takes for now; moved by tests. */
let now = Date.parse('2026-11-21T12:00:00Z');

const put = (name: string, text: string): void => writeFileSync(join(directory, name), text);
const image = (tag: string): string => registry.reference(tag);

function configure(more = '', profile = 'demo'): void {
  put(
    'verdict.yaml',
    `trust:
  acme: {type: sigstore, root: ${ROOT}examples/keys/trusted_root.json}
  acme-keys: {type: keys, keys: [${ROOT}examples/keys/scanner.pub], root: ${ROOT}examples/keys/trusted_root.json}
policy: {config: {profile: ${profile}, provenance: {repositories: ["https://github.com/acme/*"]}}}
registries: {"${registry.host}": {plainHttp: true}}
server: {port: 0, health: {address: 127.0.0.1, port: 0}, metrics: {address: 127.0.0.1, port: 0}, data: {log: {path: decisions.jsonl}}, tls: {cert: tls.crt, key: tls.key, clientCa: ca.crt}}
${more}`,
  );
}

const start = (): Promise<Serving> =>
  serve({
    load: () => loadConfig(file, directory),
    environment: { HOME: directory },
    log: createLogger({ level: 'info', write: (text) => void logged.push(JSON.parse(text)), now: () => new Date(now) }),
    out: () => undefined,
    now: () => now,
    processors: 2,
  });

beforeAll(async () => {
  registry = await startRegistry();
  putLayout(registry, `${ROOT}examples/images`);
  const { cert, key } = authority.server();
  put('tls.crt', cert);
  put('tls.key', key);
  put('ca.crt', authority.ca);
  configure();
  serving = await start();
  const url = `${serving.url}/v1/gatekeeper/validate`;
  gatekeeper = new Gatekeeper({ url, ca: authority.ca, client: authority.client(), timeoutMs: 5000 });
});
afterEach(() => registry.clearFaults());
afterAll(async () => {
  gatekeeper.close();
  await Promise.all([serving.close(), registry.close()]);
  rmSync(directory, { recursive: true });
});

/** What an answer says of a key. */
async function verdictOf(key: string): Promise<{ allow: boolean; message: string; cached: { age: number } }> {
  const { responses, system_error } = await gatekeeper.externalData([key]);
  expect(system_error).toBe('');
  const found = (responses ?? []).find(([name]) => name === key);
  return found?.[1] as Awaited<ReturnType<typeof verdictOf>>;
}

describe('verdict serve, asked by Gatekeeper', () => {
  it('says which images may run, and why not', async () => {
    const keys = ['allowed', 'unsigned', 'wrong-signer', 'licence-denied'].map((tag) => `[team-a]${image(tag)}`);
    const { responses, errors, system_error, status_code } = await gatekeeper.externalData(keys);
    expect({ errors, system_error, status_code }).toEqual({ errors: [], system_error: '', status_code: 200 });
    const said = (responses ?? []).map(([key, value]) => {
      const { allow, message } = value as { allow: boolean; message: string };
      return [key, allow, message] as const;
    });
    expect(said.map(([key, allow]) => [key, allow])).toEqual(keys.map((key, at) => [key, at === 0]));
    expect(said.map(([, , message]) => message)).toEqual([
      '',
      expect.stringContaining('signed it'),
      expect.stringContaining('mallory'),
      expect.stringContaining('AGPL-3.0-only'),
    ]);
  });

  it('reuses a decision, says how old it is, and makes it anew in time', async () => {
    const key = image('vulnerable');
    await verdictOf(key);
    registry.forget();
    now += 5000;
    expect((await verdictOf(key)).cached.age).toBe(5000);
    expect(registry.requests).toHaveLength(0);
    now += 10_000;
    expect((await verdictOf(key)).cached.age).toBe(0);
    expect(registry.requests.length).toBeGreaterThan(0);
  });

  it('asks again for what is not there when somebody may have pushed it, and not before', async () => {
    const key = image('soon');
    const first = await gatekeeper.externalData([key]);
    expect(first.errors).toEqual([[key, expect.stringContaining('NOT_FOUND')]]);
    registry.forget();
    now += 4000;
    expect((await gatekeeper.externalData([key])).errors).toEqual(first.errors);
    expect(registry.requests).toHaveLength(0);
    now += 2000;
    expect((await gatekeeper.externalData([key])).errors).toEqual(first.errors);
    expect(registry.requests.length).toBeGreaterThan(0);
  });

  it('asks for the manifest of a tag once', async () => {
    now += 3_600_000;
    registry.forget();
    const first = await verdictOf(image('no-provenance'));
    expect(first.allow).toBe(false);
    const manifests = registry.requests.filter(({ path }) => path.includes('/manifests/'));
    expect(manifests.filter(({ path }) => path.endsWith('/manifests/no-provenance'))).toHaveLength(1);
    const { subject } = first as unknown as { subject: { digest: string } };
    expect(manifests.filter(({ path }) => path.endsWith(subject.digest))).toEqual([]);
  });

  it('never has Gatekeeper keep what may be different in a moment', async () => {
    const keeping = new Gatekeeper({
      url: `${serving.url}/v1/gatekeeper/validate`,
      ca: authority.ca,
      client: authority.client(),
      ttlMs: 180_000,
      timeoutMs: 5000,
    });
    now += 3_600_000;
    registry.fault({ route: 'referrers' }, { kind: 'answer', status: 503 });
    const key = image('allowed');
    const down = await keeping.externalData([key]);
    expect(down.responses).toEqual([]);
    expect(down.system_error).toContain(key);
    registry.clearFaults();
    now += 3_600_000;
    const up = await keeping.externalData([key]);
    expect(up.responses).toMatchObject([[key, { allow: true }]]);
    keeping.close();
  });

  it('pins tags for mutation, and maps what is pinned to itself', async () => {
    const mutating = new Gatekeeper({
      url: `${serving.url}/v1/gatekeeper/mutate`,
      ca: authority.ca,
      client: authority.client(),
    });
    const mutated = await mutating.mutate([image('allowed')]);
    expect(mutated).toMatchObject({ ok: true, values: [expect.stringMatching(/:allowed@sha256:[0-9a-f]{64}$/)] });
    if (!mutated.ok) throw new Error('not mutated');
    expect(await mutating.mutate(mutated.values)).toEqual(mutated);
    expect(await mutating.mutate([image('nosuch')])).toMatchObject({ ok: false });
    mutating.close();
  });

  it('asks no host in its own network that nobody named', async () => {
    const { errors } = await gatekeeper.externalData([
      '127.0.0.1:1/app:1',
      '169.254.169.254/latest:1',
      'localhost:1/app:1',
    ]);
    expect((errors ?? []).map(([, message]) => message)).toEqual(
      Array(3).fill(expect.stringContaining('REGISTRY_NOT_ALLOWED')),
    );
  });

  it.each([
    ['nobody', undefined],
    ['a stranger', stranger.client()],
  ])('admits %s without a certificate of its authority, and says why', async (_, client) => {
    const before = logged.length;
    const other = new Gatekeeper({ url: `${serving.url}/v1/gatekeeper/validate`, ca: authority.ca, client });
    expect(await other.externalData([image('allowed')])).toMatchObject({ responses: null, status_code: 500 });
    other.close();
    await expect.poll(() => logged.slice(before).map(({ msg }) => msg)).toContain('a client was not admitted');
  });
});

describe('whoever runs it', () => {
  it('asks for health and figures without a client certificate', async () => {
    await verdictOf(image('allowed'));
    await verdictOf(image('unsigned'));
    const get = async (path: string): Promise<string> => await (await fetch(serving.healthUrl + path)).text();
    expect(await get('/readyz')).toBe('ok\n');
    const figures = await get('/metrics');
    expect(figures).toMatch(/verdict_decisions_total\{policy="starter",outcome="allow",code=""\} \d/);
    expect(figures).toMatch(/verdict_decisions_total\{policy="starter",outcome="deny",code="signature\.present"\} \d/);
    expect(figures).toContain(`verdict_registry_requests_total{host="${registry.host}",status="2xx"}`);
    expect(figures).toMatch(/verdict_verifier_duration_seconds_count\{verifier="sigstore",outcome="verified"\} \d/);
    expect(figures).toMatch(/verdict_certificate_expiry_timestamp_seconds\{role="client-ca"\} \d/);
    expect(figures).toMatch(/verdict_cache_entries\{cache="decision"\} [1-9]/);
    expect((await fetch(`${serving.healthUrl}/v1/data`)).status).toBe(404);
    expect(await (await fetch(`${serving.metricsUrl}/metrics`)).text()).toContain('verdict_');
    expect((await fetch(`${serving.metricsUrl}/v1/data`)).status).toBe(404);
  });

  it('reads one line for each decision that was made', () => {
    const lines = logged.filter(({ msg, reference }) => msg === 'decided' && String(reference).includes(':unsigned'));
    expect(lines[0]).toMatchObject({ allow: false, codes: expect.arrayContaining(['signature.present']) });
  });
});

describe("OPA's clients", () => {
  it('have the policy decide on the input that they bring, and the decision is recorded', async () => {
    const { cert, key } = authority.client();
    const dispatcher = new Agent({ connect: { ca: authority.ca, cert, key } });
    const { statusCode, body } = await request(`${serving.url}/v1/data/verdict/decision/allow`, {
      method: 'POST',
      body: JSON.stringify({ input: { version: 1 } }),
      dispatcher,
    });
    expect({ statusCode, body: await body.json() }).toEqual({
      statusCode: 200,
      body: { decision_id: expect.any(String), result: false },
    });
    await dispatcher.close();
    const recorded = join(directory, 'decisions.jsonl');
    await expect.poll(() => existsSync(recorded) && readFileSync(recorded, 'utf8')).toContain('"decision_id"');
    expect(JSON.parse(readFileSync(recorded, 'utf8'))).toMatchObject({
      path: 'verdict/decision/allow',
      result: false,
      erased: ['/input'],
      bundles: { starter: { revision: expect.any(String) } },
    });
  });
});

describe('the command', () => {
  it('serves until it is told to end', async () => {
    const child = spawn(process.execPath, [`${ROOT}src/cli/main.ts`, 'serve', '--config', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: Array<Readonly<Record<string, unknown>>> = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(JSON.parse(line));
      if (lines.length === 1) child.kill('SIGTERM');
    }
    expect(lines.map(({ msg }) => msg)).toEqual(['serving', 'ended']);
    expect(lines[0]).toMatchObject({ url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/), generation: 1 });
    await expect.poll(() => child.exitCode).toBe(0);
  });

  /** In a process of its own, while the service here goes on. */
  async function failing(name: string): Promise<{ status: number | null; stderr: string }> {
    const args = [`${ROOT}src/cli/main.ts`, 'serve', '--config', join(directory, name)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const stderr = await text(child.stderr);
    return { status: await ended, stderr };
  }

  it('says what is wrong with its configuration', async () => {
    put('broken.yaml', 'server: {port: 99999, tls: {cert: tls.crt}}');
    const { status, stderr } = await failing('broken.yaml');
    expect(status).toBe(64);
    expect(stderr).toMatch(/CONFIG_INVALID[\s\S]*port[\s\S]*key/);
  });

  it('says who is in its place', async () => {
    const { port } = new URL(serving.healthUrl);
    put('taken.yaml', readFileSync(file, 'utf8').replace('server: {port: 0', `server: {port: ${port}`));
    const { status, stderr } = await failing('taken.yaml');
    expect(status).toBe(64);
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port} (server): another process listens there`);
  });
});

describe('a new configuration', () => {
  it('is at work at once if it holds, and not at all if it does not', async () => {
    configure('', 'nosuch');
    expect(await serving.reload()).toBe(false);
    now += 3_600_000;
    expect((await verdictOf(image('allowed'))).allow).toBe(true);
    configure('', 'slsa');
    // The profile names nobody who may sign: everything is denied.
    expect(await serving.reload()).toBe(true);
    expect((await verdictOf(image('allowed'))).allow).toBe(false);
    configure();
    expect(await serving.reload()).toBe(true);
    expect((await verdictOf(image('allowed'))).allow).toBe(true);
  });

  it('that trusts what nobody vouched for is refused', async () => {
    put('policy.rego', 'package verdict\n\ndecision := {"allow": true}\n');
    writeFileSync(file, `policy: {sources: [policy.rego]}\nserver: {port: 0}\n`);
    await expect(start()).rejects.toMatchObject({ code: 'CANARY_ALLOWED' });
    configure();
  });
});
