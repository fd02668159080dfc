import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/server/log.ts';
import { type Serving, serve } from '../../src/server/serve.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';

async function open(server: object): Promise<{
  readonly serving: Serving;
  readonly registry: TestRegistry;
  readonly logged: ReadonlyArray<{ readonly msg: string }>;
}> {
  const registry = await startRegistry();
  const home = mkdtempSync(join(tmpdir(), 'verdict-overload-'));
  const config = {
    policy: { accepts: ['unsigned'] },
    registries: { [registry.host]: { plainHttp: true } },
    server: { port: 0, ...server },
  };
  writeFileSync(join(home, 'verdict.json'), JSON.stringify(config));
  const logged: Array<{ readonly msg: string }> = [];
  const serving = await serve({
    load: () => loadConfig(undefined, home),
    environment: { HOME: home },
    log: createLogger({ level: 'info', write: (text) => void logged.push(JSON.parse(text)), now: () => new Date() }),
    out: () => undefined,
    now: Date.now,
    processors: 2,
  });
  onTestFinished(async () => {
    await Promise.all([serving.close(), registry.close()]);
    rmSync(home, { recursive: true });
  });
  return { serving, registry, logged };
}

const verify = (serving: Serving, reference: string): Promise<Response> =>
  fetch(`${serving.url}/v1/verify`, { method: 'POST', body: JSON.stringify({ reference }) });

const series = async ({ url }: Serving, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1) ?? 0,
  );
};

describe('verdict serve under overload', () => {
  it('lets some wait, refuses the others with Retry-After, and goes on answering what it knows', async () => {
    const { serving, registry, logged } = await open({ concurrency: 1, queue: 1, drain: 0 });
    const known = registry.image({ tag: 'known' });
    expect((await verify(serving, registry.reference(known.digest))).status).toBe(200);
    registry.fault({}, { kind: 'hang' });
    const digests = [1, 2, 3, 4].map((one) => registry.image({ annotations: { one: String(one) } }).digest);
    const hanging = digests
      .slice(0, 2)
      .map((digest) => verify(serving, registry.reference(digest)).catch(() => undefined));
    await expect.poll(() => series(serving, 'verdict_queue_length')).toBe(1);
    for (const digest of digests.slice(2)) {
      const refused = await verify(serving, registry.reference(digest));
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ error: { code: 'LIMIT_EXCEEDED', retryable: true } });
    }
    const gatekeeper = await fetch(`${serving.url}/v1/gatekeeper/validate`, {
      method: 'POST',
      body: JSON.stringify({ request: { keys: [registry.reference(digests[3] as string)] } }),
    });
    expect(await gatekeeper.json()).toMatchObject({
      response: { items: [], systemError: expect.stringContaining('LIMIT_EXCEEDED') },
    });
    expect((await verify(serving, registry.reference(known.digest))).status).toBe(200);
    expect(await series(serving, 'verdict_shed_total{reason="queue"}')).toBe(3);
    expect(logged.filter(({ msg }) => msg === 'too much at once: work is refused')).toHaveLength(1);
    expect(logged.filter(({ msg }) => msg === 'no decision')).toHaveLength(0);
    await serving.close();
    await Promise.all(hanging);
  });

  it('closes connections beyond its limit, and says so', async () => {
    const { serving } = await open({ connections: 2, health: { address: '127.0.0.1', port: 0 } });
    const { port, hostname } = new URL(serving.url);
    const sockets = [0, 1].map(() => connect(Number(port), hostname));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const third = connect(Number(port), hostname);
    third.on('error', () => undefined);
    await once(third, 'close');
    const { healthUrl } = serving;
    await expect.poll(() => series({ ...serving, url: healthUrl }, 'verdict_shed_total{reason="connections"}')).toBe(1);
  });
});
