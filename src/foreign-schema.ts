import { Ajv, type ErrorObject } from 'ajv';
import { default as addFormats, type FormatsPlugin } from 'ajv-formats';
import { VerdictError } from './errors.ts';

/** Most values (objects, arrays, scalars) of a schema that somebody else wrote: compiling takes time in proportion. */
export const MAX_FOREIGN_SCHEMA_VALUES = 20_000;

/** Deepest nesting of such a schema. */
export const MAX_FOREIGN_SCHEMA_DEPTH = 100;

/** One way in which a document does not fit a schema, in the words of the JSON Schema library of OPA. */
export interface SchemaFault {
  /** `field: desc`. */
  readonly error: string;
  /** The kind of fault: `required`, `invalid_type`, `enum` … */
  readonly type: string;
  /** Where in the document, keys and indexes joined by dots; `(Root)` for the document itself. */
  readonly field: string;
  readonly desc: string;
}

/** All faults of a document; none where it fits. */
export type ForeignValidator = (document: unknown) => readonly SchemaFault[];

/** Compiles the pattern of a schema. @throws for a pattern it does not know. */
export type PatternCompiler = (source: string) => { test(text: string): boolean };

/**
 * Compiles a schema that comes with a policy or a document: JSON Schema draft-04, -06 or -07, and what later drafts share with
 * them; unknown keywords and formats mean nothing, references lead nowhere but into the schema itself.
 *
 * @param patterns compiles `pattern` and `patternProperties`; without it the runtime's expressions do, which a hostile
 *   pattern can keep busy for ever.
 * @throws VerdictError BUILTIN_FAILED when it is no schema, LIMIT_EXCEEDED when it is too large.
 */
export function compileForeignSchema(schema: unknown, patterns?: PatternCompiler): ForeignValidator {
  if (typeof schema !== 'boolean' && !isObject(schema)) throw new VerdictError('BUILTIN_FAILED', 'schema is invalid');
  const adapted = new Adapter().schema(schema, 0);
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    verbose: true,
    validateSchema: false,
    addUsedSchema: false,
    ownProperties: true,
    logger: false,
    ...(patterns === undefined ? {} : { code: { regExp: Object.assign(patterns, { code: '' }) } }),
  });
  (addFormats as unknown as FormatsPlugin)(ajv);
  let validate: ReturnType<Ajv['compile']>;
  try {
    validate = ajv.compile(adapted);
  } catch (cause) {
    throw new VerdictError('BUILTIN_FAILED', cause instanceof Error ? cause.message : 'schema is invalid', { cause });
  }
  return (document) => (validate(document) === true ? [] : toFaults(validate.errors ?? []));
}
