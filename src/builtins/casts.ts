import { membersAt, refused, valueAt } from './operands.ts';
import { RegoObject, RegoSet, type Value } from './value.ts';

/** `cast_array`: an array, or a set in order. */
export function castArray(args: readonly Value[]): Value {
  return membersAt(args, 0);
}

/** `cast_set`: a set, or the members of an array. */
export function castSet(args: readonly Value[]): Value {
  const [value] = args;
  return value instanceof RegoSet ? value : new RegoSet(membersAt(args, 0));
}

/** `cast_string`, `cast_boolean`, `cast_null`, `cast_object`: the value itself where it is of the type. */
export function castTo(type: 'string' | 'boolean' | 'null' | 'object'): (args: readonly Value[]) => Value {
  return (args) => {
    const value = valueAt(args, 0);
    const fits =
      type === 'null' ? value === null : type === 'object' ? value instanceof RegoObject : typeof value === type;
    if (!fits) throw refused(`operand 1 must be of type ${type}`);
    return value;
  };
}
