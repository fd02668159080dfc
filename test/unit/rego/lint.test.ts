import { afterAll, describe, expect, test } from 'vitest';
import { lint, type PolicyShape } from '../../../src/rego/lint.ts';
import type { SourceFile } from '../../../src/rego/source.ts';
import { data, good, places, rego, testToolchain } from './support.ts';

const toolchain = testToolchain();
afterAll(() => toolchain.close());

async function findings(sources: readonly SourceFile[], shape: PolicyShape = 'rules') {
  const request = {
    files: sources.filter(({ path }) => path.endsWith('.rego')),
    data: sources.filter(({ path }) => !path.endsWith('.rego')),
  };
  return lint(good(await toolchain.inspect(request)), { shape });
}

async function found(...sources: readonly SourceFile[]) {
  return places(await findings(sources));
}

const HEAD = 'import future.keywords.not\n';
const EXPLAINED = '# METADATA\n# title: T\n# custom:\n#   failure_msg: M\n';

const GOOD = rego('rules/a/b.rego', `package rules.a.b\n\n${HEAD}\n${EXPLAINED}deny contains input.subject.digest\n`);

function inRule(body: string): SourceFile {
  return rego('rules/a/b.rego', `package rules.a.b\n${HEAD}${EXPLAINED}deny contains x if {\n${body}\n}\n`);
}

