import { Der, DerError, TAG } from './der.ts';
import { readExtensions } from './encoded.ts';

/** Entries of one list; the largest public ones have some hundred thousand. */
export const MAX_CRL_ENTRIES = 1_000_000;

/** https://www.rfc-editor.org/rfc/rfc5280#section-5.3 */
export interface CrlEntry {
  readonly revocationDate: Date;
  /** CRLReason; 0 (unspecified) where there is none. */
  readonly reason: number;
  /** Since when the key is known or suspected not to be its owner's alone. */
  readonly invalidityDate: Date | undefined;
}

const REASON_CODE = '2.5.29.21';
const INVALIDITY_DATE = '2.5.29.24';

/**
 * The entries of a list: their offsets in its bytes, nothing else, so that a list of a million takes 4 MiB beside its
 * bytes and a search takes milliseconds.
 */
export class CrlEntries {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #offsets: Uint32Array;

  /** `list`: revokedCertificates, undefined where nothing is revoked. Throws DerError. */
  constructor(list: Der | undefined) {
    const bytes = list?.bytes ?? new Uint8Array();
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = list?.content ?? 0;
    this.#end = list?.end ?? 0;
    this.#offsets = offsetsOf(bytes, this.#start, this.#end);
  }

  get length(): number {
    return this.#offsets.length;
  }

  /** Bytes of memory beside those of the list. */
  get size(): number {
    return this.#offsets.byteLength;
  }

  /** Every entry with the serial number (INTEGER, DER): one, unless the list names it twice. */
  find(serialNumber: Uint8Array): readonly CrlEntry[] {
    const found: CrlEntry[] = [];
    let at = this.#bytes.indexOf(serialNumber, this.#start);
    while (at >= 0 && at < this.#end) {
      const entry = this.#entryBefore(at);
      // The same bytes may stand anywhere: in a longer number, or in an extension.
      if (entry?.content === at) found.push(readEntry(entry));
      at = this.#bytes.indexOf(serialNumber, at + 1);
    }
    return found;
  }

  #entryBefore(at: number): Der | undefined {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#offsets[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    const offset = this.#offsets[low - 1];
    return offset === undefined ? undefined : new Der(this.#bytes, offset, this.#end);
  }
}

function offsetsOf(bytes: Uint8Array, start: number, end: number): Uint32Array {
  let offsets = new Uint32Array(1024);
  let count = 0;
  for (let at = start; at < end; ) {
    if (count === MAX_CRL_ENTRIES) throw new DerError(`it has more than ${MAX_CRL_ENTRIES} entries`);
    if (count === offsets.length) {
      const larger = new Uint32Array(count * 2);
      larger.set(offsets);
      offsets = larger;
    }
    const entry = new Der(bytes, at, end).as(TAG.sequence);
    checkEntry(entry);
    offsets[count++] = at;
    at = entry.end;
  }
  return offsets.slice(0, count);
}

/** Only what must be known of every entry; the one that is looked up is read in full. */
function checkEntry(entry: Der): void {
  const serialNumber = new Der(entry.bytes, entry.content, entry.end).as(TAG.integer);
  const date = new Der(entry.bytes, serialNumber.end, entry.end);
  if (date.tag !== TAG.utcTime && date.tag !== TAG.generalizedTime) throw new DerError('an entry has no date');
  if (date.end < entry.end && mayBeCritical(entry.bytes, date.end, entry.end)) readEntry(entry);
}

/** Whether the bytes hold a TRUE somewhere: to read the extensions of all entries takes seconds for large lists. */
function mayBeCritical(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 2 < end; at++) {
    if (bytes[at] === TAG.boolean && bytes[at + 1] === 1 && bytes[at + 2] !== 0) return true;
  }
  return false;
}

function readEntry(entry: Der): CrlEntry {
  const fields = entry.fields();
  fields.next(TAG.integer);
  const revocationDate = fields.next().date();
  const extensions = readExtensions(fields.optional(TAG.sequence));
  fields.done();
  for (const [oid, { critical }] of extensions) {
    // Critical above all: certificateIssuer, by which an entry is not about a certificate of the list's issuer.
    if (critical && oid !== REASON_CODE && oid !== INVALIDITY_DATE) {
      throw new DerError(`an entry has the critical extension ${oid}, which is not known`);
    }
  }
  const reason = extensions.get(REASON_CODE);
  const invalidityDate = extensions.get(INVALIDITY_DATE);
  return {
    revocationDate,
    reason: reason === undefined ? 0 : Der.parse(reason.value).number(TAG.enumerated),
    invalidityDate: invalidityDate === undefined ? undefined : Der.parse(invalidityDate.value).date(),
  };
}
