import { DerError, TAG } from './der.ts';

/** CMS nests ten levels deep, certificates included. */
const MAX_DEPTH = 32;
const CONSTRUCTED = 0x20;

/**
 * The same structure with definite lengths in their shortest form and strings in one piece: signers that write their
 * CMS as a stream use the others (BER), and what is signed within is DER. Throws DerError.
 */
export function toDefinite(bytes: Uint8Array): Uint8Array {
  const { der, end } = convert(bytes, 0, bytes.byteLength, 0);
  if (end !== bytes.byteLength) throw new DerError('something follows the structure');
  return der;
}

interface Converted {
  readonly tag: number;
  readonly der: Uint8Array;
  readonly content: Uint8Array;
  readonly end: number;
}

function convert(bytes: Uint8Array, start: number, limit: number, depth: number): Converted {
  if (depth > MAX_DEPTH) throw new DerError(`structures nest deeper than ${MAX_DEPTH}`);
  const tag = bytes[start];
  if (tag === undefined || start >= limit) throw new DerError('the bytes end too early');
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag number is above 30');
  const { length, at } = lengthAt(bytes, start + 1, limit);
  const isConstructed = (tag & CONSTRUCTED) !== 0;
  if (!isConstructed) {
    if (length === undefined) throw new DerError('a primitive element has no length');
    return element(tag, bytes.subarray(at, at + length), at + length);
  }
  const parts: Converted[] = [];
  const stop = length === undefined ? limit : at + length;
  let next = at;
  while (length === undefined ? !isEndOfContents(bytes, next, limit) : next < stop) {
    const part = convert(bytes, next, stop, depth + 1);
    parts.push(part);
    next = part.end;
  }
  const end = length === undefined ? next + 2 : next;
  if (tag !== (TAG.octetString | CONSTRUCTED)) return element(tag, Buffer.concat(parts.map(({ der }) => der)), end);
  if (parts.some((part) => part.tag !== TAG.octetString)) throw new DerError('a string has a part of another kind');
  return element(TAG.octetString, Buffer.concat(parts.map(({ content }) => content)), end);
}

function lengthAt(bytes: Uint8Array, at: number, limit: number): { length: number | undefined; at: number } {
  const first = bytes[at];
  if (first === undefined || at >= limit) throw new DerError('the bytes end too early');
  if (first === 0x80) return { length: undefined, at: at + 1 };
  const size = first < 0x80 ? 0 : first & 0x7f;
  const length = size === 0 ? first : bytes.subarray(at + 1, at + 1 + size).reduce((sum, byte) => sum * 256 + byte, 0);
  const content = at + 1 + size;
  if (content + length > limit) throw new DerError('the bytes end too early');
  return { length, at: content };
}

function isEndOfContents(bytes: Uint8Array, at: number, limit: number): boolean {
  if (at + 2 > limit) throw new DerError('the bytes end too early');
  return bytes[at] === 0 && bytes[at + 1] === 0;
}

function element(tag: number, content: Uint8Array, end: number): Converted {
  return { tag, der: encodeDer(tag, content), content, end };
}

/** One element of DER. */
export function encodeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return Buffer.concat([Uint8Array.of(tag, ...encodeLength(length)), ...contents]);
}

function encodeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const digits = [24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff);
  const shortest = digits.slice(digits.findIndex((digit) => digit !== 0));
  return [0x80 | shortest.length, ...shortest];
}