describe('lint', () => {
  test('has nothing to say about a rule as it should be', async () => {
    expect(await found(GOOD, data('data.json', { config: { rules: {} } }))).toEqual([]);
  });

  test('demands a title and a failure message of deny, at the rule, the document or the package', async () => {
    const bare = rego('a.rego', `package rules.a.b\n${HEAD}deny contains 1\n`);
    expect(await found(bare)).toEqual(['rule-metadata a.rego:3:1', 'rule-metadata a.rego:3:1']);
    const titled = rego('a.rego', `package rules.a.b\n${HEAD}# METADATA\n# title: T\ndeny contains 1\n`);
    expect(await found(titled)).toEqual(['rule-metadata a.rego:5:1']);
    const packaged = rego('a.rego', `${EXPLAINED}package rules.a.b\n${HEAD}deny contains 1\n\ndeny contains 2\n`);
    expect(await found(packaged)).toEqual([]);
    const above = rego('a.rego', `package rules.a.b\n${HEAD}deny contains 1\n`);
    const area = rego('b.rego', `${EXPLAINED.replace('# title', '# scope: subpackages\n# title')}package rules.a\n`);
    expect((await found(above, area)).filter((place) => place.startsWith('rule-metadata'))).toHaveLength(2);
  });

  test('demands them of each definition', async () => {
    const second = rego('a.rego', `package rules.a.b\n${HEAD}${EXPLAINED}deny contains 1\n\ndeny contains 2\n`);
    expect(await found(second)).toEqual(['rule-metadata a.rego:9:1', 'rule-metadata a.rego:9:1']);
  });

  test('does not take blanks for a title', async () => {
    const blank = rego('a.rego', `package rules.a.b\n${HEAD}# METADATA\n# title: "  "\nmet contains 1\n`);
    expect(await found(blank)).toEqual(['rule-metadata a.rego:5:1']);
  });

  test('demands a title of met', async () => {
    const met = rego('a.rego', `package rules.a.b\n${HEAD}met contains 1\n`);
    expect(await found(met)).toEqual(['rule-metadata a.rego:3:1']);
  });

  test.each(['rules', 'rules.a', 'rules.a.b.c'])('refuses the package %s', async (name) => {
    expect(await found(rego('a.rego', `package ${name}\n${HEAD}`))).toEqual(['rule-package a.rego:1:1']);
  });

  test('refuses a rule package that judges nothing, in all its files together', async () => {
    const idle = rego('a.rego', `package rules.a.b\n${HEAD}helper := 1\n\ndeny := true\n`);
    expect(await found(idle)).toEqual(['rule-package a.rego:1:1']);
    expect(await found(rego('a.rego', `package rules.a.b\n${HEAD}helper := 1\n`), GOOD)).toEqual([]);
    const test_ = rego('a_test.rego', `package rules.a.b_test\n${HEAD}test_x := true\n`);
    expect(await found(GOOD, test_)).toEqual([]);
  });

  test('refuses data that would stand for rules', async () => {
    expect(await found(data('data.json', { rules: {} }))).toEqual(['rules-data data.json:1:1']);
    expect(await found(data('rules/a/data.json', {}))).toEqual(['rules-data rules/a/data.json:1:1']);
    expect(await found(data('lib/data.json', { rules: 1 }))).toEqual([]);
  });

  test.each([
    ['x := input.documents[_]', 'raw-input'],
    ['x := input["artifacts"][_]', 'raw-input'],
    ['y := input\n x := y.artifacts', 'raw-input'],
    ['some k\n x := input[k]', 'raw-input'],
    ['x := object.get(input, "artifacts", [])', 'raw-input'],
    ['walk(input, [x, _])', 'raw-input'],
    ['some s in data.lib.signatures\n x := s.report.claimed.signers', 'claimed'],
    ['some s in data.lib.signatures\n x := s.report["claimed"]', 'claimed'],
    ['some s in data.lib.signatures\n x := object.get(s.report, "claimed", {})', 'claimed'],
    ['some s in data.lib.signatures\n {"claimed": x} = s.report', 'claimed'],
    ['x := time.now_ns()', 'clock'],
    ['x := [time.now_ns() | true]', 'clock'],
  ])('refuses %j in a rule', async (body, code) => {
    expect((await findings([inRule(body)])).map((fault) => fault.code)).toEqual([code]);
  });

  test('refuses the raw input through an import', async () => {
    const file = rego('a.rego', `package verdict\n${HEAD}import input.artifacts as a\nimport input as i\n`);
    expect(await found(file)).toEqual(['raw-input a.rego:3:1', 'raw-input a.rego:4:1']);
  });

  test('lets rules read the rest of the input', async () => {
    expect(
      await found(inRule('x := input.context.time\n input.complete\n input.subject.targets[_].digest == x')),
    ).toEqual([]);
  });

  test('lets the library do what only it may, in any of its packages', async () => {
    const body = 'x := [input.documents, input, input.artifacts[_].reports[_].claimed, time.now_ns()]';
    expect(
      await found(rego('l.rego', `package lib\n${HEAD}${body}\n`), rego('m.rego', `package lib.m\n${HEAD}${body}\n`)),
    ).toEqual([]);
    expect(await found(rego('l.rego', `package library\n${HEAD}${body}\n`))).toHaveLength(5);
  });

  test('lets tests do it too', async () => {
    const body =
      'test_x if data.rules.a.b.deny with input as {"claimed": time.now_ns(), "a": input}\n\ndeny contains 1\n';
    expect(await found(rego('b_test.rego', `package rules.a.b_test\n${HEAD}${body}`))).toEqual([]);
  });

  test('demands the import of not in every file, tests and library included', async () => {
    const without = ['a.rego', 'a_test.rego', 'l.rego'].map((path) => rego(path, 'package lib\n'));
    expect(await found(...without)).toEqual([
      'not-import a.rego:1:1',
      'not-import a_test.rego:1:1',
      'not-import l.rego:1:1',
    ]);
    expect(await found(rego('a.rego', 'package lib\nimport future.keywords\n'))).toEqual([]);
    expect(await found(rego('a.rego', 'package lib\nimport future.keywords.and\n'))).toEqual(['not-import a.rego:1:1']);
  });

  test("warns where the policy has its user's own shape", async () => {
    const faults = await findings([inRule('x := input.documents'), rego('m.rego', 'package main\n')], 'own');
    expect(faults.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
      'not-import warning',
      'raw-input warning',
    ]);
    expect((await findings([rego('m.rego', 'package main\n')])).map(({ severity }) => severity)).toEqual(['error']);
  });
});
