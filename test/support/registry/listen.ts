import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Answer, type Incoming, routeOf } from './routes.ts';
import { TEST_TLS } from './tls.ts';

export interface ListenOptions {
  readonly tls?: boolean;
  readonly http2?: boolean;
  readonly clientCertificates?: boolean;
  readonly address?: string;
}

/** A server that is listening. */
export interface Listening {
  readonly host: string;
  readonly url: string;
  close(): Promise<void>;
}

/** Milliseconds between the last byte sent and the end of a connection that is to be cut. */
const CUT_DELAY = 20;

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;
type Server = http.Server | https.Server | http2.Http2SecureServer;

/** Listens on a free port and answers every request with what `respond` says. */
export async function listen(
  options: ListenOptions,
  respond: (asked: Incoming, self: string) => Promise<Answer>,
): Promise<Listening> {
  const address = options.address ?? '127.0.0.1';
  let self = '';
  const server = create(options, (request, response) => {
    void read(request)
      .then((asked) => respond(asked, self))
      .then((answer) => send(response, answer))
      .catch(() => request.socket.destroy());
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  self = `${options.tls === true ? 'https' : 'http'}://${host}`;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host, url: self, close };
}

function create(options: ListenOptions, handle: Handler): Server {
  if (options.tls !== true) return http.createServer(handle);
  const wantsClient = options.clientCertificates === true;
  const tls = { ...TEST_TLS.server, ca: TEST_TLS.ca, requestCert: wantsClient, rejectUnauthorized: wantsClient };
  if (options.http2 === true) {
    // Node's compatibility layer: the same methods, other types.
    return http2.createSecureServer(
      { ...tls, allowHTTP1: true },
      handle as unknown as Parameters<typeof http2.createSecureServer>[1],
    );
  }
  return https.createServer(tls, handle);
}

async function read(request: http.IncomingMessage): Promise<Incoming> {
  const path = request.url ?? '/';
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    method: request.method ?? 'GET',
    path,
    ...routeOf(path),
    headers: Object.fromEntries(headers),
    body: await text(request),
    connection: request.socket.remotePort ?? 0,
  };
}

function send(response: http.ServerResponse, { status, headers, body, stop }: Answer): void {
  const cut = (): void => {
    if (stop?.closes === true) response.socket?.destroy();
  };
  if (stop !== undefined && stop.after < 0) {
    cut();
    return;
  }
  response.writeHead(status, { ...headers });
  const sent = response.req.method === 'HEAD' ? new Uint8Array() : body;
  if (stop === undefined) response.end(sent);
  // What was written must have left before the connection goes.
  else response.write(sent.subarray(0, stop.after), () => setTimeout(cut, CUT_DELAY));
}
