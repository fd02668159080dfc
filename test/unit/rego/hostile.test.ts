import { afterAll, describe, expect, test } from 'vitest';
import type { Toolchain } from '../../../src/rego/toolchain.ts';
import { good, refused, rego, testToolchain } from './support.ts';

const toolchain = testToolchain();
afterAll(() => toolchain.close());

const OPERATIONS: Readonly<
  Record<string, (text: string) => ReturnType<Toolchain['inspect']> | ReturnType<Toolchain['build']>>
> = {
  build: (text) => toolchain.build({ files: [rego('a.rego', text)], entrypoints: ['a/x'] }),
  inspect: (text) => toolchain.inspect({ files: [rego('a.rego', text)] }),
};

const nested = (open: string, close: string) => `package a\n\nx := ${open.repeat(10_000)}1${close.repeat(10_000)}\n`;

describe.each(Object.entries(OPERATIONS))('%s of a hostile source', (_, run) => {
  test.each([
    ['10,000 nested arrays', nested('[', ']'), 'rego_nesting_error'],
    ['10,000 nested parentheses', nested('(', ')'), 'rego_nesting_error'],
    ['10,000 nested comprehensions', nested('[y | y := ', ']'), 'rego_nesting_error'],
    ['10,000 brackets never closed', nested('[', ''), 'rego_parse_error'],
    ['a NUL in a string', 'package a\n\nx := "\u0000"\n', 'rego_parse_error'],
    ['a NUL after the package', 'package a\n\u0000', 'rego_parse_error'],
    ['half a surrogate pair', 'package a\n\nx := "\udc00"\n', 'source_invalid'],
    ['nothing', '', 'rego_parse_error'],
    ['no package', 'x := 1\n', 'rego_parse_error'],
  ])('makes a fault of %s', async (_name, text, code) => {
    const faults = refused(await run(text));
    expect(faults.map((fault) => `${fault.code} ${fault.file}`)).toContain(`${code} a.rego`);
  });

  test('takes a string of 5 MB', async () => {
    expect(good(await run(`package a\n\nx := "${'y'.repeat(5_000_000)}"\n`)).ok).toBe(true);
  });
});

describe('the limits of a call', () => {
  test('end one that takes too long, name the limit, and leave the next one unharmed', async () => {
    const hasty = testToolchain({ limits: { callMs: 1500 } });
    const endless = `package a\n\nx := ${'[y | y := '.repeat(200)}1${']'.repeat(200)}\n`;
    await expect(hasty.check({ files: [rego('a.rego', endless)] })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('callMs'),
    });
    await hasty.close();
    const test_ = `package a\n\ntest_x if count([1 | i := numbers.range(1, 5000)[_]; j := numbers.range(1, 5000)[_]]) > 0\n`;
    const brief = testToolchain({ limits: { testRunMs: 1500 } });
    await expect(brief.test({ files: [rego('a_test.rego', test_)] })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('testRunMs'),
    });
    await brief.close();
    expect(await toolchain.check({ files: [rego('a.rego', 'package a\n')] })).toEqual([]);
  });

  test('bound the memory, name the limit, and leave the next one unharmed', async () => {
    const small = testToolchain({ limits: { memoryBytes: 64 * 1024 * 1024 } });
    const query = 'count([{"a": i, "b": j} | i := numbers.range(1, 2000)[_]; j := numbers.range(1, 2000)[_]])';
    await expect(small.evaluate({ files: [], query })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('memoryBytes'),
    });
    expect(good(await small.evaluate({ files: [], query: '1' })).values).toHaveLength(1);
    await small.close();
  });

  test('bound the number and size of the sources and the input', async () => {
    const small = testToolchain({ limits: { files: 1, sourceBytes: 100, inputBytes: 10 } });
    const exceeded = { code: 'LIMIT_EXCEEDED' };
    await expect(small.check({ files: [rego('a.rego', ''), rego('b.rego', '')] })).rejects.toMatchObject(exceeded);
    await expect(small.check({ files: [rego('a.rego', 'x'.repeat(101))] })).rejects.toMatchObject(exceeded);
    await expect(small.evaluate({ files: [], query: '1', input: '"0123456789"' })).rejects.toMatchObject(exceeded);
  });
});

describe('the process behind the toolchain', () => {
  const FILES = [rego('a.rego', 'package a\n')];

  test('answers calls made at the same time, each with its own', async () => {
    const answers = await Promise.all(
      [1, 2, 3].map((value) =>
        toolchain.evaluate({ files: [], query: `${value} + 1` }).then((outcome) => good(outcome).values[0]?.text),
      ),
    );
    expect(answers).toEqual(['2', '3', '4']);
  });

  test('starts again after close', async () => {
    await toolchain.close();
    expect(await toolchain.check({ files: FILES })).toEqual([]);
  });

  test('fails the calls not yet answered when closed, and no later one', async () => {
    const closing = testToolchain();
    const calls = [closing.check({ files: FILES }), closing.check({ files: FILES })];
    const ends = Promise.allSettled(calls);
    await closing.close();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(calls[0]).rejects.toMatchObject({ code: 'TOOLCHAIN_FAILED' });
    expect(await closing.check({ files: FILES })).toEqual([]);
    await closing.close();
  });

  test('reports a program that is not there', async () => {
    const sha256 = '0'.repeat(64);
    const module = { path: '/absent/rego.wasm.br', sha256, size: 1, archiveSha256: sha256 };
    const broken = testToolchain({ module });
    await expect(broken.check({ files: FILES })).rejects.toMatchObject({ code: 'TOOLCHAIN_FAILED' });
    await broken.close();
  });
});
