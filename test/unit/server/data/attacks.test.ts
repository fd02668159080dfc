import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH } from '../../../../src/json.ts';
import { appOf, fault, get, madePolicy, post, result } from './api.ts';

const DECISION = '/v1/data/verdict/decision';
const ROUTES = [DECISION, '/v0/data/verdict/decision', '/', '/v1/batch/data/verdict/decision'];

/** A value as each route expects its input. */
const bodyFor = (url: string, value: string): string =>
  url.startsWith('/v1/batch') ? `{"inputs":{"a":${value}}}` : url.startsWith('/v1') ? `{"input":${value}}` : value;

describe.each(ROUTES)('POST %s', (url) => {
  it.each([
    ['duplicate keys', '{"a":1,"a":2}'],
    ['duplicate keys, one escaped', '{"a":1,"\\u0061":2}'],
    ['duplicate keys deep inside', '[{"x":{"a":1,"b":2,"a":3}}]'],
    ['a lone surrogate', '"\\ud800"'],
    ['a lone surrogate in a key', '{"\\udc00":1}'],
    ['surrogates in the wrong order', '"\\udc00\\ud800"'],
    ['an absurd exponent', '1e999999999'],
    ['an absurd negative exponent', '-1e-999999999'],
    ['an absurd number of digits', '1'.repeat(100_000)],
    ['deep arrays', '['.repeat(100_000)],
    ['deep closed arrays', `${'['.repeat(MAX_JSON_DEPTH + 1)}${']'.repeat(MAX_JSON_DEPTH + 1)}`],
    ['deep objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
    ['a second value', '1 2'],
    ['a trailing comma', '[1,]'],
    ['a comment', '/* */1'],
    ['a control character', '"\u0001"'],
    ['NaN', 'NaN'],
    ['a single quote', "'a'"],
    ['a byte order mark', '\ufeff1'],
  ])('refuses %s before any policy is asked', async (_name, value) => {
    const { deps, asked } = madePolicy();
    expect(await post(appOf(deps), url, bodyFor(url, value))).toMatchObject({
      status: 400,
      json: { code: 'invalid_parameter', errors: [{ code: 'DOCUMENT_INVALID' }] },
    });
    expect(asked).toEqual([]);
  });

  it('refuses bytes that are no UTF-8', async () => {
    const { deps, asked } = madePolicy();
    const body = Buffer.from(bodyFor(url, '"?"'));
    body[body.indexOf('?')] = 0xff;
    expect(await post(appOf(deps), url, body)).toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  });

  it('refuses YAML, unknown encodings and broken gzip', async () => {
    const { deps, asked } = madePolicy();
    const app = appOf(deps);
    const body = bodyFor(url, '1');
    for (const headers of [
      { 'content-type': 'application/x-yaml' },
      { 'content-type': 'Text/YAML; x=y' },
      { 'content-type': 'application/json', 'content-encoding': 'br' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip, gzip' },
    ]) {
      expect(await post(app, url, body, headers as unknown as Record<string, string>)).toMatchObject({ status: 400 });
    }
    const cut = gzipSync(body).subarray(0, -9);
    expect(await post(app, url, cut, { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  });

  it('refuses a body that is too large, packed or not', async () => {
    const { deps, asked } = madePolicy();
    const app = appOf({ ...deps, bodyBytes: 1000 });
    const large = bodyFor(url, `"${'x'.repeat(1000)}"`);
    const refusal = { status: 400, json: { code: 'invalid_parameter' } };
    expect(await post(app, url, large)).toMatchObject(refusal);
    expect(await post(app, url, gzipSync(large), { 'content-encoding': 'gzip' })).toMatchObject({
      ...refusal,
      json: { errors: [{ code: 'LIMIT_EXCEEDED' }] },
    });
    expect(await post(app, url, bodyFor(url, '1'))).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(1);
  });
});

describe('whatever is sent', () => {
  it('reaches the policy as it is or not at all', async () => {
    const { deps, asked } = madePolicy();
    const app = appOf(deps);
    const near = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 3 })).map(([text, place, added]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + added + text.slice(at);
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), near, fc.string()), async (text) => {
        const before = asked.length;
        const { status, body } = await post(app, DECISION, `{"input":${text}}`);
        expect([200, 400]).toContain(status);
        expect(asked).toHaveLength(before + (status === 200 ? 1 : 0));
        if (status === 200) {
          const sent: unknown = JSON.parse(`{"input":${text}}`);
          const { result: answered } = JSON.parse(body) as { result: unknown };
          expect(answered).toEqual((sent as { input: unknown }).input);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('paths', () => {
  it.each([
    '/v1/data/verdict%2Fdecision',
    '/v1/data/verdict/decision%00',
    '/v1/data/verdict/decision.',
    '/v1/data/verdict/decision%2F',
    '/v1/data/VERDICT/decision',
    '/v1/data/verdict/%64ecision%20',
    '/v1/data/__proto__/constructor',
    `/v1/data/${'a/'.repeat(3000)}`,
    `/v1/data/${'a'.repeat(6000)}`,
    '/v1/data/%F0%9F%92%A9',
  ])('find nothing at %s', async (url) => {
    const { deps, asked } = madePolicy();
    expect(await post(appOf(deps), url, '{"input":1}')).toMatchObject({ status: 200, body: '{}\n' });
    expect(asked).toEqual([]);
  });

  it('are one name however they are encoded', async () => {
    const { deps, asked } = madePolicy();
    const app = appOf(deps);
    for (const url of [
      '/v1/data/verdict/%64ecision',
      '/v1/data//verdict//decision//',
      '/v1/data/%76erdict/decision?x',
    ]) {
      expect(await post(app, url, '{"input":1}')).toMatchObject({ body: '{"result":1}\n' });
    }
    expect(asked).toHaveLength(3);
  });

  it('give a package whose names are special', async () => {
    const { deps } = madePolicy({ 'p/__proto__': () => result('1'), 'p/constructor/toString': () => result('2') });
    expect((await post(appOf(deps), '/v1/data/p', '{"input":1}')).body).toBe(
      '{"result":{"__proto__":1,"constructor":{"toString":2}}}\n',
    );
  });

  it('that are wrongly encoded are a bad request', async () => {
    const { deps, asked } = madePolicy();
    expect((await get(appOf(deps), '/v1/data/verdict/%zz')).status).toBe(400);
    expect(asked).toEqual([]);
  });
});

describe('over a connection', () => {
  const open: { close: () => Promise<unknown> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });

  async function listening(deps: Parameters<typeof appOf>[0]): Promise<{ app: FastifyInstance; address: string }> {
    const app = appOf(deps);
    open.push(app);
    return { app, address: await app.listen({ port: 0, host: '127.0.0.1' }) };
  }

  /** Sends bytes as they are, and returns all that comes back. */
  const raw = (port: number, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'));
      socket.on('data', (part) => parts.push(part));
      socket.on('close', () => resolve(Buffer.concat(parts).toString()));
      socket.on('error', reject);
    });

  it('takes dots in a path as names, not as steps', async () => {
    const { deps, asked } = madePolicy();
    const port = Number(new URL((await listening(deps)).address).port);
    const head = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 11\r\n\r\n{"input":1}`;
    for (const path of [
      '/v1/data/x/../verdict/decision',
      '/v1/data/./verdict/decision',
      '/v1/data/x/%2e%2e/verdict/decision',
    ]) {
      expect(await raw(port, head(path))).toMatch(/^HTTP\/1.1 200 [\s\S]*\r\n\r\n\{\}\n$/);
    }
    expect(await raw(port, head('/v1/data/verdict/decision?x=\xe9'))).toMatch(/^HTTP\/1.1 400 /);
    expect(asked).toEqual([]);
  });

  it('answers a hundred callers at once, each its own', async () => {
    const { deps } = madePolicy({
      'p/mixed': async (input) => {
        await new Promise((resolve) => setImmediate(resolve));
        return Number(input) % 3 === 0 ? fault() : result(`{"mine":${input}}`);
      },
    });
    const { address } = await listening(deps);
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const response = await fetch(`${address}/v1/data/p/mixed`, { method: 'POST', body: `{"input":${index}}` });
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
      }),
    );
    for (const [index, { status, body }] of answers.entries()) {
      expect(status).toBe(index % 3 === 0 ? 500 : 200);
      expect(body.result).toEqual(index % 3 === 0 ? undefined : { mine: index });
    }
  });

  it('stops a batch whose caller has gone', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { deps, asked } = madePolicy({
      'p/held': async (input) => {
        await held;
        return result(input);
      },
    });
    const { app, address } = await listening(deps);
    const gone = new Promise<void>((resolve) => {
      app.server.once('connection', (socket: Socket) => socket.once('close', () => resolve()));
    });
    const inputs = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, index]));
    const abort = new AbortController();
    const body = JSON.stringify({ inputs });
    const request = fetch(`${address}/v1/batch/data/p/held`, { method: 'POST', body, signal: abort.signal });
    await expect.poll(() => asked.length).toBe(4);
    abort.abort();
    await expect(request).rejects.toThrow();
    await gone;
    release?.();
    await app.close();
    expect(asked).toHaveLength(4);
  });
});
