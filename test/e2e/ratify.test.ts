import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createToolchain, type Toolchain } from '../../src/rego/toolchain.ts';
import { createLogger } from '../../src/server/log.ts';
import { type Serving, serve } from '../../src/server/serve.ts';
import { ROOT } from '../support/decide.ts';
import { Gatekeeper } from '../support/gatekeeper/client.ts';
import { makeTestCa } from '../support/gatekeeper/pki.ts';
import { readRatifyTemplate, violations } from '../support/gatekeeper/ratify-template.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';
import { CACHE } from '../unit/rego/support.ts';

const TEMPLATE = readRatifyTemplate(`${ROOT}test/fixtures/ratify/templates/default.yaml`);
const authority = makeTestCa();
const directory = mkdtempSync(join(tmpdir(), 'verdict-ratify-'));
const file = join(directory, 'verdict.yaml');
/** What the service takes for now. */
let now = Date.parse('2026-11-21T12:00:00.250Z');

let toolchain: Toolchain;
let registry: TestRegistry;
let serving: Serving;
let gatekeeper: Gatekeeper;
const image = (tag: string): string => registry.reference(tag);

beforeAll(async () => {
  toolchain = createToolchain({ cacheDirectory: CACHE });
  registry = await startRegistry();
  putLayout(registry, `${ROOT}examples/images`);
  const { cert, key } = authority.server();
  writeFileSync(join(directory, 'tls.crt'), cert);
  writeFileSync(join(directory, 'tls.key'), key);
  writeFileSync(
    file,
    `trust:
  acme: {type: sigstore, root: ${ROOT}examples/keys/trusted_root.json}
  acme-keys: {type: keys, keys: [${ROOT}examples/keys/scanner.pub], root: ${ROOT}examples/keys/trusted_root.json}
policy: {config: {profile: demo, provenance: {repositories: ["https://github.com/acme/*"]}}}
registries: {"${registry.host}": {plainHttp: true}}
server: {port: 0, health: {address: 127.0.0.1, port: 0}, verifyTimeout: 10000, mutateTimeout: 10000, tls: {cert: tls.crt, key: tls.key}}
`,
  );
  serving = await serve({
    load: () => loadConfig(file, directory),
    environment: { HOME: directory },
    log: createLogger({ level: 'error', write: () => undefined, now: () => new Date(now) }),
    out: () => undefined,
    now: () => now,
    processors: 2,
  });
  gatekeeper = client('verify');
});
afterEach(() => registry.clearFaults());
afterAll(async () => {
  gatekeeper.close();
  await Promise.all([serving.close(), registry.close(), toolchain.close()]);
  rmSync(directory, { recursive: true });
});

const client = (route: 'verify' | 'mutate', ttlMs = 0): Gatekeeper =>
  new Gatekeeper({
    url: `${serving.url}/ratify/gatekeeper/v1/${route}`,
    ca: authority.ca,
    provider: 'ratify-provider',
    timeoutMs: 10_000,
    ttlMs,
  });

/** What Ratify's default template says of a Pod with these images. */
async function admit(...images: readonly string[]): Promise<readonly string[]> {
  const external_data = await gatekeeper.externalData(images);
  const spec = { containers: images.map((name) => ({ name: 'c', image: name })) };
  const review = { operation: 'CREATE', object: { kind: 'Pod', metadata: { name: 'n', namespace: 'team' }, spec } };
  const [found = []] = await violations(toolchain, TEMPLATE, [{ review, parameters: {}, keys: images, external_data }]);
  return found;
}

async function valueFor(key: string): Promise<Readonly<Record<string, unknown>>> {
  const { responses } = await gatekeeper.externalData([key]);
  return (responses ?? [])[0]?.[1] as Readonly<Record<string, unknown>>;
}

