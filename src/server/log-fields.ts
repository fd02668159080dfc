/** What a line tells besides its message. */
export type Fields = Readonly<Record<string, unknown>>;

/** Characters of one text: a message with its context; more is a payload. */
const MAX_TEXT = 4096;
/** Entries of one list or object. */
const MAX_ENTRIES = 64;
/** Objects within objects. */
const MAX_DEPTH = 4;
/** Values of one line: with the bounds above, lists within lists could still grow it to any length. */
const MAX_VALUES = 256;
/** Characters of one line, as collectors take it (16 KiB for container runtimes) with room for their envelope. */
const MAX_LINE = 15 * 1024;

/** Beyond what JSON escapes: DEL and C1 controls, separators of lines and paragraphs, marks of text direction. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const escapeUnsafe = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

interface Count {
  left: number;
}

/** One JSON object. `head` comes first and wins over fields of the same name. */
export function encodeFields(head: Fields, fields: Fields): string {
  const first = entriesOf(head, { left: MAX_VALUES }, 0);
  const rest = entriesOf(withoutKeys(fields, head), { left: MAX_VALUES }, 0);
  const line = `{${[...first, ...rest].join(',')}}`;
  if (line.length <= MAX_LINE) return line;
  const kept: string[] = [...first, '"truncated":true'];
  let length = kept.join(',').length + 2;
  for (const entry of rest) {
    length += entry.length + 1;
    if (length <= MAX_LINE) kept.push(entry);
  }
  return `{${kept.join(',')}}`;
}

/** All fields as they are now; of the same name the last. */
export function mergeFields(...all: readonly Fields[]): Fields {
  return Object.fromEntries(all.flatMap((fields) => Object.keys(fields).map((key) => [key, read(fields, key)])));
}

const withoutKeys = (fields: Fields, head: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !Object.hasOwn(head, key)));

function entriesOf(object: object, count: Count, depth: number): readonly string[] {
  const entries: string[] = [];
  for (const key of Object.keys(object).slice(0, MAX_ENTRIES)) {
    const value: unknown = read(object, key);
    if (value !== undefined) entries.push(`${text(key)}:${encode(value, count, depth + 1)}`);
  }
  return entries;
}

/** A getter may throw. */
function read(object: object, key: string): unknown {
  try {
    return (object as Readonly<Record<string, unknown>>)[key];
  } catch {
    return '[unreadable]';
  }
}

function encode(value: unknown, count: Count, depth: number): string {
  if (--count.left < 0) return '"[…]"';
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : text(String(value));
    case 'boolean':
      return String(value);
    case 'bigint':
      return text(String(value));
    case 'object':
      return value === null ? 'null' : encodeObject(value, count, depth);
    case 'undefined':
    case 'function':
    case 'symbol':
      return text(`[${typeof value}]`);
  }
}

function encodeObject(value: object, count: Count, depth: number): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '"[invalid date]"' : text(value.toISOString());
  // Bytes are payloads.
  if (ArrayBuffer.isView(value)) return text(`[${value.byteLength} bytes]`);
  if (depth > MAX_DEPTH) return '"[…]"';
  if (value instanceof Error) return encodeError(value, count, depth);
  if (Array.isArray(value)) {
    const elements = value.slice(0, MAX_ENTRIES).map((element) => encode(element, count, depth + 1));
    return `[${elements.join(',')}]`;
  }
  return `{${entriesOf(value, count, depth).join(',')}}`;
}

/** Of an error only these, of whatever else it holds (a request with its headers, say) nothing. */
function encodeError(error: Error, count: Count, depth: number): string {
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  // A stack tells where to look for what nobody foresaw; a code of our catalogue was foreseen.
  const facts = { name, code, message, cause, ...(code === undefined ? { stack } : {}) };
  return `{${entriesOf(facts, count, depth).join(',')}}`;
}

function text(value: string): string {
  const bounded = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  return JSON.stringify(bounded).replaceAll(UNSAFE, escapeUnsafe);
}
