import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { places, rego, testToolchain } from './support.ts';

const toolchain = testToolchain();
afterAll(() => toolchain.close());

const EVIDENCE: unknown = JSON.parse(
  readFileSync(new URL('../../../schemas/evidence.schema.json', import.meta.url), 'utf8'),
);
const POLICY_CONFIG = {
  type: 'object',
  additionalProperties: false,
  properties: { profile: { type: 'string' }, licences: { type: 'array', items: { type: 'string' } } },
};

const SCHEMAS = {
  schemas: [
    { name: 'evidence', schema: EVIDENCE },
    { name: 'policy', schema: POLICY_CONFIG },
  ],
  typed: [
    { path: 'input', schema: 'evidence' },
    { path: 'data.config', schema: 'policy' },
  ],
};

async function check(text: string, ...more: readonly string[]) {
  const files = [text, ...more].map((source, index) => rego(`${'abc'[index]}.rego`, source));
  return places(await toolchain.check({ files, ...SCHEMAS }));
}

describe('check with schemas', () => {
  test('takes a rule that names what the evidence has', async () => {
    expect(await check('package rules.a.b\n\nmet contains input.subject.digest\n')).toEqual([]);
  });

  test('refuses a misspelt key of the input, wherever a rule names it', async () => {
    const text = `package rules.a.b

met contains input.subjectt.digest

deny contains input.artifacts[_].reports[_].outcom

deny contains x if {
	some artifact in input.artifacts
	some report in artifact.reports
	x := report.outcom
}

deny contains x if x := {r | r := input.artifacts[_].nope}
`;
    expect(await check(text)).toEqual([
      'rego_type_error a.rego:3:14',
      'rego_type_error a.rego:5:15',
      'rego_type_error a.rego:10:7',
      'rego_type_error a.rego:13:35',
    ]);
  });

  test('says what there is instead', async () => {
    const [fault] = await toolchain.check({
      files: [rego('a.rego', 'package a\n\nx := data.config.profil\n')],
      ...SCHEMAS,
    });
    expect(fault?.message).toContain('"profile"');
  });

  test('types every package, at any depth, and functions too', async () => {
    const faults = await check(
      'package a.b.c.d\n\nx := input.nope\n',
      'package lib\n\nf(_) := data.config.nope\n',
      'package verdict\n\ny := input.nope\n',
    );
    expect(faults).toEqual(['rego_type_error a.rego:3:6', 'rego_type_error b.rego:3:9', 'rego_type_error c.rego:3:6']);
  });

  test("lets a package's own annotation win, and name any of the schemas", async () => {
    const own =
      '# METADATA\n# schemas:\n#   - input: schema.policy\npackage a\n\nx := input.profile\n\ny := input.subject\n';
    expect(await check(own)).toEqual(['rego_type_error a.rego:8:6']);
    const unknown = '# METADATA\n# schemas:\n#   - input: schema.nope\npackage a\n\nx := input.profile\n';
    expect(await check(unknown)).toContain('rego_type_error a.rego:6:1');
  });

  test('leaves tests free to replace the input', async () => {
    const faults = await check(
      'package a\n\nx if input.subject.digest == "b"\n',
      'package a_test\n\nimport data.a\n\ntest_x if a.x with input as {"subject": {"digest": "b"}} with data.config as {"other": 1}\n',
    );
    expect(faults).toEqual([]);
  });

  test('fetches no schema', async () => {
    const schemas = [{ name: 'remote', schema: { $ref: 'http://127.0.0.1:1/schema.json' } }];
    const faults = await toolchain.check({
      files: [rego('a.rego', 'package a\n\nx := input.y\n')],
      schemas,
      typed: [{ path: 'input', schema: 'remote' }],
    });
    expect(places(faults)).toEqual(['rego_type_error a.rego:3:1']);
  });
});

describe('check', () => {
  test('reports the faults of all files that do not parse', async () => {
    expect(await check('package a\n\nx := {\n', 'package b\n\ny := 1\n', 'package c\n\nz := )\n')).toEqual([
      'rego_parse_error a.rego:4:1',
      'rego_parse_error c.rego:3:6',
    ]);
  });

  test('refuses a built-in that policy.wasm and Verdict lack, and says so', async () => {
    const files = [rego('a.rego', 'package a\n\nx := http.send({"url": input.context.caller})\n')];
    const faults = await toolchain.check({ files, ...SCHEMAS });
    expect(places(faults)).toEqual(['rego_type_error a.rego:3:6']);
    expect(faults[0]?.message).toContain('Verdict');
  });

  test('takes the built-ins that Verdict has, native and hosted', async () => {
    const text =
      'package a\n\nx := sprintf("%s %d", [upper("a"), count([1])])\n\ny := time.now_ns()\n\nz := $"{x}" if print(x)\n';
    expect(await check(text)).toEqual([]);
  });

  test('is strict unless told otherwise', async () => {
    const files = [rego('a.rego', 'package a\n\nimport data.b\n\nx := 1\n')];
    expect(places(await toolchain.check({ files }))).toEqual(['rego_compile_error a.rego:3:1']);
    expect(await toolchain.check({ files, strict: false })).toEqual([]);
  });

  test('reads Rego v0 where told, and future.keywords.not in v1', async () => {
    const v0 = [rego('a.rego', 'package a\n\nx { not input.y }\n')];
    expect(await toolchain.check({ files: v0, regoVersion: 0 })).toEqual([]);
    expect(await toolchain.check({ files: v0 })).not.toEqual([]);
    expect(await check('package a\n\nimport future.keywords.not\n\nx if not input.context.parameters.y\n')).toEqual([]);
  });

  test('finds recursion, unsafe variables and conflicts', async () => {
    expect(await check('package a\n\nx if y\n\ny if x\n')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^rego_recursion_error a\.rego:\d+:1$/)]),
    );
    expect(await check('package a\n\nx := y\n')).toEqual(['rego_unsafe_var_error a.rego:3:6']);
    expect(await check('package a\n\nx := 1\n\nx contains 2\n')).toEqual(['rego_type_error a.rego:3:1']);
  });
});
