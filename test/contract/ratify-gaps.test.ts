import { readdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { run } from '../../src/cli/program.ts';
import type { CollectRule } from '../../src/collect.ts';
import { denial, readDecision, together } from '../../src/decision.ts';
import { gather, type Means } from '../../src/evaluate.ts';
import { type EvidenceSet, serialize } from '../../src/evidence.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts';
import { parseReference } from '../../src/reference.ts';
import { createToolchain } from '../../src/rego/toolchain.ts';
import { DecisionCache, type Made } from '../../src/server/cache/cache.ts';
import { decisionKey, type KeyParts } from '../../src/server/cache/key.ts';
import { BoundedLabel, OTHER } from '../../src/server/metric-labels.ts';
import type { Store } from '../../src/store.ts';
import { createVerifiers } from '../../src/verifiers/table.ts';
import { decide, exampleEvidence, examplePolicy, plain, ROOT, TIME } from '../support/decide.ts';
import { bestOutcome } from '../support/examined.ts';
import { readTemplate, review } from '../support/gatekeeper/template.ts';
import { json, MemoryStore } from '../support/memory-store.ts';
import { openStore, patience, referenceTo } from '../support/registry/open.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';
import { type ExampleService, startExampleService } from '../support/server/example-service.ts';
import { allowed } from '../support/server/fake-decider.ts';
import { openApp, providerRequest } from '../support/server/open-app.ts';
import { flat, ratify, tree } from '../support/server/ratify-reports.ts';
import { closeAll, manifest, reportsOf } from '../support/sigstore-made.ts';
import { CACHE } from '../unit/rego/support.ts';
import { A, BAD_ANSWERS, creating, keyOf, pod, saying } from '../unit/samples/objects.ts';

/** What Ratify v1 lacks, each by a test of what is there instead. */

const VALIDATE = '/v1/gatekeeper/validate';
const MUTATE = '/v1/gatekeeper/mutate';
const RATIFY_VERIFY = '/ratify/gatekeeper/v1/verify';
const SPDX = 'application/spdx+json';
const SARIF = 'application/sarif+json';
const REQUEST = { time: TIME, caller: 'cli', namespace: '', parameters: {} } as const;

let service: ExampleService;
const closing: Array<() => Promise<void>> = [];
beforeAll(async () => {
  service = await startExampleService();
});
afterEach(async () => {
  service.registry.clearFaults();
  vi.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await Promise.all([service.close(), closeAll()]);
});

async function registry(options: Parameters<typeof startRegistry>[0] = {}): Promise<TestRegistry> {
  const started = await startRegistry(options);
  closing.push(() => started.close());
  return started;
}

const meansOver = (store: Store, more: { collect?: readonly CollectRule[]; limits?: Partial<Limits> } = {}): Means => ({
  store,
  verifiers: createVerifiers([{ type: 'json', name: 'json', schemas: new Map() }]).verifiers,
  collect: more.collect ?? [],
  platforms: [],
  targets: { manifests: true, configs: false },
  limits: { ...DEFAULT_LIMITS, ...more.limits },
  validate: () => [],
});

async function verdict(...argv: readonly string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const code = await run(argv, {
    out: (text) => {
      out += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
    },
    err: () => undefined,
    colour: false,
    progress: false,
    directory: ROOT,
    environment: { ...process.env, CI: '' },
    now: () => TIME,
  });
  return { code, out };
}

describe('1. the decision explains itself', () => {
  it('says what denies, and names the policy', async () => {
    const { items } = await service.ask(VALIDATE, service.image('licence-denied'));
    expect(items[0]?.value).toMatchObject({
      allow: false,
      violations: [
        expect.objectContaining({ code: 'licence.disallowed', msg: expect.stringContaining('AGPL-3.0-only') }),
      ],
      policies: [
        { name: 'starter', digest: expect.stringMatching(/^sha256:/), data: expect.stringMatching(/^sha256:/) },
      ],
    });
    const asRatify = await service.ask(RATIFY_VERIFY, service.image('licence-denied'));
    expect(asRatify.items[0]?.value).toMatchObject({ message: expect.stringContaining('AGPL-3.0-only') });
  });

  it('has a code for a policy that failed', () => {
    expect(denial('POLICY_TIMEOUT', 'too slow').violations).toMatchObject([
      { code: 'POLICY_TIMEOUT', solution: expect.any(String) },
    ]);
  });
});

describe('2. the compiled policy is evaluated once', () => {
  it('however many artifacts there are, and evidence of evidence', async () => {
    const evaluations = (): Promise<number> => service.metric('verdict_stage_duration_seconds_count{stage="policy"}');
    service.advance(3_600_000);
    const before = await evaluations();
    const evidence = await service.post('/v1/evidence', { reference: service.image('vulnerable') });
    expect((evidence.artifacts as readonly unknown[]).length).toBeGreaterThan(2);
    expect((await evaluations()) - before).toBe(1);
  });
});

describe('3. only what is needed is fetched', () => {
  it('leaves out types that the configuration does not collect', async () => {
    const made = await registry();
    const image = made.image({ tag: 'v1' });
    for (const type of [SPDX, SARIF]) {
      made.attach(image.digest, { artifactType: type, layers: [{ mediaType: type, bytes: `{"type":"${type}"}` }] });
    }
    const blobs = async (collect: readonly CollectRule[]): Promise<number> => {
      const { store } = openStore();
      made.forget();
      await gather({ ...REQUEST, reference: referenceTo(made, 'v1') }, meansOver(store, { collect }));
      await store.close();
      return made.requests.filter(({ route }) => route === 'blob').length;
    };
    expect(await blobs([])).toBe(2);
    expect(await blobs([{ type: SARIF, take: { kind: 'none' } }])).toBe(1);
  });

  it('counts requests to registries', async () => {
    const series = `verdict_registry_requests_total{host="${service.registry.host}",status="2xx"}`;
    service.advance(3_600_000);
    service.registry.forget();
    const before = await service.metric(series);
    await service.ask(VALIDATE, service.image('no-provenance'));
    const answered = service.registry.requests.filter(({ status }) => status >= 200 && status < 300).length;
    expect((await service.metric(series)) - before).toBe(answered);
    expect(answered).toBeGreaterThan(0);
  });
});

describe('4. tokens are reused', () => {
  it('per registry and scope', async () => {
    const made = await registry({ auth: { kind: 'bearer' } });
    for (const tag of ['v1', 'v2', 'v3']) made.image({ tag });
    const { store } = openStore({ credentials: async () => undefined });
    closing.push(() => store.close());
    for (const tag of ['v1', 'v2', 'v3']) await store.resolve(referenceTo(made, tag), patience());
    expect(made.requests.filter(({ route }) => route === 'token')).toHaveLength(1);
  });
});

describe('5. the cache of decisions is keyed by all they depend on', () => {
  const parts: KeyParts = {
    digest: `sha256:${'a'.repeat(64)}`,
    requested: 'r.example/app:1',
    registry: 'r.example',
    repository: 'app',
    namespace: 'team',
    caller: 'gatekeeper',
    parameters: {},
    revision: 'one',
  };

  it('by digest, place, namespace, parameters and revision of policy, trust and configuration; never by a tag alone', () => {
    const others: ReadonlyArray<Partial<KeyParts>> = [
      { digest: `sha256:${'b'.repeat(64)}` },
      { repository: 'other' },
      { namespace: 'other' },
      { parameters: { commit: 'x' } },
      { revision: 'two' },
    ];
    const keys = others.map((other) => decisionKey({ ...parts, ...other }));
    expect(new Set([...keys, decisionKey(parts)]).size).toBe(others.length + 1);
    expect(() => decisionKey({ ...parts, digest: '' })).toThrow(/not pinned/);
  });

  it('keeps no fault, tells the age, and the time of the decision stays', async () => {
    service.advance(3_600_000);
    service.registry.fault({ route: 'referrers' }, { kind: 'answer', status: 503 });
    expect((await service.ask(RATIFY_VERIFY, service.image('allowed'))).systemError).toContain('operation failed');
    service.registry.clearFaults();
    service.advance(20_000);
    const fresh = (await service.ask(RATIFY_VERIFY, service.image('allowed'))).items[0]?.value;
    service.advance(5000);
    const reused = (await service.ask(RATIFY_VERIFY, service.image('allowed'))).items[0]?.value;
    const { timestamp } = fresh as unknown as { timestamp: string };
    expect([fresh, reused]).toMatchObject([
      { isSuccess: true, cached: { age: 0 } },
      { isSuccess: true, cached: { age: 5000 }, timestamp },
    ]);
  });
});

describe('6. memory is bounded', () => {
  it('by bytes, whatever the number of decisions', async () => {
    const maxBytes = 64 * 1024;
    const cache = new DecisionCache<number>({ maxBytes, now: () => 0, maxFlights: 10, workTimeout: 1000 });
    const life = { fresh: 1000, stale: 1000 };
    for (let at = 0; at < 1000; at++) {
      await cache.get(`key ${at}`, patience(), async () => ({ value: at, bytes: 1024, life }));
    }
    const { bytes, entries, flights } = cache.stats();
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(entries).toBeLessThan(64);
    expect(flights).toBe(0);
  });
});

describe('7. the same question is worked on once', () => {
  it('for all who ask at the same time', async () => {
    const image = service.image('wrong-signer');
    service.advance(3_600_000);
    service.registry.forget();
    await service.ask(VALIDATE, image);
    const alone = service.registry.requests.length;
    service.advance(3_600_000);
    service.registry.forget();
    const all = await Promise.all(Array.from({ length: 10 }, () => service.ask(VALIDATE, image)));
    for (const { items } of all) expect(items[0]?.value).toMatchObject({ allow: false });
    expect(service.registry.requests.length).toBeLessThanOrEqual(alone);
  });

  it('also when the first one leaves', async () => {
    const cache = new DecisionCache<string>({ maxBytes: 65_536, now: () => 0, maxFlights: 10, workTimeout: 60_000 });
    const { promise, resolve } = Promise.withResolvers<Made<string>>();
    const work = vi.fn(() => promise);
    const leaving = new AbortController();
    const first = cache.get('key', leaving.signal, work);
    const second = cache.get('key', patience(), work);
    leaving.abort();
    await expect(first).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    resolve({ value: 'decided', bytes: 1, life: { fresh: 1000, stale: 1000 } });
    expect(await second).toMatchObject({ value: 'decided' });
    expect(cache.hit('key')).toMatchObject({ value: 'decided' });
    expect(work).toHaveBeenCalledTimes(1);
  });
});

describe('8. one slow image does not cost the others', () => {
  it('is named alone, and what is decided stays decided', async () => {
    await service.ask(VALIDATE, service.image('allowed'));
    service.registry.fault({ reference: 'tampered' }, { kind: 'hang' });
    const { items, systemError } = await service.ask(VALIDATE, service.image('allowed'), service.image('tampered'));
    expect(items).toEqual([]);
    expect(systemError).toContain(`${service.image('tampered')}: DEADLINE_EXCEEDED`);
    expect(systemError).not.toContain(service.image('allowed'));
    service.registry.forget();
    const again = await service.ask(VALIDATE, service.image('allowed'));
    expect(again.items[0]?.value).toMatchObject({ allow: true });
    expect(service.registry.requests.map(({ path }) => path)).toEqual([]);
  });
});

describe('9. what fails denies, and says why', () => {
  it.each([VALIDATE, RATIFY_VERIFY, MUTATE])(
    'answers a malformed request at %s with an error of the whole',
    async (path) => {
      for (const body of ['', '{', '[]', '{"request":{"keys":{}}}']) {
        const reply = await fetch(service.serving.url + path, { method: 'POST', body });
        expect(await reply.json()).toMatchObject({
          response: { items: [], systemError: expect.stringMatching(/.{10}/) },
        });
      }
    },
  );

  it('has a template that denies whatever is not a clear yes', async () => {
    const toolchain = createToolchain({ cacheDirectory: CACHE });
    const template = readTemplate(new URL('../../charts/verdict/samples/enforce/template.yaml', import.meta.url));
    const answers = [...BAD_ANSWERS.map(([, answer]) => answer), saying([[keyOf(A), { isSuccess: true }]])];
    const outcomes = await review(
      toolchain,
      template,
      answers.map((answer) => ({
        review: creating(pod(A)),
        parameters: { provider: 'verdict' },
        answer: answer && (() => answer),
      })),
    );
    await toolchain.close();
    expect(outcomes.map(({ violations }) => violations.length)).toEqual(answers.map(() => 1));
  });
});

describe('10. it can be used in CI', () => {
  it.each([
    ['allowed', 0],
    ['unsigned', 1],
    ['nosuch', 2],
  ])('decides the example %s with exit code %i', async (tag, code) => {
    const said = await verdict('verify', '-c', 'examples/verdict.yaml', '-o', 'json', `oci:examples/images:${tag}`);
    expect(said.code).toBe(code);
    if (code < 2) expect(JSON.parse(said.out).decision.allow).toBe(code === 0);
  });

  it('tells a wrong command line from a denial', async () => {
    expect((await verdict('verify', '--nosuch')).code).toBe(64);
  });
});

describe('11. one configuration serves the command line and the service', () => {
  it.each(['allowed', 'unsigned'])('with the same decision on %s', async (tag) => {
    const { items } = await service.ask(VALIDATE, service.image(tag));
    const served = items[0]?.value as unknown as { allow: boolean; violations: ReadonlyArray<{ code: string }> };
    const { out } = await verdict('verify', '-c', service.file, '-o', 'json', service.image(tag));
    const { decision } = JSON.parse(out) as { decision: typeof served };
    expect({ allow: decision.allow, codes: decision.violations.map(({ code }) => code) }).toEqual({
      allow: served.allow,
      codes: served.violations.map(({ code }) => code),
    });
  });
});

describe('12. policies are developed with tools', () => {
  it('has recorded evidence, and evaluates a policy on it', async () => {
    const { code, out } = await verdict(
      'evidence',
      '-c',
      'examples/verdict.yaml',
      'oci:examples/images:licence-denied',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ version: '1', complete: true });
  });

  it('refuses a policy that does not compile, and one that trusts what nobody vouched for, before it is at work', async () => {
    const toolchain = createToolchain({ cacheDirectory: CACHE });
    const faults = await toolchain.check({ files: [{ path: 'p.rego', text: 'package p\n\nallow if input.x[' }] });
    const tested = await toolchain.test({
      files: [{ path: 'p_test.rego', text: 'package p\n\ntest_it if 1 + 1 == 2\n\ntest_not if 1 == 2\n' }],
    });
    await toolchain.close();
    expect(faults).toMatchObject([{ code: 'rego_parse_error', file: 'p.rego' }]);
    expect(tested).toMatchObject({ ok: true });
    expect(JSON.stringify(tested)).toContain('test_not');
  });
});

