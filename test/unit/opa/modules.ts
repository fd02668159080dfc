import wabt from 'wabt';

const toolkit = await wabt();

/** What a hand-made module does differently from a well-behaved one. */
export interface ModuleOptions {
  /** Text of the answer, as `opa_value_dump` writes the result set. */
  readonly answer?: string;
  readonly entrypoints?: string;
  readonly builtins?: string;
  readonly abi?: readonly [number, number];
  /** Body of `eval(ctx: i32) -> i32`. */
  readonly eval?: string;
  /** Body of the start function. */
  readonly start?: string;
  /** Further fields of the module. */
  readonly fields?: string;
  /** Further imports. */
  readonly imports?: string;
  /** Replaces the import of the memory. */
  readonly memory?: string;
  /** Exports to leave out. */
  readonly without?: readonly string[];
}

const FEATURES = { reference_types: true, multi_memory: true };

export const compileWat = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(toolkit.parseWat('module.wat', text, FEATURES).toBinary({}).buffer);

/** Places of the texts; a "value" of these modules is the address of its text, which `opa_value_dump` returns as it is. */
const ANSWER = 1024;
const ENTRYPOINTS = 16384;
const BUILTINS = 24576;
const TEXT = 32768;
const HEAP = 65536;

const data = (at: number, text: string): string =>
  `(data (i32.const ${at}) "${[...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}\\00")`;

/** A module of OPA's ABI that answers without looking at its input. */
export function handMade(options: ModuleOptions = {}): Uint8Array<ArrayBuffer> {
  const [major, minor] = options.abi ?? [1, 3];
  const functions: ReadonlyArray<readonly [string, string]> = [
    ['builtins', `(result i32) (i32.const ${BUILTINS})`],
    ['entrypoints', `(result i32) (i32.const ${ENTRYPOINTS})`],
    ['eval', `(param i32) (result i32) ${options.eval ?? '(i32.const 0)'}`],
    ['opa_eval', '(param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0)'],
    ['opa_eval_ctx_new', '(result i32) (i32.const 8)'],
    ['opa_eval_ctx_set_input', '(param i32 i32)'],
    ['opa_eval_ctx_set_data', '(param i32 i32)'],
    ['opa_eval_ctx_set_entrypoint', '(param i32 i32)'],
    ['opa_eval_ctx_get_result', `(param i32) (result i32) (i32.const ${ANSWER})`],
    ['opa_free', '(param i32)'],
    ['opa_heap_ptr_get', '(result i32) (global.get $heap)'],
    ['opa_heap_ptr_set', '(param i32) (global.set $heap (local.get 0))'],
    ['opa_json_parse', '(param i32 i32) (result i32) (i32.const 8)'],
    ['opa_malloc', '(param i32) (result i32) (global.get $heap)'],
    ['opa_value_dump', '(param i32) (result i32) (local.get 0)'],
    ['opa_value_parse', '(param i32 i32) (result i32) (local.get 0)'],
  ];
  const kept = (name: string): boolean => !(options.without ?? []).includes(name);
  const code = functions.map(([name, body]) => `(func $${name} ${kept(name) ? `(export "${name}")` : ''} ${body})`);
  const globals = [
    ['opa_wasm_abi_version', major],
    ['opa_wasm_abi_minor_version', minor],
  ].map(([name, value]) => `(global ${kept(String(name)) ? `(export "${name}")` : ''} i32 (i32.const ${value}))`);
  return compileWat(`(module
    (import "env" "opa_abort" (func $opa_abort (param i32)))
    (import "env" "opa_builtin0" (func $opa_builtin0 (param i32 i32) (result i32)))
    (import "env" "opa_builtin1" (func $opa_builtin1 (param i32 i32 i32) (result i32)))
    ${options.imports ?? ''}
    ${options.memory ?? '(import "env" "memory" (memory 2))'}
    ${kept('memory') ? '(export "memory" (memory 0))' : ''}
    (global $heap (mut i32) (i32.const ${HEAP}))
    ${globals.join('\n')}
    ${code.join('\n')}
    ${options.start === undefined ? '' : `(func $start ${options.start}) (start $start)`}
    ${data(ANSWER, options.answer ?? '{{"result": {"allow": true}}}')}
    ${data(ENTRYPOINTS, options.entrypoints ?? '{"verdict/decision": 0}')}
    ${data(BUILTINS, options.builtins ?? '{}')}
    ${options.fields ?? ''}
  )`);
}

/** Aborts as OPA's modules do. */
export const abort = (text: string): Pick<ModuleOptions, 'eval' | 'fields'> => ({
  eval: `(call $opa_abort (i32.const ${TEXT})) (i32.const 0)`,
  fields: data(TEXT, text),
});
