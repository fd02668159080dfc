import { describe, expect, test } from 'vitest';
import { decodeSource, sourceFaults, TOOLCHAIN_LIMITS } from '../../../src/rego/source.ts';

const FILE = { path: 'a.rego', text: 'package a\n' };

function faultsOf(path: string, text = FILE.text) {
  return sourceFaults([{ path, text }], [], TOOLCHAIN_LIMITS).map(({ code, file }) => `${code} ${file}`);
}

describe('sourceFaults', () => {
  test('takes good files, in directories and with any letters', () => {
    const data = ['data.json', 'b/data.yaml', 'c/d/data.yml', '.manifest'].map((path) => ({ path, text: '{}' }));
    const files = ['a.rego', 'b/ä b.rego', 'b/..c.rego'].map((path) => ({ ...FILE, path }));
    expect(sourceFaults(files, data, TOOLCHAIN_LIMITS)).toEqual([]);
  });

  test.each([
    '/a.rego',
    '../a.rego',
    'b/../a.rego',
    './a.rego',
    'b//a.rego',
    'b\\a.rego',
    'a\n.rego',
    'a\u0000.rego',
    '\ud800.rego',
  ])('refuses the path %j', (path) => expect(faultsOf(path)).toEqual([`source_invalid ${path}`]));

  test('refuses an empty path, one that is too long, and one that is no Rego file', () => {
    expect(faultsOf('')).toContain('source_invalid ');
    expect(faultsOf(`${'a'.repeat(600)}.rego`)).toHaveLength(1);
    expect(faultsOf('data.json')).toEqual(['source_invalid data.json']);
  });

  test('refuses data files by names that OPA does not read', () => {
    expect(sourceFaults([], [{ path: 'b/lists.json', text: '{}' }], TOOLCHAIN_LIMITS)).toHaveLength(1);
  });

  test('refuses two files with one path, Rego and data alike', () => {
    expect(sourceFaults([FILE, FILE], [], TOOLCHAIN_LIMITS)).toHaveLength(1);
    const data = { path: 'data.json', text: '{}' };
    expect(sourceFaults([], [data, data], TOOLCHAIN_LIMITS)).toHaveLength(1);
  });

  test('refuses half a surrogate pair', () => {
    expect(faultsOf('a.rego', 'package a # \ud800')).toEqual(['source_invalid a.rego']);
  });

  test('throws LIMIT_EXCEEDED for too many files and too many bytes, counted in UTF-8', () => {
    const limits = { ...TOOLCHAIN_LIMITS, files: 2, sourceBytes: 4 };
    const file = (path: string, text: string) => ({ path, text });
    const exceeded = expect.objectContaining({ code: 'LIMIT_EXCEEDED' });
    expect(() => sourceFaults([file('a.rego', ''), file('b.rego', '')], [file('data.json', '')], limits)).toThrow(
      exceeded,
    );
    expect(() => sourceFaults([file('a.rego', 'ää'), file('b.rego', 'x')], [], limits)).toThrow(exceeded);
    expect(sourceFaults([file('a.rego', 'ää')], [], limits)).toEqual([]);
  });
});

describe('decodeSource', () => {
  test('decodes UTF-8 and drops its byte order mark', () => {
    expect(decodeSource('a.rego', Buffer.from('\ufeffpackage ä'))).toEqual({ path: 'a.rego', text: 'package ä' });
  });

  test('makes a fault of bytes that are not UTF-8', () => {
    expect(decodeSource('a.rego', Buffer.from([0x70, 0xff]))).toMatchObject({ code: 'source_invalid', file: 'a.rego' });
  });
});