describe('13. the policy reads what is there, not verdicts', () => {
  it('documents, descriptors, the digest, the time, and who signed', async () => {
    const evidence = plain(await exampleEvidence('oci:examples/images:allowed')) as {
      readonly subject: { readonly digest: string; readonly manifest: object };
      readonly context: { readonly time: string; readonly namespace: string };
      readonly artifacts: ReadonlyArray<{
        readonly size: number;
        readonly annotations: object;
        readonly mediaType: string;
        readonly reports: ReadonlyArray<{ readonly signers: readonly object[]; readonly outcome: string }>;
      }>;
      readonly documents: Readonly<Record<string, { readonly packages?: readonly object[] }>>;
    };
    expect(evidence.subject).toMatchObject({
      digest: expect.stringMatching(/^sha256:/),
      manifest: { layers: [{ digest: expect.stringMatching(/^sha256:/) }] },
    });
    expect(evidence.context).toMatchObject({ time: TIME.toISOString(), namespace: '' });
    expect(evidence.artifacts[0]).toMatchObject({ mediaType: expect.any(String), annotations: expect.any(Object) });
    const signers = evidence.artifacts.flatMap(({ reports }) => reports).flatMap((report) => report.signers);
    expect(signers).toContainEqual(
      expect.objectContaining({ kind: 'keyless', oidcIssuer: expect.any(String), certificate: expect.any(Object) }),
    );
    expect(Object.values(evidence.documents).some(({ packages = [] }) => packages.length > 0)).toBe(true);
  });
});

