import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createDrain } from '../../../src/server/drain.ts';
import { TEST_TLS } from '../../support/registry/tls.ts';

/** Longer than any test runs: what ends, ends by itself. */
const NEVER = 3_600_000;
const REQUEST = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(server: Server): Promise<number> {
  server.keepAliveTimeout = NEVER;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.closeAllConnections());
  return (server.address() as AddressInfo).port;
}

/** A client that collects what it is told. */
class Client {
  readonly socket: Socket;
  readonly closed: Promise<boolean>;
  text = '';

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    ends.push(() => socket.destroy());
  }

  async answered(text: string): Promise<void> {
    while (!this.text.includes(text)) await once(this.socket, 'data');
  }
}

const client = (port: number): Client => new Client(connect(port, '127.0.0.1'));

/** Answers wait until they are let go. */
function gated() {
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const handler: RequestListener = (_request, response) => {
    started.resolve();
    void gate.promise.then(() => response.end('answer'));
  };
  return { started: started.promise, release: gate.resolve, handler };
}

describe('a drain', () => {
  it('ends idle kept-alive connections at once', async () => {
    const server = createServer((_request, response) => response.end('answer'));
    const drain = createDrain(server, { timeout: NEVER });
    const one = client(await listening(server));
    one.socket.write(REQUEST);
    await one.answered('answer');
    expect(one.text).toContain('Connection: keep-alive');
    expect(await drain()).toEqual({ destroyed: 0 });
    await one.closed;
  });

  it('ends a busy connection after its answer, which says so', async () => {
    const { handler, started, release } = gated();
    const server = createServer(handler);
    const drain = createDrain(server, { timeout: NEVER });
    const port = await listening(server);
    const one = client(port);
    one.socket.write(REQUEST);
    await started;
    const drained = drain();
    expect(server.listening).toBe(false);
    const late = client(port);
    await late.closed;
    expect(late.text).toBe('');
    release();
    expect(await drained).toEqual({ destroyed: 0 });
    await one.closed;
    expect(one.text.toLowerCase()).toContain('connection: close');
    expect(one.text).toContain('answer');
  });

  it('ends a connection whose answer had begun before', async () => {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const server = createServer((_request, response) => {
      response.write('first');
      begun.resolve();
      void gate.promise.then(() => response.end('last'));
    });
    const drain = createDrain(server, { timeout: NEVER });
    const one = client(await listening(server));
    one.socket.write(REQUEST);
    await begun.promise;
    await one.answered('first');
    const drained = drain();
    gate.resolve();
    expect(await drained).toEqual({ destroyed: 0 });
    await one.closed;
    expect(one.text).toContain('last');
  });

  it('destroys what has not ended in time: a hung answer, half a request, a silent TLS client', async () => {
    const hung = createServer(() => undefined);
    const drain = createDrain(hung, { timeout: 30 });
    const port = await listening(hung);
    const [one, two] = [client(port), client(port)];
    one.socket.write(REQUEST);
    two.socket.write('GET / HTTP/1.1\r\nhost:');
    await once(hung, 'request');
    expect(await drain()).toEqual({ destroyed: 2 });
    await Promise.all([one.closed, two.closed]);

    const secure = createSecureServer(TEST_TLS.server);
    const drainSecure = createDrain(secure, { timeout: 30 });
    const connected = once(secure, 'connection');
    const silent = client(await listening(secure));
    await connected;
    expect(await drainSecure()).toEqual({ destroyed: 1 });
    await silent.closed;
  });

  it('answers a request that arrives on an open connection meanwhile, and ends it', async () => {
    const { handler, started, release } = gated();
    const server = createServer(handler);
    const drain = createDrain(server, { timeout: NEVER });
    const one = client(await listening(server));
    // The second is already there when the first is answered.
    one.socket.write(REQUEST + REQUEST);
    await started;
    const drained = drain();
    release();
    await drained;
    await one.closed;
    expect(one.text.match(/HTTP\/1.1 200/g)?.length).toBeGreaterThanOrEqual(1);
  });

  it('gives the same promise again, and ends at once what never listened', async () => {
    const server = createServer();
    const drain = createDrain(server, { timeout: NEVER });
    const first = drain();
    expect(drain()).toBe(first);
    expect(await first).toEqual({ destroyed: 0 });
  });

  it('works with Fastify over TLS, and leaves its close nothing to do', async () => {
    const app = fastify({ https: TEST_TLS.server, keepAliveTimeout: 95_000 }) as unknown as FastifyInstance;
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    app.get('/', async () => {
      started.resolve();
      await gate.promise;
      return 'answer';
    });
    const drain = createDrain(app.server, { timeout: NEVER });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const one = new Client(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }));
    await once(one.socket, 'secureConnect');
    const idle = new Client(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }));
    await once(idle.socket, 'secureConnect');
    one.socket.write(REQUEST);
    await started.promise;
    const drained = drain();
    await idle.closed;
    gate.resolve();
    expect(await drained).toEqual({ destroyed: 0 });
    await one.closed;
    expect(one.text).toContain('200 OK');
    expect(one.text.toLowerCase()).toContain('connection: close');
    await app.close();
    expect(app.server.listening).toBe(false);
  });
});
