import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

export interface DrainOptions {
  /** Milliseconds for what is under way; then every connection is destroyed. */
  readonly timeout: number;
}

export interface Drained {
  /** Connections whose request or answer was still under way when the time was over. */
  readonly destroyed: number;
}

/** Milliseconds between looks for connections that fell idle without having been told. */
const SWEEP_MS = 50;
/** Milliseconds for the head of a first request: Node does not count a connection that never asked as idle. */
const SILENT_MS = 500;

/**
 * Prepares a server (HTTP or HTTPS, Fastify's `app.server`) to end; call it before the server listens. The function it
 * returns stops accepting, ends idle connections at once, busy ones after their answer, which says `connection: close`,
 * and those that ask for nothing after half a second, and resolves when all have ended or the time is over. Call it before Fastify's `close`, which
 * would answer 503. Calling it again gives the same promise.
 */
export function createDrain(server: Server, options: DrainOptions): () => Promise<Drained> {
  const drain = new Drain(server, options.timeout);
  return () => drain.start();
}

class Drain {
  readonly #server: Server;
  readonly #timeout: number;
  /** TCP connections, those in a TLS handshake included: Node's list has only the ones that speak HTTP. */
  readonly #sockets = new Set<Socket>();
  /** Those that speak HTTP and have not asked for anything yet. */
  readonly #silent = new Set<Socket>();
  readonly #answers = new Set<ServerResponse>();
  #drained: Promise<Drained> | undefined;

  constructor(server: Server, timeout: number) {
    this.#server = server;
    this.#timeout = timeout;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#silent.add(socket);
      socket.once('close', () => this.#silent.delete(socket));
    });
    // Before the handler, which may answer at once.
    server.prependListener('request', (request: IncomingMessage, answer: ServerResponse) => {
      this.#silent.delete(request.socket);
      this.#answers.add(answer);
      answer.once('close', () => this.#answers.delete(answer));
      if (this.#drained !== undefined) endAfter(answer);
    });
  }

  start(): Promise<Drained> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<Drained> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    // An error means only that it did not listen.
    this.#server.close(() => resolve());
    for (const answer of this.#answers) endAfter(answer);
    this.#server.closeIdleConnections();
    const sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_MS);
    const silence = setTimeout(() => destroyAll(this.#silent), SILENT_MS);
    let destroyed = 0;
    const end = setTimeout(() => {
      destroyed = this.#sockets.size;
      destroyAll(this.#sockets);
      this.#server.closeAllConnections();
    }, this.#timeout);
    try {
      await ended;
    } finally {
      clearInterval(sweep);
      clearTimeout(silence);
      clearTimeout(end);
    }
    return { destroyed };
  }
}

function endAfter(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('connection', 'close');
}

function destroyAll(sockets: Iterable<Socket>): void {
  for (const socket of sockets) socket.destroy();
}
