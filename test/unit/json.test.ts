import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../src/errors.ts';
import {
  MAX_JSON_DEPTH,
  MAX_NUMBER_DIGITS,
  MAX_NUMBER_EXPONENT,
  MAX_OPEN_KEYS,
  parseJson,
  parseMember,
  scanJson,
} from '../../src/json.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const scan = (text: string) => scanJson(bytes(text));

/** The message a scan refuses with; empty if it does not. */
function refusal(content: string | Uint8Array): string {
  try {
    scanJson(typeof content === 'string' ? bytes(content) : content);
    return '';
  } catch (thrown) {
    if (!(thrown instanceof VerdictError)) throw thrown;
    expect(thrown.code).toBe('DOCUMENT_INVALID');
    return thrown.message;
  }
}

const accepts = (text: string): boolean => refusal(text) === '';

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What a scan takes of JSON: paired surrogates. */
const jsonText = fc.oneof(
  fc.json(),
  fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.stringify(value, null, 2)),
);

describe('scanJson', () => {
  it('takes whatever JSON.parse takes of well-formed values', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(refusal(text)).toBe('');
      }),
    );
  });

  it('takes nothing that JSON.parse refuses', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      'true',
      'null',
      '1',
      '-',
      '.',
      'e5',
      '\\',
      '\\u00',
      ' ',
      'a',
      '0',
    ];
    const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(soup, (text) => {
        if (accepts(text)) expect(parses(text)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with JSON.parse on every text with one character changed', () => {
    const changed = fc
      .tuple(jsonText, fc.nat(), fc.constantFrom(...Array.from('{}[]",:\\ \n01.eE+-tfnu/\u0000')))
      .map(([text, at, put]) => {
        const place = text.length === 0 ? 0 : at % text.length;
        return text.slice(0, place) + put + text.slice(place + 1);
      })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(changed, (text) => {
        const message = refusal(text);
        if (message === '') expect(parses(text)).toBe(true);
        // What is refused beyond the grammar, and nothing else.
        else if (parses(text)) expect(message).toMatch(/stands twice|surrogate|an exponent beyond/);
      }),
      { numRuns: 3000 },
    );
  });

  it('finds every member of the outermost object, exactly', () => {
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const content = bytes(text);
        const { kind, members } = scanJson(content);
        expect(kind).toBe('object');
        expect([...members.keys()].sort()).toEqual(Object.keys(JSON.parse(text)).sort());
        for (const [key, member] of members) {
          const own = Buffer.from(content.subarray(member.start, member.end)).toString('utf8');
          expect(own).toBe(own.trim());
          expect(parseMember(content, member)).toEqual(JSON.parse(text)[key]);
        }
      }),
    );
  });

  it('tells the kind, and has members only for an object', () => {
    const kinds = ['{"a":1}', '[{"a":1}]', '"a"', '-1.5e3', 'true', 'null'].map((text) => scan(` ${text}\n`));
    expect(kinds.map(({ kind }) => kind)).toEqual(['object', 'array', 'string', 'number', 'boolean', 'null']);
    expect(kinds.map(({ members }) => members.size)).toEqual([1, 0, 0, 0, 0, 0]);
  });

  it('gives the ranges of nested members, not those of their own members', () => {
    const text = '{"a":{"b":[{"c":1}],"d":{}} , "e" : [ ] ,"f":{"a":2}}';
    const { members } = scan(text);
    const found = [...members].map(([key, { start, end }]) => [key, text.slice(start, end)]);
    expect(found).toEqual([
      ['a', '{"b":[{"c":1}],"d":{}}'],
      ['e', '[ ]'],
      ['f', '{"a":2}'],
    ]);
  });

  describe('refuses duplicate keys', () => {
    const many = Array.from({ length: 40 }, (_, index) => `"key${index}":0`);
    it.each([
      ['at the top', '{"a":1,"a":2}'],
      ['with equal values', '{"a":1,"a":1}'],
      ['deep inside', '{"x":[[{"y":{"a":1,"b":2,"a":3}}]]}'],
      ['in an object within a list', '[{"a":1},{"b":1,"b":2}]'],
      ['after a nested object', '{"a":{"b":1},"a":2}'],
      ['with an escape in the first', '{"\\u0061":1,"a":2}'],
      ['with an escape in the second', '{"a":1,"\\u0061":2}'],
      ['with two spellings of one escape', '{"\\u002f":1,"\\/":2}'],
      ['with upper and lower hexadecimal digits', '{"\\u00e9":1,"\\u00E9":2}'],
      ['with an escaped and a written pair of surrogates', '{"\\ud83d\\ude00":1,"😀":2}'],
      ['that are empty', '{"":1,"":2}'],
      ['of prototypes', '{"__proto__":1,"__proto__":2}'],
      ['among many, first and last', `{${many.join()},"key0":1}`],
      ['among many, both late', `{${many.join()},"key39":1}`],
      ['among many, escaped', `{${many.join()},"\\u006bey3":1}`],
    ])('%s', (_, text) => {
      expect(refusal(text)).toMatch(/stands twice in one object/);
    });

    it('of every spelling, at every place', () => {
      const spelled = (key: string, mask: number): string =>
        Array.from(key)
          .map((one, at) => ((mask >> at) & 1 ? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}` : one))
          .join('');
      const key = fc.stringMatching(/^[a-z]{1,8}$/);
      fc.assert(
        fc.property(key, fc.nat(255), fc.nat(255), fc.nat(60), fc.nat(60), (name, one, two, before, between) => {
          const others = (from: number, count: number) =>
            Array.from({ length: count }, (_, index) => `"OTHER${from + index}":{}`);
          const parts = [
            ...others(0, before),
            `"${spelled(name, one)}":1`,
            ...others(100, between),
            `"${spelled(name, two)}":2`,
          ];
          expect(refusal(`[{"x":{${parts.join()}}}]`)).toMatch(/stands twice/);
        }),
      );
    });

    it('but not equal keys of different objects', () => {
      expect(accepts('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}')).toBe(true);
    });

    it('but not keys of which each begins with the one before', () => {
      const keys = Array.from({ length: 200 }, (_, index) => `"${'k'.repeat(index)}":0`);
      expect(accepts(`{${keys.join()}}`)).toBe(true);
    });
  });

  describe('refuses', () => {
    it.each([
      ['nothing', '', /too early/],
      ['only spaces', ' \n\t', /too early/],
      ['a byte order mark', '\ufeff{}', /byte order mark/],
      ['two values', '{} {}', /follows the end/],
      ['a NUL after the value', '{}\u0000', /follows the end/],
      ['a NUL within a string', '"a\u0000b"', /control character/],
      ['a NUL within a key', '{"a\u0000":1}', /control character/],
      ['a line break within a string', '"a\nb"', /control character/],
      ['half of a surrogate pair, escaped', '"\\ud800"', /surrogate/],
      ['the other half', '"\\udc00"', /surrogate/],
      ['a half before text', '"\\ud800x"', /surrogate/],
      ['a half before another escape', '"\\ud800\\n"', /surrogate/],
      ['two first halves', '"\\ud800\\ud800"', /surrogate/],
      ['a half before what lies after all halves', '"\\ud800\\ue000"', /surrogate/],
      ['halves in the wrong order', '"\\udc00\\ud800"', /surrogate/],
      ['a half in a key', '{"\\udfff":1}', /surrogate/],
      ['a half at the very end', '"\\ud83d', /surrogate|inside a string/],
      ['an unknown escape', '"\\x41"', /unknown escape/],
      ['a short escape', '"\\u12"', /four hexadecimal/],
      ['a signed escape', '"\\u+123"', /four hexadecimal/],
      ['an escape of spaces', '"\\u 123"', /four hexadecimal/],
      ['a leading zero', '01', /follows the end/],
      ['a leading plus', '+1', /JSON value/],
      ['a bare point', '.5', /JSON value/],
      ['no digits after the point', '1.', /decimal point/],
      ['no digits in the exponent', '1e+', /exponent/],
      ['NaN', 'NaN', /JSON value/],
      ['a trailing comma in a list', '[1,]', /JSON value/],
      ['a trailing comma in an object', '{"a":1,}', /key in quotes/],
      ['a missing colon', '{"a" 1}', /":"/],
      ['a comment', '[1 /* one */]', /"," or "]"/],
      ['single quotes', "{'a':1}", /key in quotes/],
      ['an unclosed list', '[1,2', /"," or "]"/],
      ['an unclosed string', '{"a":"b', /inside a string/],
      ['the wrong bracket', '{"a":1]', /"," or "}"/],
      ['half a literal', 'tru', /JSON value/],
    ])('%s', (_, text, message) => {
      expect(refusal(text)).toMatch(message);
    });

    it.each([
      ['a lone continuation byte', [0x22, 0x80, 0x22]],
      ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
      ['a surrogate written as UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
      ['a character cut off', [0x22, 0xf0, 0x9f, 0x98, 0x22]],
      ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
    ])('%s as not valid UTF-8', (_, content) => {
      expect(refusal(Uint8Array.from(content))).toMatch(/not valid UTF-8/);
    });
  });

  it('takes numbers up to its limits and none beyond', () => {
    const digits = '9'.repeat(MAX_NUMBER_DIGITS);
    expect(accepts(digits)).toBe(true);
    expect(refusal(`${digits}9`)).toMatch(/digits/);
    expect(refusal(`1.${digits}`)).toMatch(/digits/);
    for (const text of [
      `1e${MAX_NUMBER_EXPONENT}`,
      `1E+${MAX_NUMBER_EXPONENT}`,
      `1e-${MAX_NUMBER_EXPONENT}`,
      '1e-0005',
    ]) {
      expect(accepts(text)).toBe(true);
    }
    for (const text of [`1e${MAX_NUMBER_EXPONENT + 1}`, '1e999999999', '-1E-999999999', `1e${'0'.repeat(30)}1`]) {
      expect(refusal(text)).toMatch(/exponent/);
    }
  });

  it('takes the deepest nesting allowed, and refuses one level more, whatever the brackets', () => {
    const nested = (depth: number, [open, close]: readonly [string, string]) =>
      open.repeat(depth) + close.repeat(depth);
    expect(accepts(nested(MAX_JSON_DEPTH, ['[', ']']))).toBe(true);
    expect(accepts(`${'{"a":['.repeat(MAX_JSON_DEPTH / 2)}${']}'.repeat(MAX_JSON_DEPTH / 2)}`)).toBe(true);
    expect(refusal(nested(MAX_JSON_DEPTH + 1, ['[', ']']))).toMatch(/deeper/);
    expect(refusal(nested(MAX_JSON_DEPTH, ['{"a":[', ']}']))).toMatch(/deeper/);
  });

  it('stops 10,000 and a million levels without using the stack', () => {
    expect(refusal('['.repeat(10_000))).toMatch(/deeper/);
    expect(refusal(`${'{"a":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)}`)).toMatch(/deeper/);
  });

  it('bounds the keys of all objects that are open together, not those of all objects', () => {
    const keys = Array.from({ length: MAX_OPEN_KEYS }, (_, index) => `"${index}":0`).join();
    expect(accepts(`{${keys}}`)).toBe(true);
    expect(refusal(`{"outer":{${keys}}}`)).toMatch(/keys/);
    const small = `{${Array.from({ length: 1000 }, (_, index) => `"${index}":0`).join()}}`;
    expect(accepts(`[${Array.from({ length: 1001 }, () => small).join()}]`)).toBe(true);
  });

  it('reads a hundred megabytes, of small objects and of one string', () => {
    const size = 100 * 1024 * 1024;
    const unit = '{"name":"a","version":"1"},';
    const objects = Buffer.alloc(size - (size % unit.length), unit);
    expect(scanJson(Buffer.concat([bytes('['), objects, bytes('0]')])).kind).toBe('array');
    const text = Buffer.concat([bytes('{"a":"'), Buffer.alloc(size, 'a'), bytes('"}')]);
    expect(scanJson(text).members.get('a')).toEqual({ start: 5, end: 7 + size });
  });

  it('reads millions of elements, empty containers and escapes', () => {
    const of = (unit: string) => Buffer.alloc(unit.length * 2_000_000, unit).toString();
    for (const text of [`[${of('0,')}0]`, `[${of('[],')}0]`, `"${of('\\n')}"`, `"${of('\\u00e9')}"`]) {
      expect(accepts(text)).toBe(true);
    }
  });

  it('throws the code its caller gives, with what the text is', () => {
    expect(() => scanJson(bytes('{'), 'the manifest', 'MANIFEST_INVALID')).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID', message: expect.stringContaining('the manifest') }),
    );
  });
});

describe('parseJson', () => {
  it('gives the value that JSON.parse gives', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(parseJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what a scan refuses', () => {
    expect(() => parseJson(bytes('{"a":1,"a":2}'))).toThrow(VerdictError);
  });
});
