/** Keywords that say which values are valid and nothing about their type; OPA's type checker fails on them. */
const CONDITIONS: ReadonlySet<string> = new Set(['if', 'then', 'else', 'not']);

const MAPS_OF_SCHEMAS: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'definitions', '$defs']);
const LISTS_OF_SCHEMAS: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'items']);
const SCHEMAS: ReadonlySet<string> = new Set(['items', 'additionalItems', 'additionalProperties']);

/**
 * A JSON Schema without conditions, which is what OPA's type checker can read of it: the same types, for more values.
 * A part of an `allOf` that was nothing but a condition goes with it.
 */
export function checkerSchema(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
    if (CONDITIONS.has(keyword)) return [];
    if (MAPS_OF_SCHEMAS.has(keyword) && isObject(value)) {
      return [[keyword, Object.fromEntries(Object.entries(value).map(([name, part]) => [name, checkerSchema(part)]))]];
    }
    if (keyword === 'allOf' && Array.isArray(value)) {
      const parts = value.map(checkerSchema).filter((part) => !isObject(part) || Object.keys(part).length > 0);
      return parts.length === 0 ? [] : [[keyword, parts]];
    }
    if (LISTS_OF_SCHEMAS.has(keyword) && Array.isArray(value)) return [[keyword, value.map(checkerSchema)]];
    if (SCHEMAS.has(keyword)) return [[keyword, checkerSchema(value)]];
    return [[keyword, value]];
  });
  return Object.fromEntries(kept);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
