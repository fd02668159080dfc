import { isArray, refused } from '../operands.ts';
import { RegoObject, type Value } from '../value.ts';
import * as read from './read.ts';
import { ownBase, References } from './references.ts';
import type { Keywords, Subschema } from './subschema.ts';

/** Most schemas within one schema: a reference may be followed from many places, but is compiled once. */
const MAX_SUBSCHEMAS = 20_000;

/** Drafts by `$schema`; a schema without one may use what any of them has. */
const DRAFTS: ReadonlyMap<string, number> = new Map([
  ['http://json-schema.org/draft-04/schema', 4],
  ['http://json-schema.org/draft-06/schema', 6],
  ['http://json-schema.org/draft-07/schema', 7],
]);

/** What is said of a value where a schema should stand, unless its keyword has words of its own. */
const NO_SCHEMA = 'Expected: Valid Schema, given: Invalid JSON';
const NO_ITEMS = read.typeFault('Valid Schema/Array Of Schemas', 'items');
const NO_DEFINITIONS = read.typeFault('Array Of Schemas', 'definitions');
const NO_DEPENDENCY = 'Dependency must be of type Schema Or Array Of Strings';

const ANY_DRAFT = Number.MAX_SAFE_INTEGER;

/**
 * Compiles a JSON Schema of draft-04, -06 or -07 as OPA's library does. Unknown keywords and formats mean nothing; references
 * lead only into the schema itself.
 *
 * @param schema JSON: no sets, only strings as keys.
 * @throws VerdictError BUILTIN_FAILED with the library's words when it is no such schema, or too large.
 */
export function compileSchema(schema: Value): Subschema {
  if (typeof schema !== 'boolean' && !(schema instanceof RegoObject)) throw refused('schema is invalid');
  return new Compiler(schema).root();
}

class Compiler {
  readonly #root: Value;
  readonly #draft: number;
  readonly #references: References;
  readonly #referred = new Map<string, { target: Subschema | undefined }>();
  #count = 0;

  constructor(root: RegoObject | boolean) {
    this.#root = root;
    this.#draft = root instanceof RegoObject ? draftOf(root) : ANY_DRAFT;
    this.#references = new References(root);
  }

  root(): Subschema {
    return this.#schema(this.#root, '');
  }

  #schema(schema: Value, outerBase: string, fault = NO_SCHEMA): Subschema {
    this.#count += 1;
    if (this.#count > MAX_SUBSCHEMAS) throw refused(`a schema has more than ${MAX_SUBSCHEMAS} schemas in it`);
    if (typeof schema === 'boolean' && this.#draft >= 6) return schema;
    if (!(schema instanceof RegoObject)) throw refused(typeof schema === 'boolean' ? NO_SCHEMA : fault);
    const base = ownBase(schema, outerBase);
    for (const [, definition] of read.readMembers(schema, 'definitions', NO_DEFINITIONS)) {
      this.#schema(definition, base, NO_DEFINITIONS);
    }
    read.readString(schema, 'title');
    read.readString(schema, 'description');
    const reference = read.readString(schema, '$ref');
    return reference === undefined ? this.#keywords(schema, base) : { reference: this.#reference(reference, base) };
  }

  #reference(reference: string, base: string): { target: Subschema | undefined } {
    const { name, schema, base: inner } = this.#references.find(base, reference);
    const known = this.#referred.get(name);
    if (known !== undefined) return known;
    const slot: { target: Subschema | undefined } = { target: undefined };
    this.#referred.set(name, slot);
    if (typeof schema !== 'boolean' && !(schema instanceof RegoObject))
      throw refused('Valid Schema must be of type object');
    slot.target = this.#schema(schema, inner);
    return slot;
  }