describe('14. signatures of today count, and any of several', () => {
  const outcomes = async (name: string, trusts: readonly string[]) => {
    const fixture = manifest.fixtures.find((one) => one.name === name) ?? expect.unreachable();
    return await Promise.all(trusts.map(async (trust) => bestOutcome(await reportsOf(fixture, trust))));
  };

  it.each(['keyless-bundle-rekor-v1', 'keyless-bundle-rekor-v2', 'attested-keyless-bundle-rekor-v1-slsaprovenance1'])(
    '%s: a Sigstore bundle as referrer',
    async (name) => {
      expect(await outcomes(name, ['sigstore', 'stranger'])).toEqual(['verified', 'present']);
    },
  );

  it.each(['several-bundle', 'several-legacy'])('%s: each of its signers', async (name) => {
    expect(await outcomes(name, ['keys', 'sigstore', 'stranger', 'other-key'])).toEqual([
      'verified',
      'verified',
      'verified',
      'present',
    ]);
  });
});

describe('15. CycloneDX, SLSA and VEX are evidence', () => {
  it.each([
    ['cyclonedx', 'https://cyclonedx.org/bom'],
    ['slsaprovenance1', 'https://slsa.dev/provenance/v1'],
    ['openvex', 'https://openvex.dev/ns'],
  ])('%s, read and verified', async (predicate, type) => {
    const name = `attested-keyless-bundle-rekor-v1-${predicate}`;
    const fixture = manifest.fixtures.find((one) => one.name === name) ?? expect.unreachable();
    const reports = await reportsOf(fixture, 'sigstore');
    expect(reports).toMatchObject([{ outcome: 'verified', read: true, document: expect.stringMatching(/^sha256:/) }]);
    expect(reports[0]?.type).toContain(type);
  });

  it('are judged by the starter policy', async () => {
    const ready = await examplePolicy();
    closing.push(ready.close);
    const denied = await decide(ready, plain(await exampleEvidence('oci:examples/images:no-provenance')));
    expect(denied.violations.map(({ code }) => code)).toContain('provenance.present');
  });
});

