import { stringAt } from './operands.ts';
import { RegoNumber, RegoObject, type Value } from './value.ts';

/** 100-nanosecond intervals from 1582-10-15, where UUID time begins, to 1970. */
const GREGORIAN_TO_UNIX = 122_192_928_000_000_000n;

const FORMS: Readonly<Record<number, RegExp>> = {
  32: /^(.{32})$/s,
  36: /^(.{36})$/s,
  38: /^.(.{36}).$/s,
  45: /^[uU][rR][nN]:[uU][uU][iI][dD]:(.{36})$/s,
};

const DOMAINS: readonly string[] = ['Person', 'Group', 'Org'];

/** `uuid.parse(text)`: version, variant, and for versions 1 and 2 what they say of time and place; undefined for no UUID. */
export function parse(args: readonly Value[]): Value | undefined {
  const hex = toHex(stringAt(args, 0));
  if (hex === undefined) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  const version = bytes.readUInt8(6) >> 4;
  const parts: [Value, Value][] = [
    ['version', RegoNumber.of(version)],
    ['variant', variant(bytes.readUInt8(8))],
  ];
  if (version === 1 || version === 2) {
    parts.push(
      ['time', RegoNumber.of(unixNanoseconds(bytes))],
      ['nodeid', hex.slice(20).match(/../g)?.join('-') ?? ''],
      ['macvariables', macVariables(bytes.readUInt8(10))],
      ['clocksequence', RegoNumber.of(bytes.readUInt16BE(8) & 0x3fff)],
    );
  }
  if (version === 2) {
    const domain = bytes.readUInt8(9);
    parts.push(['id', RegoNumber.of(bytes.readUInt32BE(0))], ['domain', DOMAINS[domain] ?? `Domain${domain}`]);
  }
  return new RegoObject(parts);
}

/** The 32 digits of the forms that github.com/google/uuid reads; lengths count bytes. */
function toHex(text: string): string | undefined {
  const bytes = text.length > 45 ? '' : Buffer.from(text, 'utf8').toString('latin1');
  const body = FORMS[bytes.length]?.exec(bytes)?.[1] ?? '';
  const dashed = /^([0-9a-fA-F]{8})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{12})$/.exec(body);
  const digits = dashed === null ? body : dashed.slice(1).join('');
  return /^[0-9a-fA-F]{32}$/.test(digits) ? digits.toLowerCase() : undefined;
}

function variant(byte: number): string {
  if ((byte & 0xc0) === 0x80) return 'RFC4122';
  if ((byte & 0xe0) === 0xc0) return 'Microsoft';
  return (byte & 0xe0) === 0xe0 ? 'Future' : 'Reserved';
}

function unixNanoseconds(bytes: Buffer): bigint {
  const low = BigInt(bytes.readUInt32BE(0));
  const middle = BigInt(bytes.readUInt16BE(4));
  const high = BigInt(bytes.readUInt16BE(6) & 0xfff);
  const intervals = (high << 48n) | (middle << 32n) | low;
  return BigInt.asIntN(64, (intervals - GREGORIAN_TO_UNIX) * 100n);
}

function macVariables(byte: number): string {
  if ((byte & 0b11) === 0b11) return 'local:multicast';
  if ((byte & 0b01) === 0b01) return 'global:multicast';
  return (byte & 0b10) === 0b10 ? 'local:unicast' : 'global:unicast';
}
