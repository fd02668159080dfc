import { VerdictError } from '../errors.ts';
import { compileSchema } from './json-schema/compile.ts';
import type { Subschema } from './json-schema/subschema.ts';
import { validateDocument } from './json-schema/validate.ts';
import { LruCache } from './lru.ts';
import { isArray, refused, valueAt } from './operands.ts';
import { canonicalJson, fromJson, RegoObject, toJsonValue, type Value } from './value.ts';

/** Most compiled schemas kept. */
const MAX_SCHEMAS = 32;

/** Longest text of a schema that is kept. */
const MAX_KEPT_LENGTH = 64 * 1024;

const schemas = new LruCache<Subschema>(MAX_SCHEMAS);

/** `json.match_schema(document, schema)`: whether it fits, and each fault. Both are objects, arrays or JSON text. */
export function matchSchema(args: readonly Value[]): Value {
  const document = toDocument(valueAt(args, 0));
  const faults = validateDocument(compiled(toDocument(valueAt(args, 1))), document);
  return [
    faults.length === 0,
    faults.map(
      ({ type, field, desc }) =>
        new RegoObject([
          ['error', `${field}: ${desc}`],
          ['type', type],
          ['field', field],
          ['desc', desc],
        ]),
    ),
  ];
}

/** `json.verify_schema(schema)`: whether it is a schema, and why not. */
export function verifySchema(args: readonly Value[]): Value {
  try {
    compiled(toDocument(valueAt(args, 0)));
    return [true, null];
  } catch (error) {
    return [false, `jsonschema: ${error instanceof VerdictError ? error.message : 'the schema is nested too deeply'}`];
  }
}

function compiled(schema: Value): Subschema {
  const text = canonicalJson(schema);
  const known = schemas.get(text);
  if (known !== undefined) return known;
  const fresh = compileSchema(schema);
  if (text.length <= MAX_KEPT_LENGTH) schemas.set(text, fresh);
  return fresh;
}

function toDocument(value: Value): Value {
  if (typeof value === 'string') {
    try {
      return fromJson(value);
    } catch (cause) {
      throw new VerdictError('BUILTIN_FAILED', 'invalid JSON string', { cause });
    }
  }
  if (isArray(value) || value instanceof RegoObject) return toJsonValue(value);
  throw refused('wrong type, expected string or object');
}
