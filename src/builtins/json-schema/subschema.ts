import type { Pattern } from '../go/regexp.ts';
import type { RegoNumber } from '../value.ts';

/**
 * A schema ready for use. Only what its keywords say is there; `true` and `false` are the schemas that take all and nothing,
 * `reference` stands alone and is followed when a document is looked at, for a schema may refer to itself.
 */
export type Subschema = boolean | Reference | Keywords;

/** A `$ref`: what stands beside it means nothing (draft-04 to -07). */
interface Reference {
  readonly reference: { target: Subschema | undefined };
}

export interface Keywords {
  readonly types: readonly string[];
  readonly properties: ReadonlyMap<string, Subschema>;
  readonly patternProperties: readonly (readonly [Pattern, Subschema])[];
  readonly additionalProperties: Subschema | undefined;
  readonly propertyNames: Subschema | undefined;
  readonly dependencies: ReadonlyMap<string, readonly string[] | { readonly schema: Subschema }>;
  readonly required: readonly string[];
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
  /** One schema for all items, or one for each place. */
  readonly items: { readonly every: Subschema } | { readonly each: readonly Subschema[] } | undefined;
  readonly additionalItems: Subschema | undefined;
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  readonly uniqueItems: boolean;
  readonly contains: Subschema | undefined;
  readonly multipleOf: RegoNumber | undefined;
  readonly minimum: RegoNumber | undefined;
  readonly maximum: RegoNumber | undefined;
  readonly exclusiveMinimum: RegoNumber | undefined;
  readonly exclusiveMaximum: RegoNumber | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly pattern: { readonly source: string; readonly compiled: Pattern } | undefined;
  readonly format: string | undefined;
  /** The JSON text of the value, numbers as doubles. */
  readonly const: string | undefined;
  readonly enum: readonly string[] | undefined;
  readonly allOf: readonly Subschema[];
  readonly anyOf: readonly Subschema[];
  readonly oneOf: readonly Subschema[];
  readonly not: Subschema | undefined;
  readonly if: Subschema | undefined;
  readonly whenTrue: Subschema | undefined;
  readonly whenFalse: Subschema | undefined;
}

/** The types of JSON Schema. */
export const TYPES: readonly string[] = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string'];
