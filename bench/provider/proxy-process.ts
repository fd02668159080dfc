import { answerCalls } from './child.ts';
import { ProxyServer } from './proxy-server.ts';

let server: ProxyServer | undefined;

const calls = {
  /** Its port. `upstream`: the registry's. */
  start: async (port: number, upstream: number): Promise<number> => {
    server = new ProxyServer(upstream);
    return await server.start(port);
  },
  /** Milliseconds that every request waits from now on. */
  delay: (latency: number): void => {
    if (server !== undefined) server.latency = latency;
  },
  take: () => server?.take(),
};
export type ProxyCalls = typeof calls;

answerCalls(calls);