describe('verdict serve in the place of Ratify v1', () => {
  it('admits and denies under Ratify’s default template as its own policy decides', async () => {
    expect(await admit(image('allowed'))).toEqual([]);
    for (const tag of ['unsigned', 'wrong-signer', 'licence-denied']) {
      expect(await admit(image(tag), image('allowed')), tag).toEqual([
        expect.stringContaining(`${image(tag)} is no success`),
      ]);
    }
  });

  it('says what Ratify says, and why', async () => {
    const value = await valueFor(`[team]${image('licence-denied')}`);
    expect(Object.keys(value)).toEqual([
      'version',
      'isSuccess',
      'traceID',
      'timestamp',
      'verifierReports',
      'message',
      'cached',
      'generation',
    ]);
    expect(value).toMatchObject({
      version: '1.1.0',
      isSuccess: false,
      traceID: expect.stringMatching(/^[0-9a-f]{32}$/),
      timestamp: '2026-11-21T12:00:00.25Z',
      verifierReports: [],
      message: expect.stringContaining('AGPL-3.0-only'),
    });
  });

  it('keeps the time of a decision that it reuses, and gives every answer an id of its own', async () => {
    const first = await valueFor(image('vulnerable'));
    now += 3000;
    const second = await valueFor(image('vulnerable'));
    expect(second.timestamp).toBe(first.timestamp);
    expect(second.traceID).not.toBe(first.traceID);
    expect(second.cached).toMatchObject({ age: 3000 });
  });

  it('denies what is not there, and what is no image', async () => {
    expect(await admit(image('gone'))).toEqual([expect.stringContaining('GET_SUBJECT_DESCRIPTOR_FAILURE: NOT_FOUND')]);
    expect(await admit('Not/An/Image')).toEqual([expect.stringContaining('REFERENCE_INVALID')]);
  });

  it('denies while the registry is down, and has Gatekeeper keep nothing of it', async () => {
    const keeping = client('verify', 180_000);
    now += 3_600_000;
    registry.fault({ route: 'referrers' }, { kind: 'answer', status: 503 });
    const down = await keeping.externalData([image('allowed')]);
    expect(down).toMatchObject({ responses: [], errors: [] });
    expect(down.system_error).toContain(`operation failed with error ${image('allowed')}: `);
    registry.clearFaults();
    now += 3_600_000;
    const up = await keeping.externalData([image('allowed')]);
    expect(up.responses).toMatchObject([[image('allowed'), { isSuccess: true }]]);
    keeping.close();
  });

  it('pins tags for mutation and keeps them', async () => {
    const mutating = client('mutate');
    const mutated = await mutating.mutate([image('allowed'), image('unsigned')]);
    expect(mutated).toMatchObject({
      ok: true,
      values: [
        expect.stringMatching(/:allowed@sha256:[0-9a-f]{64}$/),
        expect.stringMatching(/:unsigned@sha256:[0-9a-f]{64}$/),
      ],
    });
    const [pinned = ''] = mutated.ok ? mutated.values : [];
    expect(await mutating.mutate([pinned])).toMatchObject({ ok: true, values: [pinned] });
    expect(await mutating.mutate([image('gone')])).toMatchObject({ ok: false });
    expect(await admit(pinned)).toEqual([]);
    mutating.close();
  });

  it('counts all of it under Ratify’s names', async () => {
    const text = await (await fetch(`${serving.healthUrl}/metrics`)).text();
    for (const name of [
      'ratify_verification_request_bucket',
      'ratify_mutation_request_bucket',
      'ratify_verifier_duration_count',
      'ratify_system_error_count_total',
      'ratify_registry_request_count_total',
    ]) {
      expect(text).toMatch(new RegExp(`^${name}\\{.*\\} [1-9]`, 'm'));
    }
    expect(text).toMatch(/^ratify_blob_cache_count_total\{hit="true"\} [1-9]/m);
    expect(text).toMatch(/^ratify_blob_cache_count_total\{hit="false"\} [1-9]/m);
  });
});
