import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { NATIVE } from '../../../src/rego/natives.ts';
import { good, places, rego, testToolchain } from './support.ts';

const toolchain = testToolchain();
afterAll(() => toolchain.close());

interface Declaration {
  readonly name: string;
  readonly decl: { readonly args?: readonly unknown[]; readonly result?: unknown };
}

/** These are no calls in a module: `=` and `:=` are compiled, and `internal.print` is what the compiler makes of print. */
const SYNTAX = new Set(['eq', 'assign', 'internal.print']);

/** A call of the built-in as a rule of its own, in Rego v0, where the deprecated ones may be called. */
function ruleCalling({ name, decl }: Declaration, index: number): string {
  if (name === 'walk') return `r${index} { walk(input.a, [x, y]) }`;
  const call = `${name}(${(decl.args ?? []).map((_, arg) => `input.a${arg}`).join(', ')})`;
  return decl.result === undefined ? `r${index} { ${call} }` : `r${index} = ${call}`;
}

/** The file of this name in a bundle.tar.gz (tar headers: name at 0, size in octal at 124). */
function entry(bundle: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const tar = gunzipSync(bundle);
  for (let at = 0; at < tar.length; ) {
    const text = (from: number, size: number) =>
      tar.toString('latin1', at + from, at + from + size).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    if (text(0, 100) === name) return new Uint8Array(tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`no ${name}`);
}

/** The names in `builtins()` of a policy.wasm: what it may ask its host for. */
async function hosted(policy: Uint8Array<ArrayBuffer>): Promise<readonly string[]> {
  const memory = new WebAssembly.Memory({ initial: 64 });
  const none = () => 0;
  const calls = Object.fromEntries([0, 1, 2, 3, 4].map((arity) => [`opa_builtin${arity}`, none]));
  const env = { memory, opa_abort: none, opa_println: none, ...calls };
  const instance = await WebAssembly.instantiate(await WebAssembly.compile(policy), { env });
  const { builtins, opa_json_dump: dump } = instance.exports as Record<string, (value?: number) => number>;
  const bytes = Buffer.from(memory.buffer);
  const at = dump?.(builtins?.()) ?? 0;
  return Object.keys(JSON.parse(bytes.toString('utf8', at, bytes.indexOf(0, at))));
}

test('NATIVE is what modules of OPA do without their host', async () => {
  const all = (await toolchain.capabilities('opa', 0)).builtins as readonly Declaration[];
  const opas = all.filter(({ name }) => !SYNTAX.has(name) && !name.startsWith('spdx.'));
  const source = rego('all.rego', `package all\n\n${opas.map(ruleCalling).join('\n\n')}\n`);
  const { bundle } = good(await toolchain.build({ files: [source], entrypoints: ['all'], regoVersion: 0 }));
  const wanted = new Set(await hosted(entry(bundle, '/policy.wasm')));
  expect(opas.length).toBeGreaterThan(200);
  expect(opas.map(({ name }) => name).filter((name) => !wanted.has(name))).toEqual(
    NATIVE.filter((name) => !SYNTAX.has(name)),
  );
});

test('the capabilities of Verdict are those of OPA less what neither module nor host has', async () => {
  const verdict = (await toolchain.capabilities('verdict')).builtins as readonly Declaration[];
  const names = verdict.map(({ name }) => name);
  for (const name of [...NATIVE, 'sprintf', 'time.now_ns', 'spdx.evaluate']) expect(names).toContain(name);
  for (const name of ['http.send', 'opa.runtime', 'rand.intn']) expect(names).not.toContain(name);
});

describe("Verdict's own built-in spdx.evaluate", () => {
  const RULE = rego(
    'a.rego',
    'package a\n\nimport future.keywords.not\n\nok if spdx.evaluate(input.licence, {"allow": {"MIT"}, "deny": []}).permitted\n',
  );
  const TEST = rego(
    'a_test.rego',
    'package a_test\n\nimport data.a\n\ntest_ok if a.ok with input as {"licence": "MIT"}\n\ntest_no if not a.ok with input as {"licence": "ISC"}\n',
  );

  test('passes check, which knows its types', async () => {
    expect(await toolchain.check({ files: [RULE, TEST] })).toEqual([]);
    const wrong = [rego('a.rego', 'package a\n\nx := spdx.evaluate(1, {"allow": [], "deny": []})\n')];
    expect(places(await toolchain.check({ files: wrong }))).toEqual(['rego_type_error a.rego:3:6']);
    const misspelt = [rego('a.rego', 'package a\n\nx := spdx.evaluate("MIT", {"allow": [], "deny": []}).permited\n')];
    expect(places(await toolchain.check({ files: misspelt }))).toEqual(['rego_type_error a.rego:3:6']);
  });

  test('is asked of the host by a module that calls it', async () => {
    const { bundle } = good(await toolchain.build({ files: [RULE], entrypoints: ['a/ok'] }));
    expect(await hosted(entry(bundle, '/policy.wasm'))).toEqual(['spdx.evaluate']);
  });

  test('answers in tests and evaluations', async () => {
    const { results } = good(await toolchain.test({ files: [RULE, TEST] }));
    expect(results.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['test_ok passed', 'test_no passed']);
    const query = 'spdx.evaluate("MIT OR ISC", {"allow": ["ISC"], "deny": []}).licences';
    expect(good(await toolchain.evaluate({ files: [], query })).values).toEqual([
      { text: '["ISC", "MIT"]', json: '["ISC","MIT"]' },
    ]);
  });
});
