/** A writer of DER that shares nothing with the reader under test. Values are ready-made elements. */
export type Element = Uint8Array;

export function element(tag: number, ...contents: readonly Uint8Array[]): Element {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const digits = Buffer.from(
    length.toString(16).padStart(length.toString(16).length + (length.toString(16).length % 2), '0'),
    'hex',
  );
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, content]);
}

export const sequence = (...elements: readonly Element[]): Element => element(0x30, ...elements);
/** For lists too long to be arguments. */
export const sequenceOf = (elements: readonly Element[]): Element => element(0x30, Buffer.concat(elements));
export const set = (...elements: readonly Element[]): Element => element(0x31, ...elements);
export const octets = (bytes: Uint8Array): Element => element(0x04, bytes);
export const bits = (bytes: Uint8Array, unused = 0): Element => element(0x03, Buffer.from([unused]), bytes);
export const nothing = (): Element => element(0x05);
export const boolean = (value: boolean): Element => element(0x01, Buffer.from([value ? 0xff : 0]));
export const enumerated = (value: number): Element => element(0x0a, Buffer.from([value]));
export const utf8 = (text: string): Element => element(0x0c, Buffer.from(text));
export const printable = (text: string): Element => element(0x13, Buffer.from(text));
/** Context-specific, constructed. */
export const tagged = (number: number, ...elements: readonly Element[]): Element => element(0xa0 | number, ...elements);
/** Context-specific, primitive. */
export const implicit = (number: number, content: Uint8Array): Element => element(0x80 | number, content);

export function integer(value: bigint | number): Element {
  const hex = BigInt(value).toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return (bytes[0] ?? 0) >= 0x80 ? element(0x02, Buffer.from([0]), bytes) : element(0x02, bytes);
}

export function oid(text: string): Element {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return element(0x06, Buffer.from(bytes));
}

/** GeneralizedTime, to the second. */
export const generalizedTime = (date: Date): Element =>
  element(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`));

/** UTCTime before 2050. */
export const time = (date: Date): Element =>
  date.getUTCFullYear() >= 2050
    ? generalizedTime(date)
    : element(
        0x17,
        Buffer.from(
          `${date
            .toISOString()
            .slice(2)
            .replace(/[-:T]|\.\d+Z/g, '')}Z`,
        ),
      );
