import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { VerdictError } from '../errors.ts';

const FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'it is no address of this machine',
};

/** Listens where the setting says; the URL. Throws CONFIG_INVALID where that is not possible. */
export async function listen(
  app: FastifyInstance,
  setting: string,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<string> {
  try {
    // It gives the URL itself, but with the address of whatever interface comes first.
    await app.listen({ host: address, port });
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const why = FAULTS[code] ?? message;
    throw new VerdictError('CONFIG_INVALID', `cannot listen on ${address}:${port} (${setting}): ${why}`, { cause });
  }
  return urlOf(app);
}

function urlOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `${app.initialConfig.https ? 'https' : 'http'}://${host}:${port}`;
}
