import { VerdictError } from '../errors.ts';

/** Largest policy.wasm compiled: 300 KB of Rego make 0.9 MB, and compiling takes about 4 ms and 6 MB of memory a megabyte. */
export const MAX_MODULE_BYTES = 64 * 1024 * 1024;

/** Everything a policy may import, all from `env`; the host gives nothing else (https://www.openpolicyagent.org/docs/wasm#imports). */
const IMPORTS: Readonly<Record<string, WebAssembly.ExternKind>> = {
  memory: 'memory',
  opa_abort: 'function',
  opa_println: 'function',
  opa_builtin0: 'function',
  opa_builtin1: 'function',
  opa_builtin2: 'function',
  opa_builtin3: 'function',
  opa_builtin4: 'function',
};

/** What the host calls or reads: exports of ABI 1.2 (https://www.openpolicyagent.org/docs/wasm#exports). */
const EXPORTS: Readonly<Record<string, WebAssembly.ExternKind>> = {
  memory: 'memory',
  opa_wasm_abi_version: 'global',
  opa_wasm_abi_minor_version: 'global',
  builtins: 'function',
  entrypoints: 'function',
  eval: 'function',
  opa_eval: 'function',
  opa_eval_ctx_new: 'function',
  opa_eval_ctx_set_input: 'function',
  opa_eval_ctx_set_data: 'function',
  opa_eval_ctx_set_entrypoint: 'function',
  opa_eval_ctx_get_result: 'function',
  opa_free: 'function',
  opa_heap_ptr_get: 'function',
  opa_heap_ptr_set: 'function',
  opa_json_parse: 'function',
  opa_malloc: 'function',
  opa_value_dump: 'function',
  opa_value_parse: 'function',
};

/**
 * Compiles a policy.wasm and checks, before anything of it runs, that it imports and exports what OPA's modules do.
 *
 * @throws VerdictError POLICY_INVALID when it is not such a module, LIMIT_EXCEEDED beyond {@link MAX_MODULE_BYTES}.
 */
export async function compileModule(bytes: Uint8Array): Promise<WebAssembly.Module> {
  if (bytes.byteLength > MAX_MODULE_BYTES) {
    throw new VerdictError(
      'LIMIT_EXCEEDED',
      `policy.wasm has ${bytes.byteLength} bytes, at most ${MAX_MODULE_BYTES} are compiled`,
    );
  }
  const module = await WebAssembly.compile(bytes).catch((cause: unknown) => {
    throw new VerdictError('POLICY_INVALID', `policy.wasm is not a WebAssembly module: ${text(cause)}`, { cause });
  });
  const faults = [...importFaults(module), ...exportFaults(module), ...ownMemory(bytes)];
  if (faults.length > 0) {
    throw new VerdictError(
      'POLICY_INVALID',
      `policy.wasm is not a module that OPA writes: ${faults.slice(0, 10).join('; ')}`,
    );
  }
  return module;
}

const text = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function importFaults(module: WebAssembly.Module): string[] {
  const imports = WebAssembly.Module.imports(module);
  const strange = imports.filter(
    ({ module: from, name, kind }) => from !== 'env' || !Object.hasOwn(IMPORTS, name) || IMPORTS[name] !== kind,
  );
  const faults = strange.map(({ module: from, name, kind }) => `it imports the ${kind} ${from}.${name}`);
  if (!imports.some(({ kind }) => kind === 'memory')) faults.push('it does not import its memory');
  return faults;
}

function exportFaults(module: WebAssembly.Module): string[] {
  const exports = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  const missing = Object.entries(EXPORTS).filter(([name, kind]) => exports.get(name) !== kind);
  return missing.map(([name, kind]) => `it does not export the ${kind} ${name}`);
}

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;

/**
 * A memory of its own would not be bounded by the one the host gives, and only the binary tells of it. Walks the
 * sections (https://webassembly.github.io/spec/core/binary/modules.html#sections) of bytes that compile.
 */
function ownMemory(bytes: Uint8Array): string[] {
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    if (bytes[at] === MEMORY_SECTION) return ['it has a memory of its own'];
    let size = 0;
    let shift = 0;
    let byte = 0;
    do {
      byte = bytes[++at] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte >= 0x80);
    at += 1 + size;
  }
  return [];
}