  #keywords(schema: RegoObject, base: string): Keywords {
    const draft = this.#draft;
    const booleans = draft === 4 ? 'only' : draft === ANY_DRAFT ? 'also' : 'never';
    const [minimum, exclusiveMinimum] = read.readBounds(schema, 'minimum', 'exclusiveMinimum', booleans);
    const [maximum, exclusiveMaximum] = read.readBounds(schema, 'maximum', 'exclusiveMaximum', booleans);
    const [minLength, maxLength] = read.readCounts(schema, 'minLength', 'maxLength');
    const [minProperties, maxProperties] = read.readCounts(schema, 'minProperties', 'maxProperties');
    const [minItems, maxItems] = read.readCounts(schema, 'minItems', 'maxItems');
    const one = (key: string, since = 4, fault = `${key} must be of an object`): Subschema | undefined => {
      const value = draft >= since ? schema.get(key) : undefined;
      return value === undefined ? undefined : this.#schema(value, base, fault);
    };
    const several = (key: string): readonly Subschema[] =>
      (read.readList(schema, key) ?? []).map((item) => this.#schema(item, base));
    const constant = draft >= 6 ? schema.get('const') : undefined;
    return {
      types: read.readTypes(schema),
      properties: this.#properties(schema, base),
      patternProperties: this.#patternProperties(schema, base),
      additionalProperties: this.#additional(schema, 'additionalProperties', base),
      propertyNames: one('propertyNames', 6, read.typeFault('Valid Schema', 'patternProperties')),
      dependencies: this.#dependencies(schema, base),
      items: this.#items(schema, base),
      additionalItems: this.#additional(schema, 'additionalItems', base),
      multipleOf: read.readMultipleOf(schema),
      minimum,
      exclusiveMinimum,
      maximum,
      exclusiveMaximum,
      minLength,
      maxLength,
      pattern: read.readPattern(schema),
      format: read.readString(schema, 'format'),
      minProperties,
      maxProperties,
      required: read.readRequired(schema),
      minItems,
      maxItems,
      uniqueItems: read.readBoolean(schema, 'uniqueItems'),
      contains: one('contains', 6, NO_SCHEMA),
      const: constant === undefined ? undefined : read.doubleJson(constant),
      enum: read.readEnum(schema),
      oneOf: several('oneOf'),
      anyOf: several('anyOf'),
      allOf: several('allOf'),
      not: one('not'),
      if: one('if', 7),
      whenTrue: one('then', 7),
      whenFalse: one('else', 7),
    };
  }

  #properties(schema: RegoObject, base: string): ReadonlyMap<string, Subschema> {
    const properties = read.readMembers(schema, 'properties', 'Properties must be of type object');
    return new Map(properties.map(([name, item]) => [name, this.#schema(item, base)]));
  }

  #patternProperties(schema: RegoObject, base: string): Keywords['patternProperties'] {
    const fault = read.typeFault('Valid Schema', 'patternProperties');
    return read
      .readMembers(schema, 'patternProperties', fault)
      .map(([source, item]) => [
        read.compiledPattern(source, `Invalid regex pattern '${source}'`),
        this.#schema(item, base),
      ]);
  }

  /** A boolean means the same in every draft here. */
  #additional(schema: RegoObject, key: string, base: string): Subschema | undefined {
    const value = schema.get(key);
    if (value === undefined || typeof value === 'boolean') return value;
    if (!(value instanceof RegoObject)) throw refused(read.typeFault('boolean/Valid Schema', key));
    return this.#schema(value, base);
  }

  #items(schema: RegoObject, base: string): Keywords['items'] {
    const value = schema.get('items');
    if (value === undefined) return undefined;
    return isArray(value)
      ? { each: value.map((item) => this.#schema(item, base, NO_ITEMS)) }
      : { every: this.#schema(value, base, NO_ITEMS) };
  }

  #dependencies(schema: RegoObject, base: string): Keywords['dependencies'] {
    const dependencies = read.readMembers(schema, 'dependencies', 'dependencies must be of type object');
    return new Map(
      dependencies.map(([key, value]) => [
        key,
        isArray(value) ? value.map(dependencyName) : { schema: this.#schema(value, base, NO_DEPENDENCY) },
      ]),
    );
  }
}

function dependencyName(name: Value): string {
  if (typeof name !== 'string') throw refused(NO_DEPENDENCY);
  return name;
}

function draftOf(root: RegoObject): number {
  const schema = root.get('$schema') ?? '';
  if (typeof schema !== 'string') throw refused('$schema must be of type string');
  return DRAFTS.get(schema.replace(/#$/, '')) ?? ANY_DRAFT;
}
