import { RegoObject, RegoSet } from './collections.ts';
import { RegoNumber } from './number.ts';
import { compareStrings } from './order.ts';
import { quoteJson } from './print.ts';
import type { Value } from './value.ts';

/** An ordinary JavaScript value: what `JSON.parse` makes. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/**
 * JSON text of a value, the same for the same value: sets are arrays in OPA's order, keys are sorted by code point,
 * numbers keep their text. A key that is no string is written as its own JSON text, as OPA does (`ast.JSON`);
 * where two keys come out the same, the later in OPA's order counts.
 */
export function canonicalJson(value: Value): string {
  return write(value, { quote: quoteJson, number: exactNumber, layout: COMPACT });
}

/** How Go's `json.MarshalIndent` breaks lines. */
export interface Indentation {
  readonly indent: string;
  readonly prefix: string;
}

/**
 * JSON text as Go's `encoding/json` writes it: `<`, `>`, `&`, U+2028 and U+2029 are escaped too.
 *
 * @param number how numbers are written; exactly as they are unless told.
 */
export function goJson(value: Value, indentation?: Indentation, number = exactNumber): string {
  const layout: Layout =
    indentation === undefined ? COMPACT : { colon: ': ', line: `\n${indentation.prefix}`, indent: indentation.indent };
  return write(value, { quote: quoteGoJson, number, layout });
}

function exactNumber({ text }: RegoNumber): string {
  return text;
}

/** The value as OPA converts it to JSON (`ast.JSON`): sets are arrays, every key is a string, numbers stay exact. */
export function toJsonValue(value: Value): Value {
  if (value instanceof RegoSet) return value.items().map(toJsonValue);
  if (value instanceof RegoObject)
    return new RegoObject(jsonEntries(value).map(([key, item]) => [key, toJsonValue(item)]));
  return Array.isArray(value) ? value.map(toJsonValue) : value;
}

/** The JSON form of an object's keys, each with its value, in the order of `canonicalJson`. */
export function jsonEntries(object: RegoObject): readonly (readonly [string, Value])[] {
  const entries = new Map<string, Value>();
  for (const [key, item] of object.entries()) entries.set(typeof key === 'string' ? key : goJson(key), item);
  return [...entries].sort(([a], [b]) => compareStrings(a, b));
}

/** The value as ordinary JavaScript, for code that knows its shape: numbers become doubles, sets arrays, keys texts. */
export function toPlain(value: Value): Plain {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof RegoNumber) return value.toDouble();
  if (value instanceof RegoSet) return value.items().map(toPlain);
  if (value instanceof RegoObject) {
    return Object.fromEntries(jsonEntries(value).map(([key, item]) => [key, toPlain(item)]));
  }
  return value.map(toPlain);
}

function quoteGoJson(text: string): string {
  return quoteJson(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

interface Layout {
  readonly colon: string;
  /** What begins a line, or empty for one line. */
  readonly line: string;
  readonly indent: string;
}

const COMPACT: Layout = { colon: ':', line: '', indent: '' };

interface Style {
  readonly quote: (text: string) => string;
  readonly number: (number: RegoNumber) => string;
  readonly layout: Layout;
}

function write(value: Value, style: Style): string {
  const { quote, number, layout } = style;
  if (typeof value === 'string') return quote(value);
  if (value instanceof RegoNumber) return number(value);
  if (value === null || typeof value === 'boolean') return String(value);
  const line = layout.line + (layout.line === '' ? '' : layout.indent);
  const inner = layout.line === '' ? style : { ...style, layout: { ...layout, line } };
  if (value instanceof RegoObject) {
    const pairs = jsonEntries(value).map(([key, item]) => quote(key) + layout.colon + write(item, inner));
    return pairs.length === 0 ? '{}' : `{${line}${pairs.join(`,${line}`)}${layout.line}}`;
  }
  const items = (value instanceof RegoSet ? value.items() : value).map((item) => write(item, inner));
  return items.length === 0 ? '[]' : `[${line}${items.join(`,${line}`)}${layout.line}]`;
}
