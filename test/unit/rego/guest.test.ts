import { describe, expect, test } from 'vitest';
import type { Builtin } from '../../../src/builtins/builtin.ts';
import { type GuestOptions, runGuest } from '../../../src/rego/guest.ts';
import { NATIVE } from '../../../src/rego/natives.ts';
import { program } from './support.ts';

const ANY = { type: 'any' } as const;

function builtin(name: string, call: Builtin['call'], arity = 1): Builtin {
  return {
    name,
    decl: { type: 'function', args: Array.from({ length: arity }, () => ANY), result: ANY },
    pure: true,
    call,
  };
}

const ECHO = builtin('test.echo', ([value]) => value);
const THROWS = builtin('test.throws', () => {
  throw new Error('no');
});
const NOTHING = builtin('test.nothing', () => undefined);
const TIME = builtin('test.time', (_, { timeNs }) => `${timeNs}`, 0);
const BUILTINS = [ECHO, THROWS, NOTHING, TIME];

const OPTIONS: GuestOptions = {
  timeNs: 1_700_000_000_123_456_789n,
  builtins: BUILTINS,
  stopMs: 60_000,
  memoryBytes: 2 ** 30,
};

async function run(request: object, options: Partial<GuestOptions> = {}) {
  const declared = BUILTINS.map(({ name, decl }) => ({ name, decl }));
  const text = JSON.stringify({ regoVersion: 1, files: [], data: [], builtins: declared, ...request });
  return JSON.parse(await runGuest(await program(), text, { ...OPTIONS, ...options }));
}

async function evaluate(query: string) {
  const { values } = await run({ operation: 'evaluate', query });
  return values.map(({ text }: { text: string }) => text);
}

describe("a built-in of the host's", () => {
  test('gets and returns every kind of value unchanged', async () => {
    const value =
      '[null, true, 1.50, 1e400, 123456789012345678901234567890, "\\u0000\\u2028\\ud83d\\ude00<&>\\n", {1, {2}}, set(), {1: [], "a": {}}]';
    expect(await evaluate(`test.echo(${value}) == ${value}`)).toEqual(['true']);
  });

  test('is undefined where it throws or has no result', async () => {
    expect(await evaluate('test.throws(1)')).toEqual([]);
    expect(await evaluate('test.nothing(1)')).toEqual([]);
    expect(await evaluate('not test.throws(1)')).toEqual(['true']);
  });

  test("gets the call's instant, which the clock shows too", async () => {
    expect(await evaluate('test.time()')).toEqual(['"1700000000123456789"']);
    expect(await evaluate('time.now_ns()')).toEqual(['1700000000123456789']);
  });

  test('is known to check, with its types', async () => {
    const check = (text: string) =>
      run({
        operation: 'check',
        restricted: true,
        allowed: [...NATIVE, 'test.echo'],
        files: [{ path: 'a.rego', text }],
      });
    expect(await check('package a\n\nx := test.echo(1)\n')).toEqual({ ok: true });
    expect(await check('package a\n\nx := test.echo(1, 2)\n')).toMatchObject({
      ok: false,
      faults: [{ code: 'rego_type_error', file: 'a.rego', line: 3, column: 6 }],
    });
    expect(await check('package a\n\nx := test.time()\n')).toMatchObject({ ok: false });
  });

  test('is called by tests', async () => {
    const text = 'package a\n\ntest_yes if test.echo(1) == 1\n\ntest_no if test.throws(1)\n';
    const { results } = await run({ operation: 'test', testTimeoutMs: 5000, files: [{ path: 'a_test.rego', text }] });
    expect(results.map(({ name, outcome }: { name: string; outcome: string }) => [name, outcome])).toEqual([
      ['test_yes', 'passed'],
      ['test_no', 'failed'],
    ]);
  });
});

describe('the program', () => {
  test('refuses an operation that it does not have and a request that is none', async () => {
    expect(await run({ operation: 'delete' })).toMatchObject({ ok: false });
    expect(JSON.parse(await runGuest(await program(), '{', OPTIONS))).toMatchObject({ ok: false });
  });

  test('has neither files nor network nor environment', async () => {
    const query = 'http.send({"method": "GET", "url": "http://127.0.0.1:1/", "raise_error": false}).status_code';
    expect(await evaluate(query)).toEqual(['0']);
    expect(await evaluate('net.lookup_ip_addr("localhost")')).toEqual([]);
    expect(await evaluate('opa.runtime()')).toEqual(['{}']);
  });

  test('names the file on which the stack overflowed', async () => {
    const deep = `package b\n\nx := ${'['.repeat(10_000)}1${']'.repeat(10_000)}\n`;
    const files = [
      { path: 'a.rego', text: 'package a\n' },
      { path: 'b.rego', text: deep },
      { path: 'c.rego', text: 'package c\n' },
    ];
    expect(await run({ operation: 'check', files })).toMatchObject({
      ok: false,
      faults: [{ code: 'rego_nesting_error', file: 'b.rego' }],
    });
  });

  test('stops at its next look at the clock once its time is over', async () => {
    const query =
      'x := [1 | numbers.range(1, 4000)[_]; numbers.range(1, 4000)[_]; numbers.range(1, 4000)[_]]; count(x)';
    await expect(run({ operation: 'evaluate', query }, { stopMs: 300 })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });

  test('says so where the host gives it no module that answers', async () => {
    const wat = new Uint8Array([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 19, 2, 6, 109, 101, 109, 111, 114,
      121, 2, 0, 6, 95, 115, 116, 97, 114, 116, 0, 0, 10, 4, 1, 2, 0, 11,
    ]);
    const silent = await WebAssembly.compile(wat);
    await expect(runGuest(silent, '{}', OPTIONS)).rejects.toMatchObject({ code: 'TOOLCHAIN_FAILED' });
  });
});
