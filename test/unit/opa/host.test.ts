import { describe, expect, it } from 'vitest';
import type { Builtin } from '../../../src/builtins/builtin.ts';
import { BUILTINS } from '../../../src/builtins/table.ts';
import { printValue, RegoSet } from '../../../src/builtins/value.ts';
import { readBundle } from '../../../src/opa/bundle.ts';
import { faultOf } from '../../../src/opa/faults.ts';
import { ask, bytes, openCases, openHost, policyBundle, TIME_NS } from './fixtures.ts';
import { abort, handMade, type ModuleOptions } from './modules.ts';

/** The code of the fault that a hand-made module ends in. */
async function faultAt(options: ModuleOptions): Promise<string> {
  try {
    const host = await openHost(handMade(options));
    host.evaluate({ entrypoints: [0], input: bytes('{}'), timeNs: 0n });
    return 'none';
  } catch (thrown) {
    return faultOf(thrown).code;
  }
}

/** The code of the fault that an evaluation ends in. */
function fault(run: () => unknown): string {
  try {
    run();
    return 'none';
  } catch (thrown) {
    return faultOf(thrown).code;
  }
}

/** Replaces one built-in. */
const withBuiltin = (name: string, call: Builtin['call'], pure = true): ReadonlyMap<string, Builtin> => {
  const original = BUILTINS.get(name);
  if (original === undefined) throw new Error(`no ${name}`);
  return new Map([...BUILTINS, [name, { ...original, pure, call }]]);
};

describe('values', () => {
  it('come back exact, numbers digit by digit', async () => {
    const host = await openCases();
    expect(ask(host, ['numbers_kept'], '{"number": 123456789012345678901234567890.10}')).toEqual([
      '[9007199254740993,1700000000123456789,0.10,1e3,123456789012345678901234567890.10]',
    ]);
  });

  it('come back with sets sorted, also within sets', async () => {
    const host = await openCases();
    const [sets] = ask(host, ['sets'], {});
    expect(sets).toBe('{"empty":[],"object":{"1":"one","[2]":"two","three":[3]},"set":[1,2,["a","b"]]}');
  });

  it('of several entrypoints come from one parse, in the order asked', async () => {
    const host = await openCases();
    const input = { case: 'allow', number: 1, names: ['x'] };
    expect(ask(host, ['quoted', 'identity', 'decision', 'identity'], input)).toEqual([
      '["\\"x\\""]',
      '{"case":"allow","names":["x"],"number":1}',
      '{"allow":true,"big":12345678901234567890,"seen":[1,2,3],"tenth":0.1}',
      '{"case":"allow","names":["x"],"number":1}',
    ]);
  });

  it('are undefined where the policy leaves them so', async () => {
    const host = await openCases();
    expect(ask(host, ['decision', 'identity'], { case: 'nothing' })).toEqual([undefined, '{"case":"nothing"}']);
  });

  it('do not leak from one evaluation into the next', async () => {
    const host = await openCases();
    const input = { case: 'echo', decision: { allow: true } };
    for (let round = 0; round < 300; round++) {
      expect(ask(host, ['decision'], round % 2 === 0 ? input : {})).toEqual([
        round % 2 === 0 ? '{"allow":true}' : undefined,
      ]);
    }
    const before = host.usedBytes;
    ask(host, ['decision'], {});
    expect(host.usedBytes).toBe(before);
  });

  it.each([
    '"\\u0000 \\u001f \\" \\\\ \\/"',
    '"日本 😀 \\ud83d\\ude00"',
    '{"a\\u0000b": [null, true, false, -0, 1E5, 1.50]}',
    '[]',
    '{}',
    'null',
    '0',
    'false',
    '""',
  ])('of the input %s are the input', async (text) => {
    const host = await openCases();
    const [identity] = ask(host, ['identity'], text);
    expect(JSON.parse(identity ?? '')).toEqual(JSON.parse(text));
  });
});

describe('data', () => {
  it('is there for every evaluation, its numbers exact', async () => {
    const host = await openCases({
      data: bytes('{"config": {"mode": "strict", "serial": 340282366920938463463374607431768211456}}'),
    });
    for (let round = 0; round < 3; round++) {
      expect(ask(host, ['config'], {})).toEqual(['{"mode":"strict","serial":340282366920938463463374607431768211456}']);
    }
    expect(host.residentBytes).toBeGreaterThan(0);
  });

  it('that is no JSON is refused', async () => {
    await expect(openCases({ data: bytes('{"a": ') })).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });
});

