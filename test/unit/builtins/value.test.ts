import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_NUMBER_EXPONENT, MAX_NUMBER_LENGTH } from '../../../src/builtins/number.ts';
import {
  canonicalJson,
  compareNumbers,
  compareValues,
  fromJson,
  goString,
  identity,
  MAX_VALUE_DEPTH,
  parseValue,
  printValue,
  RegoNumber,
  RegoObject,
  RegoSet,
  toPlain,
  type Value,
} from '../../../src/builtins/value.ts';
import { fixture } from './recorded.ts';

const numbers = fc.oneof(
  fc.maxSafeInteger().map((value) => RegoNumber.of(value)),
  fc.bigInt().map((value) => RegoNumber.of(value)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => RegoNumber.parse(String(value))),
  fc
    .tuple(fc.integer(), fc.nat(), fc.integer({ min: -400, max: 400 }))
    .map(([a, b, e]) => RegoNumber.parse(`${a}.${b}e${e}`)),
);
const strings = fc.string({ unit: 'binary' });
const { value: values } = fc.letrec<{ value: Value; leaf: Value }>((tie) => ({
  leaf: fc.oneof(fc.constant(null), fc.boolean(), numbers, strings),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new RegoSet(items)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new RegoObject(entries)),
    fc.array(fc.tuple(strings, tie('value')), { maxLength: 4 }).map((entries) => new RegoObject(entries)),
  ),
}));

const isEqual = (a: Value, b: Value): boolean => compareValues(a, b) === 0;

describe('the text of a value', () => {
  it('reads back as the value, in the spelling of the host and in that of OPA', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(printValue(parseValue(printValue(value)))).toBe(printValue(value));
        expect(isEqual(parseValue(printValue(value)), value)).toBe(true);
        expect(isEqual(parseValue(goString(value)), value)).toBe(true);
      }),
    );
  });

  it.each([
    ['.5', '0.5'],
    ['-.5', '-0.5'],
    ['1.', '1.0'],
    ['.0', '0.0'],
    ['1e400', '1e400'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['set( )', 'set()'],
    ['{1,2 ,1.0}', '{1, 2}'],
    ['{1: {2}, [3]: null}', '{1: {2}, [3]: null}'],
    ['{"a": 1, "a": 2}', '{"a": 2}'],
    [' [ ] ', '[]'],
    ['"\\a\\v\\x01\\x7f\\U0001F600"', '"\\u0007\\u000b\\u0001\u007f😀"'],
    ['"\\ud83d\\ude00 \\ud800"', '"😀 \ufffd"'],
    ['"\\ufeff"', '"\\ufeff"'],
    ['"\\/"', '"/"'],
  ])('of %s is printed as %s', (text, printed) => {
    expect(printValue(parseValue(text))).toBe(printed);
  });

  it.each([
    '',
    ' ',
    '[',
    '[1',
    '[1 2]',
    '[1,]',
    '{',
    '{1:}',
    '{1: 2',
    '{1, 2',
    '{,}',
    '"',
    '"\\',
    '"\\u12"',
    '"\\q"',
    '"a\nb"',
    'nul',
    'nulll',
    'tru',
    'set',
    'set(1)',
    '-',
    '.',
    '+1',
    '01',
    '1e',
    '1e+',
    '1..2',
    '1.2.3',
    '0x1',
    'Infinity',
    '[1]]',
    '1 2',
  ])('is refused: %j', (text) => {
    expect(() => parseValue(text)).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }));
  });

  it('is refused as JSON where only Rego has it', () => {
    for (const text of ['.5', '1.', '{1}', 'set()', '{1: 2}', '"\\x01"', '"\\a"', '[1,]', '\v1']) {
      expect(() => fromJson(text), text).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }));
    }
    expect(canonicalJson(fromJson('{"a": [1.0, -0, 1E5], "b": {}}'))).toBe('{"a":[1.0,-0,1E5],"b":{}}');
  });

  it.each(['[', '{"a":', '{', '{{', 'set('])('of endless %s ends in an error of ours', (text) => {
    expect(() => parseValue(text.repeat(100_000))).toThrow(expect.objectContaining({ name: 'VerdictError' }));
  });

  it('may be as deep as the limit and no deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(printValue(parseValue(nested(MAX_VALUE_DEPTH)))).toBe(nested(MAX_VALUE_DEPTH));
    expect(() => parseValue(nested(MAX_VALUE_DEPTH + 2))).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  });
});

describe('the order of values', () => {
  const ordered = fixture('order.txt').trim().split('\n').map(parseValue);

  it('is that of OPA', () => {
    expect(ordered.length).toBeGreaterThan(80);
    for (const [i, value] of ordered.entries()) {
      for (const later of ordered.slice(i + 1)) expect(compareValues(value, later)).toBeLessThanOrEqual(0);
    }
  });

  it('is total', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        expect(compareValues(a, a)).toBe(0);
        expect(Math.sign(compareValues(a, b))).toBe(-Math.sign(compareValues(b, a)) + 0);
        const [low, middle, high] = [a, b, c].sort(compareValues) as [Value, Value, Value];
        expect(compareValues(low, middle)).toBeLessThanOrEqual(0);
        expect(compareValues(low, high)).toBeLessThanOrEqual(0);
        expect(compareValues(a, b) === 0).toBe(identity(a) === identity(b));
      }),
    );
  });

  it('compares strings by code point, not by UTF-16 unit', () => {
    expect(compareValues('\ufb01', '😀')).toBeLessThan(0);
    expect(compareValues('\ud7ff', '\ue000')).toBeLessThan(0);
  });
});

