import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Machine } from './check.ts';

/** The machine that this runs on, with the limits of its container. */
export const thisMachine = (): Machine => ({
  nodeVersion: process.versions.node,
  processors: availableParallelism(),
  memory: memory(),
  tryWriting,
  tryListening,
});

function memory(): Machine['memory'] {
  const constrained = process.constrainedMemory();
  const isConstrained = constrained > 0 && constrained < totalmem();
  return isConstrained
    ? { total: constrained, free: process.availableMemory() }
    : { total: totalmem(), free: freemem() };
}

async function tryWriting(directory: string): Promise<void> {
  const path = join(directory, `doctor-${randomBytes(6).toString('hex')}.tmp`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(path, '', { mode: 0o600, flag: 'wx' });
  await rm(path, { force: true });
}

async function tryListening(address: string, port: number): Promise<void> {
  const server = createServer();
  server.listen({ host: address, port, exclusive: true });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
