import type { RegoObject, RegoSet } from './collections.ts';
import type { RegoNumber } from './number.ts';

/**
 * A Rego value. Numbers keep their text, sets are no arrays, objects take any value as key.
 * All are immutable; build with `RegoNumber.parse/of`, `new RegoSet(items)`, `new RegoObject(entries)`.
 */
export type Value = null | boolean | string | RegoNumber | readonly Value[] | RegoSet | RegoObject;

export { compareValues, identity, RegoObject, RegoSet } from './collections.ts';
export { canonicalJson, goJson, jsonEntries, toJsonValue, toPlain } from './json-text.ts';
export { compareNumbers, RegoNumber } from './number.ts';
export { compareStrings } from './order.ts';
export { fromJson, MAX_VALUE_DEPTH, parseValue } from './parse.ts';
export { goString, printValue } from './print.ts';
