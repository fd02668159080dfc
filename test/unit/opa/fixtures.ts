import { readFileSync } from 'node:fs';
import { BUILTINS } from '../../../src/builtins/table.ts';
import { canonicalJson } from '../../../src/builtins/value.ts';
import { readBundle } from '../../../src/opa/bundle.ts';
import { Host, type HostOptions } from '../../../src/opa/host.ts';
import { compileModule } from '../../../src/opa/module.ts';

export const TIME = new Date('2026-11-21T10:00:00.123Z');
export const TIME_NS = 1_795_255_200_123_000_000n;

/** A committed bundle of test/fixtures/policies. */
export const policyBundle = (name: 'cases' | 'gate' | 'missing'): Uint8Array =>
  readFileSync(new URL(`../../fixtures/policies/${name}/bundle.tar.gz`, import.meta.url));

export const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const compiled = new WeakMap<Uint8Array, Promise<WebAssembly.Module>>();

/** An instance in this thread; the same bytes are compiled once. */
export async function openHost(wasm: Uint8Array, options: Partial<HostOptions> = {}): Promise<Host> {
  const compiling = compiled.get(wasm) ?? compileModule(wasm);
  compiled.set(wasm, compiling);
  const module = await compiling;
  return new Host(module, {
    pages: { initial: 128, maximum: 1024 },
    data: bytes('{}'),
    builtins: BUILTINS,
    ...options,
  });
}

const cases = readBundle(policyBundle('cases'));

export const openCases = async (options: Partial<HostOptions> = {}): Promise<Host> =>
  openHost((await cases).wasm, options);

/** Canonical JSON of entrypoints of package `verdict` over an input; undefined where they are. */
export function ask(host: Host, names: readonly string[], input: unknown): (string | undefined)[] {
  const entrypoints = names.map((name) => host.entrypoints.get(`verdict/${name}`) ?? -1);
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  const values = host.evaluate({ entrypoints, input: bytes(text), timeNs: TIME_NS });
  return values.map((value) => (value === undefined ? undefined : canonicalJson(value)));
}
