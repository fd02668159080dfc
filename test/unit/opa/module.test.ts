import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../../../src/opa/bundle.ts';
import { compileModule, MAX_MODULE_BYTES } from '../../../src/opa/module.ts';
import { compileWat, handMade } from './modules.ts';

const refuses = async (bytes: Uint8Array, code = 'POLICY_INVALID'): Promise<string> => {
  const error = await compileModule(bytes).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code });
  return error instanceof Error ? error.message : '';
};

describe('compileModule', () => {
  it('takes what OPA compiles', async () => {
    for (const name of ['cases', 'gate', 'missing']) {
      const bundle = await readBundle(
        readFileSync(new URL(`../../fixtures/policies/${name}/bundle.tar.gz`, import.meta.url)),
      );
      await expect(compileModule(bundle.wasm)).resolves.toBeInstanceOf(WebAssembly.Module);
    }
  });

  it('takes a hand-made module that keeps to the interface, with opa_println too', async () => {
    await expect(compileModule(handMade())).resolves.toBeInstanceOf(WebAssembly.Module);
    const imports = '(import "env" "opa_println" (func (param i32)))';
    await expect(compileModule(handMade({ imports }))).resolves.toBeInstanceOf(WebAssembly.Module);
  });

  it.each([
    ['no bytes', new Uint8Array()],
    ['JSON', new TextEncoder().encode('{}')],
    ['a magic number alone', new Uint8Array([0, 0x61, 0x73, 0x6d])],
    ['a module cut off', handMade().slice(0, 200)],
  ])('refuses %s', async (_name, bytes) => {
    await refuses(bytes);
  });

  it.each([
    ['the file system', '(import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))'],
    ['a function that is not OPA’s', '(import "env" "fetch" (func (param i32) (result i32)))'],
    ['a name of Object.prototype', '(import "env" "toString" (func))'],
    ['a global under a name of OPA’s', '(import "env" "opa_builtin2" (global i32))'],
    ['a table', '(import "env" "table" (table 1 funcref))'],
  ])('refuses a module that imports %s', async (_name, imports) => {
    expect(await refuses(handMade({ imports }))).toContain('imports the');
  });

  it('refuses a module with a memory of its own, which no limit would bound', async () => {
    expect(await refuses(handMade({ memory: '(memory 2)' }))).toContain('memory');
    const imports = '(import "env" "memory" (memory 2))';
    await refuses(handMade({ memory: `${imports} (memory $own 2 65536)` }));
  });

  it.each(['eval', 'opa_malloc', 'entrypoints', 'memory', 'opa_wasm_abi_version'])(
    'refuses a module that does not export %s',
    async (name) => {
      expect(await refuses(handMade({ without: [name] }))).toContain(name);
    },
  );

  it('refuses an export of another kind', async () => {
    const fields = '(global (export "eval") i32 (i32.const 0))';
    expect(await refuses(handMade({ without: ['eval'], fields }))).toContain('eval');
  });

  it('lists every fault at once', async () => {
    const message = await refuses(compileWat('(module (import "a" "b" (func)))'));
    expect(message).toContain('a.b');
    expect(message).toContain('memory');
  });

  it('refuses a module beyond the limit without compiling it', async () => {
    await refuses(new Uint8Array(MAX_MODULE_BYTES + 1), 'LIMIT_EXCEEDED');
  });
});
