import type { Builtin } from '../builtins/builtin.ts';
import { parseValue, printValue } from '../builtins/value.ts';
import { VerdictError } from '../errors.ts';
import type { Fault } from './source.ts';
import { createWasi, GuestExit } from './wasi.ts';

/** What `call` answers where the built-in is undefined (tools/rego/host.go). */
const UNDEFINED = 0xffffffff;

/** The share of its memory from which Go collects garbage as hard as it can, rather than asking for more. */
const SOFT_MEMORY_SHARE = 0.9;

/** By how much the heap may grow before Go collects: at 400 instead of 100 tests take a quarter less time, for 50 MB. */
const GARBAGE_PERCENT = 400;

/** Characters of what a crashed program printed that its error repeats. */
const MAX_COMPLAINT = 2000;

export interface GuestOptions {
  /** The instant that the program's clock shows and built-ins get: nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** The built-ins that the program asks its host for. */
  readonly builtins: readonly Builtin[];
  /** Milliseconds from now until the program is stopped at its next look at the clock: a second line behind the kill. */
  readonly stopMs: number;
  readonly memoryBytes: number;
}

/**
 * Runs the program once over one request (JSON text, see tools/rego/request.go) and returns its answer (JSON text).
 * A stack that overflows is a fault of the sources. Throws LIMIT_EXCEEDED where memory or time run out, else
 * TOOLCHAIN_FAILED with what the program printed.
 */
export async function runGuest(module: WebAssembly.Module, request: string, options: GuestOptions): Promise<string> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let left: Uint8Array = new Uint8Array();
  let answer: string | undefined;
  let working = '';

  const memory = () => instance.exports.memory as WebAssembly.Memory;
  const text = (at: number, size: number) => decoder.decode(new Uint8Array(memory().buffer, at >>> 0, size >>> 0));
  const leave = (value: string) => {
    left = encoder.encode(value);
    return left.length;
  };
  const host = {
    request: () => leave(request),
    call: (at: number, size: number) => {
      const result = callBuiltin(text(at, size), options);
      return result === undefined ? UNDEFINED : leave(result);
    },
    read: (into: number) => {
      new Uint8Array(memory().buffer).set(left, into >>> 0);
    },
    working: (at: number, size: number) => {
      working = text(at, size);
    },
    respond: (at: number, size: number) => {
      answer = text(at, size);
    },
  };
  const wasi = createWasi(memory, {
    realtimeNs: options.timeNs,
    environment: [`GOGC=${GARBAGE_PERCENT}`, `GOMEMLIMIT=${Math.floor(options.memoryBytes * SOFT_MEMORY_SHARE)}`],
    stopAt: process.hrtime.bigint() + BigInt(options.stopMs) * 1_000_000n,
  });
  const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.imports, verdict: host });
  try {
    (instance.exports._start as () => void)();
  } catch (thrown) {
    if (thrown instanceof VerdictError) throw thrown;
    if (thrown instanceof RangeError) return overflow(working);
    if (!(thrown instanceof GuestExit)) throw failure(String(thrown), wasi.printed(), options);
    if (thrown.code !== 0) throw failure(thrown.message, wasi.printed(), options);
  }
  if (answer === undefined) throw failure('it gave no answer', wasi.printed(), options);
  return answer;
}

/** The guest's lines: name, then each argument as Rego value text, which holds no line feed. */
function callBuiltin(request: string, { builtins, timeNs }: GuestOptions): string | undefined {
  const [name, ...lines] = request.split('\n');
  const builtin = builtins.find((candidate) => candidate.name === name);
  if (builtin === undefined) return undefined;
  try {
    const value = builtin.call(
      lines.map((line) => parseValue(line)),
      { timeNs },
    );
    return value === undefined ? undefined : printValue(value);
  } catch {
    // OPA's evaluator makes a call undefined whose built-in fails, and so does policy.wasm.
    return undefined;
  }
}

function overflow(file: string): string {
  const message = 'the source is nested too deeply for the checker; split the expression';
  const at = file === '' ? 0 : 1;
  const fault: Fault = { code: 'rego_nesting_error', message, file, line: at, column: at, severity: 'error' };
  return JSON.stringify({ ok: false, faults: [fault] });
}

function failure(what: string, printed: string, options: GuestOptions): VerdictError {
  if (/out of memory|cannot allocate/.test(printed)) {
    const limit = `the limit \`memoryBytes\` is ${options.memoryBytes}`;
    return new VerdictError('LIMIT_EXCEEDED', `the Rego toolchain needs more memory for these sources; ${limit}`);
  }
  return new VerdictError(
    'TOOLCHAIN_FAILED',
    `the Rego toolchain failed: ${what}: ${printed.trim().slice(0, MAX_COMPLAINT)}`,
  );
}
