import { describe, expect, it } from 'vitest';
import { withoutMisreadPairs } from '../../../src/opa/surrogates.ts';
import { ask, bytes, openCases } from './fixtures.ts';

const repaired = (text: string): string => Buffer.from(withoutMisreadPairs(bytes(text))).toString();

describe('withoutMisreadPairs', () => {
  it('writes escaped characters of even planes in UTF-8 and nothing else', () => {
    expect(repaired('"\\ud840\\udc00"')).toBe('"\u{20000}"');
    expect(repaired('"é\\uD840\\uDC00\\n\\ud83d\\ude00漢"')).toBe('"é\u{20000}\\n\\ud83d\\ude00漢"');
    expect(repaired('["\\udbff\\udfff","\\udbc0\\udc00"]')).toBe('["\u{10ffff}","\u{100000}"]');
  });

  it('knows an escaped backslash from an escape', () => {
    expect(repaired('"\\\\ud840\\\\udc00"')).toBe('"\\\\ud840\\\\udc00"');
    expect(repaired('"\\\\\\ud840\\udc00"')).toBe('"\\\\\u{20000}"');
  });

  it('leaves halves alone, for the module to refuse', () => {
    expect(repaired('"\\ud840"')).toBe('"\\ud840"');
    expect(repaired('"\\ud840\\u0041"')).toBe('"\\ud840\\u0041"');
  });

  it('gives text without pairs back as it is', () => {
    const text = bytes('{"a":"\\u003c"}');
    expect(withoutMisreadPairs(text)).toBe(text);
  });

  it('lets the module read every plane alike, escaped or not', async () => {
    const host = await openCases({ data: bytes('{"config":"\\ud840\\udc00"}') });
    const escapes = Array.from({ length: 16 }, (_, plane) => String.fromCodePoint((plane + 1) * 0x10000 + 0x123));
    const escaped = escapes.map((text) =>
      [...Array(2).keys()].map((unit) => `\\u${text.charCodeAt(unit).toString(16)}`).join(''),
    );
    expect(ask(host, ['identity', 'config'], `["${escaped.join('","')}"]`)).toEqual([
      JSON.stringify(escapes),
      '"\u{20000}"',
    ]);
  });
});
