import { describe, expect, it } from 'vitest';
import { parseValue } from '../../../src/builtins/value.ts';
import { plainOf } from '../../../src/opa/result.ts';

const plain = (text: string): unknown => plainOf(parseValue(text));

describe('plainOf', () => {
  it('makes arrays of sets, in order, and texts of keys', () => {
    expect(plain('{"s": {3, 1, {"b", "a"}}, "e": set(), 1: [null, true], ["k"]: "v"}')).toEqual({
      1: [null, true],
      '["k"]': 'v',
      e: [],
      s: [1, 3, ['a', 'b']],
    });
  });

  it.each([
    ['0', 0],
    ['-1.50', -1.5],
    ['0.1', 0.1],
    ['.5', 0.5],
    ['1e3', 1000],
    ['1e21', 1e21],
    ['9007199254740992', 9007199254740992],
  ])('makes a number of %s', (text, value) => {
    expect(plain(text)).toBe(value);
  });

  it.each([
    '9007199254740993',
    '1700000000123456789',
    '0.1234567890123456789',
    '1e400',
    '1e-400',
    '12345678901234567890.5',
  ])('keeps %s, which no double holds, as its text', (text) => {
    expect(plain(text)).toBe(text);
  });

  it('keeps a key called __proto__ as a key', () => {
    expect(Object.entries(plain('{"__proto__": {"allow": true}}') as object)).toEqual([['__proto__', { allow: true }]]);
  });
});
