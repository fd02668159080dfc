import { afterAll, describe, expect, test } from 'vitest';
import { data, good, places, refused, rego, testToolchain } from './support.ts';

const toolchain = testToolchain();
afterAll(() => toolchain.close());

describe('test', () => {
  const RULE = rego('a.rego', 'package a\n\nx if input.a == 1\n\nx if {\n\tinput.b == 2\n\tinput.c == 3\n}\n');
  const TESTS = rego(
    'a_test.rego',
    `package a_test

import data.a

test_passes if a.x with input as {"a": 1}

test_fails if {
	print("seen", 1)
	a.x with input as {}
}

todo_test_later if a.x

test_errs if {
	input.z == 1 with input.z as f(1)
}

f(x) := 1 if x > 0

f(x) := 2 if x > 0

test_table[name] if {
	some name, row in {"one": 1, "two": 2}
	a.x with input as {"a": row}
}
`,
  );

  test('reports each test with its outcome, place and output', async () => {
    const { results } = good(await toolchain.test({ files: [TESTS, RULE] }));
    expect(results.map(({ name, outcome, file, line }) => `${name} ${outcome} ${file}:${line}`)).toEqual([
      'test_passes passed a_test.rego:5',
      'test_fails failed a_test.rego:7',
      'todo_test_later skipped a_test.rego:12',
      'test_errs errored a_test.rego:14',
      'test_table failed a_test.rego:22',
    ]);
    expect(results.map(({ printed }) => printed)).toEqual(['', 'seen 1\n', '', '', '']);
    expect(results[3]?.message).toContain('conflict');
    expect(results[4]?.cases).toEqual([
      { path: ['one'], outcome: 'passed' },
      { path: ['two'], outcome: 'failed' },
    ]);
    expect(results[0]?.package).toBe('data.a_test');
    expect(results[0]?.durationNs).toBeGreaterThan(0);
  });

  test('runs only the tests asked for, and refuses an expression that is none', async () => {
    const { results } = good(await toolchain.test({ files: [TESTS, RULE], run: 'test_pas' }));
    expect(results.map(({ name }) => name)).toEqual(['test_passes']);
    expect(refused(await toolchain.test({ files: [TESTS, RULE], run: '(' }))).toHaveLength(1);
  });

  test('counts the lines covered', async () => {
    const { coverage } = good(await toolchain.test({ files: [RULE, TESTS], run: 'test_passes', coverage: true }));
    const rule = coverage?.files.find(({ path }) => path === 'a.rego');
    expect(rule).toMatchObject({
      percent: 25,
      covered: [
        { line: 3, column: 1 },
        { line: 3, column: 6 },
      ],
    });
    expect(rule?.notCovered.map(({ line }) => line)).toEqual([5, 6, 7]);
    expect(coverage?.percent).toBeGreaterThan(0);
    expect(good(await toolchain.test({ files: [RULE, TESTS] })).coverage).toBeUndefined();
  });

  test('ends a test that goes on for ever, and runs the others', async () => {
    const loop =
      'test_endless if {\n\tsome i in numbers.range(1, 5000)\n\tsome j in numbers.range(1, 5000)\n\ti + j < 0\n}\n';
    const files = [rego('a_test.rego', `package a_test\n\n${loop}\ntest_quick := true\n`)];
    const { results } = good(await toolchain.test({ files, timeoutMs: 200 }));
    expect(results.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'test_endless errored',
      'test_quick passed',
    ]);
  });

  test('sees the data and the time given', async () => {
    const files = [
      rego(
        'a_test.rego',
        'package a_test\n\ntest_x if {\n\tdata.b.list[_] == 2\n\ttime.now_ns() == 1795255200000000000\n}\n',
      ),
    ];
    const lists = [data('b/data.json', { list: [1, 2] })];
    const { results } = good(await toolchain.test({ files, data: lists, time: '2026-11-21T10:00:00Z' }));
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed']);
  });

  test('refuses sources that do not compile', async () => {
    expect(
      places(refused(await toolchain.test({ files: [rego('a_test.rego', 'package a\n\ntest_x if y\n')] }))),
    ).toEqual(['rego_unsafe_var_error a_test.rego:3:11']);
  });
});

