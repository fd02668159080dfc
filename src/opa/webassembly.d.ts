/**
 * The part of the WebAssembly JavaScript interface (https://webassembly.github.io/spec/js-api/) that Verdict uses.
 * Node's types leave it to the browser's library, which would bring the whole DOM.
 */
declare namespace WebAssembly {
  type ExternKind = 'function' | 'global' | 'memory' | 'table' | 'tag';
  type Exports = Readonly<Record<string, unknown>>;
  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  class Module {
    private constructor();
    static imports(module: Module): { readonly module: string; readonly name: string; readonly kind: ExternKind }[];
    static exports(module: Module): { readonly name: string; readonly kind: ExternKind }[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }
  class Memory {
    constructor(pages: { readonly initial: number; readonly maximum?: number });
    readonly buffer: ArrayBuffer;
  }
  class Global {
    private constructor();
    readonly value: unknown;
  }
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
}
