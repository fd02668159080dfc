import { VerdictError } from '../errors.ts';
import { RegoNumber, RegoObject, RegoSet, type Value } from './value.ts';

/** The error of a built-in over its arguments. */
export function refused(message: string): VerdictError {
  return new VerdictError('BUILTIN_FAILED', message);
}

/** The argument at `index`. @throws VerdictError BUILTIN_FAILED when there is none. */
export function valueAt(args: readonly Value[], index: number): Value {
  const value = args[index];
  if (value === undefined) throw refused(`operand ${index + 1} is missing`);
  return value;
}

/** @throws VerdictError BUILTIN_FAILED when it is no string. */
export function stringAt(args: readonly Value[], index: number): string {
  const value = args[index];
  if (typeof value !== 'string') throw refused(`operand ${index + 1} must be a string`);
  return value;
}

/** @throws VerdictError BUILTIN_FAILED when it is no number. */
export function numberAt(args: readonly Value[], index: number): RegoNumber {
  const value = args[index];
  if (!(value instanceof RegoNumber)) throw refused(`operand ${index + 1} must be a number`);
  return value;
}

/** An integer as OPA's `IntOperand` reads it. @throws VerdictError BUILTIN_FAILED when it is none of 64 bits. */
export function int64At(args: readonly Value[], index: number): bigint {
  const value = toInt64(numberAt(args, index));
  if (value === undefined) throw refused(`operand ${index + 1} must be an integer`);
  return value;
}

/** @throws VerdictError BUILTIN_FAILED when it is no array. */
export function arrayAt(args: readonly Value[], index: number): readonly Value[] {
  const value = args[index];
  if (!isArray(value)) throw refused(`operand ${index + 1} must be an array`);
  return value;
}

/** @throws VerdictError BUILTIN_FAILED when it is no object. */
export function objectAt(args: readonly Value[], index: number): RegoObject {
  const value = args[index];
  if (!(value instanceof RegoObject)) throw refused(`operand ${index + 1} must be an object`);
  return value;
}

/** The members of an array or set. @throws VerdictError BUILTIN_FAILED when it is neither. */
export function membersAt(args: readonly Value[], index: number): readonly Value[] {
  const value = args[index];
  if (value instanceof RegoSet) return value.items();
  if (!isArray(value)) throw refused(`operand ${index + 1} must be an array or a set`);
  return value;
}

/** The texts of an array or set of strings. @throws VerdictError BUILTIN_FAILED when it is something else. */
export function stringsAt(args: readonly Value[], index: number): readonly string[] {
  return membersAt(args, index).map((item) => {
    if (typeof item !== 'string') throw refused(`operand ${index + 1} must hold strings only`);
    return item;
  });
}

export function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

const INT64_TEXT = /^([+-]?)(?=[0-9.]{1,19}$)([0-9]*)(?:\.0*)?$/;
const INT64_LIMIT = 1n << 63n;

/** The signed 64-bit integer that OPA reads from a number: no exponent, at most zeros after the point (`util.Atoi64`). */
export function toInt64({ text }: RegoNumber): bigint | undefined {
  return toInt64Text(text);
}

/** As `toInt64`, from any text. */
export function toInt64Text(text: string): bigint | undefined {
  const [, sign, digits] = INT64_TEXT.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return value >= -INT64_LIMIT && value < INT64_LIMIT ? value : undefined;
}