describe('input that the module cannot parse', () => {
  it.each(['', ' ', '{', '[1', '{"a"}', 'nul', "{'a': 1}", '{1, 2}', 'set()', '\ufeff{}'])(
    'is refused, never taken for an undefined input: %j',
    async (text) => {
      const host = await openCases();
      expect(fault(() => ask(host, ['identity'], text))).toBe('DOCUMENT_INVALID');
    },
  );
});

describe('built-ins', () => {
  it('get time from the question', async () => {
    const host = await openCases();
    expect(ask(host, ['now'], {})).toEqual([String(TIME_NS)]);
  });

  it('get typed values and give them back exactly', async () => {
    const seen: string[] = [];
    const builtins = withBuiltin('sprintf', (args) => {
      seen.push(args.map(printValue).join(' '));
      return new RegoSet(['b', 'a']);
    });
    const host = await openCases({ builtins });
    expect(ask(host, ['quoted'], '{"names": [{"n": 12345678901234567890}]}')).toEqual(['[["a","b"]]']);
    expect(seen).toEqual(['"%q" [{"n": 12345678901234567890}]']);
  });

  it('that refuse their arguments leave the rule undefined, and the evaluation goes on', async () => {
    const host = await openCases();
    expect(ask(host, ['refused', 'identity'], { time: 'noon' })).toEqual([undefined, '{"time":"noon"}']);
    expect(ask(host, ['refused'], { time: '2026-11-21T10:00:00Z' })).toEqual(['1795255200000000000']);
    expect(ask(host, ['instants'], { times: ['noon', '1970-01-01T00:00:01Z'] })).toEqual([
      '{"1970-01-01T00:00:01Z":1000000000}',
    ]);
  });

  it('that throw anything leave the rule undefined', async () => {
    const builtins = withBuiltin('time.parse_rfc3339_ns', () => {
      throw new TypeError('broken');
    });
    expect(ask(await openCases({ builtins }), ['refused'], { time: 'x' })).toEqual([undefined]);
  });

  it('that exhaust the stack stop the evaluation instead of being undefined', async () => {
    const forever = (): never => forever();
    const host = await openCases({ builtins: withBuiltin('time.parse_rfc3339_ns', forever) });
    expect(fault(() => ask(host, ['refused'], { time: 'x' }))).toBe('POLICY_ABORTED');
  });

  it('that are pure are called once for the same arguments, within one evaluation only', async () => {
    let calls = 0;
    const counting: Builtin['call'] = (args) => {
      calls += 1;
      return printValue(args[1] ?? null);
    };
    const host = await openCases({ builtins: withBuiltin('sprintf', counting) });
    const names = ['a', 'b', 'a', 'a', 'b'];
    const expected = [JSON.stringify(names.map((name) => `["${name}"]`))];
    expect(ask(host, ['quoted'], { names })).toEqual(expected);
    expect(calls).toBe(2);
    expect(ask(host, ['quoted'], { names })).toEqual(expected);
    expect(calls).toBe(4);
    calls = 0;
    expect(ask(await openCases({ builtins: withBuiltin('sprintf', counting, false) }), ['quoted'], { names })).toEqual(
      expected,
    );
    expect(calls).toBe(5);
  });

  it('with undefined results are remembered as undefined', async () => {
    let calls = 0;
    const builtins = withBuiltin('time.parse_rfc3339_ns', () => {
      calls += 1;
      return undefined;
    });
    expect(ask(await openCases({ builtins }), ['refused', 'instants'], { time: 'x', times: ['x', 'x'] })).toEqual([
      undefined,
      '{}',
    ]);
    expect(calls).toBe(1);
  });

  it('work in the thousands without eating memory call by call', async () => {
    const host = await openCases();
    const [many] = ask(host, ['many'], { count: 5000 });
    expect(JSON.parse(many ?? '')).toHaveLength(5000);
    expect(host.usedBytes - host.residentBytes).toBeLessThan(4 * 1024 * 1024);
  });

  it('that the table lacks are named, all of them', async () => {
    const { wasm } = await readBundle(policyBundle('missing'));
    expect((await openHost(wasm)).missing).toEqual(['http.send', 'opa.runtime']);
  });
});

it('the memory of a module that grew counts whole, whatever the module says', async () => {
  const host = await openHost(handMade({ eval: '(drop (memory.grow (i32.const 500))) (i32.const 0)' }));
  host.evaluate({ entrypoints: [0], input: bytes('{}'), timeNs: 0n });
  expect(host.usedBytes).toBe((128 + 500) * 65_536);
});

