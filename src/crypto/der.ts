/** What is not the DER that was expected. Callers turn it into the error of what they read. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** Identifier octets. https://www.itu.int/rec/T-REC-X.690 §8.1.2 */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of a context-specific tag. */
export const context = (number: number, form: 'primitive' | 'constructed' = 'constructed'): number =>
  (form === 'primitive' ? 0x80 : 0xa0) | number;

const CONSTRUCTED = 0x20;
/** Larger lengths exceed every limit on what is read. */
const MAX_LENGTH_BYTES = 4;
/** Longest object identifier, in arcs' bytes; real ones have fewer than 20. */
const MAX_OID_BYTES = 64;

/** One element of DER within the bytes it was read from: offsets, nothing copied. */
export class Der {
  readonly bytes: Uint8Array;
  /** Identifier octet. */
  readonly tag: number;
  /** Offsets in `bytes`: of the identifier, of the content, and behind it. */
  readonly start: number;
  readonly content: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start: number, limit: number) {
    const tag = bytes[start];
    const first = bytes[start + 1];
    if (start + 2 > limit || tag === undefined || first === undefined) throw new DerError('the bytes end too early');
    if ((tag & 0x1f) === 0x1f) throw new DerError('a tag number is above 30');
    let length = first;
    let content = start + 2;
    if (first >= 0x80) {
      const size = first & 0x7f;
      if (size === 0 || size > MAX_LENGTH_BYTES) throw new DerError('a length is indefinite or too large');
      content += size;
      if (content > limit) throw new DerError('the bytes end too early');
      length = 0;
      for (let at = start + 2; at < content; at++) length = length * 256 + (bytes[at] ?? 0);
      if (length < 0x80 || length < 256 ** (size - 1)) throw new DerError('a length is not in its shortest form');
    }
    this.bytes = bytes;
    this.tag = tag;
    this.start = start;
    this.content = content;
    this.end = content + length;
    if (this.end > limit) throw new DerError('the bytes end too early');
  }

  /** Exactly one element, nothing behind it. */
  static parse(bytes: Uint8Array): Der {
    const der = new Der(bytes, 0, bytes.byteLength);
    if (der.end !== bytes.byteLength) throw new DerError('something follows the structure');
    return der;
  }

  /** The element with identifier and length. */
  get raw(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  get value(): Uint8Array {
    return this.bytes.subarray(this.content, this.end);
  }

  /** The element itself if it has the tag; throws otherwise. */
  as(tag: number): this {
    if (this.tag === tag) return this;
    throw new DerError(`an element has the tag ${this.tag}, not ${tag}`);
  }

  /** What a constructed element holds, to be taken in order. */
  fields(tag: number = TAG.sequence): Fields {
    return new Fields(this.as(tag));
  }

  /** Elements of a SEQUENCE OF or SET OF. Throws above `most`. */
  elements(most: number, tag: number = TAG.sequence): readonly Der[] {
    const fields = this.fields(tag);
    const elements: Der[] = [];
    while (!fields.isDone) {
      if (elements.length === most) throw new DerError(`a list has more than ${most} elements`);
      elements.push(fields.next());
    }
    return elements;
  }

  /** The one element of an explicit tag. */
  only(tag: number): Der {
    const fields = this.fields(tag);
    const one = fields.next();
    fields.done();
    return one;
  }

  oid(): string {
    const value = this.as(TAG.oid).value;
    if (value.byteLength === 0 || value.byteLength > MAX_OID_BYTES)
      throw new DerError('an object identifier is empty or too long');
    const arcs: bigint[] = [];
    let arc = 0n;
    let isOpen = false;
    for (const byte of value) {
      if (!isOpen && byte === 0x80) throw new DerError('an object identifier is not in its shortest form');
      arc = arc * 128n + BigInt(byte & 0x7f);
      isOpen = byte >= 0x80;
      if (isOpen) continue;
      arcs.push(arc);
      arc = 0n;
    }
    const [head = 0n, ...rest] = arcs;
    if (isOpen) throw new DerError('an object identifier ends too early');
    const root = head < 80n ? head / 40n : 2n;
    return [root, head - root * 40n, ...rest].join('.');
  }

  /** A non-negative INTEGER or ENUMERATED of at most six bytes. */
  number(tag: number = TAG.integer): number {
    const value = this.integerBytes(tag);
    if (value.byteLength > 6 || (value[0] ?? 0) >= 0x80) throw new DerError('a number is negative or too large');
    return value.reduce((sum, byte) => sum * 256 + byte, 0);
  }

  private integerBytes(tag: number = TAG.integer): Uint8Array {
    const { value } = this.as(tag);
    const [first = 0, second = 0] = value;
    const isPadded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80);
    if (value.byteLength === 0 || (value.byteLength > 1 && isPadded)) {
      throw new DerError('an integer is not in its shortest form');
    }
    return value;
  }

  boolean(tag: number = TAG.boolean): boolean {
    const { value } = this.as(tag);
    if (value.byteLength !== 1 || (value[0] !== 0 && value[0] !== 0xff)) throw new DerError('a boolean is malformed');
    return value[0] === 0xff;
  }

  octets(): Uint8Array {
    return this.as(TAG.octetString).value;
  }

  /** Whole bytes of a BIT STRING. */
  bits(): Uint8Array {
    const { value } = this.as(TAG.bitString);
    if (value[0] !== 0) throw new DerError('a bit string has no whole bytes');
    return value.subarray(1);
  }

  /** UTCTime or GeneralizedTime in UTC. https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5 */
  date(): Date {
    const text = Buffer.from(this.value).toString('latin1');
    const date = parseTime(text, this.tag);
    if (date === undefined) throw new DerError('a time is malformed');
    return date;
  }
}

const TIME = /^(\d{2,4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{1,9}))?Z$/;

function parseTime(text: string, tag: number): Date | undefined {
  const [, digits = '', month, day, hour, minute, second, fraction = ''] = TIME.exec(text) ?? [];
  const isShort = tag === TAG.utcTime;
  if (!isShort && tag !== TAG.generalizedTime) return undefined;
  if (digits.length !== (isShort ? 2 : 4) || (isShort && fraction !== '')) return undefined;
  const year = isShort ? `${Number(digits) >= 50 ? '19' : '20'}${digits}` : digits;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`;
  const date = new Date(iso);
  // The 30th of February would become a day in March.
  return Number.isFinite(date.getTime()) && date.toISOString() === iso ? date : undefined;
}

/** Elements of a constructed one in their order, optional ones by their tags. */
export class Fields {
  readonly #parent: Der;
  #at: number;

  constructor(parent: Der) {
    if ((parent.tag & CONSTRUCTED) === 0) throw new DerError('an element holds no others');
    this.#parent = parent;
    this.#at = parent.content;
  }

  get isDone(): boolean {
    return this.#at === this.#parent.end;
  }

  /** The next element. Throws at the end, or if it has another tag than `tag`. */
  next(tag?: number): Der {
    const der = new Der(this.#parent.bytes, this.#at, this.#parent.end);
    if (tag !== undefined) der.as(tag);
    this.#at = der.end;
    return der;
  }

  /** The next element if it has the tag. */
  optional(...tags: readonly number[]): Der | undefined {
    const tag = this.isDone ? undefined : this.#parent.bytes[this.#at];
    return tag !== undefined && tags.includes(tag) ? this.next() : undefined;
  }

  /** Throws if anything is left. */
  done(): void {
    if (!this.isDone) throw new DerError('a structure has more elements than it may');
  }
}
