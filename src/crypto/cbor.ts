import { VerdictError } from '../errors.ts';

/** Deepest nesting taken: a COSE header is three levels deep, one attribute's value rarely more. */
export const MAX_CBOR_DEPTH = 16;
/**
 * Most items taken. An envelope has some thirty; 32 MiB of one-byte items would cost seconds and a gigabyte, which is
 * why nothing is built before it is counted.
 */
export const MAX_CBOR_ITEMS = 2048;

/** A CBOR data item. Byte strings are views into what was read. */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | CborMap
  | CborTag
  | CborOpaque;

/** Keys are integers and text, as COSE's labels are. */
export type CborMap = ReadonlyMap<CborLabel, CborValue>;
export type CborLabel = number | string;

export class CborTag {
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

/** An item that is well-formed and of no use here: a float, an integer beyond 2^53, another simple value. */
export class CborOpaque {
  /** Its encoding. */
  readonly encoded: Uint8Array;

  constructor(encoded: Uint8Array) {
    this.encoded = encoded;
  }
}

/**
 * Reads exactly one data item: definite lengths only, no duplicate keys, text that is UTF-8, nothing behind it, bounded
 * depth and count. Throws SIGNATURE_INVALID or LIMIT_EXCEEDED with the byte offset.
 * https://www.rfc-editor.org/rfc/rfc8949#section-3
 */
export function parseCbor(bytes: Uint8Array, what: string): CborValue {
  const reader = new Reader(bytes, what);
  const value = reader.item(0);
  reader.end();
  return value;
}

/** Head of an item of a major type, in its shortest form. https://www.rfc-editor.org/rfc/rfc8949#section-4.2.1 */
export function cborHead(major: number, argument: number): Uint8Array {
  const first = major << 5;
  if (argument < 24) return Uint8Array.of(first | argument);
  if (argument < 0x100) return Uint8Array.of(first | 24, argument);
  if (argument < 0x10000) return Uint8Array.of(first | 25, argument >> 8, argument & 0xff);
  const head = Buffer.alloc(5, first | 26);
  head.writeUInt32BE(argument, 1);
  return head;
}

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const SIMPLE: ReadonlyMap<number, CborValue> = new Map<number, CborValue>([
  [20, false],
  [21, true],
  [22, null],
]);

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;
  #items = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  end(): void {
    if (this.#at !== this.#bytes.byteLength) throw this.#fault('something follows it');
  }

  item(depth: number): CborValue {
    if (depth > MAX_CBOR_DEPTH) throw this.#limit(`it is nested deeper than ${MAX_CBOR_DEPTH}`);
    if (++this.#items > MAX_CBOR_ITEMS) throw this.#limit(`it has more than ${MAX_CBOR_ITEMS} items`);
    const start = this.#at;
    const first = this.#byte();
    const major = first >> 5;
    const information = first & 0x1f;
    const argument = this.#argument(information);
    switch (major) {
      case 0:
        return this.#integer(argument, start);
      case 1:
        return this.#integer(-1 - argument, start);
      case 2:
        return this.#take(argument);
      case 3:
        return this.#text(argument);
      case 4:
        return Array.from({ length: this.#count(argument) }, () => this.item(depth + 1));
      case 5:
        return this.#map(this.#count(argument), depth);
      case 6:
        return new CborTag(argument, this.item(depth + 1));
      default:
        if (information === 24 && argument < 32) throw this.#fault('a simple value is not in its one form');
        return information < 24 && SIMPLE.has(information)
          ? (SIMPLE.get(information) ?? null)
          : new CborOpaque(this.#since(start));
    }
  }

  #map(count: number, depth: number): CborMap {
    const map = new Map<CborLabel, CborValue>();
    for (let index = 0; index < count; index++) {
      const key = this.item(depth + 1);
      if (typeof key !== 'number' && typeof key !== 'string') throw this.#fault('a key is neither integer nor text');
      if (map.has(key)) throw this.#fault(`the key ${JSON.stringify(key)} stands twice`);
      map.set(key, this.item(depth + 1));
    }
    return map;
  }

  /** https://www.rfc-editor.org/rfc/rfc8949#section-3: 28 to 30 are reserved, 31 would be an indefinite length. */
  #argument(information: number): number {
    if (information < 24) return information;
    if (information > 27) throw this.#fault('a length is indefinite or reserved');
    const at = this.#at;
    const size = 2 ** (information - 24);
    if (size > this.#bytes.byteLength - at) throw this.#fault('it ends too early');
    this.#at += size;
    switch (size) {
      case 1:
        return this.#view.getUint8(at);
      case 2:
        return this.#view.getUint16(at);
      case 4:
        return this.#view.getUint32(at);
      default:
        return Number(this.#view.getBigUint64(at));
    }
  }

  #integer(value: number, start: number): number | CborOpaque {
    return Number.isSafeInteger(value) ? value : new CborOpaque(this.#since(start));
  }

  /** An item takes a byte at least, so more items than bytes left are a lie. */
  #count(argument: number): number {
    if (argument > this.#bytes.byteLength - this.#at) throw this.#fault('it ends too early');
    if (argument > MAX_CBOR_ITEMS) throw this.#limit(`it has more than ${MAX_CBOR_ITEMS} items`);
    return argument;
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.byteLength - this.#at) throw this.#fault('it ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #text(length: number): string {
    const encoded = this.#take(length);
    try {
      return text.decode(encoded);
    } catch {
      throw this.#fault('a text is not UTF-8');
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.#fault('it ends too early');
    this.#at++;
    return byte;
  }

  #since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#at);
  }

  #fault(message: string): VerdictError {
    return new VerdictError('SIGNATURE_INVALID', `${this.#what} is malformed: ${message} (at byte ${this.#at})`);
  }

  #limit(message: string): VerdictError {
    return new VerdictError('LIMIT_EXCEEDED', `${this.#what} is too large: ${message}`);
  }
}
