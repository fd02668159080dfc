import { decode, encode, Tag } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CborOpaque,
  CborTag,
  type CborValue,
  cborHead,
  MAX_CBOR_DEPTH,
  MAX_CBOR_ITEMS,
  parseCbor,
} from '../../../src/crypto/cbor.ts';
import { VerdictError } from '../../../src/errors.ts';

const parse = (hex: string): CborValue => parseCbor(new Uint8Array(Buffer.from(hex, 'hex')), 'it');
const code = (read: () => unknown): string => {
  try {
    read();
  } catch (thrown) {
    return thrown instanceof VerdictError ? thrown.code : String(thrown);
  }
  return 'none';
};

describe('parseCbor', () => {
  it.each([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['20', -1],
    ['3903e7', -1000],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['60', ''],
    ['62c3bc', 'ü'],
    ['80', []],
    ['83010203', [1, 2, 3]],
  ])('reads %s', (hex, value) => {
    expect(parse(hex)).toEqual(value);
  });

  it('reads byte strings, maps and tags', () => {
    expect(parse('43010203')).toEqual(new Uint8Array([1, 2, 3]));
    expect(parse('a201026161820304')).toEqual(
      new Map<unknown, unknown>([
        [1, 2],
        ['a', [3, 4]],
      ]),
    );
    expect(parse('c11a514b67b0')).toEqual(new CborTag(1, 1_363_896_240));
  });

  it.each(['f93c00', 'fa47c35000', 'fb3ff199999999999a', 'f7', 'f0', 'f8ff', '1bffffffffffffffff'])(
    'takes %s for an item of no use',
    (hex) => {
      expect(parse(hex)).toBeInstanceOf(CborOpaque);
    },
  );

  it.each([
    ['nothing', ''],
    ['a head that ends', '18'],
    ['a text that ends', '6261'],
    ['bytes of 2^40', '5b0000010000000000'],
    ['a list of 2^32 - 1', '9affffffff'],
    ['a map of 2^63', 'bb8000000000000000'],
    ['trailing bytes', '0000'],
    ['indefinite bytes', '5f4101ff'],
    ['an indefinite list', '9f01ff'],
    ['an indefinite map', 'bf0102ff'],
    ['a lone break', 'ff'],
    ['a reserved length', '1c'],
    ['a simple value in two bytes', 'f814'],
    ['text that is not UTF-8', '61ff'],
    ['duplicate integers', 'a201000101'],
    ['duplicate integers of two lengths', 'a20100180101'],
    ['duplicate texts', 'a2616100616101'],
    ['a key that is bytes', 'a1410000'],
    ['a key that is a list', 'a18000'],
  ])('refuses %s', (_what, hex) => {
    expect(code(() => parse(hex))).toBe('SIGNATURE_INVALID');
  });

  it('bounds depth and count', () => {
    expect(code(() => parse(`${'81'.repeat(MAX_CBOR_DEPTH)}00`))).toBe('none');
    expect(code(() => parse(`${'81'.repeat(MAX_CBOR_DEPTH + 1)}00`))).toBe('LIMIT_EXCEEDED');
    expect(code(() => parse(`${'c1'.repeat(100_000)}00`))).toBe('LIMIT_EXCEEDED');
    const list = (length: number) => new Uint8Array([...cborHead(4, length), ...new Uint8Array(length)]);
    expect(code(() => parseCbor(list(MAX_CBOR_ITEMS - 1), 'it'))).toBe('none');
    expect(code(() => parseCbor(list(MAX_CBOR_ITEMS), 'it'))).toBe('LIMIT_EXCEEDED');
    expect(code(() => parseCbor(list(10_000_000), 'it'))).toBe('LIMIT_EXCEEDED');
  });

  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.maxSafeInteger(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('any'), { maxLength: 5 }),
      fc
        .uniqueArray(fc.tuple(fc.oneof(fc.maxSafeInteger(), fc.string()), tie('any')), {
          maxLength: 5,
          selector: ([key]) => (Object.is(key, -0) ? 0 : key),
        })
        .map((entries) => new Map(entries)),
    ),
  })).any;

  it('reads whatever another program wrote as that program reads it', () => {
    fc.assert(
      fc.property(value, (given) => {
        const bytes = new Uint8Array(encode(given));
        expect(parseCbor(bytes, 'it')).toEqual(decode(bytes, { preferMap: true }));
      }),
    );
  });

  it('takes nothing that another strict reader refuses, and never throws anything else', () => {
    const mutated = fc.tuple(value, fc.nat(), fc.nat(255)).map(([given, at, byte]) => {
      const bytes = new Uint8Array(encode(given));
      bytes[at % bytes.byteLength] = byte;
      return bytes;
    });
    const strict = {
      rejectDuplicateKeys: true,
      rejectStreaming: true,
      preferMap: true,
      ignoreGlobalTags: true,
    } as const;
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        const outcome = code(() => parseCbor(bytes, 'it'));
        if (outcome === 'none') expect(() => decode(bytes, strict)).not.toThrow();
        else expect(['SIGNATURE_INVALID', 'LIMIT_EXCEEDED']).toContain(outcome);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('cborHead', () => {
  it('writes the shortest form, as another program does', () => {
    for (const number of [0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295]) {
      expect(Buffer.from(cborHead(0, number))).toEqual(Buffer.from(encode(number)));
    }
    expect(Buffer.from(cborHead(6, 18))).toEqual(Buffer.from(encode(new Tag(18, 0))).subarray(0, 1));
  });
});
