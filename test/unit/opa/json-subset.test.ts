import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, fromJson } from '../../../src/builtins/value.ts';
import { MAX_JSON_DEPTH, MAX_NUMBER_DIGITS, MAX_NUMBER_EXPONENT, scanJson } from '../../../src/json.ts';
import { faultOf } from '../../../src/opa/faults.ts';
import type { Host } from '../../../src/opa/host.ts';
import { ask, bytes, openCases } from './fixtures.ts';

/*
 * `json.ts` owns the JSON that a policy's module takes. Whatever it accepts, the module must read as the same value: one
 * document on which the module stops would stop every decision about its subject.
 */

const open = async (): Promise<Host> => openCases({ pages: { initial: 512, maximum: 4096 } });

function accepts(text: string | Uint8Array): boolean {
  try {
    scanJson(typeof text === 'string' ? bytes(text) : text);
    return true;
  } catch {
    return false;
  }
}

/** What the module makes of a text: its value as canonical JSON, or the code of the fault. */
async function read(text: string): Promise<string> {
  const host = await open();
  try {
    return ask(host, ['identity'], text)[0] ?? 'undefined';
  } catch (thrown) {
    return faultOf(thrown).code;
  }
}

const space = fc.constantFrom('', ' ', '\n', '\t\r\n ', '  ');
const digits = (max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength: 1, maxLength: max });
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      digits(30).map((text) => `1${text}`),
      digits(390).map((text) => `9${text}`),
    ),
    fc.oneof(
      fc.constant(''),
      digits(8).map((text) => `.${text}`),
    ),
    fc.oneof(
      fc.constant(''),
      fc.tuple(fc.constantFrom('e', 'E', 'e+', 'E-'), fc.nat(MAX_NUMBER_EXPONENT)).map((parts) => parts.join('')),
    ),
  )
  .map((parts) => parts.join(''));
const escaped = fc.oneof(
  fc.constantFrom(
    '\\"',
    '\\\\',
    '\\/',
    '\\b',
    '\\f',
    '\\n',
    '\\r',
    '\\t',
    '\\u0000',
    '\\uD83D\\uDE00',
    '\\ud800\\udc00',
    '\\uffff',
  ),
  fc.nat(0xd7ff).map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`),
  fc
    .tuple(fc.integer({ min: 0xd800, max: 0xdbff }), fc.integer({ min: 0xdc00, max: 0xdfff }))
    .map((pair) => pair.map((unit) => `\\u${unit.toString(16)}`).join('')),
);
const string = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text.toWellFormed()).slice(1, -1)),
      escaped,
    ),
    { maxLength: 6 },
  )
  .map((parts) => `"${parts.join('')}"`);
const { value: anyText } = fc.letrec<{ value: string }>((tie) => {
  const padded = fc.tuple(space, tie('value'), space).map((parts) => parts.join(''));
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('null', 'true', 'false'),
      number,
      string,
      fc.array(padded, { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
      fc
        .uniqueArray(fc.tuple(string, padded), { maxLength: 5, selector: ([key]) => JSON.parse(key) as string })
        .map((members) => `{${members.map(([key, item]) => `${key} :${item}`).join(',')}}`),
    ),
  };
});

describe('what json.ts accepts', () => {
  it('is read by the module as the same value, whatever it is', async () => {
    const host = await open();
    fc.assert(
      fc.property(anyText, space, (text, after) => {
        fc.pre(accepts(text));
        expect(ask(host, ['identity'], text + after)).toEqual([canonicalJson(fromJson(text))]);
      }),
      { numRuns: 400 },
    );
  });

  it('is read by the module as the same value, also when a valid text was damaged', async () => {
    const host = await open();
    fc.assert(
      fc.property(
        anyText,
        fc.nat(),
        fc.constantFrom(...'{}[],:"\\0-.eu \u0000x'.split('')),
        (text, where, replacement) => {
          const place = where % (text.length + 1);
          const damaged = (text.slice(0, place) + replacement + text.slice(place + 1)).toWellFormed();
          fc.pre(accepts(damaged));
          expect(ask(host, ['identity'], damaged)).toEqual([canonicalJson(fromJson(damaged))]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      'the deepest nesting, in the deepest place of an evidence',
      `{"documents":{"a":${'['.repeat(MAX_JSON_DEPTH - 2)}${']'.repeat(MAX_JSON_DEPTH - 2)}}}`,
    ],
    ['the deepest objects', `${'{"a":'.repeat(MAX_JSON_DEPTH - 1)}{}${'}'.repeat(MAX_JSON_DEPTH - 1)}`],
    ['the longest integer', '9'.repeat(MAX_NUMBER_DIGITS)],
    ['the longest fraction', `0.${'1'.repeat(MAX_NUMBER_DIGITS - 2)}`],
    ['the largest exponents', `[1e${MAX_NUMBER_EXPONENT}, -1E-${MAX_NUMBER_EXPONENT}]`],
    [
      'every control character, escaped',
      JSON.stringify(Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)).join('')),
    ],
    ['text beyond the basic plane', '"\ud83d\ude00 \\ud83d\\ude00 \u{10ffff} \uffff \u2028"'],
  ])('includes %s, and the module takes it', async (_name, text) => {
    expect(accepts(text)).toBe(true);
    expect(await read(text)).toBe(canonicalJson(fromJson(text)));
  });
});

describe('what json.ts refuses', () => {
  it.each([
    ['half a surrogate pair', '"\\ud800"', 'POLICY_ABORTED'],
    ['the second half alone', '"\\udc00"', 'POLICY_ABORTED'],
    ['a first half before an escape that is none of a pair', '"\\ud800\\n"', 'POLICY_ABORTED'],
    ['a control character', '"\u0001"', 'DOCUMENT_INVALID'],
    ['nesting beyond the stack', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'POLICY_ABORTED'],
    ['an absurd exponent', '1e999999999', 'POLICY_MALFORMED'],
  ])('stops the module: %s', async (_name, text, code) => {
    expect(accepts(text)).toBe(false);
    expect(await read(text)).toBe(code);
  });

  it.each([
    ['the same key twice', '{"a":1,"a":2}', '{"a":2}'],
    ['a second value', '1 2', '1'],
    ['anything after the end', '{}x', '{}'],
    ['a comma too many', '[1,]', '[1]'],
    ['a comma too few', '[1 2]', '[1,2]'],
    ['a leading zero', '01', '0'],
    ['a point without digits', '1.', '1.0'],
  ])('is read by the module in its own way, and so would be by nobody else: %s', async (_name, text, value) => {
    expect(accepts(text)).toBe(false);
    expect(await read(text)).toBe(value);
  });

  it('is bytes that are no UTF-8, on which the module stops', async () => {
    const text = new Uint8Array([0x22, 0xc3, 0x28, 0x22]);
    expect(accepts(text)).toBe(false);
    const host = await open();
    const identity = host.entrypoints.get('verdict/identity') ?? -1;
    expect(() => host.evaluate({ entrypoints: [identity], input: text, timeNs: 0n })).toThrow('illegal utf-8');
  });
});