describe('a module that stops', () => {
  it('with a conflict between rules tells file and line', async () => {
    const host = await openCases();
    expect(() => ask(host, ['decision'], { case: 'conflict' })).toThrow(/policy\.rego:\d+:\d+: .*conflict/);
    expect(fault(() => ask(host, ['decision'], { case: 'conflict' }))).toBe('POLICY_ABORTED');
  });

  it.each<[string, string, ModuleOptions]>([
    ['an abort', 'POLICY_ABORTED', abort('policy.rego:3: something')],
    ["OPA's word for no memory", 'POLICY_MEMORY', abort('opa_malloc: failed')],
    ['a trap', 'POLICY_ABORTED', { eval: '(unreachable)' }],
    ['a division by zero', 'POLICY_ABORTED', { eval: '(i32.div_s (i32.const 1) (i32.const 0))' }],
    ['endless recursion', 'POLICY_ABORTED', { eval: '(call $eval (local.get 0))' }],
    ['a read beyond its memory', 'POLICY_ABORTED', { eval: '(i32.load (i32.const -4))' }],
    ['an eval that reports failure', 'POLICY_ABORTED', { eval: '(i32.const 1)' }],
    [
      'a built-in that it did not declare',
      'BUILTIN_MISSING',
      { eval: '(call $opa_builtin0 (i32.const 7) (i32.const 0))' },
    ],
    ['an abort whose text has no end', 'POLICY_ABORTED', { eval: '(call $opa_abort (i32.const -1)) (i32.const 0)' }],
  ])('with %s has the code %s', async (_name, code, options) => {
    expect(await faultAt(options)).toBe(code);
  });

  it.each<[string, ModuleOptions]>([
    ['an older interface', { abi: [1, 1] }],
    ['another interface', { abi: [2, 0] }],
    ['a start that traps', { start: '(unreachable)' }],
    ['data beyond its memory', { fields: '(data (i32.const 2147483000) "x")' }],
    ['a memory that begins larger than allowed', { memory: '(import "env" "memory" (memory 40000))' }],
    ['entrypoints that are a list', { entrypoints: '["verdict/decision"]' }],
    ['entrypoints without numbers', { entrypoints: '{"verdict/decision": "0"}' }],
    ['built-ins that are no value', { builtins: '{' }],
    [
      'another function signature',
      { imports: '(import "env" "opa_builtin2" (func (param i64)))', eval: '(unreachable)', abi: [0, 9] },
    ],
  ])('at once for %s has the code POLICY_INVALID', async (_name, options) => {
    expect(await faultAt(options)).toBe('POLICY_INVALID');
  });

  it.each<[string, string]>([
    ['no value', '{{"result": '],
    ['a value nested too deep', `{{"result": ${'['.repeat(2000)}${']'.repeat(2000)}}}`],
  ])('with an answer that is %s has the code POLICY_MALFORMED', async (_name, answer) => {
    expect(await faultAt({ answer })).toBe('POLICY_MALFORMED');
  });

  it('with an answer longer than the host reads has the code POLICY_MALFORMED', async () => {
    const fill = '(memory.fill (i32.const 1024) (i32.const 0x61) (i32.const 34000000))';
    const code = await faultAt({ eval: `(drop (memory.grow (i32.const 600))) ${fill} (i32.const 0)` });
    expect(code).toBe('POLICY_MALFORMED');
  });

  it.each(['set()', '{}', '[{"result": {"allow": true}}]', '{{"answer": true}}', '{1}', 'null'])(
    'with the result set %s has no value',
    async (answer) => {
      const host = await openHost(handMade({ answer }));
      expect(host.evaluate({ entrypoints: [0], input: bytes('{}'), timeNs: 0n })).toEqual([undefined]);
    },
  );

  it('for want of memory has the code POLICY_MEMORY', async () => {
    const host = await openCases({ pages: { initial: 16, maximum: 32 } });
    expect(fault(() => ask(host, ['decision'], { case: 'hungry', text: 'x'.repeat(100) }))).toBe('POLICY_MEMORY');
  });

  it('for an input that is too large for it has the code POLICY_MEMORY', async () => {
    const host = await openCases({ pages: { initial: 16, maximum: 32 } });
    expect(fault(() => ask(host, ['identity'], 'x'.repeat(10_000_000)))).toBe('POLICY_MEMORY');
  });

  it('at an input nested beyond its stack has a code, whatever it is', async () => {
    const host = await openCases({ pages: { initial: 512, maximum: 4096 } });
    const depth = 100_000;
    const code = fault(() => ask(host, ['identity'], `${'['.repeat(depth)}${']'.repeat(depth)}`));
    expect(['POLICY_ABORTED', 'POLICY_MALFORMED']).toContain(code);
  });
});
