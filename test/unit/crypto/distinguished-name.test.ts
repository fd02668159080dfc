import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/crypto/certificate.ts';
import { formatName } from '../../../src/crypto/distinguished-name.ts';
import { makeCertificate } from '../../support/pki/certificates.ts';
import { codeOf } from '../../support/pki/codes.ts';
import { type Element, element, oid, printable, sequence, set, utf8 } from '../../support/pki/der.ts';

const value = (text: string): string => formatName([[{ type: 'CN', value: text }]]);

/** How the subject of a certificate is read that has one attribute. */
const read = (type: string, text: Element): string =>
  makeCertificate('x', { subject: sequence(set(sequence(oid(type), text))) }).certificate.subjectName;

describe('a name', () => {
  it('is written the most specific part first, several attributes of one part joined', () => {
    const name = [
      [{ type: 'C', value: 'US' }],
      [{ type: 'O', value: 'Acme' }],
      [
        { type: 'CN', value: 'a' },
        { type: '1.2.3', value: 'b' },
      ],
    ];
    expect(formatName(name)).toBe('CN=a+1.2.3=b,O=Acme,C=US');
    expect(formatName([])).toBe('');
  });

  it.each([
    ['a,b', 'CN=a\\,b'],
    ['a+b', 'CN=a\\+b'],
    ['a"b', 'CN=a\\"b'],
    ['a\\b', 'CN=a\\\\b'],
    ['a<b>;', 'CN=a\\<b\\>\\;'],
    ['#a#', 'CN=\\#a#'],
    [' a b ', 'CN=\\ a b\\ '],
    [' ', 'CN=\\ '],
    ['  ', 'CN=\\ \\ '],
    ['a\0b', 'CN=a\\00b'],
    ['ü=', 'CN=ü='],
    ['', 'CN='],
  ])('escapes what RFC 4514 says: %j', (text, written) => {
    expect(value(text)).toBe(written);
  });

  it('does not read alike where parts are told apart', () => {
    const one = formatName([[{ type: 'O', value: 'b' }], [{ type: 'CN', value: 'a' }]]);
    expect(value('a,O=b')).not.toBe(one);
    expect(value('a+O=b')).not.toBe(
      formatName([
        [
          { type: 'CN', value: 'a' },
          { type: 'O', value: 'b' },
        ],
      ]),
    );
  });

  it('is read from UTF-8, printable and 16-bit strings; others are written as bytes', () => {
    expect(read('2.5.4.3', utf8('plâce'))).toBe('CN=plâce');
    expect(read('2.5.4.10', printable('place'))).toBe('O=place');
    expect(read('1.2.3.4', utf8('place'))).toBe('1.2.3.4=place');
    expect(read('2.5.4.3', element(0x1e, Buffer.from('plâce', 'utf16le').swap16()))).toBe('CN=plâce');
  });

  it('with half a character is none', async () => {
    const subject = sequence(set(sequence(oid('2.5.4.3'), element(0x1e, Buffer.from('odd')))));
    expect(await codeOf(() => parseCertificate(makeCertificate('x', { subject }).der))).toBe('CERTIFICATE_INVALID');
  });
});