describe('16. verifiers run in this process', () => {
  it('starts no process for an artifact, but for a plugin that the operator turned on', () => {
    const sources = readdirSync(`${ROOT}src/verifiers`, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.startsWith('plugin/'),
    );
    expect(sources.length).toBeGreaterThan(10);
    for (const name of sources) {
      expect(readFileSync(join(ROOT, 'src/verifiers', name), 'utf8'), name).not.toContain('child_process');
    }
  });
});

describe('17. credentials and authorities belong to a registry', () => {
  const account = (password: string) => ({ kind: 'basic', username: 'jane', password }) as const;

  it('each host gets its own credential, and no other', async () => {
    const [one, other] = [await registry({ auth: account('one') }), await registry({ auth: account('other') })];
    const open = await registry();
    for (const made of [one, other, open]) made.image({ tag: 'v1' });
    const { store } = openStore({
      hosts: { [one.host]: { credential: account('one') }, [other.host]: { credential: account('other') } },
      credentials: async () => undefined,
    });
    closing.push(() => store.close());
    for (const made of [one, other, open]) await store.resolve(referenceTo(made, 'v1'), patience());
    const sent = (made: TestRegistry): readonly string[] =>
      made.requests.flatMap(({ headers }) => headers.authorization ?? []);
    expect(new Set(sent(one)).size).toBe(1);
    expect(sent(one)).not.toEqual(sent(other));
    expect(sent(open)).toEqual([]);
  });

  it('asks no address of its own network that nobody named', async () => {
    const { items } = await service.ask(RATIFY_VERIFY, '169.254.169.254/latest:1');
    expect(items[0]?.error).toContain('OPERATION_FORBIDDEN: REGISTRY_NOT_ALLOWED');
  });
});

