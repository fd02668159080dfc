import { formatFloat } from '../go/float.ts';
import { countRunes } from '../go/spec.ts';
import { compareNumbers, type RegoNumber, type Value } from '../value.ts';
import { hasFormat } from './formats.ts';
import { doubleJson } from './read.ts';
import { fieldOf, type Place, type Result } from './result.ts';
import type { Keywords } from './subschema.ts';

/* Checks of the keywords that need no other schema. */

export function checkNumber(result: Result, schema: Keywords, value: RegoNumber, place: Place): void {
  const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    result.fail('multiple_of', place, `Must be a multiple of ${shown(multipleOf)}`);
  }
  if (maximum !== undefined && compareNumbers(value, maximum) > 0) {
    result.fail('number_lte', place, `Must be less than or equal to ${shown(maximum)}`);
  }
  if (exclusiveMaximum !== undefined && compareNumbers(value, exclusiveMaximum) >= 0) {
    result.fail('number_lt', place, `Must be less than ${shown(exclusiveMaximum)}`);
  }
  if (minimum !== undefined && compareNumbers(value, minimum) < 0) {
    result.fail('number_gte', place, `Must be greater than or equal to ${shown(minimum)}`);
  }
  if (exclusiveMinimum !== undefined && compareNumbers(value, exclusiveMinimum) <= 0) {
    result.fail('number_gt', place, `Must be greater than ${shown(exclusiveMinimum)}`);
  }
  result.score += 1;
}

function isMultiple(value: RegoNumber, unit: RegoNumber): boolean {
  const a = value.toFraction();
  const b = unit.toFraction();
  return (a.numerator * b.denominator) % (a.denominator * b.numerator) === 0n;
}

function shown(number: RegoNumber): string {
  return formatFloat(number.toDouble(), 'g', -1);
}

export function checkConstants(result: Result, schema: Keywords, value: Value, place: Place): void {
  const text = schema.const === undefined && schema.enum === undefined ? '' : doubleJson(value);
  if (schema.const !== undefined && schema.const !== text) {
    result.fail('const', place, `${fieldOf(place)} does not match: ${schema.const}`);
  }
  if (schema.enum !== undefined && !schema.enum.includes(text)) {
    result.fail('enum', place, `${fieldOf(place)} must be one of the following: ${schema.enum.join(', ')}`);
  }
  if (schema.format !== undefined && typeof value === 'string' && !hasFormat(value, schema.format)) {
    result.fail('format', place, `Does not match format '${schema.format}'`);
  }
  result.score += 1;
}

export function checkString(result: Result, schema: Keywords, value: string, place: Place): void {
  const { minLength: min, maxLength: max, pattern } = schema;
  const length = min === undefined && max === undefined ? 0 : countRunes(value);
  if (min !== undefined && length < min) {
    result.fail('string_gte', place, `String length must be greater than or equal to ${min}`);
  }
  if (max !== undefined && length > max) {
    result.fail('string_lte', place, `String length must be less than or equal to ${max}`);
  }
  if (pattern !== undefined && !pattern.compiled.test(value)) {
    result.fail('pattern', place, `Does not match pattern '${pattern.source}'`);
  }
  result.score += 1;
}

export function checkUnique(result: Result, items: readonly Value[], place: Place): void {
  const seen = new Map<string, number>();
  for (const [j, item] of items.entries()) {
    const text = doubleJson(item);
    const i = seen.get(text);
    if (i !== undefined) result.fail('unique', place, `array items[${i},${j}] must be unique`);
    seen.set(text, j);
  }
}
