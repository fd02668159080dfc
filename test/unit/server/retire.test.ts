import { once } from 'node:events';
import { Agent, createServer, request as plainRequest, type Server } from 'node:http';
import { createServer as createSecureServer, request, Agent as SecureAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createRetire } from '../../../src/server/retire.ts';
import { TEST_TLS } from '../../support/registry/tls.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(server: Server): Promise<number> {
  server.keepAliveTimeout = 3_600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** `connection` of the answer, and the port that the client asked from. */
async function ask(
  send: typeof plainRequest,
  port: number,
  agent: Agent,
): Promise<{ connection: string; from: number }> {
  const sent = send({ port, host: '127.0.0.1', agent, rejectUnauthorized: false } as object).end();
  const [answer] = await once(sent, 'response');
  const from = Number(answer.socket.localPort);
  answer.resume();
  await once(answer, 'end');
  return { connection: String(answer.headers.connection), from };
}

describe.each([
  ['HTTP', () => createServer(), () => new Agent({ keepAlive: true, maxSockets: 1 }), plainRequest],
  [
    'HTTPS',
    () => createSecureServer(TEST_TLS.server),
    () => new SecureAgent({ keepAlive: true, maxSockets: 1 }),
    request as typeof plainRequest,
  ],
] as const)('retiring connections of %s', (_, make, makeAgent, send) => {
  it('ends idle ones at once and leaves later ones alone', async () => {
    const server = make().on('request', (_request, response) => response.end('answer'));
    const retire = createRetire(server);
    const port = await listening(server);
    const agent = makeAgent();
    ends.push(() => agent.destroy());
    const first = await ask(send, port, agent);
    expect(first.connection).toBe('keep-alive');
    expect((await ask(send, port, agent)).from).toBe(first.from);
    const [socket] = Object.values(agent.freeSockets).flat();
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    retire();
    await closed;
    const later = await ask(send, port, agent);
    expect(later.connection).toBe('keep-alive');
    expect(later.from).not.toBe(first.from);
    expect((await ask(send, port, agent)).from).toBe(later.from);
  });

  it('ends a busy one with the answer it waits for, or with the next where that has begun', async () => {
    for (const begin of [false, true]) {
      const started = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const server = make().on('request', (_request, response) => {
        if (begin) response.write('first');
        started.resolve();
        void gate.promise.then(() => response.end('last'));
      });
      const retire = createRetire(server);
      const port = await listening(server);
      const agent = makeAgent();
      ends.push(() => agent.destroy());
      const asked = ask(send, port, agent);
      await started.promise;
      retire();
      gate.resolve();
      expect((await asked).connection).toBe(begin ? 'keep-alive' : 'close');
      expect((await ask(send, port, agent)).connection).toBe(begin ? 'close' : 'keep-alive');
    }
  });
});
