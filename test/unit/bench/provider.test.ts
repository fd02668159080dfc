import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openAuthorities } from '../../../bench/provider/authorities.ts';
import type { Result } from '../../../bench/provider/bench.ts';
import { ratifyConfig, verdictConfig } from '../../../bench/provider/configuration.ts';
import { takeAnswer } from '../../../bench/provider/connection.ts';
import { makeAttached } from '../../../bench/provider/images.ts';
import { type Listening, listen } from '../../../bench/provider/listen.ts';
import { load } from '../../../bench/provider/load.ts';
import { parseOptions } from '../../../bench/provider/options.ts';
import { ProxyServer } from '../../../bench/provider/proxy-server.ts';
import { CONTROLS, type Recipe, SBOM_CONTROLS } from '../../../bench/provider/recipe.ts';
import { RegistryServer } from '../../../bench/provider/registry-server.ts';
import { measureSeries } from '../../../bench/provider/series.ts';
import { judge, parseVerdicts, readVerdicts } from '../../../bench/provider/verdicts.ts';
import { World } from '../../../bench/provider/world.ts';
import { ROOT } from '../../support/decide.ts';

const directory = mkdtempSync(join(tmpdir(), 'verdict-bench-test-'));
const closers: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rmSync(directory, { recursive: true }));

const response = (items: string, systemError = ''): string =>
  `{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderResponse","response":{"items":[${items}],"systemError":"${systemError}"}}`;
const verdict = (key: string, allow: boolean): string => `{"key":"${key}","value":{"allow":${allow},"message":""}}`;
const ratify = (key: string, isSuccess: boolean): string =>
  `{"key":"${key}","value":{"version":"1.1.0","isSuccess":${isSuccess},"verifierReports":[{"isSuccess":${!isSuccess}}]}}`;

/** Answers with what is said for the keys, in pieces, as Go's servers send what is large. */
async function provide(answer: (keys: readonly string[]) => string): Promise<Listening> {
  const provider = await listen(0, (request, reply) => {
    void text(request).then((body) => {
      const { keys } = (JSON.parse(body) as { request: { keys: string[] } }).request;
      const said = answer(keys);
      reply.write(said.slice(0, 40));
      reply.end(said.slice(40));
    });
  });
  closers.push(provider.close);
  return provider;
}

