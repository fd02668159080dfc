import { DEFAULT_METADATA_LIMIT, denial, type MetadataLimit } from '../decision.ts';
import { digestOf } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import type { Decision } from '../generated/decision.ts';
import type { Policy, PolicyInfo, PolicyQuestion } from '../policy.ts';
import { type Bundle, readBundle } from './bundle.ts';
import { type DataDocument, dataText } from './data.ts';
import { pagesFor, parsedBytes } from './memory.ts';
import { compileModule } from './module.ts';
import type { Pool } from './pool.ts';
import type { Answered, Program } from './protocol.ts';
import type { Job } from './thread.ts';

/** Package `verdict`, rule `decision`: what a policy is asked unless it is configured otherwise. */
const DEFAULT_ENTRYPOINT = 'verdict/decision';
/** What a module takes before its data: stack, OPA's own tables, and its strings, which are part of its bytes. */
const MODULE_BYTES = 1024 * 1024;

export interface PolicyOptions {
  /** Where it runs. Make the pool before anything else: its first worker starts at once. */
  readonly pool: Pool;
  readonly name: string;
  readonly scope: PolicyInfo['scope'];
  /** bundle.tar.gz or policy.wasm. */
  readonly source: Uint8Array;
  /** Put into `data` in place of whatever the bundle has there: what the operator configured, as `config`. */
  readonly data?: readonly DataDocument[];
  /** Default {@link DEFAULT_ENTRYPOINT}. */
  readonly entrypoint?: string;
  /** Of its decisions; default {@link DEFAULT_METADATA_LIMIT}. */
  readonly metadata?: MetadataLimit;
}

/** The answers to several entrypoints over one input, or why there are none. */
type Values =
  /** Canonical JSON text of each, undefined where the policy leaves it undefined. */
  | { readonly kind: 'values'; readonly values: readonly (string | undefined)[] }
  | Extract<Answered, { readonly kind: 'fault' }>;

/** A policy that runs as policy.wasm. */
export interface WasmPolicy extends Policy {
  readonly bundle: Bundle;
  /** Every entrypoint of the module. */
  readonly entrypoints: readonly string[];
  /** Values of several entrypoints; the input is parsed once. For conventions other than Verdict's own. */
  evaluate(entrypoints: readonly string[], question: PolicyQuestion): Promise<Values>;
  /** The decision of every worker that is there, spares included. Waits for those that are starting. */
  decideOnEach(question: PolicyQuestion): Promise<readonly Decision[]>;
}

/**
 * Reads, compiles and proves a policy: its module is one of OPA's, its data parses, it has the entrypoint, and every
 * built-in it may call is there.
 *
 * @throws VerdictError BUNDLE_INVALID, POLICY_INVALID, POLICY_MISSING, BUILTIN_MISSING, POLICY_MEMORY, POLICY_TIMEOUT,
 * POLICY_ABORTED, CONFIG_INVALID (data), LIMIT_EXCEEDED
 */
export async function createPolicy(options: PolicyOptions): Promise<WasmPolicy> {
  const { pool, entrypoint = DEFAULT_ENTRYPOINT } = options;
  const bundle = await readBundle(options.source);
  const module = await compileModule(bundle.wasm);
  const data = dataText(bundle.data, options.data ?? []);
  const program: Program = { id: pool.nextProgram(), module, data: shared(data) };
  const resident = bundle.wasm.byteLength + MODULE_BYTES + parsedBytes(data);
  const entrypoints = await prove(pool, program, resident, entrypoint);
  const info: PolicyInfo = {
    name: options.name,
    scope: options.scope,
    revision: bundle.revision,
    digest: digestOf(bundle.wasm),
    data: digestOf(data),
  };
  return new PooledPolicy({
    pool,
    program,
    info,
    bundle,
    entrypoint,
    entrypoints,
    resident,
    metadata: options.metadata ?? DEFAULT_METADATA_LIMIT,
  });
}

/** The entrypoints of a module that runs here. A policy that does not is forgotten by the workers. */
async function prove(pool: Pool, program: Program, resident: number, entrypoint: string): Promise<readonly string[]> {
  try {
    const { entrypoints, missing } = await inspect(pool, program, resident);
    if (missing.length > 0) {
      const message = `the policy calls built-in functions that do not exist here: ${missing.join(', ')}`;
      throw new VerdictError('BUILTIN_MISSING', message);
    }
    if (!entrypoints.includes(entrypoint)) {
      const message = `the policy has no entrypoint ${entrypoint}; it has ${entrypoints.join(', ') || 'none'}`;
      throw new VerdictError('POLICY_MISSING', message);
    }
    return entrypoints;
  } catch (thrown) {
    pool.forget(program.id);
    throw thrown;
  }
}

