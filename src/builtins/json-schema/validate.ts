import { isArray, refused } from '../operands.ts';
import { jsonEntries, RegoNumber, RegoObject, type Value } from '../value.ts';
import { type Fault, type Place, Result, ROOT } from './result.ts';
import { checkConstants, checkNumber, checkString, checkUnique } from './scalars.ts';
import type { Keywords, Subschema } from './subschema.ts';

/** Most steps (a schema looked at with a value): alternatives within alternatives multiply. */
const MAX_STEPS = 2_000_000;

/** Deepest nesting of schemas and values: a schema may refer to itself without end. */
const MAX_DEPTH = 800;

/**
 * All faults of a document under a schema; none where it fits (internal/gojsonschema of OPA).
 *
 * @param document JSON: no sets, only strings as keys.
 * @throws VerdictError BUILTIN_FAILED beyond MAX_STEPS or MAX_DEPTH.
 */
export function validateDocument(schema: Subschema, document: Value): readonly Fault[] {
  return new Validation().check(schema, document, ROOT, 0).faults;
}

class Validation {
  #steps = 0;

  check(schema: Subschema, value: Value, place: Place, depth: number): Result {
    const result = new Result();
    this.#into(result, schema, value, place, depth);
    return result;
  }

  #into(result: Result, schema: Subschema, value: Value, place: Place, depth: number): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS || depth > MAX_DEPTH) throw refused('the schema takes too long for this document');
    if (typeof schema === 'boolean') {
      if (!schema) result.fail('false', place, 'False always fails validation');
      return;
    }
    if ('reference' in schema) {
      this.#into(result, schema.reference.target ?? true, value, place, depth + 1);
      return;
    }
    const given = typeOf(value);
    const { types } = schema;
    if (types.length > 0 && !types.includes(given) && !(given === 'integer' && types.includes('number'))) {
      const expected = types.length > 1 ? `[${types.join(',')}]` : types[0];
      result.fail('invalid_type', place, `Invalid type. Expected: ${expected}, given: ${given}`);
      return;
    }
    this.#combinations(result, schema, value, place, depth);
    if (value instanceof RegoObject) this.#object(result, schema, value, place, depth);
    else if (isArray(value)) this.#array(result, schema, value, place, depth);
    else if (value instanceof RegoNumber) checkNumber(result, schema, value, place);
    checkConstants(result, schema, value, place);
    if (typeof value === 'string') checkString(result, schema, value, place);
    if (value instanceof RegoObject) {
      for (const [name, property] of schema.properties) {
        const item = value.get(name);
        if (item !== undefined) this.#into(result, property, item, { name, outer: place }, depth + 1);
      }
    }
    result.score += 1;
  }

  #combinations(result: Result, schema: Keywords, value: Value, place: Place, depth: number): void {
    if (schema.anyOf.length > 0) {
      const { valid, best } = this.#alternatives(schema.anyOf, value, place, depth);
      if (valid === 0) {
        result.fail('number_any_of', place, 'Must validate at least one schema (anyOf)');
        if (best !== undefined) result.merge(best);
      }
    }
    if (schema.oneOf.length > 0) {
      const { valid, best } = this.#alternatives(schema.oneOf, value, place, depth);
      if (valid !== 1) {
        result.fail('number_one_of', place, 'Must validate one and only one schema (oneOf)');
        if (valid === 0 && best !== undefined) result.merge(best);
      }
    }
    const all = schema.allOf.map((inner) => this.check(inner, value, place, depth + 1));
    for (const inner of all) result.merge(inner);
    if (all.some(({ valid }) => !valid)) result.fail('number_all_of', place, 'Must validate all the schemas (allOf)');
    if (schema.not !== undefined && this.check(schema.not, value, place, depth + 1).valid) {
      result.fail('number_not', place, 'Must not validate the schema (not)');
    }
    this.#dependencies(result, schema, value, place, depth);
    this.#condition(result, schema, value, place, depth);
    result.score += 1;
  }

  /** How many alternatives fit, and what the nearest of the others says. */
  #alternatives(
    schemas: readonly Subschema[],
    value: Value,
    place: Place,
    depth: number,
  ): { readonly valid: number; readonly best: Result | undefined } {
    let valid = 0;
    let best: Result | undefined;
    for (const schema of schemas) {
      const result = this.check(schema, value, place, depth + 1);
      if (result.valid) valid += 1;
      else if (best === undefined || result.score > best.score) best = result;
    }
    return { valid, best };
  }

  #dependencies(result: Result, schema: Keywords, value: Value, place: Place, depth: number): void {
    if (!(value instanceof RegoObject)) return;
    for (const [key, dependency] of schema.dependencies) {
      if (!value.has(key)) continue;
      if ('schema' in dependency) {
        this.#into(result, dependency.schema, value, place, depth + 1);
        continue;
      }
      for (const name of dependency) {
        if (!value.has(name)) result.fail('missing_dependency', place, `Has a dependency on ${name}`);
      }
    }
  }

  #condition(result: Result, schema: Keywords, value: Value, place: Place, depth: number): void {
    if (schema.if === undefined) return;
    const holds = this.check(schema.if, value, place, depth + 1).valid;
    const branch = holds ? schema.whenTrue : schema.whenFalse;
    if (branch === undefined) return;
    const inner = this.check(branch, value, place, depth + 1);
    if (inner.valid) return;
    if (holds) result.fail('condition_then', place, 'Must validate "then" as "if" was valid');
    else result.fail('condition_else', place, 'Must validate "else" as "if" was not valid');
    result.merge(inner);
  }

  #object(result: Result, schema: Keywords, object: RegoObject, place: Place, depth: number): void {
    const { minProperties: min, maxProperties: max } = schema;
    if (min !== undefined && object.size < min) {
      result.fail('array_min_properties', place, `Must have at least ${min} properties`);
    }
    if (max !== undefined && object.size > max) {
      result.fail('array_max_properties', place, `Must have at most ${max} properties`);
    }
    for (const name of schema.required) {
      if (object.has(name)) result.score += 1;
      else result.fail('required', place, `${name} is required`);
    }
    for (const [name, item] of jsonEntries(object)) {
      const inner: Place = { name, outer: place };
      let described = schema.properties.has(name);
      for (const [pattern, property] of schema.patternProperties) {
        if (!pattern.test(name)) continue;
        described = true;
        result.merge(this.check(property, item, inner, depth + 1));
        result.score += 1;
      }
      if (described || schema.additionalProperties === undefined) continue;
      if (schema.additionalProperties === false) {
        result.fail('additional_property_not_allowed', place, `Additional property ${name} is not allowed`);
      } else {
        result.merge(this.check(schema.additionalProperties, item, inner, depth + 1));
      }
    }
    if (schema.propertyNames !== undefined) {
      for (const [name] of jsonEntries(object)) {
        const inner = this.check(schema.propertyNames, name, place, depth + 1);
        if (inner.valid) continue;
        result.fail('invalid_property_name', place, `Property name of "${name}" does not match`);
        result.merge(inner);
      }
    }
    result.score += 1;
  }

  #array(result: Result, schema: Keywords, items: readonly Value[], place: Place, depth: number): void {
    for (const [i, item] of items.entries()) {
      const applied = itemSchema(schema, i);
      if (applied === undefined) continue;
      result.merge(this.check(applied, item, { name: String(i), outer: place }, depth + 1));
    }
    const places = schema.items !== undefined && 'each' in schema.items ? schema.items.each.length : 0;
    if (schema.additionalItems === false && places > 0 && items.length > places) {
      result.fail('array_no_additional_items', place, 'No additional items allowed on array');
    }
    const { minItems: min, maxItems: max } = schema;
    if (min !== undefined && items.length < min) {
      result.fail('array_min_items', place, `Array must have at least ${min} items`);
    }
    if (max !== undefined && items.length > max) {
      result.fail('array_max_items', place, `Array must have at most ${max} items`);
    }
    if (schema.uniqueItems) checkUnique(result, items, place);
    if (schema.contains !== undefined) this.#contains(result, schema.contains, items, place, depth);
    result.score += 1;
  }

  #contains(result: Result, schema: Subschema, items: readonly Value[], place: Place, depth: number): void {
    let best: Result | undefined;
    for (const [i, item] of items.entries()) {
      const inner = this.check(schema, item, { name: String(i), outer: place }, depth + 1);
      if (inner.valid) return;
      if (best === undefined || inner.score > best.score) best = inner;
    }
    result.fail('contains', place, 'At least one of the items must match');
    if (best !== undefined) result.merge(best);
  }
}

/** The schema of the item at a place. */
function itemSchema({ items, additionalItems }: Keywords, index: number): Subschema | undefined {
  if (items === undefined) return undefined;
  if ('every' in items) return items.every;
  const own = items.each[index];
  if (own !== undefined || items.each.length === 0) return own;
  // `false` is told once for the whole array.
  return typeof additionalItems === 'boolean' ? undefined : additionalItems;
}

function typeOf(value: Value): string {
  if (value === null) return 'null';
  if (value instanceof RegoNumber) return value.toBigInt() === undefined ? 'number' : 'integer';
  if (value instanceof RegoObject) return 'object';
  return typeof value === 'object' ? 'array' : typeof value;
}
