import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/server/log.ts';
import { type Serving, serve } from '../../src/server/serve.ts';
import { createTracing, type Tracing } from '../../src/server/tracing.ts';
import { ROOT } from '../support/decide.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const OTHER = 'a3ce929d0e0e47364bf92f3577b34da6';
const CALLER = `00-${TRACE}-00f067aa0ba902b7-01`;

const directory = mkdtempSync(join(tmpdir(), 'verdict-traces-'));
const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const logged: Array<Readonly<Record<string, unknown>>> = [];
let now = Date.parse('2026-11-21T12:00:00Z');

let registry: TestRegistry;
let plain: Serving;
let observed: Serving;

const start = (tracing: Tracing): Promise<Serving> =>
  serve({
    load: () => loadConfig(join(directory, 'verdict.yaml'), directory),
    environment: { HOME: directory },
    log: createLogger({
      level: 'debug',
      write: (text) => void logged.push(JSON.parse(text)),
      now: () => new Date(now),
    }),
    out: () => undefined,
    now: () => now,
    processors: 2,
    tracing,
  });

beforeAll(async () => {
  registry = await startRegistry();
  putLayout(registry, `${ROOT}examples/images`);
  const keys = `${ROOT}examples/keys`;
  writeFileSync(
    join(directory, 'verdict.yaml'),
    `trust:
  acme: {type: sigstore, root: ${keys}/trusted_root.json}
  acme-keys: {type: keys, keys: [${keys}/scanner.pub], root: ${keys}/trusted_root.json}
policy: {config: {profile: demo, provenance: {repositories: ["https://github.com/acme/*"]}}}
registries: {"${registry.host}": {plainHttp: true}}
server: {port: 0}
`,
  );
  plain = await start(createTracing(undefined));
  observed = await start(createTracing(provider.getTracer('test')));
});
afterEach(() => {
  registry.clearFaults();
  registry.forget();
  exporter.reset();
  logged.length = 0;
  // Nothing that was decided before counts any more.
  now += 3_600_000;
});
afterAll(async () => {
  await Promise.all([plain.close(), observed.close(), registry.close()]);
  rmSync(directory, { recursive: true });
});

async function verify({ url }: Serving, tag: string, headers: Readonly<Record<string, string | string[]>> = {}) {
  const body = JSON.stringify({ reference: registry.reference(tag) });
  const answer = await request(`${url}/v1/verify`, { method: 'POST', body, headers });
  return { status: answer.statusCode, json: (await answer.body.json()) as Record<string, unknown> };
}