describe('an answer', () => {
  it.each([
    ['a decision that allows', response(verdict('a', true)), ['allowed']],
    ['a decision that denies', response(verdict('a', false)), ['denied']],
    ["Ratify's success", response(ratify('a', true)), ['allowed']],
    ["Ratify's failure, with a report of success in it", response(ratify('a', false)), ['denied']],
    ['a system error beside items', response(verdict('a', true), 'timed out'), ['undecided']],
    ['an error of the item', response('{"key":"a","value":{"allow":true},"error":"no such image"}'), ['undecided']],
    ['no item', response(''), ['undecided']],
    ['an item of another key', response(verdict('b', true)), ['undecided']],
    ['two items of the key', response(`${verdict('a', true)},${verdict('a', true)}`), ['undecided']],
    ['a verdict that is no boolean', response('{"key":"a","value":{"allow":"true"}}'), ['undecided']],
    ['no value', response('{"key":"a","value":null}'), ['undecided']],
    ['members in another order', response('{"value":{"message":"","allow":true},"key":"a"}'), ['allowed']],
    ['no JSON', '502 Bad Gateway', ['undecided']],
  ])('with %s is read as parsing reads it', (_, answer, verdicts) => {
    expect(readVerdicts(answer, ['a'])).toEqual(verdicts);
    expect(parseVerdicts(answer, ['a'])).toEqual(verdicts);
  });

  it('is judged key by key', () => {
    const answer = response(`${verdict('b', false)},${verdict('a', true)}`);
    expect(judge(answer, { keys: ['a', 'b', 'c'], allowed: true })).toEqual({
      right: 1,
      wrongAllow: 0,
      wrongDeny: 1,
      undecided: 1,
    });
    expect(judge(answer, { keys: ['a', 'b'], allowed: false })).toMatchObject({ right: 1, wrongAllow: 1 });
  });

  it('is taken from a connection whole, framed by length or in chunks', () => {
    const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc';
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n';
    for (const whole of [plain, chunked]) {
      const bytes = Buffer.from(whole);
      expect(takeAnswer(Buffer.concat([bytes, Buffer.from('HTTP')]))).toEqual({ body: 'abc', end: bytes.length });
      for (let end = 0; end < bytes.length; end++) expect(takeAnswer(bytes.subarray(0, end))).toBeUndefined();
    }
    expect(() => takeAnswer(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow('without a length');
  });
});

describe('the generator', () => {
  it('counts every request, and what was answered wrongly', async () => {
    const seen: string[] = [];
    const provider = await provide(([key = '']) => {
      seen.push(key);
      return response(key === 'lost' ? '' : ratify(key, key !== 'good-but-denied'));
    });
    const question = (key: string, allowed: boolean) => ({ keys: [key], allowed });
    const { times, verdicts } = await load({
      url: `http://127.0.0.1:${provider.port}/verify`,
      questions: [
        question('good', true),
        question('good-but-denied', true),
        question('bad-but-allowed', false),
        question('lost', true),
      ],
      connections: 3,
      until: { kind: 'requests', requests: 40 },
    });
    expect(times).toHaveLength(40);
    expect(seen).toHaveLength(40);
    expect(verdicts).toEqual({ right: 10, wrongDeny: 10, wrongAllow: 10, undecided: 10 });
  });

  it('fails where the server goes away', async () => {
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as { port: number };
    const asked = load({
      url: `http://127.0.0.1:${port}/`,
      questions: [{ keys: ['a'], allowed: true }],
      connections: 1,
      until: { kind: 'requests', requests: 1 },
    });
    await expect(asked).rejects.toThrow('closed the connection');
  });
});

describe('the registry and its proxy', () => {
  async function start(recipe: Recipe): Promise<{ url: string; proxy: ProxyServer; digest: string }> {
    const registry = new RegistryServer();
    const proxy = new ProxyServer(await registry.start(0));
    closers.push(() => registry.close());
    const url = `http://127.0.0.1:${await proxy.start(0)}/v2/bench`;
    closers.push(() => proxy.close());
    const attached = makeAttached(recipe, 'v1', await openAuthorities(directory));
    registry.put(attached, 'v1');
    return { url, proxy, digest: attached.image.digest };
  }

  it('count requests, refusals, bytes, rounds and what is under way at once', async () => {
    const { url, proxy, digest } = await start({ kind: 'signed', signatures: 4 });
    proxy.latency = 50;
    const image = await fetch(`${url}/manifests/v1`);
    const bytes = (await image.arrayBuffer()).byteLength;
    const list = await (await fetch(`${url}/referrers/${digest}?artifactType=a`)).text();
    const { manifests } = JSON.parse(list) as { manifests: Array<{ digest: string; artifactType: string }> };
    expect(manifests.map(({ artifactType }) => artifactType)).toEqual(
      Array(4).fill('application/vnd.cncf.notary.signature'),
    );
    const all = await Promise.all(
      manifests.map(async (one) => await (await fetch(`${url}/manifests/${one.digest}`)).arrayBuffer()),
    );
    expect((await fetch(`${url}/manifests/nosuch`, { method: 'HEAD' })).status).toBe(404);
    const sizes = all.reduce((sum, one) => sum + one.byteLength, bytes + list.length);
    expect(proxy.take()).toEqual({ requests: 7, refused: 1, bytes: sizes, most: 4, rounds: 4 });
    expect(proxy.take()).toMatchObject({ requests: 0, rounds: 0 });
  });

  it('delay every request', async () => {
    const { url, proxy } = await start({ kind: 'signed', signatures: 0 });
    proxy.latency = 80;
    const started = performance.now();
    await (await fetch(`${url}/manifests/v1`)).arrayBuffer();
    expect(performance.now() - started).toBeGreaterThanOrEqual(79);
  });
});

describe('the whole', () => {
  const program = `${ROOT}src/cli/main.ts`;

  it('asks Verdict for what must be allowed and denied, and counts registry requests', async () => {
    const world = await World.start({ directory, registryPort: 0, proxyPort: 0 });
    closers.push(() => world.close());
    const amounts = { runs: 1, images: 1, seconds: 1, distinct: 1, soak: 1, latency: 0 };
    const bench = { world, target: { kind: 'verdict', program } as const, amounts };
    const point = (recipe: Recipe, signatures: number) =>
      ({ name: `${signatures}`, recipe, by: 'digest', path: { kind: 'proxy', latency: 0 } }) as const;
    const measure = async (setup: 'signatures' | 'sboms', points: ReturnType<typeof point>[]): Promise<Result> =>
      await measureSeries(bench, { name: 'smoke', setup, note: '', points, requests: 2 });
    const figures = ({ columns, rows }: Result, name: string): unknown[] =>
      rows.map((row) => row[columns.indexOf(name)]);

    const counts = [0, 1, 3];
    const signed = await measure(
      'signatures',
      counts.map((count) => point({ kind: 'signed', signatures: count }, count)),
    );
    expect(figures(signed, 'registry requests')).toEqual(counts.map((count) => 2 + 2 * count));
    expect(figures(signed, 'wrong')).toEqual([0, 0, 0]);
    expect(signed.controls).toEqual({ right: 2 * CONTROLS.length, wrongAllow: 0, wrongDeny: 0, undecided: 0 });

    const sboms = await measure('sboms', [point({ kind: 'mixed', artifacts: 5 }, 4)]);
    expect(figures(sboms, 'wrong')).toEqual([0]);
    expect(sboms.controls).toEqual({ right: 2 * SBOM_CONTROLS.length, wrongAllow: 0, wrongDeny: 0, undecided: 0 });
  });

  it('counts a server that allows everything as wrong', async () => {
    const provider = await provide((keys) => response(keys.map((key) => verdict(key, true)).join(',')));
    const { stdout } = await promisify(execFile)(process.execPath, [
      `${ROOT}bench/provider.ts`,
      `--url=http://127.0.0.1:${provider.port}/`,
      `--directory=${directory}`,
      '--scenarios=batch',
      '--runs=1',
      '--latency=1',
      '--json',
    ]);
    const { results } = JSON.parse(stdout) as { results: readonly Result[] };
    expect(results[0]?.controls).toEqual({ right: 0, wrongAllow: 6, wrongDeny: 0, undecided: 0 });
    expect(results[0]?.rows.map((row) => row.at(-1))).toEqual([0, 0]);
  });
});

describe('configurations for servers started by hand', () => {
  const place = { directory, port: 6001, registry: 5000, proxy: 5001 };

  it('name the same registries, authority and rules', async () => {
    await openAuthorities(directory);
    const verdictYaml = parse(verdictConfig('sboms', place)) as {
      registries: object;
      trust: { acme: { ca: string[] } };
    };
    expect(Object.keys(verdictYaml.registries)).toEqual(['127.0.0.1:5000', '127.0.0.1:5001']);
    const [ca = ''] = verdictYaml.trust.acme.ca;
    expect(readFileSync(ca, 'utf8')).toContain('BEGIN CERTIFICATE');
    const { verifier, store } = ratifyConfig('sboms', place) as {
      verifier: { plugins: Array<{ type: string; verificationCerts?: string[] }> };
      store: { plugins: Array<{ cosignEnabled: boolean }> };
    };
    expect(verifier.plugins.map(({ type }) => type)).toEqual(['notation', 'sbom']);
    expect(ca.startsWith(verifier.plugins[0]?.verificationCerts?.[0] ?? 'nothing')).toBe(true);
    expect(store.plugins[0]?.cosignEnabled).toBe(false);
  });

  it.each([
    [['--scenarios', 'nosuch'], 'takes some of'],
    [['--runs', '-1'], ''],
    [['--runs', 'many'], 'takes a number'],
    [['--command', 'ratify serve'], 'needs --url'],
    [['--url', 'https://127.0.0.1/'], 'http:'],
    [['--url', 'http://127.0.0.1:1/', '--scenarios', 'start'], 'started here'],
    [['--configure', 'nosuch'], 'takes one of'],
  ])('options %j are refused', (parameters, message) => {
    expect(() => parseOptions(['--directory', directory, ...parameters])).toThrow(message);
  });
});