describe('18. the same evidence has the same bytes', () => {
  it('in whatever order a registry lists it', async () => {
    const texts = await Promise.all(
      [false, true].map(async (isReversed) => {
        const store = new MemoryStore(['referrers-api']);
        const image = store.push({});
        store.tag('v1', image);
        const attached = [SPDX, SARIF].map((type) =>
          store.push({
            artifactType: type,
            subject: image.digest,
            layers: [{ mediaType: type, bytes: json({ type }) }],
          }),
        );
        store.list('referrers-api', image.digest, ...(isReversed ? attached.toReversed() : attached));
        const reference = parseReference('r.example/app:v1');
        const evidence: EvidenceSet = await gather({ ...REQUEST, reference }, meansOver(store));
        expect(evidence.head.artifacts).toHaveLength(2);
        return Buffer.from(serialize(evidence)).toString('utf8');
      }),
    );
    expect(texts[0]).toBe(texts[1]);
  });
});

describe('19. a namespace only tightens', () => {
  const said = (policy: string, allow: boolean) => ({
    policy,
    decision: readDecision(allow ? { allow } : { allow, violations: [{ code: `${policy}.no`, msg: 'no' }] }),
  });

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('everybody %s, the namespace %s', (everybody, own) => {
    const { allow, violations } = together([said('cluster', everybody), said('team', own)]);
    expect(allow).toBe(everybody && own);
    expect(violations.map(({ policy }) => policy)).toEqual([
      ...(everybody ? [] : ['cluster']),
      ...(own ? [] : ['team']),
    ]);
  });

  it('and nothing is allowed by no policy at all', () => {
    expect(together([]).allow).toBe(false);
  });
});