describe('a number', () => {
  const number = (text: string): RegoNumber => RegoNumber.parse(text);

  it.each([
    ['1', '1.0'],
    ['100', '1e2'],
    ['0', '-0.000e99'],
    ['0.1', '10E-2'],
    ['1e400', '10e399'],
    ['-1230', '-1.23e3'],
  ])('is equal however it is spelt: %s and %s', (a, b) => {
    expect(compareNumbers(number(a), number(b))).toBe(0);
    expect(number(a).identity()).toBe(number(b).identity());
    expect(new RegoSet([number(a), number(b)]).size).toBe(1);
  });

  it('is compared exactly beyond what a double holds', () => {
    expect(compareNumbers(number('9007199254740992'), number('9007199254740993'))).toBeLessThan(0);
    expect(compareNumbers(number('0.1'), number('0.1000000000000000055511151231257827'))).toBeLessThan(0);
    expect(compareNumbers(number('-1e400'), number('-1e399'))).toBeLessThan(0);
  });

  it('orders as fractions do', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [x, y] = [a.toFraction(), b.toFraction()];
        const difference = x.numerator * y.denominator - y.numerator * x.denominator;
        expect(Math.sign(compareNumbers(a, b))).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
      }),
    );
  });

  it('is an integer where its value is', () => {
    expect(number('1e2').toBigInt()).toBe(100n);
    expect(number('-12.30e1').toInt()).toBe(-123);
    expect(number('0.0').toInt()).toBe(0);
    expect(number('9007199254740993').toInt()).toBeUndefined();
    expect(number('1.5').toBigInt()).toBeUndefined();
    expect(number('5e-324').toInt()).toBeUndefined();
  });

  it('has a limit of length and of exponent, and no text slows it down', () => {
    expect(() => number('1'.repeat(MAX_NUMBER_LENGTH + 1))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
    expect(() => number(`1e${MAX_NUMBER_EXPONENT + 1}`)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    expect(() => number(`1e-${MAX_NUMBER_EXPONENT + 2}`)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    expect(() => number('1e9999999999')).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }));
    expect(number('0e999999999').identity()).toBe('0');
    expect(() => number('.'.repeat(90_000))).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }));
  });

  it('is never made from what is no safe integer', () => {
    expect(() => RegoNumber.of(0.5)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(() => RegoNumber.of(2 ** 53)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(RegoNumber.of(-0).text).toBe('0');
  });
});

describe('sets and objects', () => {
  it('find members and keys by value', () => {
    const set = new RegoSet([parseValue('1.0'), 'a', parseValue('{"k": {2}}')]);
    expect(['1', '"a"', '{"k": {2.0}}', '"1"', 'null'].map((text) => set.has(parseValue(text)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    const object = new RegoObject([
      [parseValue('1'), 'number'],
      ['1', 'string'],
      [parseValue('[1]'), 'array'],
    ]);
    expect([object.get(parseValue('1.0')), object.get('1'), object.get(parseValue('[1e0]'))]).toEqual([
      'number',
      'string',
      'array',
    ]);
    expect(object.keys().map(printValue)).toEqual(['1', '"1"', '[1]']);
    expect(object.has(null)).toBe(false);
  });

  it('tell apart what only looks the same', () => {
    const look = [
      '"1"',
      '1',
      '["1"]',
      '[[1]]',
      '{"1"}',
      '{1: 1}',
      '["a", "b"]',
      '["a,b"]',
      'null',
      '"null"',
      'set()',
      '[]',
      '{}',
    ];
    expect(new Set(look.map((text) => identity(parseValue(text)))).size).toBe(look.length);
  });
});

describe('canonicalJson', () => {
  it.each([
    ['{3, 1, 2}', '[1,2,3]'],
    ['{"b": 1, "a": {2: {4, 3}}}', '{"a":{"2":[3,4]},"b":1}'],
    ['{["<"]: 1, null: 2, true: 3}', '{"[\\"\\\\u003c\\"]":1,"null":2,"true":3}'],
    ['{1: "number", "1": "string"}', '{"1":"string"}'],
    ['{"😀": 1, "ﬁ": 2}', '{"ﬁ":2,"😀":1}'],
    ['[1.10, 1e400, -0, 0.1e-7]', '[1.10,1e400,-0,0.1e-7]'],
    ['"\\u0000\\u2028<"', '"\\u0000\u2028<"'],
  ])('of %s is %s', (text, json) => {
    expect(canonicalJson(parseValue(text))).toBe(json);
  });

  it('is JSON that means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (json) => {
        const text = JSON.stringify(json);
        expect(JSON.parse(canonicalJson(fromJson(text)))).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('toPlain', () => {
  it('makes ordinary values and takes no name for a prototype', () => {
    const plain = toPlain(parseValue('{"__proto__": {"x": 1}, "set": {2, 1}, 3: 1e2}'));
    expect(JSON.stringify(plain)).toBe('{"3":100,"__proto__":{"x":1},"set":[1,2]}');
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
  });
});
