import { describe, expect, it } from 'vitest';
import { type DataDocument, dataText } from '../../../src/opa/data.ts';

const document = (path: string, text: string): DataDocument => ({ path, text: Buffer.from(text) });
const text = (own: readonly DataDocument[], given: readonly DataDocument[] = []): string =>
  Buffer.from(dataText(own, given)).toString();

describe('dataText', () => {
  it('is an empty object when there is nothing', () => {
    expect(text([])).toBe('{}');
  });

  it('puts files at their places and merges objects', () => {
    const own = [
      document('', '{"a": {"x": 1}, "n": 1.50}'),
      document('a', '{"y": 12345678901234567890}'),
      document('b/c', '[1]'),
    ];
    expect(text(own)).toBe('{"a":{"x":1,"y":12345678901234567890},"n":1.50,"b":{"c":[1]}}');
  });

  it('puts what is given in place of what the bundle has, whole', () => {
    const own = [document('', '{"config": {"mode": "own", "extra": 1}, "lists": {"a": 1, "b": 2}}')];
    const given = [document('config', '{"mode": "given"}'), document('lists/a', '[]'), document('new/deep', '"x"')];
    expect(text(own, given)).toBe('{"config":{"mode": "given"},"lists":{"a":[],"b":2},"new":{"deep":"x"}}');
  });

  it('takes an object as the whole of data', () => {
    expect(text([document('a', '1')], [document('', '{"b": 2}')])).toBe('{"b": 2}');
  });

  it('keeps keys that need quoting, and __proto__', () => {
    expect(JSON.parse(text([document('', '{"a\\"b": 1, "__proto__": 2}'), document('c', '3')]))).toEqual(
      JSON.parse('{"a\\"b": 1, "__proto__": 2, "c": 3}'),
    );
  });

  it.each<[string, DataDocument[], DataDocument[], string]>([
    [
      'two files that give one place',
      [document('', '{"a": {"b": 1}}'), document('a', '{"b": 2}')],
      [],
      'BUNDLE_INVALID',
    ],
    [
      'a file below something that is no object',
      [document('', '{"a": 1}'), document('a', '{"b": 2}')],
      [],
      'BUNDLE_INVALID',
    ],
    ['a root that is no object', [document('', '[1]')], [], 'BUNDLE_INVALID'],
    ['a file that is no JSON', [document('', '{"a": }')], [], 'BUNDLE_INVALID'],
    ['a key twice', [document('', '{"a": 1, "a": 2}')], [], 'BUNDLE_INVALID'],
    ['half a surrogate pair, on which a module stops', [document('', '{"a": "\\ud800"}')], [], 'BUNDLE_INVALID'],
    ['a given document that is no JSON', [], [document('config', 'x')], 'CONFIG_INVALID'],
    ['a given root that is no object', [], [document('', '[]')], 'CONFIG_INVALID'],
    ['more than the limit', [document('', `{"a": "${'x'.repeat(64 * 1024 * 1024)}"}`)], [], 'LIMIT_EXCEEDED'],
  ])('refuses %s', (_name, own, given, code) => {
    expect(() => dataText(own, given)).toThrow(expect.objectContaining({ code }));
  });
});
