import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { goTransportError } from './go-errors.ts';
import type { Identity } from './pki.ts';

export interface TransportOptions {
  /** PEM; nothing else is trusted. */
  readonly ca: string;
  readonly client?: Identity | undefined;
}

/** Of Gatekeeper's http.Transport; the number of connections in use has no bound. */
const MAX_IDLE_CONNECTIONS = 10;
const IDLE_MS = 90_000;

/** Go's http.Client gives up after so many. */
const MAX_REDIRECTS = 10;

/**
 * Keeps idle connections as Go does: the last one used first, 90 s whatever the server's `Keep-Alive` says, no TLS
 * sessions resumed.
 */
class GoAgent extends Agent {
  constructor({ ca, client }: TransportOptions) {
    super({
      ca,
      ...client,
      keepAlive: true,
      maxFreeSockets: MAX_IDLE_CONNECTIONS,
      maxCachedSessions: 0,
      minVersion: 'TLSv1.3',
      ALPNProtocols: [],
    });
  }

  override keepSocketAlive(socket: Socket): boolean {
    socket.setKeepAlive(true);
    socket.setTimeout(IDLE_MS);
    socket.unref();
    return true;
  }

  override reuseSocket(socket: Socket, asked: ClientRequest): void {
    super.reuseSocket(socket, asked);
    socket.setTimeout(0);
  }
}

/** Posts JSON as Go 1.26's net/http does within Gatekeeper. */
export class Transport {
  readonly #agent: GoAgent;

  constructor(options: TransportOptions) {
    this.#agent = new GoAgent(options);
  }

  /** The answer, whatever its status. Throws an Error with Go's words; `deadline` is in milliseconds, and 0 always too late. */
  async post(url: string, body: string, deadline: number): Promise<{ status: number; body: Uint8Array }> {
    const signal = deadline === 0 ? AbortSignal.abort() : AbortSignal.timeout(deadline);
    const asked = { url, body };
    let response: IncomingMessage;
    try {
      response = await this.#follow(asked, signal);
    } catch (cause) {
      const words = signal.aborted ? 'context deadline exceeded' : goTransportError(cause, asked.url);
      throw new Error(`failed to send external data request: Post "${asked.url}": ${words}`, { cause });
    }
    try {
      const bytes = await buffer(response);
      const packed = response.headers['content-encoding'] === 'gzip';
      return { status: response.statusCode ?? 0, body: packed ? gunzipSync(bytes) : bytes };
    } catch (cause) {
      const words = signal.aborted ? 'context deadline exceeded' : 'unexpected EOF';
      throw new Error(`failed to read external data response: ${words}`, { cause });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #follow(asked: { url: string; body: string }, signal: AbortSignal): Promise<IncomingMessage> {
    for (let hops = 0; ; hops++) {
      const response = await this.#send(asked.url, asked.body, signal);
      const { statusCode, headers } = response;
      // Only these two repeat the POST; Verdict is asked by nothing else.
      if ((statusCode !== 307 && statusCode !== 308) || headers.location === undefined) return response;
      response.resume();
      if (hops === MAX_REDIRECTS) throw new Error('stopped after 10 redirects');
      asked.url = new URL(headers.location, asked.url).href;
    }
  }

  #send(url: string, body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { host } = new URL(url);
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        {
          method: 'POST',
          agent: this.#agent,
          signal,
          setDefaultHeaders: false,
          headers: [
            ['Host', host],
            ['User-Agent', 'Go-http-client/1.1'],
            ['Content-Length', String(Buffer.byteLength(body))],
            ['Content-Type', 'application/json'],
            ['Accept-Encoding', 'gzip'],
          ].flat(),
        },
        resolve,
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
