import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { VerdictError } from '../../errors.ts';
import { stopped } from '../../waiting.ts';

/** What one process may use. */
export interface ProcessLimits {
  /** Milliseconds that it may run. */
  readonly timeout: number;
  /** Bytes of standard output. */
  readonly stdoutBytes: number;
  /** Bytes of standard error. */
  readonly stderrBytes: number;
}

/** A process to run, without a shell and with this environment only. */
export interface Start {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly input: Uint8Array;
  readonly limits: ProcessLimits;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** A process that ended by itself. */
export interface Finished {
  /** Null: a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Milliseconds from SIGTERM to SIGKILL, and from there until nobody waits for it any more. */
const STOP_GRACE = 1000;
/** Milliseconds after its end for which its output is read, while something that it started still holds it open. */
const DRAIN_GRACE = 500;

/**
 * Runs a process in a process group of its own and reads what it writes. When it ends, or is ended (time, output,
 * signal), the rest of its group is killed: nothing that it started goes on, unless it left the group. Throws
 * LIMIT_EXCEEDED (retryable for the time), DEADLINE_EXCEEDED, or what the system says where it cannot be started.
 */
export async function runProcess({ command, environment, input, limits, signal }: Start): Promise<Finished> {
  if (signal.aborted) throw noLonger(signal);
  const child = spawn(command, [], { cwd: '/', env: environment, shell: false, detached: true, stdio: 'pipe' });
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const timers: NodeJS.Timeout[] = [];
  let fault: VerdictError | undefined;
  const later = (ms: number, act: () => void): void => void timers.push(setTimeout(act, ms));
  const stop = (why: VerdictError): void => {
    if (fault !== undefined) return;
    fault = why;
    killGroup(child, 'SIGTERM');
    later(STOP_GRACE, () => {
      killGroup(child, 'SIGKILL');
      later(STOP_GRACE, () => reject(why));
    });
  };
  const abandon = (): void => stop(noLonger(signal));
  const killNow = (): void => killGroup(child, 'SIGKILL');
  const overTime = `it ran longer than ${limits.timeout} ms (\`timeout\`)`;
  later(limits.timeout, () => stop(new VerdictError('LIMIT_EXCEEDED', overTime, { retryable: true })));
  signal.addEventListener('abort', abandon, { once: true });
  process.once('exit', killNow);
  const stdout = collect(child.stdout, limits.stdoutBytes, 'standard output', stop);
  const stderr = collect(child.stderr, limits.stderrBytes, 'standard error', stop);
  child.on('error', reject);
  child.on('exit', () => {
    killGroup(child, 'SIGKILL');
    later(DRAIN_GRACE, () => [child.stdout, child.stderr].map((output) => output.destroy()));
  });
  child.on('close', (exitCode, endedBy) =>
    fault === undefined ? resolve({ exitCode, signal: endedBy, stdout: stdout(), stderr: stderr() }) : reject(fault),
  );
  // A plugin that reads nothing closes its end; its answer says what is wrong.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    return await promise;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', abandon);
    process.removeListener('exit', killNow);
  }
}

const noLonger = (signal: AbortSignal): VerdictError => stopped(signal, 'nobody waits for its answer any more');

/** Reads an output up to its limit; what comes after the limit is dropped. */
function collect(output: Readable, limit: number, name: string, stop: (why: VerdictError) => void): () => Uint8Array {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  output.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes <= limit) chunks.push(chunk);
    else stop(new VerdictError('LIMIT_EXCEEDED', `it wrote more than ${limit} bytes to its ${name}`));
  });
  return () => Buffer.concat(chunks);
}

/** The group may be gone, or belong to another user by now: then it ends when it likes, and nobody waits for it. */
function killGroup({ pid }: Child, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw thrown;
  }
}
