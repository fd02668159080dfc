import { compilePattern, type Pattern } from '../go/regexp.ts';
import { isArray, refused } from '../operands.ts';
import { compareNumbers, goJson, jsonEntries, RegoNumber, RegoObject, type Value } from '../value.ts';
import { TYPES } from './subschema.ts';

/* Readers of single keywords. Each throws with the words of OPA's library (internal/gojsonschema) where a value does not fit. */

const ZERO = RegoNumber.of(0);

export function readString(schema: RegoObject, key: string): string | undefined {
  const value = schema.get(key);
  if (value !== undefined && typeof value !== 'string') throw refused(typeFault('string', key));
  return value;
}

export function readList(schema: RegoObject, key: string): readonly Value[] | undefined {
  const value = schema.get(key);
  if (value !== undefined && !isArray(value)) throw refused(`${key} must be of an array`);
  return value;
}

/** The members of an object; none where the keyword is missing. */
export function readMembers(schema: RegoObject, key: string, fault: string): readonly (readonly [string, Value])[] {
  const value = schema.get(key);
  if (value !== undefined && !(value instanceof RegoObject)) throw refused(fault);
  return value === undefined ? [] : jsonEntries(value);
}

export function readBoolean(schema: RegoObject, key: string): boolean {
  const value = schema.get(key) ?? false;
  if (typeof value !== 'boolean') throw refused(`${key} must be of a boolean`);
  return value;
}

function readNumber(schema: RegoObject, key: string): RegoNumber | undefined {
  const value = schema.get(key);
  if (value !== undefined && !(value instanceof RegoNumber)) throw refused(`${key} must be of a Number`);
  return value;
}

export function readMultipleOf(schema: RegoObject): RegoNumber | undefined {
  const value = schema.get('multipleOf');
  if (value === undefined) return undefined;
  if (!(value instanceof RegoNumber)) throw refused(typeFault('Number', 'multipleOf'));
  if (compareNumbers(value, ZERO) <= 0) throw refused('multipleOf must be strictly greater than 0');
  return value;
}

/** Least and most of a count: `minItems` and `maxItems`, and so on. */
export function readCounts(
  schema: RegoObject,
  least: string,
  most: string,
): readonly [number | undefined, number | undefined] {
  const [min, max] = [readCount(schema, least), readCount(schema, most)];
  if (min !== undefined && max !== undefined && min > max && least !== 'minItems') {
    throw refused(`${least} cannot be greater than ${most}`);
  }
  return [min, max];
}

function readCount(schema: RegoObject, key: string): number | undefined {
  const value = schema.get(key);
  if (value === undefined) return undefined;
  if (!(value instanceof RegoNumber) || !/^-?[0-9]+$/.test(value.text)) throw refused(`${key} must be of an integer`);
  if (value.text.startsWith('-') && compareNumbers(value, ZERO) < 0) {
    throw refused(`${key} must be greater than or equal to 0`);
  }
  return value.toDouble();
}

/** `minimum` and `exclusiveMinimum`, or the two of the maximum: a boolean beside the bound before draft-06, a bound of its own since. */
export function readBounds(
  schema: RegoObject,
  key: string,
  exclusiveKey: string,
  booleans: 'only' | 'also' | 'never',
): readonly [RegoNumber | undefined, RegoNumber | undefined] {
  const bound = readNumber(schema, key);
  const exclusive = schema.get(exclusiveKey);
  if (exclusive === undefined) return [bound, undefined];
  if (typeof exclusive === 'boolean' && booleans !== 'never') {
    if (bound === undefined) throw refused(`${exclusiveKey} cannot be used without ${key}`);
    return exclusive ? [undefined, bound] : [bound, undefined];
  }
  if (exclusive instanceof RegoNumber && booleans !== 'only') return [bound, exclusive];
  throw refused(typeFault({ only: 'boolean', also: 'boolean/number', never: 'number' }[booleans], exclusiveKey));
}

export function readTypes(schema: RegoObject): readonly string[] {
  const value = schema.get('type') ?? [];
  const types = typeof value === 'string' ? [value] : value;
  if (!isArray(types)) throw refused(typeFault('type', 'string/Array Of Strings'));
  const known: string[] = [];
  for (const type of types) {
    if (typeof type !== 'string') throw refused(typeFault('type', 'string/Array Of Strings'));
    if (!TYPES.includes(type)) {
      const valid = TYPES.join(' ');
      throw refused(`has a primitive type that is NOT VALID -- given: /${type}/ Expected valid values are:[${valid}]`);
    }
    if (known.includes(type)) throw refused(`${type} type is duplicated`);
    known.push(type);
  }
  return known;
}

export function readRequired(schema: RegoObject): readonly string[] {
  const required = new Set<string>();
  for (const name of readList(schema, 'required') ?? []) {
    if (typeof name !== 'string') throw refused(typeFault('string', 'required'));
    if (required.has(name)) throw refused('required items must be unique');
    required.add(name);
  }
  return [...required];
}

export function readEnum(schema: RegoObject): readonly string[] | undefined {
  const texts = readList(schema, 'enum')?.map(doubleJson);
  if (texts !== undefined && new Set(texts).size < texts.length) throw refused('enum items must be unique');
  return texts;
}

export function readPattern(schema: RegoObject): { source: string; compiled: Pattern } | undefined {
  const source = readString(schema, 'pattern');
  return source === undefined
    ? undefined
    : { source, compiled: compiledPattern(source, 'pattern must be a valid regex') };
}

/** The pattern, or `fault` where it does not compile. */
export function compiledPattern(source: string, fault: string): Pattern {
  try {
    return compilePattern(source);
  } catch {
    throw refused(fault);
  }
}

/** JSON text in which numbers are doubles: OPA compares constants by it. @throws for a number no double can hold. */
export function doubleJson(value: Value): string {
  return goJson(value, undefined, (number) => {
    const double = number.toDouble();
    if (!Number.isFinite(double)) throw refused('a number is beyond the range of a double');
    return String(double);
  });
}

/** What OPA's library says of a keyword's value of the wrong type. */
export function typeFault(expected: string, given: string): string {
  return `Invalid type. Expected: ${expected}, given: ${given}`;
}
