import { type JsonScan, scanJson } from '../../json.ts';

/** Deepest nesting of a predicate that is left unread: beyond, nothing of the statement is. */
const MAX_DEPTH = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const KEY = Buffer.from('"predicate"');
const NULL = Buffer.from('null');

/** A statement without its predicate. */
export interface Header {
  /** The statement, `null` in place of the predicate. */
  readonly bytes: Uint8Array;
  readonly scan: JsonScan;
}

/**
 * The header of a statement whose predicate is JSON, but not such that a policy can take (too deep, absurd numbers, half
 * surrogate pairs): of whom it speaks can be told all the same. Undefined where that is not so. Whatever place is found
 * for the predicate is proved twice: what stands around it is strict JSON with a member of that name there, and what
 * stands in it is one JSON value without a key twice. Throws DOCUMENT_INVALID.
 */
export function readHeader(payload: Uint8Array): Header | undefined {
  const place = findPredicate(payload);
  if (place === undefined) return undefined;
  const { start, end, colons } = place;
  const bytes = Buffer.concat([payload.subarray(0, start), NULL, payload.subarray(end)]);
  const scan = scanJson(bytes, 'the header of the statement');
  const member = scan.members.get('predicate');
  if (member?.start !== start || member.end !== start + NULL.byteLength) return undefined;
  const value = parse(payload.subarray(start, end));
  return value !== undefined && countKeys(value) === colons ? { bytes, scan } : undefined;
}

interface Place {
  readonly start: number;
  readonly end: number;
  /** Colons outside of strings: as many as there are keys. */
  readonly colons: number;
}

function findPredicate(bytes: Uint8Array): Place | undefined {
  let depth = 0;
  let start = -1;
  let colons = 0;
  for (let at = 0; at < bytes.byteLength; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at);
      const isKey = start < 0 && depth === 1 && KEY.equals(bytes.subarray(at, end));
      at = end - 1;
      if (!isKey) continue;
      const colon = skipSpace(bytes, end);
      if (bytes[colon] !== COLON) continue;
      start = skipSpace(bytes, colon + 1);
      at = start - 1;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) return undefined;
    } else if (start >= 0 && depth === 1 && (byte === COMMA || byte === 0x7d)) {
      return { start, end: at, colons };
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
    } else if (byte === COLON && start >= 0) {
      colons++;
    }
  }
  return undefined;
}

/** The place after a string's closing quote. */
function stringEnd(bytes: Uint8Array, open: number): number {
  let at = open + 1;
  while (at < bytes.byteLength && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined for what is not one JSON value. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

/** The keys of all objects; a loop instead of recursion, because the depth is the document's choice. */
function countKeys(value: unknown): number {
  const open: unknown[] = [value];
  let count = 0;
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (typeof one !== 'object' || one === null) continue;
    const values: unknown[] = Object.values(one);
    if (!Array.isArray(one)) count += values.length;
    for (const inner of values) open.push(inner);
  }
  return count;
}
