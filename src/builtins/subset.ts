import { occurrences } from './occurrences.ts';
import { isArray, refused, valueAt } from './operands.ts';
import { compareValues, identity, RegoObject, RegoSet, type Value } from './value.ts';

/**
 * `object.subset(super, sub)`: objects by key and recursively, sets by member, arrays as a run of elements,
 * a set in an array by member (v1/topdown/subset.go).
 */
export function objectSubset(args: readonly Value[]): Value {
  const whole = valueAt(args, 0);
  const part = valueAt(args, 1);
  if (isArray(whole) && part instanceof RegoSet) return arrayHoldsSet(whole, part);
  const result = sameKindSubset(whole, part);
  if (result === undefined) throw refused('both operands must be objects, sets or arrays, or an array and a set');
  return result;
}

/** Undefined where the two are not of one composite kind. */
function sameKindSubset(whole: Value, part: Value): boolean | undefined {
  if (whole instanceof RegoObject && part instanceof RegoObject) return holdsObject(whole, part);
  if (whole instanceof RegoSet && part instanceof RegoSet) return part.items().every((item) => whole.has(item));
  return isArray(whole) && isArray(part) ? holdsRun(whole, part) : undefined;
}

function holdsObject(whole: RegoObject, part: RegoObject): boolean {
  return part.entries().every(([key, item]) => {
    const other = whole.get(key);
    if (other === undefined) return false;
    return compareValues(other, item) === 0 || (sameKindSubset(other, item) ?? false);
  });
}

/** Whether `part` stands somewhere in `whole`, without gaps. */
function holdsRun(whole: readonly Value[], part: readonly Value[]): boolean {
  return part.length === 0 || !occurrences(whole.map(identity), part.map(identity)).next().done;
}

/** As OPA counts: every element that is a member counts, twice where it stands twice; no element, no subset. */
function arrayHoldsSet(whole: readonly Value[], part: RegoSet): boolean {
  let unmatched = part.size;
  return whole.some((item) => {
    if (part.has(item)) unmatched -= 1;
    return unmatched === 0;
  });
}