describe('20. it can be observed', () => {
  it('answers within the caller’s trace', async () => {
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const answer = await service.post(RATIFY_VERIFY, providerRequest(service.image('allowed')), { headers });
    expect(answer).toMatchObject({
      response: { items: [{ value: { traceID: '0af7651916cd43dd8448eb211c80319c' } }] },
    });
  });

  it('has labels with an end, without images and free texts', async () => {
    const label = new BoundedLabel(3);
    expect(['a', 'b', 'c', 'd', 'a'].map((value) => label.of(value))).toEqual(['a', 'b', 'c', OTHER, 'a']);
    await service.ask(RATIFY_VERIFY, service.image('allowed'), service.image('nosuch'));
    const text = await (await fetch(`${service.serving.url}/metrics`)).text();
    expect(text).not.toContain(service.registry.repository);
    for (const name of ['verdict_stage_duration_seconds', 'verdict_decisions_total', 'verdict_cache_events_total']) {
      expect(text).toContain(`# TYPE ${name} `);
    }
  });
});

describe('21. an index is decided with all its images', () => {
  it('looks for evidence at each of them', async () => {
    const layout = `oci:${ROOT}test/fixtures/layouts/nested-index`;
    const { head } = await exampleEvidence(`${layout}:${indexTag()}`);
    const architectures = head.subject.targets.map(({ platform }) => platform.architecture);
    expect(architectures).toEqual(expect.arrayContaining(['amd64', 'arm64', 'arm']));
    const arm64 = head.subject.targets.find(({ platform }) => platform.architecture === 'arm64');
    expect(head.artifacts.map(({ subject }) => subject)).toContain(arm64?.digest);
  });

  function indexTag(): string {
    const { manifests } = JSON.parse(readFileSync(`${ROOT}test/fixtures/layouts/nested-index/index.json`, 'utf8')) as {
      manifests: ReadonlyArray<{ annotations?: Readonly<Record<string, string>> }>;
    };
    return (
      manifests.flatMap(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] ?? [])[0] ??
      expect.unreachable()
    );
  }
});

describe('22. it works without a network', () => {
  it('verifies signatures of a layout with trust from files, and opens no connection', async () => {
    const connect = vi.spyOn(Socket.prototype, 'connect');
    const { head } = await exampleEvidence('oci:examples/images:allowed');
    expect(head.artifacts.flatMap(({ reports }) => reports).map(({ outcome }) => outcome)).toContain('verified');
    expect(connect).not.toHaveBeenCalled();
  });
});

