import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDer, toDefinite } from '../../../src/crypto/ber.ts';
import { CrlEntries, MAX_CRL_ENTRIES } from '../../../src/crypto/crl-entries.ts';
import { context, Der, DerError, TAG } from '../../../src/crypto/der.ts';
import { element, integer, oid, sequence, time } from '../../support/pki/der.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const read = (text: string): Der => Der.parse(hex(text));
const refused = (work: () => unknown): void => expect(work).toThrow(DerError);

describe('DER', () => {
  it.each([
    ['nothing', ''],
    ['a tag alone', '02'],
    ['a length without content', '0201'],
    ['more than one element', '020101 00'],
    ['an indefinite length', '30800000'],
    ['a long length for a short one', '30810100'],
    ['a length with a leading zero', `3082 0081 ${'00'.repeat(0x81)}`],
    ['a length beyond all bounds', '30 85 0100000000'],
    ['a reserved length', '30ff'],
    ['a tag number above 30', '1f1f00'],
  ])('is not %s', (_, text) => {
    refused(() => read(text));
  });

  it('ends where it says, not where the bytes end', () => {
    refused(() => read('3003 020201').fields().next());
    refused(() => read('3003 020101').fields().optional(TAG.oid) ?? read('3003 020101').fields().done());
    refused(() => read('3000').fields().next());
    refused(() => read('0400').fields(TAG.octetString));
  });

  it('has elements in their order, optional ones by tag', () => {
    const fields = read('3008 020105 a0030101ff').fields();
    expect(fields.optional(TAG.oid)).toBeUndefined();
    expect(fields.next(TAG.integer).number()).toBe(5);
    expect(fields.optional(TAG.oid, context(0))?.only(context(0)).boolean()).toBe(true);
    fields.done();
    expect(fields.isDone).toBe(true);
    expect(read('3006 020101 020102').elements(2)).toHaveLength(2);
    refused(() => read('3006 020101 020102').elements(1));
  });

  it('has numbers and booleans in their one form', () => {
    expect(read('020100').number()).toBe(0);
    expect(read('02020080').number()).toBe(128);
    expect(read('0206 7fffffffffff').number()).toBe(2 ** 47 - 1);
    for (const text of ['0200', '02020001', '0202ff80', '0201ff', '0207 01000000000000', '0a0101']) {
      refused(() => read(text).number());
    }
    expect([read('0101ff').boolean(), read('010100').boolean()]).toEqual([true, false]);
    for (const text of ['010101', '0100', '0102ffff']) refused(() => read(text).boolean());
  });

  it('has object identifiers in their one form', () => {
    for (const text of [
      '1.2.840.113549.1.1.11',
      '2.5.29.15',
      '0.4.0.2023.1.1',
      '1.3.6.1.4.1.57264.1.1',
      '2.16.840.1.101.3.4.2.1',
    ]) {
      expect(Der.parse(oid(text)).oid()).toBe(text);
    }
    expect(read('06 02 8837').oid()).toBe('2.999');
    expect(read('060a 60 828080808080808001').oid()).toMatch(/^2\.16\./);
    for (const text of ['0600', '060180', '0603 55801d', '0602559d']) {
      refused(() => read(text).oid());
    }
    refused(() => Der.parse(element(0x06, Buffer.alloc(65, 1))).oid());
  });

  it('has times that exist, in UTC', () => {
    const at = (tag: number, text: string) =>
      Der.parse(element(tag, Buffer.from(text)))
        .date()
        .toISOString();
    expect(at(TAG.utcTime, '491231235959Z')).toBe('2049-12-31T23:59:59.000Z');
    expect(at(TAG.utcTime, '500101000000Z')).toBe('1950-01-01T00:00:00.000Z');
    expect(at(TAG.generalizedTime, '20260131235959Z')).toBe('2026-01-31T23:59:59.000Z');
    expect(at(TAG.generalizedTime, '20260131235959.25Z')).toBe('2026-01-31T23:59:59.250Z');
    for (const [tag, text] of [
      [TAG.generalizedTime, '20260230000000Z'],
      [TAG.generalizedTime, '20260131236000Z'],
      [TAG.generalizedTime, '20260131235959'],
      [TAG.generalizedTime, '20260131235959+0100'],
      [TAG.generalizedTime, '260131235959Z'],
      [TAG.generalizedTime, '202601312359Z'],
      [TAG.utcTime, '20260131235959Z'],
      [TAG.utcTime, '260131235959.5Z'],
      [TAG.octetString, '20260131235959Z'],
      [TAG.utcTime, ''],
    ] as const) {
      refused(() => at(tag, text));
    }
  });

  it('has bit strings of whole bytes', () => {
    expect([...read('0302 00ff').bits()]).toEqual([255]);
    for (const text of ['0302 01fe', '0300']) refused(() => read(text).bits());
  });
});

