import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

/**
 * Prepares a server to part with the connections it has: a client whose certificate counted when it connected would
 * otherwise stay as long as it keeps asking, whatever authorities were taken out since. Call it before the server
 * listens. The function it returns ends idle connections at once and the others with the answer they wait for or, where
 * that has begun, with their next; those opened later are not touched.
 */
export function createRetire(server: Server): () => void {
  const eras = new WeakMap<Socket, number>();
  const answers = new Set<ServerResponse>();
  let era = 0;
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    eras.set(socket, era);
  });
  // Before the handler, which may answer at once.
  server.prependListener('request', (request: IncomingMessage, answer: ServerResponse) => {
    if (eras.get(request.socket) !== era) answer.setHeader('connection', 'close');
    answers.add(answer);
    answer.once('close', () => answers.delete(answer));
  });
  return () => {
    era++;
    for (const answer of answers) if (!answer.headersSent) answer.setHeader('connection', 'close');
    server.closeIdleConnections();
  };
}
