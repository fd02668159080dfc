import type { Argument } from './go/argument.ts';
import { sprintf as goSprintf } from './go/printf.ts';
import { occurrences } from './occurrences.ts';
import { arrayAt, int64At, refused, stringAt, stringsAt, toInt64 } from './operands.ts';
import { compareStrings, goString, RegoNumber, type Value } from './value.ts';

/** `sprintf(format, values)`: Go's `fmt.Sprintf` with the argument types OPA chooses (v1/topdown/strings.go). */
export function sprintf(args: readonly Value[]): Value {
  return goSprintf(stringAt(args, 0), arrayAt(args, 1).map(toArgument));
}

function toArgument(value: Value): Argument {
  if (typeof value === 'string') return { type: 'string', value };
  if (!(value instanceof RegoNumber)) return { type: 'string', value: goString(value) };
  if (/[.eE]/.test(value.text)) {
    const double = value.toDouble();
    return Number.isFinite(double) ? { type: 'float64', value: double } : { type: 'string', value: value.text };
  }
  const integer = toInt64(value);
  return integer === undefined ? { type: '*big.Int', value: BigInt(value.text) } : { type: 'int64', value: integer };
}

/** `strings.any_prefix_match(search, base)`. */
export function anyPrefixMatch(args: readonly Value[]): Value {
  return anyStartsWith(searched(args, 0), searched(args, 1));
}

/** `strings.any_suffix_match(search, base)`. */
export function anySuffixMatch(args: readonly Value[]): Value {
  return anyStartsWith(searched(args, 0).map(reverse), searched(args, 1).map(reverse));
}

function searched(args: readonly Value[], index: number): readonly string[] {
  const value = args[index];
  return typeof value === 'string' ? [value] : stringsAt(args, index);
}

/** Texts with a prefix stand together in sorted order, directly after it: one search for each prefix suffices. */
function anyStartsWith(texts: readonly string[], prefixes: readonly string[]): boolean {
  if (texts.length === 1) return prefixes.some((prefix) => texts[0]?.startsWith(prefix));
  const sorted = [...texts].sort(compareStrings);
  return prefixes.some((prefix) => sorted[firstAtOrAfter(sorted, prefix)]?.startsWith(prefix) ?? false);
}

function firstAtOrAfter(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareStrings(sorted[middle] ?? '', text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Code points in reverse order; a suffix becomes a prefix. */
function reverse(text: string): string {
  return Array.from(text).reverse().join('');
}

/** `strings.count(search, substring)`: not overlapping; an empty substring is between all code points. */
export function count(args: readonly Value[]): Value {
  const text = stringAt(args, 0);
  const part = stringAt(args, 1);
  if (part === '') return RegoNumber.of(Array.from(text).length + 1);
  let found = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found += 1;
  return RegoNumber.of(found);
}

/** `strings.split_n(text, delimiter, n)`: the first `n` parts, or of a negative `n` the last `-n`. */
export function splitN(args: readonly Value[]): Value {
  const text = stringAt(args, 0);
  const delimiter = stringAt(args, 1);
  const n = Number(int64At(args, 2));
  const parts = delimiter === '' ? Array.from(text) : text.split(delimiter);
  return n >= 0 ? parts.slice(0, n) : parts.slice(Math.max(parts.length + n, 0));
}

/** `indexof_n(text, search)`: every position in code points, overlapping ones too. */
export function indexOfN(args: readonly Value[]): Value {
  const text = stringAt(args, 0);
  const search = stringAt(args, 1);
  if (search === '') throw refused('operand 2 must not be empty');
  const found: Value[] = [];
  let runes = 0;
  let from = 0;
  for (const at of occurrences(text, search)) {
    for (; from < at; from += 1) if (!isLowSurrogate(text, from)) runes += 1;
    found.push(RegoNumber.of(runes));
  }
  return found;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
