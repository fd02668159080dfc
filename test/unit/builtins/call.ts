import { BUILTINS } from '../../../src/builtins/table.ts';
import { parseValue, printValue, type Value } from '../../../src/builtins/value.ts';

/** Calls a built-in; arguments are values or, as `{ rego }`, Rego text. Throws what it throws. */
export function call(name: string, ...args: readonly (Value | { readonly rego: string })[]): Value | undefined {
  const builtin = BUILTINS.get(name);
  if (builtin === undefined) throw new Error(`no built-in ${name}`);
  const values = args.map((arg) => (isText(arg) ? parseValue(arg.rego) : arg));
  return builtin.call(values, { timeNs: 1_700_000_000_000_000_000n });
}

/** The result as Rego text, or the code of the error. */
export function outcome(
  name: string,
  ...args: Parameters<typeof call> extends [string, ...infer Rest] ? Rest : never
): string {
  try {
    const result = call(name, ...args);
    return result === undefined ? 'undefined' : printValue(result);
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
    throw error;
  }
}

function isText(arg: Value | { readonly rego: string }): arg is { readonly rego: string } {
  return typeof arg === 'object' && arg !== null && 'rego' in arg;
}
