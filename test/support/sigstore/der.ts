/** Writes DER: just enough for certificates and timestamps of the tests. */
export type Bytes = Uint8Array;

export function element(tag: number, ...contents: readonly Bytes[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.byteLength), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.byteLength]), bytes]);
}

export const sequence = (...contents: readonly Bytes[]): Buffer => element(0x30, ...contents);
export const set = (...contents: readonly Bytes[]): Buffer => element(0x31, ...contents);
export const octets = (content: Bytes): Buffer => element(0x04, content);
export const bits = (content: Bytes): Buffer => element(0x03, Buffer.from([0]), content);
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const nothing = (): Buffer => element(0x05);
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]));
/** Context-specific, constructed (explicit) or primitive (implicit). */
export const explicit = (number: number, ...contents: readonly Bytes[]): Buffer => element(0xa0 | number, ...contents);
export const implicit = (number: number, content: Bytes): Buffer => element(0x80 | number, content);

export function integer(value: number | Bytes): Buffer {
  const hex = typeof value === 'number' ? value.toString(16) : Buffer.from(value).toString('hex');
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return element(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...arcs] = text.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...arcs.flatMap(septets)]));
}

function septets(arc: number): readonly number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80);
  return digits;
}

/** GeneralizedTime: timestamps have it, and certificates may. */
export const generalizedTime = (time: Date): Buffer =>
  element(0x18, Buffer.from(`${time.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
