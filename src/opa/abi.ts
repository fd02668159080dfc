/** An address in the memory of the policy's module; 0 is none. */
export type Address = number;

/** The functions of ABI 1.2 that the host calls (https://www.openpolicyagent.org/docs/wasm#exports); `compileModule` checked that they are there. */
export interface Abi {
  readonly opa_wasm_abi_version: WebAssembly.Global;
  readonly opa_wasm_abi_minor_version: WebAssembly.Global;
  readonly builtins: () => Address;
  readonly entrypoints: () => Address;
  readonly eval: (context: Address) => number;
  readonly opa_eval_ctx_new: () => Address;
  readonly opa_eval_ctx_set_input: (context: Address, value: Address) => void;
  readonly opa_eval_ctx_set_data: (context: Address, value: Address) => void;
  readonly opa_eval_ctx_set_entrypoint: (context: Address, entrypoint: number) => void;
  readonly opa_eval_ctx_get_result: (context: Address) => Address;
  readonly opa_free: (address: Address) => void;
  readonly opa_heap_ptr_get: () => Address;
  readonly opa_heap_ptr_set: (address: Address) => void;
  readonly opa_json_parse: (text: Address, length: number) => Address;
  readonly opa_malloc: (size: number) => Address;
  readonly opa_value_dump: (value: Address) => Address;
  readonly opa_value_parse: (text: Address, length: number) => Address;
}
