import { jsonEntries } from '../builtins/json-text.ts';
import { RegoNumber, RegoObject, RegoSet, type Value } from '../builtins/value.ts';

/**
 * A value of a policy as ordinary JavaScript: sets as arrays in OPA's order, keys as text. A number that a double cannot
 * hold exactly stays as its text, a string, so that no digit is lost or made up.
 */
export function plainOf(value: Value): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof RegoNumber) return exact(value);
  if (value instanceof RegoSet) return value.items().map(plainOf);
  if (value instanceof RegoObject)
    return Object.fromEntries(jsonEntries(value).map(([key, item]) => [key, plainOf(item)]));
  return value.map(plainOf);
}

function exact(number: RegoNumber): number | string {
  const double = number.toDouble();
  if (!Number.isFinite(double)) return number.text;
  return RegoNumber.parse(String(double)).identity() === number.identity() ? double : number.text;
}