describe('BER', () => {
  it.each([
    ['DER', '3003 020101', '3003020101'],
    ['indefinite lengths', '3080 3080 020101 0000 0000', '30053003020101'],
    ['long lengths', '308104 02810101', '3003020101'],
    ['a string in pieces', '2480 040161 0000', '040161'],
    ['a string in nested pieces', '2480 040161 2403 040162 0000', '04026162'],
  ])('becomes DER: %s', (_, ber, der) => {
    expect(Buffer.from(toDefinite(hex(ber))).toString('hex')).toBe(der);
  });

  it.each([
    ['without an end', '3080 020101'],
    ['with half an end', '3080 00'],
    ['of a primitive without length', '0480 0000'],
    ['of a string with a piece of another kind', '2480 020101 0000'],
    ['with a piece beyond its end', '3003 040461'],
    ['with something behind it', '3000 00'],
    ['with a reserved length', '30ff'],
    ['that is empty', ''],
  ])('is none %s', (_, ber) => {
    refused(() => toDefinite(hex(ber)));
  });

  it('nests only so deep', () => {
    const nested = (depth: number) => hex('3080'.repeat(depth) + '0000'.repeat(depth));
    expect(toDefinite(nested(33)).byteLength).toBe(66);
    refused(() => toDefinite(nested(34)));
    refused(() => toDefinite(nested(100_000)));
  });

  it('is written in its shortest form', () => {
    for (const length of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const content = Buffer.alloc(length);
      expect(Buffer.from(encodeDer(TAG.octetString, content))).toEqual(Buffer.from(element(0x04, content)));
    }
  });
});

describe('arbitrary bytes', () => {
  it('are DER or refused, and what is DER stays the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const attempt = (work: () => unknown): unknown => {
          try {
            return work();
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(DerError);
            return undefined;
          }
        };
        attempt(() => toDefinite(bytes));
        const der = attempt(() => Der.parse(bytes)) as Der | undefined;
        if (der === undefined) return;
        expect(der.raw).toEqual(bytes);
        for (const work of [() => der.oid(), () => der.number(), () => der.date(), () => der.elements(10, der.tag)])
          attempt(work);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('entries of a list', () => {
  const entry = sequence(integer(5), time(new Date('2026-01-01T00:00:00Z')));
  const listOf = (count: number): Der => Der.parse(element(0x30, Buffer.alloc(entry.length * count, entry)));

  it('are a million at most', () => {
    expect(new CrlEntries(listOf(MAX_CRL_ENTRIES)).length).toBe(MAX_CRL_ENTRIES);
    refused(() => new CrlEntries(listOf(MAX_CRL_ENTRIES + 1)));
  });

  it('may be none', () => {
    const none = new CrlEntries(undefined);
    expect([none.length, none.find(integer(5))]).toEqual([0, []]);
  });

  it('have a number and a date', () => {
    const date = time(new Date('2026-01-01T00:00:00Z'));
    for (const bad of [
      sequence(),
      sequence(integer(5)),
      sequence(date, integer(5)),
      sequence(integer(5), integer(5)),
      integer(5),
    ]) {
      refused(() => new CrlEntries(Der.parse(sequence(entry, bad))));
    }
  });
});
