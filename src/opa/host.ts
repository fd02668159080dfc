import { Buffer } from 'node:buffer';
import type { Builtin, BuiltinContext } from '../builtins/builtin.ts';
import { parseValue, printValue, RegoNumber, RegoObject, RegoSet, type Value } from '../builtins/value.ts';
import { type ErrorCode, VerdictError } from '../errors.ts';
import type { Abi, Address } from './abi.ts';
import { isExhausted } from './faults.ts';
import type { Pages } from './memory.ts';
import { withoutMisreadPairs } from './surrogates.ts';

/** Most results of built-ins kept within one evaluation, and longest arguments of one: beyond, a call is simply made again. */
const MAX_REMEMBERED = 10_000;
const MAX_REMEMBERED_TEXT = 4096;
/** Longest answer read, in characters: a violation for each of 50,000 packages. */
const MAX_RESULT_LENGTH = 32 * 1024 * 1024;

export interface HostOptions {
  readonly pages: Pages;
  /** The data document as JSON text. */
  readonly data: Uint8Array;
  readonly builtins: ReadonlyMap<string, Builtin>;
}

/** A question to an instance. */
export interface Question {
  /** Ids of entrypoints; the input is parsed once for all of them. */
  readonly entrypoints: readonly number[];
  /** JSON text. */
  readonly input: Uint8Array;
  /** What `time.now_ns()` returns. */
  readonly timeNs: bigint;
}

/**
 * One instance of a policy's module with its data: the host's side of OPA's ABI 1.2 and 1.3
 * (https://www.openpolicyagent.org/docs/wasm). After anything thrown the instance is not to be used again.
 */
export class Host {
  /** Ids by name, such as `verdict/decision`. */
  readonly entrypoints: ReadonlyMap<string, number>;
  /** Names of the built-ins that the policy may call and the table lacks. */
  readonly missing: readonly string[];
  readonly #memory: WebAssembly.Memory;
  readonly #initialBytes: number;
  readonly #abi: Abi;
  readonly #table: ReadonlyMap<number, Builtin>;
  readonly #data: Address;
  readonly #heap: Address;
  #bytes: Buffer;
  #context: BuiltinContext = { timeNs: 0n };
  readonly #remembered = new Map<string, Address>();