/** Waits for what is told after the answer was sent. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo() && tries < 400; tries++) await new Promise((go) => setTimeout(go, 25));
}

const told = (message: string) => logged.filter(({ msg }) => msg === message);
const traceparents = () => registry.requests.map(({ headers }) => headers.traceparent ?? '');
const spanIds = () => traceparents().map((text) => text.split('-')[2]);

describe('the trace of a request', () => {
  it('is its caller’s: in its log lines, and in every request to a registry, each with a span of its own', async () => {
    await verify(plain, 'allowed', { traceparent: CALLER, tracestate: 'vendor=1', baggage: 'user=jane' });
    expect(told('decided')).toMatchObject([{ traceId: TRACE, allow: true }]);
    expect(registry.requests.length).toBeGreaterThan(3);
    expect(new Set(traceparents().map((text) => text.slice(0, 36)))).toEqual(new Set([`00-${TRACE}-`]));
    expect(new Set(spanIds()).size).toBe(registry.requests.length);
    expect(new Set(registry.requests.map(({ headers }) => headers.tracestate))).toEqual(new Set(['vendor=1']));
    expect(registry.requests.every(({ headers }) => headers.baggage === undefined)).toBe(true);
    await verify(plain, 'allowed', { traceparent: CALLER });
    await until(() => told('answered').length === 2);
    expect(told('answered').map(({ traceId }) => traceId)).toEqual([TRACE, TRACE]);
  });

  it('stands in the line that says why there is no decision', async () => {
    registry.fault({ route: 'manifest' }, { kind: 'answer', status: 404 });
    expect((await verify(plain, 'gone', { traceparent: CALLER })).status).toBe(404);
    expect(told('no decision')).toMatchObject([{ traceId: TRACE, error: { code: 'NOT_FOUND' } }]);
  });

  it.each([
    ['no header', {}],
    ['nonsense', { traceparent: 'x'.repeat(8000), tracestate: 'vendor=1' }],
    ['two of them', { traceparent: [CALLER, CALLER], tracestate: 'vendor=1' }],
    ['a version nobody knows', { traceparent: CALLER.replace('00', 'ff') }],
  ])('is a new one where there is %s', async (_name, headers) => {
    await verify(plain, 'allowed', headers as Record<string, string>);
    const [{ traceId } = {}] = told('decided');
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceId).not.toBe(TRACE);
    expect(new Set(traceparents().map((text) => text.slice(0, 36)))).toEqual(new Set([`00-${String(traceId)}-`]));
    expect(registry.requests.every(({ headers }) => headers.tracestate === undefined)).toBe(true);
  });

  it.each([
    ['of 40 members', Array.from({ length: 40 }, (_, at) => `k${at}=v`).join(',')],
    ['that is huge', `a=${'x'.repeat(5000)}`],
    ['that is malformed', 'a=1,,=,b'],
  ])('leaves a tracestate behind %s', async (_name, tracestate) => {
    await verify(plain, 'allowed', { traceparent: CALLER, tracestate });
    expect(registry.requests.length).toBeGreaterThan(3);
    expect(traceparents().every((text) => text.includes(TRACE))).toBe(true);
    expect(registry.requests.every(({ headers }) => headers.tracestate === undefined)).toBe(true);
  });

  it('is told to no other host that a registry leads to', async () => {
    const storage = await startRegistry({ address: '127.0.0.2' });
    try {
      storage.file('/blob', 'no such bytes');
      registry.fault({ route: 'blob' }, { kind: 'redirect', to: `${storage.url}/blob` });
      // Kept content needs no request: this service has kept none.
      const fresh = await start(createTracing(undefined));
      await verify(fresh, 'allowed', { traceparent: CALLER, tracestate: 'vendor=1' });
      await fresh.close();
      expect(storage.requests.length).toBeGreaterThan(0);
      for (const { headers } of storage.requests) {
        expect([headers.traceparent, headers.tracestate]).toEqual([undefined, undefined]);
      }
    } finally {
      await storage.close();
    }
  });
});

describe('work that is shared', () => {
  it('belongs to the trace of the one who began it; who joins says so', async () => {
    registry.fault(
      { route: 'manifest' },
      { kind: 'answer', status: 503, headers: { 'retry-after': '1' } },
      { times: 1 },
    );
    const answers = await Promise.all([
      verify(plain, 'allowed', { traceparent: CALLER }),
      verify(plain, 'allowed', { traceparent: `00-${OTHER}-00f067aa0ba902b7-01` }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const [{ traceId: first } = {}, ...more] = told('decided');
    expect(more).toEqual([]);
    const second = first === TRACE ? OTHER : TRACE;
    expect(told('joined')).toMatchObject([{ traceId: second, joined: first }]);
    const asked = new Set(traceparents().map((text) => text.split('-')[1]));
    expect(asked.has(String(first))).toBe(true);
    await until(() => told('answered').length === 2);
    expect(new Set(told('answered').map(({ traceId }) => traceId))).toEqual(new Set([TRACE, OTHER]));
  });

  it('in the background has a new one', async () => {
    await verify(plain, 'allowed', { traceparent: CALLER });
    logged.length = 0;
    registry.forget();
    now += 70_000;
    const { json } = await verify(plain, 'allowed', { traceparent: CALLER });
    expect(json).toMatchObject({ allow: true, cached: { age: 70_000 } });
    await until(() => told('decided').length > 0);
    const [{ traceId } = {}] = told('decided');
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceId).not.toBe(TRACE);
    const byTrace = Map.groupBy(registry.requests, ({ headers }) => headers.traceparent?.split('-')[1]);
    // The tag was resolved again for the caller; all else was nobody's.
    expect(byTrace.get(TRACE)).toHaveLength(1);
    expect(byTrace.get(String(traceId))?.length).toBeGreaterThan(1);
  });
});

interface Node {
  readonly name: string;
  readonly below: readonly Node[];
}

const names = () => exporter.getFinishedSpans().map(({ name }) => name);

/** The spans as a tree, equal siblings once. */
function tree(spans: readonly ReadableSpan[], parent: string): readonly Node[] {
  const own = spans.filter(({ parentSpanContext }) => (parentSpanContext?.spanId ?? '') === parent);
  const nodes = own.map((span) => ({ name: span.name, below: tree(spans, span.spanContext().spanId) }));
  const texts = [...new Set(nodes.map((node) => JSON.stringify(node)))].sort();
  return texts.map((text) => JSON.parse(text) as Node);
}

