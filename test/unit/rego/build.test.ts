import { hash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { KNOWN_BUNDLES } from './bundles.ts';
import { good, places, refused, rego, testToolchain } from './support.ts';

const toolchain = testToolchain();
afterAll(() => toolchain.close());

describe('build', () => {
  for (const { name, request, sha256 } of KNOWN_BUNDLES) {
    test(`writes the bytes that opa build writes: ${name}`, async () => {
      const { bundle } = good(await toolchain.build(request));
      expect(hash('sha256', bundle)).toBe(sha256);
    });
  }

  test('reports the faults of every file', async () => {
    const outcome = await toolchain.build({
      files: [
        rego('a.rego', 'package a\n\nx := {\n'),
        rego('b.rego', 'package b\n\ny if z z\n'),
        rego('c.rego', 'package c\n'),
      ],
      entrypoints: ['a/x'],
    });
    expect(new Set(refused(outcome).map(({ file, code }) => `${code} ${file}`))).toEqual(
      new Set(['rego_parse_error a.rego', 'rego_parse_error b.rego']),
    );
  });

  test('reports a compile fault with its place', async () => {
    const outcome = await toolchain.build({ files: [rego('a.rego', 'package a\n\nx := y\n')], entrypoints: ['a/x'] });
    expect(places(refused(outcome))).toEqual(['rego_unsafe_var_error a.rego:3:6']);
  });

  test('refuses an entrypoint that no rule has, and no entrypoint at all', async () => {
    const files = [rego('a.rego', 'package a\n\nx := 1\n')];
    expect(refused(await toolchain.build({ files, entrypoints: ['a/nope'] }))).toHaveLength(1);
    expect(refused(await toolchain.build({ files, entrypoints: [] }))).toHaveLength(1);
  });

  test('refuses data that is not JSON, naming the file', async () => {
    const outcome = await toolchain.build({
      files: [rego('a.rego', 'package a\n\nx := 1\n')],
      data: [{ path: 'b/data.json', text: '{"a": ' }],
      entrypoints: ['a/x'],
    });
    expect(places(refused(outcome))).toEqual(['rego_data_error b/data.json:1:1']);
  });
});
