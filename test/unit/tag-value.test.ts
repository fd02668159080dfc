import { describe, expect, it } from 'vitest';
import { scanJson } from '../../src/json.ts';
import { isTagValue, MAX_TAGS, tagValueJson } from '../../src/tag-value.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

function read(text: string): unknown {
  const made = tagValueJson(bytes(text));
  expect(scanJson(made).kind).toBe('array');
  return JSON.parse(Buffer.from(made).toString('utf8'));
}

describe('tagValueJson', () => {
  it('lists tags and values in order, without comments and empty lines', () => {
    const text =
      'SPDXVersion: SPDX-2.3\r\n# a comment\r\n\r\nPackageName: a\nPackageName:b \n  Relationship: A DESCRIBES B';
    expect(read(text)).toEqual([
      { tag: 'SPDXVersion', value: 'SPDX-2.3' },
      { tag: 'PackageName', value: 'a' },
      { tag: 'PackageName', value: 'b' },
      { tag: 'Relationship', value: 'A DESCRIBES B' },
    ]);
  });

  it('keeps values of many lines as they stand', () => {
    const text =
      'A: <text>one\n# no comment\n\n  B: two</text>\nC: <text></text>\nD: <text>x</text>  \nE: a <text>b</text>';
    expect(read(text)).toEqual([
      { tag: 'A', value: 'one\n# no comment\n\n  B: two' },
      { tag: 'C', value: '' },
      { tag: 'D', value: 'x' },
      { tag: 'E', value: 'a <text>b</text>' },
    ]);
  });

  it('keeps quotes, letters of all scripts, line separators and form feeds', () => {
    const value = '"Jürgen" \\ 東京 😀 \u2028 \f end';
    expect(read(`A: ${value}`)).toEqual([{ tag: 'A', value }]);
  });

  it('passes over a byte order mark, and reads nothing out of nothing', () => {
    expect(read('\ufeffA: b')).toEqual([{ tag: 'A', value: 'b' }]);
    expect(read('\n\n')).toEqual([]);
  });

  it.each([
    ['a line without tag', 'A: b\n\nno tag here', /line 3/],
    ['a tag with a space', 'A b: c', /line 1/],
    ['text that never closes', 'A: b\nC: <text>d\ne\nf', /line 2/],
    ['something after the text', 'A: <text>b\nc</text> d', /line 1/],
    ['a fault after a text of many lines', 'A: <text>b\n\nc</text>\nno', /line 4/],
    ['a NUL', 'A: b\u0000', /control/],
    ['an escape character within text', 'A: <text>\n\u001b</text>', /control/],
    ['XML', '<?xml version="1.0"?>', /line 1/],
  ])('refuses %s', (_, text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it('refuses invalid UTF-8', () => {
    expect(() => tagValueJson(Uint8Array.from([0x41, 0x3a, 0xff]))).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_INVALID' }),
    );
  });

  it('bounds the tags', () => {
    expect(() => tagValueJson(bytes('A:b\n'.repeat(MAX_TAGS + 1)))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });

  it('reads a million open texts and closed ones in one pass', () => {
    expect(() => read(`A: <text>${'<text>\n'.repeat(1_000_000)}`)).toThrow(/never closes/);
    expect(read(`A: <text>${'\n'.repeat(1_000_000)}</text>`)).toHaveLength(1);
  });
});

describe('isTagValue', () => {
  it('goes by the first tag', () => {
    expect(isTagValue(bytes('SPDXVersion: SPDX-2.3'))).toBe(true);
    expect(isTagValue(bytes('\ufeffSPDXVersion: SPDX-2.3'))).toBe(true);
    expect(isTagValue(bytes('SPDXVersion'))).toBe(false);
    expect(isTagValue(bytes('{"SPDXVersion:": 1}'))).toBe(false);
    expect(isTagValue(bytes(''))).toBe(false);
  });
});