  /**
   * Instantiates a module that `compileModule` made and hands it the data.
   *
   * @throws VerdictError POLICY_INVALID, POLICY_ABORTED, BUNDLE_INVALID when the data is no JSON; whatever else is thrown is for `faultOf`.
   */
  constructor(module: WebAssembly.Module, { pages, data, builtins }: HostOptions) {
    this.#memory = new WebAssembly.Memory(pages);
    this.#initialBytes = this.#memory.buffer.byteLength;
    this.#bytes = Buffer.from(this.#memory.buffer);
    const call = (id: number, _context: Address, ...args: Address[]): Address => this.#call(id, args);
    this.#abi = instantiate(module, {
      memory: this.#memory,
      opa_abort: (address: Address) => {
        throw aborted(this.#text(address));
      },
      opa_println: () => undefined,
      opa_builtin0: call,
      opa_builtin1: call,
      opa_builtin2: call,
      opa_builtin3: call,
      opa_builtin4: call,
    });
    this.#data = this.#parse(withoutMisreadPairs(data), 'opa_json_parse', false);
    if (this.#data === 0) throw new VerdictError('BUNDLE_INVALID', 'the data of the policy is not JSON');
    this.#heap = this.#abi.opa_heap_ptr_get();
    this.entrypoints = ids(this.#value(this.#abi.entrypoints(), 'POLICY_INVALID', 'entrypoints()'));
    const needed = ids(this.#value(this.#abi.builtins(), 'POLICY_INVALID', 'builtins()'));
    this.missing = [...needed.keys()].filter((name) => !builtins.has(name)).sort();
    this.#table = new Map(
      [...needed].flatMap(([name, id]) => {
        const builtin = builtins.get(name);
        return builtin === undefined ? [] : [[id, builtin] as const];
      }),
    );
  }

  /** Bytes that the module and its data take. */
  get residentBytes(): number {
    return this.#heap >>> 0;
  }

  /**
   * Bytes that the instance holds, resident ones included: what it has allocated, since pages beyond were never touched;
   * all of its memory once that has grown.
   */
  get usedBytes(): number {
    const size = this.#memory.buffer.byteLength;
    return size > this.#initialBytes ? size : this.#abi.opa_heap_ptr_get() >>> 0;
  }

  /**
   * The value of every entrypoint, in their order; undefined where the policy leaves it undefined.
   *
   * @throws VerdictError POLICY_ABORTED, POLICY_MEMORY, DOCUMENT_INVALID when the input is no JSON; whatever else is thrown is for `faultOf`.
   */
  evaluate({ entrypoints, input, timeNs }: Question): readonly (Value | undefined)[] {
    const abi = this.#abi;
    this.#context = { timeNs };
    this.#remembered.clear();
    abi.opa_heap_ptr_set(this.#heap);
    const parsed = this.#parse(withoutMisreadPairs(input), 'opa_json_parse', true);
    // An address of 0 would be an undefined input, on which a policy might allow.
    if (parsed === 0)
      throw new VerdictError('DOCUMENT_INVALID', 'the input of the policy is not JSON that it can take');
    return entrypoints.map((entrypoint) => {
      const context = abi.opa_eval_ctx_new();
      abi.opa_eval_ctx_set_input(context, parsed);
      abi.opa_eval_ctx_set_data(context, this.#data);
      abi.opa_eval_ctx_set_entrypoint(context, entrypoint);
      if (abi.eval(context) !== 0) throw aborted('eval failed');
      return single(this.#value(abi.opa_eval_ctx_get_result(context), 'POLICY_MALFORMED', 'the answer'));
    });
  }

  /** One call from the policy. 0 is OPA's undefined, which is also what an error of a built-in comes to. */
  #call(id: number, args: readonly Address[]): Address {
    const builtin = this.#table.get(id);
    if (builtin === undefined)
      throw new VerdictError('BUILTIN_MISSING', `the policy calls built-in ${id}, which it did not declare`);
    const texts = args.map((address) => this.#dump(address));
    const key = builtin.pure ? rememberedKey(id, texts) : undefined;
    const known = key === undefined ? undefined : this.#remembered.get(key);
    if (known !== undefined) return known;
    const operands = texts.map((text) => readValue(text, 'POLICY_ABORTED', `an argument of ${builtin.name}`));
    const result = this.#answer(builtin, operands);
    const address = result === undefined ? 0 : this.#parse(Buffer.from(printValue(result)), 'opa_value_parse', true);
    if (result !== undefined && address === 0)
      throw new VerdictError('INTERNAL', `the policy cannot read what ${builtin.name} returned`);
    if (key !== undefined && this.#remembered.size < MAX_REMEMBERED) this.#remembered.set(key, address);
    return address;
  }

  #answer(builtin: Builtin, args: readonly Value[]): Value | undefined {
    try {
      return builtin.call(args, this.#context);
    } catch (thrown) {
      if (isExhausted(thrown)) throw thrown;
      return undefined;
    }
  }

  /** Writes text into the module's memory and lets it make a value; `free` gives the text's memory back. */
  #parse(text: Uint8Array, parse: 'opa_json_parse' | 'opa_value_parse', free: boolean): Address {
    const address = this.#abi.opa_malloc(text.byteLength);
    this.#view().set(text, address >>> 0);
    const value = this.#abi[parse](address, text.byteLength);
    if (free) this.#abi.opa_free(address);
    return value;
  }

  /** A value as the host reads it; `code` says what it means when it cannot. */
  #value(address: Address, code: ErrorCode, what: string): Value {
    const text = this.#dump(address);
    if (text.length > MAX_RESULT_LENGTH)
      throw new VerdictError(code, `${what} of the policy is longer than ${MAX_RESULT_LENGTH} characters`);
    return readValue(text, code, what);
  }

  #dump(value: Address): string {
    if (value === 0) throw aborted('a value is missing');
    const address = this.#abi.opa_value_dump(value);
    const text = this.#text(address);
    this.#abi.opa_free(address);
    return text;
  }

  #text(address: Address): string {
    const bytes = this.#view();
    const start = address >>> 0;
    const end = bytes.indexOf(0, start);
    if (end < 0) throw aborted('a text has no end');
    return bytes.toString('utf8', start, end);
  }

  /** The memory's bytes; growing replaces the buffer. */
  #view(): Buffer {
    if (this.#bytes.byteLength === 0) this.#bytes = Buffer.from(this.#memory.buffer);
    return this.#bytes;
  }
}

function instantiate(module: WebAssembly.Module, env: WebAssembly.Imports[string]): Abi {
  let exports: WebAssembly.Exports;
  try {
    ({ exports } = new WebAssembly.Instance(module, { env }));
  } catch (cause) {
    // A link error, or a trap of the module's start: data outside its memory.
    if (!(cause instanceof WebAssembly.LinkError) && !(cause instanceof WebAssembly.RuntimeError)) throw cause;
    throw new VerdictError('POLICY_INVALID', `policy.wasm cannot be instantiated: ${cause.message}`, { cause });
  }
  const abi = exports as unknown as Abi;
  const [major, minor] = [Number(abi.opa_wasm_abi_version.value), Number(abi.opa_wasm_abi_minor_version.value)];
  if (major !== 1 || !(minor >= 2)) {
    throw new VerdictError(
      'POLICY_INVALID',
      `policy.wasm has ABI ${major}.${minor}, 1.2 or newer is needed: build it with OPA 0.35 or newer`,
    );
  }
  if (exports.memory !== env?.memory)
    throw new VerdictError('POLICY_INVALID', 'policy.wasm exports another memory than it imports');
  return abi;
}

function aborted(text: string): VerdictError {
  // https://github.com/open-policy-agent/opa/blob/v1.22.0/wasm/src/malloc.c
  if (text === 'opa_malloc: failed')
    return new VerdictError('POLICY_MEMORY', 'the policy needed more memory than it may use (limits.policyMemory)');
  return new VerdictError('POLICY_ABORTED', `the policy stopped: ${text.slice(0, MAX_REMEMBERED_TEXT)}`);
}

/** The arguments as one text, distinct for distinct calls; undefined where they are too long to keep. */
function rememberedKey(id: number, texts: readonly string[]): string | undefined {
  let key = String(id);
  for (const text of texts) key += `\n${text.length} ${text}`;
  return key.length <= MAX_REMEMBERED_TEXT ? key : undefined;
}

/** OPA's result set has one `{"result": value}`, or nothing where the rule is undefined. */
function single(results: Value): Value | undefined {
  const [first] = results instanceof RegoSet ? results.items() : [];
  return first instanceof RegoObject ? first.get('result') : undefined;
}

function ids(value: Value): Map<string, number> {
  const entries = value instanceof RegoObject ? value.entries() : [[undefined, undefined] as const];
  return new Map(
    entries.map(([name, id]) => {
      const number = id instanceof RegoNumber ? id.toInt() : undefined;
      if (typeof name === 'string' && number !== undefined) return [name, number];
      throw new VerdictError('POLICY_INVALID', 'policy.wasm does not name its entrypoints and built-ins as OPA does');
    }),
  );
}

function readValue(text: string, code: ErrorCode, what: string): Value {
  try {
    return parseValue(text);
  } catch (cause) {
    if (!(cause instanceof VerdictError)) throw cause;
    throw new VerdictError(code, `${what} of the policy cannot be read: ${cause.message}`, { cause });
  }
}
