import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestBody } from '../gatekeeper/client.ts';
import { expectHealthy, expectSound } from './expect.ts';
import type { ServiceProcess } from './process.ts';
import { head, Raw, whole } from './raw.ts';
import { ALLOWED } from './site.ts';

interface Response {
  readonly items: ReadonlyArray<{ readonly key: string; readonly value?: { allow: unknown }; readonly error?: string }>;
  readonly systemError: string;
}

const MANY_CONNECTIONS = 300;
const SLOW_CLIENTS = 50;
const BODY_BYTES = 1024 * 1024;

/** What hostile clients and keys do while many ask; each for `duration` milliseconds. */
export function attackRuns(service: () => ServiceProcess, duration: number): void {
  const raw = async (): Promise<Raw> => await Raw.open(service().site, service().url);

  /** What one request is answered with. */
  async function post(body: string | Uint8Array, path?: string): Promise<{ status: number; body: string } | undefined> {
    const client = await raw();
    client.say(whole(body, path));
    const answered = await client.answer();
    client.close();
    return answered;
  }

  async function validate(keys: readonly string[]): Promise<Response> {
    const answered = await post(requestBody(keys));
    expect(answered?.status).toBe(200);
    return (JSON.parse(answered?.body ?? '') as { response: Response }).response;
  }

  /** While others are served as ever. */
  async function during(happen: () => Promise<void>): Promise<void> {
    const running = service();
    const { rss } = running;
    const heard = await running.under(duration, happen);
    expectSound(heard);
    expect(heard.wrongDenials).toEqual([]);
    await expectHealthy(running, rss);
  }

  describe('slow clients', () => {
    it.each([
      ['head', 'POST /v1/gatekeeper/validate HTTP/1.1\r\nhost: verdict\r\n', 'x'],
      ['body', head(BODY_BYTES), ' '],
    ])('that send their %s drop by drop take nothing from others', async (_, start, drop) => {
      const clients = await Promise.all(Array.from({ length: SLOW_CLIENTS }, raw));
      for (const client of clients) client.say(start);
      await during(async () => {
        for (let at = 0; at < 5; at++) {
          for (const client of clients) client.say(drop);
          await sleep(duration / 5);
        }
      });
      for (const client of clients) client.close();
    });

    it('that connect and say nothing, many of them, take nothing from others', async () => {
      const clients = await Promise.all(Array.from({ length: MANY_CONNECTIONS }, raw));
      await during(async () => undefined);
      for (const client of clients) client.close();
    });

    it('that leave in the middle take nothing from others', async () => {
      await during(async () => {
        const bytes = whole(requestBody([service().site.fresh(ALLOWED)]));
        const clients = await Promise.all(Array.from({ length: SLOW_CLIENTS }, raw));
        for (const [at, client] of clients.entries()) {
          client.say(bytes.subarray(0, bytes.length - (at % 2)));
          client.socket.end();
        }
        await sleep(duration);
        for (const client of clients) client.close();
      });
    });
  });

  describe('bodies', () => {
    const deep = `{"request":{"keys":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;

    it.each([
      ['is empty', ''],
      ['is no JSON', 'keys=a'],
      ['is cut short', '{"request":{"keys":["a"'],
      ['nests deeply', deep],
      ['has no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
      ['has half a surrogate', '{"request":{"keys":["\\ud800"]}}'],
      ['names a key twice', '{"request":{"keys":["a"],"keys":["b"]}}'],
      ['has keys that are no texts', '{"request":{"keys":[1,null,{}]}}'],
      ['has a list for a request', '{"request":[]}'],
      ["sets somebody's prototype", '{"__proto__":{"allow":true},"request":{"keys":["a"],"__proto__":{"allow":true}}}'],
      ['is a number', '1e999'],
      ['holds 10,000 keys', requestBody(Array.from({ length: 10_000 }, (_, at) => `r.example/a:${at}`))],
      ['is larger than it may be', Buffer.alloc(BODY_BYTES + 1, 0x20)],
    ])('of which one %s are answered without an allow', async (_, body) => {
      const answered = await post(body);
      expect(answered?.status).toBe(200);
      const { response } = JSON.parse(answered?.body ?? '') as { response: Response };
      expect(response.items.filter(({ value }) => value !== undefined)).toEqual([]);
      // Either it is refused as a whole, or every key of it with its reason.
      expect(response.systemError === '' && response.items.length === 0).toBe(false);
      for (const { error } of response.items) expect(error).toMatch(/^[A-Z_]+: /);
    });

    it('that promise more than they may hold are refused before they come', async () => {
      const client = await raw();
      client.say(head(50 * 1024 * BODY_BYTES));
      expect((await client.answer())?.body).toContain('USAGE');
      client.close();
    });

    it.each([
      'HTTP/9.9 nonsense\r\n\r\n',
      'POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n',
      '\0\0\0\0',
    ])('%j ends its own connection only', async (text) => {
      const client = await raw();
      client.say(text);
      expect((await client.answer())?.status ?? 400).toBe(400);
      await client.closed();
      await service().recover();
    });
  });

  describe('keys', () => {
    it('of every kind are answered once each, in order, and none is allowed', async () => {
      const { site } = service();
      const image = site.fresh(ALLOWED);
      const keys = [
        `${image}\n`,
        `\n${image}`,
        `${image}\r\nX-Allow: true`,
        `${image}\0`,
        ` ${image}`,
        `[team-a\n]${image}`,
        `[../../kube-system]${image}`,
        `[Team A]${image}`,
        `[team-a][team-b]${image}`,
        `[${'n'.repeat(64)}]${image}`,
        'file:/etc/passwd',
        'oci:/etc',
        'oci-archive:/etc/passwd',
        `sha256:${'0'.repeat(64)}`,
        '',
        '../../../etc/passwd',
        `${image}@sha256:short`,
        'x'.repeat(10_000),
        '\u202e:detpecca',
      ];
      const { items, systemError } = await validate(keys);
      expect(systemError).toBe('');
      expect(items.map(({ key }) => key)).toEqual(keys);
      expect(
        items.filter(({ value, error }) => value !== undefined || !error?.startsWith('REFERENCE_INVALID')),
      ).toEqual([]);
    });

    it('of other namespaces are decided for those, and twice the same key is answered once', async () => {
      const image = service().site.fresh(ALLOWED);
      const keys = [`[team-a]${image}`, `[kube-system]${image}`, image, image];
      const { items } = await validate(keys);
      expect(items.map(({ key, value }) => [key, value?.allow])).toEqual(keys.slice(0, 3).map((key) => [key, true]));
    });

    it('as many as there may be are all answered', async () => {
      const image = service().site.fresh(ALLOWED);
      const keys = Array.from({ length: 500 }, (_, at) => `[team-${at}]${image}`);
      const { items, systemError } = await validate(keys);
      // All of them, or none and the wish to be asked again.
      if (systemError === '') expect(items.map(({ key }) => key)).toEqual(keys);
      else expect(items).toEqual([]);
    });
  });

  describe('images that lead into the own network', () => {
    let listener: Server;
    let connections = 0;
    beforeAll(async () => {
      listener = createServer((socket) => {
        connections++;
        socket.destroy();
      });
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => listener.close());

    it('are asked for by nobody', async () => {
      const { port } = listener.address() as AddressInfo;
      const { host } = new URL(service().url);
      const keys = [
        `127.0.0.1:${port}/app:1`,
        `localhost:${port}/app:1`,
        `127.1.2.3:${port}/app:1`,
        `0.0.0.0:${port}/app:1`,
        `2130706433:${port}/app:1`,
        `0x7f.1:${port}/app:1`,
        `[::1]:${port}/app:1`,
        `[::ffff:127.0.0.1]:${port}/app:1`,
        `[fd00:ec2::254]/latest:1`,
        '169.254.169.254/latest/meta-data:1',
        '10.0.0.1/app:1',
        '192.168.0.1/app:1',
        '100.100.100.200/latest:1',
        `${host}/v1/verify:1`,
        `user@127.0.0.1:${port}/app:1`,
      ];
      const { items, systemError } = await validate(keys);
      expect(systemError).toBe('');
      expect(items.map(({ key }) => key)).toEqual(keys);
      for (const { key, error } of items) {
        expect([key, error]).toEqual([key, expect.stringMatching(/^(REGISTRY_NOT_ALLOWED|REFERENCE_INVALID): /)]);
      }
      expect(connections).toBe(0);
    });
  });
}
