import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { VerdictError } from '../errors.ts';
import type { Execution, Surroundings } from './options.ts';
import { givenUp } from './waiting.ts';

/** Milliseconds for a credential helper: those of the clouds ask a server themselves. */
const EXECUTION_TIMEOUT = 15_000;
/** Bytes that a helper may say on each of its outputs. */
const MAX_OUTPUT = 1024 * 1024;

/** The real world, with what was replaced of it. */
export function surround(replaced: Partial<Surroundings> = {}): Surroundings {
  const environment = { HOME: homedir(), ...(replaced.environment ?? process.env) };
  return {
    now: Date.now,
    random: Math.random,
    sleep,
    readFile: readBounded,
    execute: (program, argument, input) => execute(program, argument, input, environment),
    lookup: (hostname) => lookup(hostname, { all: true }),
    ...replaced,
    environment,
  };
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch {
    throw givenUp(signal);
  }
}

async function readBounded(path: string, limit: number): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(path);
    const buffer = new Uint8Array(limit + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length);
      length += bytesRead;
      if (length > limit) throw new VerdictError('LIMIT_EXCEEDED', `${path} has more than ${limit} bytes`);
      if (bytesRead === 0) return buffer.slice(0, length);
    }
  } catch (cause) {
    if (cause instanceof VerdictError) throw cause;
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return undefined;
    throw new VerdictError('FILE_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Runs a program without a shell, with `input` on its standard input. `timeout` in milliseconds. */
export async function execute(
  program: string,
  argument: string,
  input: string,
  environment: Surroundings['environment'],
  timeout: number = EXECUTION_TIMEOUT,
): Promise<Execution> {
  const failed = (why: string, cause?: unknown): VerdictError =>
    new VerdictError('CREDENTIALS_INVALID', `${program}: ${why}`, { cause });
  return await new Promise((resolve, reject) => {
    const child = spawn(program, [argument], {
      env: environment,
      shell: false,
      stdio: 'pipe',
      timeout,
      killSignal: 'SIGKILL',
    });
    const outputs = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        outputs[name] += text;
        if (outputs[name].length > MAX_OUTPUT) child.kill('SIGKILL');
      });
    }
    child.on('error', (cause) => reject(failed('it cannot be run; is it installed and on the PATH?', cause)));
    child.on('close', (code) => {
      if (code === null) reject(failed(`it took longer than ${timeout} ms or said more than ${MAX_OUTPUT} characters`));
      else resolve({ code, ...outputs });
    });
    // A program that reads nothing closes its end; its answer says what is wrong.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
