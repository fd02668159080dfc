import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DistinguishedName } from '../../../../../src/crypto/distinguished-name.ts';
import { formatName } from '../../../../../src/crypto/distinguished-name.ts';
import { fitsSubject, parseSubjectPattern } from '../../../../../src/verifiers/notation/policy/identity.ts';

const BASE = 'C=US, ST=WA, O=Acme';
const read = (text: string): Record<string, string> => Object.fromEntries(parseSubjectPattern(text));
const subject = (...attributes: [string, string][]): DistinguishedName =>
  attributes.map(([type, value]) => [{ type, value }]);
const acme = subject(['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['OU', 'Build'], ['CN', 'Signer']);

describe('parseSubjectPattern', () => {
  it('reads attributes in any order, with spaces around them', () => {
    expect(read(' O = Acme Inc ,C=US,ST=WA')).toEqual({ O: 'Acme Inc', C: 'US', ST: 'WA' });
  });

  it('takes S for ST', () => {
    expect(read('C=US, S=WA, O=Acme')).toEqual(read(BASE));
  });

  it.each([
    ['\\,', ','],
    ['a\\,b', 'a,b'],
    ['\\;', ';'],
    ['\\\\', '\\'],
    ['\\+\\"\\<\\>\\=', '+"<>='],
    ['\\ a\\ ', ' a '],
    ['a\\ \\ ', 'a  '],
    ['a b', 'a b'],
    ['a=b', 'a=b'],
    ['\\#a', '#a'],
    ['\\c3\\bc', 'ü'],
    ['\\2c', ','],
    ['ü 🔏', 'ü 🔏'],
  ])('reads the value %s', (written, value) => {
    expect(read(`${BASE}, CN=${written}`).CN).toBe(value);
    expect(read(`CN=${written}, ${BASE}`).CN).toBe(value);
  });

  it.each([
    '',
    'C',
    'C=US',
    'C=US, ST=WA',
    'C=US, ST=WA, O=',
    'C=US, ST=WA, O= ',
    `${BASE},`,
    `${BASE},,CN=a`,
    `${BASE}, O=Other`,
    `${BASE}, S=OR`,
    `${BASE}, CN=a+OU=b`,
    `${BASE}; CN=a`,
    `${BASE}, CN="a"`,
    `${BASE}, CN=a<b`,
    `${BASE}, CN=#0c0161`,
    `${BASE}, CN=a\\`,
    `${BASE}, CN=a\\q`,
    `${BASE}, CN=\\ff`,
    `${BASE}, C N=a`,
    `${BASE}, =a`,
    `${BASE}, 1.=a`,
  ])('refuses %j', (text) => {
    expect(() => parseSubjectPattern(text)).toThrow(Error);
  });

  it('reads what names are written as', () => {
    const value = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !text.includes('\0') && text.isWellFormed());
    fc.assert(
      fc.property(value, (text) => {
        const written = formatName(subject(['C', 'US'], ['ST', 'WA'], ['O', text]));
        expect(read(written).O).toBe(text);
      }),
    );
  });

  it('fails with a message for whatever else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => parseSubjectPattern(text)).toThrow(Error);
      }),
    );
  });
});

describe('fitsSubject', () => {
  const fits = (name: DistinguishedName, ...patterns: string[]): boolean =>
    fitsSubject(patterns.map(parseSubjectPattern), name);

  it('fits a subject that has every attribute', () => {
    expect(fits(acme, BASE)).toBe(true);
    expect(fits(acme, `${BASE}, CN=Signer`)).toBe(true);
    expect(fits(acme, `${BASE}, CN=Nobody`, `CN=Signer, ${BASE}, OU=Build`)).toBe(true);
  });

  it('fits no other: neither a part, nor another case, nor a longer one', () => {
    expect(fits(acme)).toBe(false);
    expect(fits(acme, `${BASE}, L=Seattle`)).toBe(false);
    expect(fits(acme, `${BASE}, CN=Sign`)).toBe(false);
    expect(fits(acme, `${BASE}, CN=Signer2`)).toBe(false);
    expect(fits(acme, `${BASE}, CN=signer`)).toBe(false);
    expect(fits(acme, `${BASE}, cn=Signer`)).toBe(false);
    expect(fits(acme, 'C=US, ST=WA, O=acme')).toBe(false);
  });

  it('is not fooled by a value that looks like attributes', () => {
    expect(fits(subject(['C', 'US'], ['ST', 'WA'], ['O', 'Evil,O=Acme'], ['CN', 'C=US, ST=WA, O=Acme']), BASE)).toBe(
      false,
    );
  });

  it('fits no subject with an attribute twice, or two in one name', () => {
    expect(fits([...acme, [{ type: 'O', value: 'Evil' }]], BASE)).toBe(false);
    expect(fits([[{ type: 'O', value: 'Evil' }], ...acme], BASE)).toBe(false);
    expect(
      fits(
        [
          ...acme,
          [
            { type: 'L', value: 'a' },
            { type: 'STREET', value: 'b' },
          ],
        ],
        BASE,
      ),
    ).toBe(false);
    expect(fits([...acme, []], BASE)).toBe(false);
  });
});
