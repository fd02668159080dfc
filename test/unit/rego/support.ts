import { fileURLToPath } from 'node:url';
import { findModule, loadModule } from '../../../src/rego/module.ts';
import type { Fault, SourceFile } from '../../../src/rego/source.ts';
import { createToolchain, type Toolchain, type ToolchainOptions } from '../../../src/rego/toolchain.ts';

/** Kept between test runs, so that the program is unpacked once. */
export const CACHE = fileURLToPath(new URL('../../../.cache/verdict', import.meta.url));

export function testToolchain(options: ToolchainOptions = {}): Toolchain {
  return createToolchain({ cacheDirectory: CACHE, ...options });
}

let compiled: Promise<WebAssembly.Module> | undefined;

export function program(): Promise<WebAssembly.Module> {
  compiled ??= findModule().then(async (archive) => await WebAssembly.compile(await loadModule(archive, CACHE)));
  return compiled;
}

/** A Rego file; `package` and all. */
export function rego(path: string, text: string): SourceFile {
  return { path, text };
}

export function data(path: string, value: unknown): SourceFile {
  return { path, text: JSON.stringify(value) };
}

/** What a test compares of faults: code and place, not prose. */
export function places(faults: readonly Fault[]): readonly string[] {
  return faults.map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`);
}

/** The value of an outcome that must be good. */
export function good<T extends { readonly ok: boolean }>(outcome: T): Extract<T, { readonly ok: true }> {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome as Extract<T, { readonly ok: true }>;
}

/** The faults of an outcome that must be refused. */
export function refused(outcome: { readonly ok: boolean; readonly faults?: readonly Fault[] }): readonly Fault[] {
  if (outcome.ok || outcome.faults === undefined) throw new Error('it was not refused');
  return outcome.faults;
}
