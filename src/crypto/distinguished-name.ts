import type { ASN1Obj } from '@sigstore/core';

/** One attribute of a name: its type as RFC 4514 writes it (else the object identifier), its value as text. */
export interface Attribute {
  readonly type: string;
  readonly value: string;
}

/** A name: relative distinguished names in the order of the certificate, each one attribute or several. */
export type DistinguishedName = ReadonlyArray<readonly Attribute[]>;

/** https://www.rfc-editor.org/rfc/rfc4514#section-3, and what its readers write besides. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'SERIALNUMBER'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.17', 'POSTALCODE'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
]);

/** Universal tags whose value is UTF-16, big endian (BMPString). */
const BMP_STRING = 0x1e;
/** Universal tags whose value is text of one byte a character or UTF-8. */
const TEXT = new Set([0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a]);

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4. Throws whatever the parser throws for what is no name. */
export function readName(name: ASN1Obj): DistinguishedName {
  return name.subs.map((relative) =>
    relative.subs.map(({ subs: [type, value] }) => {
      if (type === undefined || value === undefined) throw new TypeError('an attribute of a name lacks type or value');
      const oid = type.toOID();
      return { type: TYPES.get(oid) ?? oid, value: textOf(value) };
    }),
  );
}

function textOf({ tag, value }: ASN1Obj): string {
  if (tag.number === BMP_STRING) return Buffer.from(value).swap16().toString('utf16le');
  return TEXT.has(tag.number) ? value.toString('utf8') : `#${value.toString('hex')}`;
}

/** https://www.rfc-editor.org/rfc/rfc4514#section-2: the most specific name first. */
export function formatName(name: DistinguishedName): string {
  return [...name]
    .reverse()
    .map((relative) => relative.map(({ type, value }) => `${type}=${escapeValue(value)}`).join('+'))
    .join(',');
}

/** https://www.rfc-editor.org/rfc/rfc4514#section-2.4 */
const escapeValue = (value: string): string =>
  value
    .replace(/[\\"+,;<>]/g, (character) => `\\${character}`)
    .replaceAll('\0', '\\00')
    .replace(/^[ #]| $/g, (character) => `\\${character}`);