describe('24. what a registry sends has limits', () => {
  it('reads no document beyond its limit, and says so', async () => {
    const made = await registry();
    const image = made.image({ tag: 'v1' });
    made.attach(image.digest, {
      artifactType: SPDX,
      layers: [{ mediaType: SPDX, bytes: JSON.stringify({ spdxVersion: 'x'.repeat(2000) }) }],
    });
    const { store } = openStore();
    closing.push(() => store.close());
    const means = meansOver(store, { limits: { documentBytes: 1000 } });
    const { head, documents } = await gather({ ...REQUEST, reference: referenceTo(made, 'v1') }, means);
    expect(head.artifacts.flatMap(({ reports }) => reports)).toMatchObject([{ error: { code: 'LIMIT_EXCEEDED' } }]);
    expect([...documents]).toEqual([]);
    expect(made.requests.filter(({ route }) => route === 'blob')).toEqual([]);
  });

  it('takes nothing that is longer than was announced', async () => {
    const made = await registry();
    const image = made.image({ tag: 'v1' });
    made.attach(image.digest, { artifactType: SPDX, layers: [{ mediaType: SPDX, bytes: '{}' }] });
    made.fault({ route: 'blob' }, { kind: 'long' });
    const { store } = openStore();
    closing.push(() => store.close());
    const { head } = await gather({ ...REQUEST, reference: referenceTo(made, 'v1') }, meansOver(store));
    expect(head.artifacts.flatMap(({ reports }) => reports)).toMatchObject([
      { outcome: 'failed', error: { code: 'SIZE_MISMATCH' } },
    ]);
  });
});

describe('25. mutation keeps the tag, and spares ReplicaSets', () => {
  it.each([MUTATE, '/ratify/gatekeeper/v1/mutate'])('at %s', async (path) => {
    const { items } = await service.ask(path, service.image('allowed'));
    expect(items[0]?.value).toMatch(/:allowed@sha256:[0-9a-f]{64}$/);
  });

  it('in the Assign set', () => {
    const text = readFileSync(`${ROOT}charts/verdict/samples/assign.yaml`, 'utf8');
    const kinds = parseAllDocuments(text)
      .map((document) => document.toJS() as { spec: { applyTo: ReadonlyArray<{ kinds: readonly string[] }> } })
      .flatMap(({ spec }) => spec.applyTo.flatMap((one) => one.kinds));
    expect(kinds).toContain('Pod');
    expect(kinds).not.toContain('ReplicaSet');
  });

  it('is asked only where the service is ready', async () => {
    const { app } = openApp(
      {},
      { health: { notReady: () => 'starting', metrics: { text: async () => '', contentType: '' } } },
    );
    expect((await app.inject('/readyz')).statusCode).toBe(503);
    expect((await fetch(`${service.serving.url}/readyz`)).status).toBe(200);
    await app.close();
  });
});

describe('26. Ratify’s clients stay as they are', () => {
  it.each([
    ['0.2.0', flat()],
    ['1.1.0', tree()],
  ] as const)('with reports of the form %s at Ratify’s URL', async (version, report) => {
    const { app } = openApp({ app: allowed(ratify(version, true, [report])) });
    const payload = JSON.stringify(providerRequest('[team]r.example/app:1'));
    const reply = await app.inject({ method: 'POST', url: RATIFY_VERIFY, payload });
    await app.close();
    expect(reply.json()).toMatchObject({
      apiVersion: 'externaldata.gatekeeper.sh/v1alpha1',
      response: { items: [{ value: { version, isSuccess: true, verifierReports: [report] } }] },
    });
  });
});

describe('23. a new configuration is swapped in whole', () => {
  it('one that does not hold leaves the old one at work, and the number of the one at work is told', async () => {
    const generation = await service.metric('verdict_policy_generation');
    service.configure('nosuch');
    expect(await service.serving.reload()).toBe(false);
    const revision = async (): Promise<unknown> => {
      const { items } = await service.ask(VALIDATE, service.image('allowed'));
      const { policies = [] } = (items[0]?.value ?? {}) as { policies?: ReadonlyArray<{ data: string }> };
      return policies[0]?.data;
    };
    const before = await revision();
    expect(await service.metric('verdict_policy_generation')).toBe(generation);
    service.configure('slsa');
    expect(await service.serving.reload()).toBe(true);
    expect(await service.metric('verdict_policy_generation')).toBeGreaterThan(generation);
    expect(await revision()).not.toBe(before);
  });
});
