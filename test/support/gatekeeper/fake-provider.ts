import { once } from 'node:events';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';

/** How a provider answers; `drop`: it ends the connection, `hang`: it never answers. */
export type Answer =
  | { readonly status?: number; readonly body: string | Uint8Array; readonly headers?: Record<string, string> }
  | 'drop'
  | 'hang';

/** A request as it came. */
interface Seen {
  readonly keys: readonly string[];
  readonly body: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly socket: TLSSocket;
}

export interface Provider {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** How many were opened. */
  readonly connections: () => number;
  readonly close: () => void;
}

/** The body of an answer with this `response`. */
export const respond = (response: object): { readonly body: string } => ({ body: JSON.stringify({ response }) });

/** A provider on 127.0.0.1 that answers as it is told. */
export async function listenProvider(
  answer: (keys: readonly string[]) => Answer,
  options: ServerOptions,
): Promise<Provider> {
  const seen: Seen[] = [];
  const server = createServer(options, (request, response) => {
    void text(request).then((body) => {
      const { request: asked } = JSON.parse(body) as { readonly request: { readonly keys: readonly string[] } };
      seen.push({ keys: asked.keys, body, headers: request.rawHeaders, socket: request.socket as TLSSocket });
      const said = answer(asked.keys);
      if (said === 'drop') request.socket.destroy();
      else if (said !== 'hang') response.writeHead(said.status ?? 200, said.headers).end(said.body);
    });
  });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/verify`,
    seen,
    connections: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
