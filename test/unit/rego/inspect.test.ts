import { afterAll, describe, expect, test } from 'vitest';
import { data, good, places, refused, rego, testToolchain } from './support.ts';

const toolchain = testToolchain();
afterAll(() => toolchain.close());

async function factsOf(text: string) {
  const [file] = good(await toolchain.inspect({ files: [rego('a.rego', text)] })).files;
  if (file === undefined) throw new Error('no facts');
  return file;
}

describe('inspect', () => {
  test('tells package, imports and rules with their kinds', async () => {
    const file = await factsOf(`package rules.licence.allowed

import data.lib as l
import future.keywords.not

default z := 1

deny contains 1

o[k] := v if some k, v in input.x

f(x) := x

a.b.c := 2
`);
    expect(file.package).toEqual(['rules', 'licence', 'allowed']);
    expect(file.at).toEqual({ line: 1, column: 1 });
    expect(file.imports.map(({ path }) => path.join('.'))).toEqual(['data.lib', 'future.keywords.not']);
    expect(file.rules.map(({ name, kind, default: d, at }) => `${name} ${kind} ${d} ${at.line}`)).toEqual([
      'z complete true 6',
      'deny set false 8',
      'o object false 10',
      'f function false 12',
      'a.b.c complete false 14',
    ]);
  });

  test('tells the annotations that apply to a rule, nearest first', async () => {
    const [rule] = (
      await factsOf(`# METADATA
# title: P
# custom:
#   x: 1
package a

# METADATA
# title: R
# description: D
b := 1
`)
    ).rules;
    expect(rule?.annotations).toEqual([
      { scope: 'rule', title: 'R', description: 'D', entrypoint: false, custom: {}, at: { line: 7, column: 1 } },
      {
        scope: 'package',
        title: 'P',
        description: '',
        entrypoint: false,
        custom: { x: 1 },
        at: { line: 1, column: 1 },
      },
    ]);
  });

  test('tells references as far as they are constant, wherever they stand', async () => {
    const { refs } = await factsOf(`package a

x[input.head] := {r.value | some r in input.list[i].of} if {
	not data.rules[input.area][_].deny
	every e in input.every { e.inner == input["quoted"].part }
	y := input
	f(y).after == $"{input.template}"
}

z if input.z else := input.otherwise
`);
    expect(refs.map(({ path }) => path.map((segment) => segment ?? '*').join('.')).sort()).toEqual(
      [
        'input.head',
        'r.value',
        'input.list.*.of',
        'data.rules.*.*.deny',
        'input.area',
        'input.every',
        'e.inner',
        'input.quoted.part',
        'input',
        '*.after',
        'input.template',
        'input.z',
        'input.otherwise',
      ].sort(),
    );
  });

  test('leaves out what a with replaces, and keeps what it puts there', async () => {
    const { refs } = await factsOf('package a\n\nx if data.b.c with input as data.other with time.now_ns as input.t\n');
    expect(refs.map(({ path }) => path.join('.'))).toEqual(['data.b.c', 'data.other', 'input.t']);
  });

  test('tells calls and string constants with their places', async () => {
    const { calls, strings } = await factsOf('package a\n\nx := object.get(input.y, "claimed", time.now_ns() + 1)\n');
    expect(calls).toEqual([
      { text: 'object.get', at: { line: 3, column: 6 } },
      { text: 'time.now_ns', at: { line: 3, column: 37 } },
    ]);
    expect(strings).toEqual([{ text: 'claimed', at: { line: 3, column: 26 } }]);
  });

  test('tells where data files put their keys', async () => {
    const files = [
      data('data.json', { b: 1, a: 2 }),
      { path: 'rules/x/data.yaml', text: 'y: 1\n' },
      data('.manifest', { roots: [''] }),
    ];
    const facts = good(await toolchain.inspect({ files: [], data: files }));
    expect(facts.data).toEqual([
      { path: 'data.json', under: [], keys: ['a', 'b'] },
      { path: 'rules/x/data.yaml', under: ['rules', 'x'], keys: ['y'] },
    ]);
  });

  test('needs no other file, and refuses what does not parse or contradicts itself', async () => {
    expect((await factsOf('package a\n\nx := data.absent.y\n')).refs).toHaveLength(1);
    expect(places(refused(await toolchain.inspect({ files: [rego('a.rego', 'package a\n\nx :=\n')] })))[0]).toMatch(
      /^rego_parse_error a/,
    );
    const twice =
      '# METADATA\n# title: A\n# scope: document\nx contains 1\n\n# METADATA\n# title: B\n# scope: document\nx contains 2\n';
    expect(refused(await toolchain.inspect({ files: [rego('a.rego', `package a\n\n${twice}`)] }))).toHaveLength(1);
  });
});
