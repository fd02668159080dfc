import { isUtf8 } from 'node:buffer';
import { type ErrorCode, VerdictError } from './errors.ts';

/**
 * Deepest nesting taken. The policy's own parser recurses on a small stack, and no document of this field comes near.
 */
export const MAX_JSON_DEPTH = 256;
/** Longest number, and largest exponent: the policy's engine computes with them exactly, and stops on absurd ones. */
export const MAX_NUMBER_DIGITS = 400;
export const MAX_NUMBER_EXPONENT = 400;
/**
 * Most keys of all objects open at one place: what is kept to find duplicates. Of real documents, lock files have the
 * largest objects, of some 10,000 keys.
 */
export const MAX_OPEN_KEYS = 1_000_000;
/** Up to this many keys an object is checked for duplicates by comparing hashes one by one; beyond, with a set. */
const SMALL_OBJECT = 24;

/** Where one member of the top-level object stands: bytes `start` (inclusive) to `end` (exclusive) of its value. */
export interface Member {
  readonly start: number;
  readonly end: number;
}

/** What a scan found out about a text that is exactly one JSON value. */
export interface JsonScan {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** Of an object: its members. Of anything else: empty. */
  readonly members: ReadonlyMap<string, Member>;
}

/** Why a text is not JSON that a policy can take. */
class JsonFault extends Error {}

/**
 * Checks that bytes are exactly one JSON value (RFC 8259) of the subset that the policy's engine takes: valid UTF-8
 * without a byte order mark, no duplicate keys, paired surrogates, bounded depth, keys and numbers. Nothing is built, so
 * the cost is one pass. Throws `code` (DOCUMENT_INVALID by default) with the byte offset.
 */
