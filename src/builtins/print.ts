import { RegoObject, RegoSet } from './collections.ts';
import { quote } from './go/quote.ts';
import { RegoNumber } from './number.ts';
import type { Value } from './value.ts';

/**
 * The text of a value as `opa_value_parse` of a policy's module and `ast.ParseTerm` of OPA read it; sets and objects in
 * OPA's order, so equal values have equal texts but for the spelling of numbers.
 */
export function printValue(value: Value): string {
  return print(value, quoteRego);
}

/** The text of a value as `ast.Term.String()` of OPA prints it: what a person sees of a composite in `sprintf`. */
export function goString(value: Value): string {
  return print(value, (text) => quote(text));
}

/** A JSON string; a lone surrogate, on which the module of a policy aborts, becomes U+FFFD. */
export function quoteJson(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

/** A JSON string without a byte-order mark, which OPA's parser refuses even in strings. */
function quoteRego(text: string): string {
  const quoted = quoteJson(text);
  return quoted.includes('\ufeff') ? quoted.replaceAll('\ufeff', '\\ufeff') : quoted;
}

function print(value: Value, quoted: (text: string) => string): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof RegoNumber) return value.text;
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof RegoSet) {
    return value.size === 0
      ? 'set()'
      : `{${value
          .items()
          .map((item) => print(item, quoted))
          .join(', ')}}`;
  }
  if (value instanceof RegoObject) {
    return `{${value
      .entries()
      .map(([key, item]) => `${print(key, quoted)}: ${print(item, quoted)}`)
      .join(', ')}}`;
  }
  return `[${value.map((item) => print(item, quoted)).join(', ')}]`;
}