async function inspect(pool: Pool, program: Program, resident: number): Promise<Extract<Answered, { kind: 'facts' }>> {
  const pages = pagesFor(new Uint8Array(0), resident, pool.memoryBytes);
  if (pages === undefined) {
    throw new VerdictError('POLICY_MEMORY', `the policy and its data need ${resident} bytes (limits.policyMemory)`);
  }
  const answer = await pool.run({ kind: 'inspect', program: program.id, pages }, program);
  if (answer.kind === 'facts') return answer;
  throw answer.kind === 'fault' ? faultOf(answer) : unexpected(answer);
}

/** One copy of the text for all workers. */
function shared(text: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(text.byteLength));
  copy.set(text);
  return copy;
}

const faultOf = ({ code, message, retryable }: Extract<Answered, { readonly kind: 'fault' }>): VerdictError =>
  new VerdictError(code, message, retryable === undefined ? {} : { retryable });

const unexpected = ({ kind }: Answered): VerdictError =>
  new VerdictError('INTERNAL', `a policy worker answered with ${kind}`);

interface Parts {
  readonly pool: Pool;
  readonly program: Program;
  readonly info: PolicyInfo;
  readonly bundle: Bundle;
  readonly entrypoint: string;
  readonly entrypoints: readonly string[];
  /** Bytes of the module with its data. */
  readonly resident: number;
  readonly metadata: MetadataLimit;
}

class PooledPolicy implements WasmPolicy {
  readonly #parts: Parts;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get info(): PolicyInfo {
    return this.#parts.info;
  }

  get bundle(): Bundle {
    return this.#parts.bundle;
  }

  get entrypoints(): readonly string[] {
    return this.#parts.entrypoints;
  }

  async decide(question: PolicyQuestion): Promise<Decision> {
    return decisionOf(await this.#ask([this.#parts.entrypoint], question, 'decision'));
  }

  async decideOnEach({ input, time }: PolicyQuestion): Promise<readonly Decision[]> {
    const { pool, program, entrypoint, metadata } = this.#parts;
    const pages = this.#pages(input);
    if (pages === undefined) return [denial('POLICY_MEMORY', this.#tooLarge(input))];
    const about = { kind: 'evaluate', program: program.id, pages, entrypoints: [entrypoint] } as const;
    const timeNs = nanoseconds(time);
    const job = (): Job => ({ ...about, input: new Uint8Array(input), timeNs, answer: 'decision', metadata });
    const answers = await this.#tracked(pool.runOnEach(job, program));
    return answers.map(decisionOf);
  }

  async evaluate(entrypoints: readonly string[], question: PolicyQuestion): Promise<Values> {
    const answer = await this.#ask(entrypoints, question, 'values');
    if (answer.kind === 'values' || answer.kind === 'fault') return answer;
    throw unexpected(answer);
  }

  /** Waits for what runs, then lets the workers forget the policy. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
    this.#parts.pool.forget(this.#parts.program.id);
  }

  async #ask(
    entrypoints: readonly string[],
    { input, time }: PolicyQuestion,
    answer: 'decision' | 'values',
  ): Promise<Answered> {
    if (this.#closed) throw new VerdictError('INTERNAL', 'the policy was closed');
    if (input.buffer instanceof ArrayBuffer && input.buffer.detached) {
      throw new VerdictError('INTERNAL', 'the input was handed to a policy before: each question needs its own bytes');
    }
    const { pool, program, metadata } = this.#parts;
    const pages = this.#pages(input);
    if (pages === undefined) return { kind: 'fault', code: 'POLICY_MEMORY', message: this.#tooLarge(input) };
    const timeNs = nanoseconds(time);
    const job = { kind: 'evaluate', program: program.id, pages, entrypoints, input, timeNs, answer, metadata } as const;
    return await this.#tracked(pool.run(job, program));
  }

  #pages(input: Uint8Array): ReturnType<typeof pagesFor> {
    return pagesFor(input, this.#parts.resident, this.#parts.pool.memoryBytes);
  }

  #tooLarge({ byteLength }: Uint8Array): string {
    const { memoryBytes } = this.#parts.pool;
    return `the policy may use ${memoryBytes} bytes, too few for an input of ${byteLength} (limits.policyMemory)`;
  }

  /** What `close` waits for. */
  async #tracked<T>(run: Promise<T>): Promise<T> {
    this.#running.add(run);
    try {
      return await run;
    } finally {
      this.#running.delete(run);
    }
  }
}

const nanoseconds = (time: Date): bigint => BigInt(time.getTime()) * 1_000_000n;

function decisionOf(answer: Answered): Decision {
  if (answer.kind === 'decision') return answer.decision;
  if (answer.kind === 'fault' && answer.code !== 'INTERNAL') return denial(answer.code, answer.message);
  throw answer.kind === 'fault' ? faultOf(answer) : unexpected(answer);
}