export function scanJson(bytes: Uint8Array, what = 'the document', code: ErrorCode = 'DOCUMENT_INVALID'): JsonScan {
  try {
    if (!isUtf8(bytes)) throw new JsonFault('it is not valid UTF-8');
    return new Scanner(bytes).scan();
  } catch (fault) {
    if (fault instanceof JsonFault) throw new VerdictError(code, `${what}: ${fault.message}`);
    throw fault;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value of bytes that {@link scanJson} accepts. Numbers become doubles: for headers and manifests, not for documents. */
export function parseJson(bytes: Uint8Array, what?: string, code?: ErrorCode): unknown {
  scanJson(bytes, what, code);
  return JSON.parse(decoder.decode(bytes));
}

/** The value of one member found by a scan of the same bytes. */
export function parseMember(bytes: Uint8Array, member: Member | undefined): unknown {
  return member === undefined ? undefined : JSON.parse(decoder.decode(bytes.subarray(member.start, member.end)));
}

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const ZERO = 0x30;
const NINE = 0x39;

/** The keys of one open object. */
class Keys {
  #hashes: number[] = [];
  #starts: number[] = [];
  #ends: number[] = [];
  #set: Set<string> | undefined;

  get count(): number {
    return this.#set?.size ?? this.#hashes.length;
  }

  /** Whether the key is new. `plain`: it has no escapes, so equal keys are equal bytes. */
  add(bytes: Buffer, start: number, end: number, hash: number, plain: boolean): boolean {
    if (this.#set === undefined && plain && this.#hashes.length < SMALL_OBJECT) {
      for (let index = 0; index < this.#hashes.length; index++) {
        if (this.#hashes[index] === hash && this.#same(bytes, index, start, end)) return false;
      }
      this.#hashes.push(hash);
      this.#starts.push(start);
      this.#ends.push(end);
      return true;
    }
    this.#set ??= new Set(this.#starts.map((from, index) => keyBytes(bytes, from, this.#ends[index] ?? from, true)));
    const before = this.#set.size;
    return this.#set.add(keyBytes(bytes, start, end, plain)).size > before;
  }

  #same(bytes: Buffer, index: number, start: number, end: number): boolean {
    const from = this.#starts[index] ?? 0;
    if ((this.#ends[index] ?? 0) - from !== end - start) return false;
    for (let offset = 0; offset < end - start; offset++)
      if (bytes[from + offset] !== bytes[start + offset]) return false;
    return true;
  }

  clear(): void {
    this.#hashes.length = 0;
    this.#starts.length = 0;
    this.#ends.length = 0;
    this.#set = undefined;
  }
}

/** The bytes of a key, escapes resolved, one character each: equal for equal keys, and quickly made. */
const keyBytes = (bytes: Buffer, start: number, end: number, plain: boolean): string =>
  plain ? bytes.toString('latin1', start, end) : Buffer.from(keyText(bytes, start, end)).toString('latin1');

/** A key between its quotes, escapes resolved. */
const keyText = (bytes: Buffer, start: number, end: number): string =>
  JSON.parse(`"${bytes.toString('utf8', start, end)}"`);

/** 1 for every byte that stands for itself within a string. */
const PLAIN = new Uint8Array(256).fill(1).fill(0, 0, 0x20);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;
/** 1 for every byte that may follow a backslash. */
const ESCAPES = new Uint8Array(256);
for (const letter of Buffer.from('"\\/bfnrtu')) ESCAPES[letter] = 1;
/** Value of every hexadecimal digit, 16 for what is none. */
const HEX = new Uint8Array(256).fill(16);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}

/** Where bytes that stand for themselves end. Of its own, because the runtime compiles it well even if it is called once. */
function plainEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (PLAIN[bytes[at] ?? QUOTE] === 1) at++;
  return at;
}

class Scanner {
  readonly #bytes: Buffer;
  #at = 0;
  /** Keys of all open objects. */
  #openKeys = 0;
  /** Of the key scanned last: hash of its bytes, and whether it had no escapes. */
  #hash = 0;
  #plain = true;
  /** For every open container: the keys of an object, undefined for an array. */
  readonly #open: (Keys | undefined)[] = [];
  readonly #spare: Keys[] = [];
  readonly #members = new Map<string, Member>();
  #memberKey = '';
  #memberStart = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  scan(): JsonScan {
    if (this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb && this.#bytes[2] === 0xbf) {
      throw this.#fault('it begins with a byte order mark');
    }
    this.#space();
    const kind = this.#value();
    if (this.#open.length > 0) this.#containers();
    this.#space();
    if (this.#at < this.#bytes.length) throw this.#fault('something follows the end of the value');
    return { kind, members: this.#members };
  }

  /** Closes what {@link #value} opened. A loop instead of recursion: depth is the document's choice. */
  #containers(): void {
    while (this.#open.length > 0) {
      this.#space();
      const keys = this.#open.at(-1);
      const byte = this.#bytes[this.#at];
      if (byte === (keys === undefined ? CLOSE_ARRAY : CLOSE_OBJECT)) this.#close();
      else if (byte === COMMA) {
        this.#at++;
        this.#space();
        this.#element(keys);
      } else throw this.#fault(keys === undefined ? 'expected "," or "]"' : 'expected "," or "}"');
    }
  }

  #close(): void {
    this.#at++;
    const keys = this.#open.pop();
    if (keys !== undefined) {
      this.#openKeys -= keys.count;
      keys.clear();
      this.#spare.push(keys);
    }
    this.#memberEnds();
  }

  /** One element of the innermost container: a member of an object, a value of an array. */
  #element(keys: Keys | undefined): void {
    if (keys !== undefined) this.#key(keys);
    this.#value();
  }

  #key(keys: Keys): void {
    if (this.#bytes[this.#at] !== QUOTE) throw this.#fault('expected a key in quotes');
    if (++this.#openKeys > MAX_OPEN_KEYS) throw this.#fault(`its objects have more than ${MAX_OPEN_KEYS} keys`);
    const start = this.#at + 1;
    this.#keyString();
    const end = this.#at - 1;
    if (!keys.add(this.#bytes, start, end, this.#hash, this.#plain)) {
      throw this.#fault(
        `the key ${JSON.stringify(keyText(this.#bytes, start, end).slice(0, 100))} stands twice in one object`,
      );
    }
    this.#space();
    if (this.#bytes[this.#at] !== COLON) throw this.#fault('expected ":"');
    this.#at++;
    this.#space();
    if (this.#open.length === 1) {
      this.#memberKey = this.#plain ? this.#bytes.toString('utf8', start, end) : keyText(this.#bytes, start, end);
      this.#memberStart = this.#at;
    }
  }

  #memberEnds(): void {
    if (this.#open.length === 1 && this.#open[0] !== undefined) {
      this.#members.set(this.#memberKey, { start: this.#memberStart, end: this.#at });
    }
  }

  /** A scalar, or the opening of a container together with everything up to its first complete scalar. */
  #value(): JsonScan['kind'] {
    const byte = this.#bytes[this.#at];
    switch (byte) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        this.#opening(byte);
        return byte === OPEN_OBJECT ? 'object' : 'array';
      case QUOTE:
        this.#string();
        this.#memberEnds();
        return 'string';
      case 0x74:
        return this.#literal('true', 'boolean');
      case 0x66:
        return this.#literal('false', 'boolean');
      case 0x6e:
        return this.#literal('null', 'null');
      case undefined:
        throw this.#fault('it ends too early');
      default:
        this.#number(byte);
        this.#memberEnds();
        return 'number';
    }
  }

  #opening(first: number): void {
    let byte: number | undefined = first;
    while (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (this.#open.length >= MAX_JSON_DEPTH) throw this.#fault(`it nests deeper than ${MAX_JSON_DEPTH} levels`);
      this.#at++;
      const keys: Keys | undefined = byte === OPEN_OBJECT ? (this.#spare.pop() ?? new Keys()) : undefined;
      this.#open.push(keys);
      this.#space();
      const next: number | undefined = this.#bytes[this.#at];
      if (next === (keys === undefined ? CLOSE_ARRAY : CLOSE_OBJECT)) {
        this.#close();
        return;
      }
      if (keys !== undefined) this.#key(keys);
      byte = this.#bytes[this.#at];
    }
    this.#value();
  }

  #literal(text: string, kind: 'boolean' | 'null'): JsonScan['kind'] {
    for (let index = 0; index < text.length; index++) {
      if (this.#bytes[this.#at + index] !== text.charCodeAt(index)) throw this.#fault('expected a JSON value');
    }
    this.#at += text.length;
    this.#memberEnds();
    return kind;
  }

  #string(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    for (;;) {
      at = plainEnd(bytes, at);
      if (bytes[at] === QUOTE) break;
      at = this.#special(at);
    }
    this.#at = at + 1;
  }

  /** The same, with what {@link Keys} needs. */
  #keyString(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    let hash = 0x811c9dc5;
    this.#plain = true;
    for (;;) {
      const byte = bytes[at] ?? QUOTE;
      if (PLAIN[byte] === 1) {
        hash = Math.imul(hash ^ byte, 0x01000193);
        at++;
      } else if (bytes[at] === QUOTE) break;
      else {
        this.#plain = false;
        at = this.#special(at);
      }
    }
    this.#at = at + 1;
    this.#hash = hash;
  }

  /** Checks the escape at `at` and returns the place after it; anything else there is a fault. */
  #special(at: number): number {
    this.#at = at;
    if (this.#bytes[at] === BACKSLASH) return this.#escape(at);
    throw this.#fault(
      at < this.#bytes.length ? 'a control character stands unescaped in a string' : 'it ends inside a string',
    );
  }

  #escape(at: number): number {
    const kind = this.#bytes[at + 1];
    if (kind === undefined || ESCAPES[kind] !== 1) throw this.#fault('unknown escape in a string');
    if (kind !== 0x75) return at + 2;
    const unit = this.#hex(at + 2);
    if (unit >= 0xdc00 && unit <= 0xdfff) throw this.#fault('half of a surrogate pair stands alone');
    if (unit < 0xd800 || unit > 0xdbff) return at + 6;
    const isPair = this.#bytes[at + 6] === BACKSLASH && this.#bytes[at + 7] === 0x75;
    const low = isPair ? this.#hex(at + 8) : 0;
    if (low < 0xdc00 || low > 0xdfff) throw this.#fault('half of a surrogate pair stands alone');
    return at + 12;
  }

  #hex(at: number): number {
    let value = 0;
    for (let index = at; index < at + 4; index++) {
      const digit = HEX[this.#bytes[index] ?? 0] ?? 16;
      if (digit === 16) throw this.#fault('a \\u escape needs four hexadecimal digits');
      value = value * 16 + digit;
    }
    return value;
  }

  #number(first: number): void {
    const start = this.#at;
    if (first === 0x2d) this.#at++;
    if (this.#bytes[this.#at] === ZERO) this.#at++;
    else this.#digits('expected a JSON value');
    if (this.#bytes[this.#at] === 0x2e) {
      this.#at++;
      this.#digits('expected digits after the decimal point');
    }
    if (this.#at - start > MAX_NUMBER_DIGITS) throw this.#fault(`a number has more than ${MAX_NUMBER_DIGITS} digits`);
    if (((this.#bytes[this.#at] ?? 0) | 0x20) === 0x65) this.#exponent();
  }

  #exponent(): void {
    this.#at++;
    const sign = this.#bytes[this.#at];
    if (sign === 0x2b || sign === 0x2d) this.#at++;
    const start = this.#at;
    this.#digits('expected digits in an exponent');
    // Leading zeros count as digits too: 20 of them are nobody's exponent.
    const value =
      this.#at - start > 20 ? Number.POSITIVE_INFINITY : Number(decoder.decode(this.#bytes.subarray(start, this.#at)));
    if (value > MAX_NUMBER_EXPONENT) throw this.#fault(`a number has an exponent beyond ${MAX_NUMBER_EXPONENT}`);
  }

  #digits(expected: string): void {
    const start = this.#at;
    let byte = this.#bytes[this.#at];
    while (byte !== undefined && byte >= ZERO && byte <= NINE) byte = this.#bytes[++this.#at];
    if (this.#at === start) throw this.#fault(expected);
  }

  #space(): void {
    let byte = this.#bytes[this.#at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.#bytes[++this.#at];
  }

  #fault(message: string): JsonFault {
    return new JsonFault(`${message} (at byte ${this.#at})`);
  }
}