describe('evaluate', () => {
  const FILES = [
    rego('a.rego', 'package a\n\ns contains input.x\n\ns contains data.d.y\n\nno if false\n\no := {1: "b", "a": s}\n'),
  ];

  async function evaluate(query: string, input?: string) {
    const request = {
      files: FILES,
      data: [data('d/data.json', { y: [1.5] })],
      query,
      time: '2026-11-21T10:00:00.123456789Z',
    };
    const outcome = await toolchain.evaluate(input === undefined ? request : { ...request, input });
    return good(outcome).values;
  }

  test('gives values as Rego text and as JSON, exactly', async () => {
    expect(await evaluate('data.a.s', '{"x": 12345678901234567890.10}')).toEqual([
      { text: '{12345678901234567890.10, [1.5]}', json: '[12345678901234567890.10,[1.5]]' },
    ]);
    expect(await evaluate('data.a.o')).toEqual([{ text: '{1: "b", "a": {[1.5]}}', json: '{"1":"b","a":[[1.5]]}' }]);
    expect(await evaluate('"<&>\\u2028\\u0000"')).toEqual([
      { text: '"<&>\\u2028\\u0000"', json: '"<&>\\u2028\\u0000"' },
    ]);
  });

  test('gives no value where the query is undefined, one for each solution else', async () => {
    expect(await evaluate('data.a.no')).toEqual([]);
    expect(await evaluate('input.x')).toEqual([]);
    expect((await evaluate('x := [3, 4][_]; x + 1')).length).toBe(2);
    expect(await evaluate('not data.a.no')).toEqual([{ text: 'true', json: 'true' }]);
  });

  test('tells an absent input from null', async () => {
    expect(await evaluate('input == null', 'null')).toEqual([{ text: 'true', json: 'true' }]);
    expect(await evaluate('input == null')).toEqual([]);
  });

  test('has the time given, to the nanosecond', async () => {
    expect((await evaluate('time.now_ns()'))[0]?.text).toBe('1795255200123456789');
  });

  test('refuses a query and an input that do not parse, and a run-time conflict', async () => {
    expect(refused(await toolchain.evaluate({ files: [], query: 'x :=' }))).toHaveLength(1);
    expect(refused(await toolchain.evaluate({ files: [], query: '1', input: '{' }))).toHaveLength(1);
    const conflict = [rego('a.rego', 'package a\n\nx := 1\n\nx := 2\n')];
    expect(places(refused(await toolchain.evaluate({ files: conflict, query: 'data.a.x' })))).toEqual([
      'eval_conflict_error a.rego:5:1',
    ]);
  });

  test('refuses a time that is none', async () => {
    for (const time of ['now', '2026-11-21', '2026-13-21T10:00:00Z', '2026-11-21T10:00:00+01:00']) {
      await expect(toolchain.evaluate({ files: [], query: '1', time })).rejects.toMatchObject({ code: 'USAGE' });
    }
  });
});

describe('format', () => {
  test('formats, says what changed, and changes nothing the second time', async () => {
    const files = [rego('a.rego', 'package a\nx   :=1\n# c\ny if{x}\n'), rego('b.rego', 'package b\n')];
    const first = good(await toolchain.format({ files })).files;
    expect(first.map(({ path, changed }) => [path, changed])).toEqual([
      ['a.rego', true],
      ['b.rego', false],
    ]);
    expect(first[0]?.text).toBe('package a\n\nx := 1\n\n# c\ny if x\n');
    const second = good(await toolchain.format({ files: first })).files;
    expect(second).toEqual(first.map((file) => ({ ...file, changed: false })));
  });

  test('refuses files that do not parse, all of them', async () => {
    const outcome = await toolchain.format({
      files: [rego('a.rego', 'package'), rego('b.rego', 'package b'), rego('c.rego', 'x')],
    });
    expect(refused(outcome).map(({ file }) => file)).toEqual(['a.rego', 'c.rego']);
  });
});