describe('spans', () => {
  it('are those of one request, from the route to the registry', async () => {
    await verify(observed, 'allowed', { traceparent: CALLER });
    await until(() => names().includes('request'));
    const spans = exporter.getFinishedSpans();
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([TRACE]));
    const leaf = (name: string): Node => ({ name, below: [] });
    const resolved = { name: 'resolve', below: [leaf('registry request')] };
    // What the tag stands for is known by then.
    const gathered = { name: 'gather', below: [leaf('registry request'), leaf('verify')] };
    expect(tree(spans, '00f067aa0ba902b7')).toEqual([
      { name: 'request', below: [{ name: 'decide', below: [gathered, leaf('policy'), resolved] }] },
    ]);
    const one = (name: string) => spans.find((span) => span.name === name)?.attributes;
    expect(one('request')).toEqual({
      'http.route': '/v1/verify',
      'http.request.method': 'POST',
      'http.response.status_code': 200,
    });
    expect(one('decide')).toEqual({
      'verdict.reference': registry.reference('allowed'),
      'verdict.allow': true,
      'verdict.code': '',
      'verdict.cache': 'miss',
      'verdict.made_in': TRACE,
    });
    expect(one('registry request')).toMatchObject({
      'server.address': registry.host,
      'http.request.method': 'GET',
      'http.response.status_code': 200,
    });
    expect(one('verify')).toMatchObject({
      'verdict.outcomes': expect.any(String),
      'verdict.reports': expect.any(Number),
    });
    const ids = new Set(spans.map((span) => span.spanContext().spanId));
    expect(spanIds().every((id) => ids.has(id ?? ''))).toBe(true);
  });

  it('of a decision that is reused are two, and of health there are none', async () => {
    await verify(observed, 'allowed');
    await until(() => names().includes('request'));
    exporter.reset();
    await verify(observed, 'allowed');
    await until(() => names().includes('request'));
    await request(`${observed.url}/livez`).then(({ body }) => body.dump());
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual(['decide', 'request']);
    expect(spans[0]?.attributes['verdict.cache']).toBe('hit');
  });

  it('of what fails have its code', async () => {
    registry.fault({ route: 'manifest' }, { kind: 'answer', status: 403 });
    await verify(observed, 'denied');
    const failed = exporter.getFinishedSpans().filter(({ status }) => status.code === 2);
    const codes = failed.map(({ name, attributes }) => [name, attributes['error.type']]);
    expect(codes).toContainEqual(['decide', 'REGISTRY_DENIED']);
    expect(codes).toContainEqual(['resolve', 'REGISTRY_DENIED']);
    await until(() => names().includes('request'));
    const request = exporter.getFinishedSpans().find(({ name }) => name === 'request');
    expect(request?.attributes).toMatchObject({ 'error.type': 'REGISTRY_DENIED', 'http.response.status_code': 500 });
  });
});

describe('the command line', () => {
  it('does not load OpenTelemetry', () => {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(/(?:\bfrom\s+|\bimport\(\s*)'([^']+)'/g)) {
        if (!specifier.startsWith('.')) packages.add(specifier);
        else if (!specifier.includes('/server/')) visit(resolve(dirname(path), specifier));
      }
    };
    const commands = `${ROOT}src/cli/commands`;
    for (const name of readdirSync(commands)) if (name !== 'serve.ts') visit(join(commands, name));
    visit(`${ROOT}src/cli/main.ts`);
    expect(seen.size).toBeGreaterThan(100);
    expect([...packages].filter((name) => name.startsWith('@opentelemetry'))).toEqual([]);
  });
});
