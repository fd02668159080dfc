import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Place, type Setup, verdictConfig } from './configuration.ts';
import { listen } from './listen.ts';

/** What is measured. */
export type Target =
  /** Verdict, started anew for every scenario; `program` is its entry point. */
  | { readonly kind: 'verdict'; readonly program: string }
  /** A server that a command line starts anew for every scenario; it does not know which. */
  | { readonly kind: 'command'; readonly command: string; readonly url: string }
  /** A server that somebody else started. */
  | { readonly kind: 'running'; readonly url: string; readonly pid: number | undefined };

/** A server that answers. */
export interface Server {
  readonly url: string;
  /** Undefined where nobody said. */
  readonly pid: number | undefined;
  /** Milliseconds from its start until it takes connections; undefined where it was not started here. */
  readonly readyAfter: number | undefined;
  readonly stop: () => Promise<void>;
}

export const VERDICT = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const START_TIMEOUT = 60_000;
const POLL = 2;

export async function startServer(target: Target, setup: Setup, place: Place): Promise<Server> {
  switch (target.kind) {
    case 'verdict':
      return await startVerdict(target.program, setup, place);
    case 'command':
      return await waitFor(spawn('sh', ['-c', `exec ${target.command}`], { stdio: STDIO }), target.url);
    case 'running':
      return { url: target.url, pid: target.pid, readyAfter: undefined, stop: async () => undefined };
  }
}

const STDIO: StdioOptions = ['ignore', 'ignore', 'inherit'];

async function startVerdict(program: string, setup: Setup, place: Place): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), 'verdict-bench-'));
  const port = await freePort();
  const file = join(directory, 'verdict.yaml');
  writeFileSync(file, verdictConfig(setup, { ...place, port }));
  const parameters = [program, 'serve', '--config', file, '--log-level', 'error'];
  const child = spawn(process.execPath, parameters, { stdio: STDIO });
  const server = await waitFor(child, `http://127.0.0.1:${port}/v1/gatekeeper/validate`);
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(directory, { recursive: true });
  };
  return { ...server, stop };
}

async function freePort(): Promise<number> {
  const { port, close } = await listen(0, () => undefined);
  await close();
  return port;
}

async function waitFor(child: ChildProcess, url: string): Promise<Server> {
  const started = performance.now();
  const target = new URL(url);
  while (!(await isOpen(target))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    if (performance.now() - started > START_TIMEOUT) throw new Error(`nobody listens at ${url}`);
    await sleep(POLL);
  }
  return { url, pid: child.pid, readyAfter: performance.now() - started, stop: () => end(child) };
}

async function isOpen({ hostname, port }: URL): Promise<boolean> {
  const socket = connect(Number(port), hostname);
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
