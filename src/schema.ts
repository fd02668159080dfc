import { Ajv, type AnySchema, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { VerdictError } from './errors.ts';
import { isObject } from './json.ts';
import { faultsOf, type Validator } from './schema-fault.ts';

export { MAX_SCHEMA_FAULTS, type SchemaFault, type Validator } from './schema-fault.ts';

/**
 * Documents of up to this many values are checked to the end, larger ones to their first fault: a hostile document may
 * have a fault in every value, and each costs an object.
 */
const MAX_VALUES_CHECKED_TO_THE_END = 20_000;
/** Dialects by the `$schema` that names them, each with the class that speaks it. A schema without one is draft-07. */
const DIALECTS: ReadonlyMap<string, typeof Ajv | typeof Ajv2020> = new Map([
  ['http://json-schema.org/draft-07/schema', Ajv],
  ['https://json-schema.org/draft/2020-12/schema', Ajv2020],
]);

export interface SchemaOptions {
  /** Write the schema's defaults into the value where it says nothing. Default: false. */
  readonly complete?: boolean;
}

type EngineOptions = Pick<Options, 'allErrors' | 'useDefaults'>;

/**
 * Compiles a schema of ours or of the operator (draft-07 or 2020-12). References lead only to places within it: nothing
 * is ever fetched. Unknown keywords and formats are ignored, as the published schemas of this field need. Throws
 * CONFIG_INVALID; `name` says in messages which schema it was.
 */
export function compileSchema(schema: unknown, name: string, { complete = false }: SchemaOptions = {}): Validator {
  const first = compile(schema, name, { allErrors: false, useDefaults: complete });
  let all: ValidateFunction | undefined;
  return {
    name,
    validate: (value) => {
      if (first(value)) return [];
      if (!hasFewValues(value)) return faultsOf(first.errors);
      all ??= compile(schema, name, { allErrors: true, useDefaults: complete });
      all(value);
      return faultsOf(all.errors);
    },
  };
}

function compile(schema: unknown, name: string, options: EngineOptions): ValidateFunction {
  if (!isSchema(schema)) throw new VerdictError('CONFIG_INVALID', `the schema ${name} is not a JSON object`);
  try {
    // One instance for each schema: two schemas may bear the same $id.
    return engine(schema, name, options).compile(schema);
  } catch (cause) {
    if (cause instanceof VerdictError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new VerdictError('CONFIG_INVALID', `the schema ${name} cannot be used: ${text}`, { cause });
  }
}

const isSchema = (value: unknown): value is AnySchema => typeof value === 'boolean' || isObject(value);

function engine(schema: AnySchema, name: string, options: EngineOptions): Ajv | Ajv2020 {
  const dialect = isObject(schema) && typeof schema.$schema === 'string' ? schema.$schema.replace(/#$/, '') : '';
  const Dialect = dialect === '' ? Ajv : DIALECTS.get(dialect);
  if (Dialect === undefined) {
    const known = [...DIALECTS.keys()].join(' or ');
    throw new VerdictError('CONFIG_INVALID', `the schema ${name} is written in ${dialect}; write it in ${known}`);
  }
  const ajv = new Dialect({ ...options, strict: false, logger: false, unicodeRegExp: true });
  addFormats.default(ajv);
  return withLinearUniqueItems(ajv);
}

/** Ajv compares every item with every other: 100,000 of them would take minutes. */
function withLinearUniqueItems<A extends Ajv | Ajv2020>(ajv: A): A {
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must NOT have duplicate items' },
    validate: (wanted: boolean, items: readonly unknown[]) =>
      !wanted || new Set(items.map(canonical)).size === items.length,
  });
  return ajv;
}

/** A text that is the same for equal JSON values, whatever the order of their keys, and for no others. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

function hasFewValues(value: unknown): boolean {
  const waiting: unknown[] = [value];
  for (let seen = 0; waiting.length > 0; seen++) {
    const next = waiting.pop();
    const inner = typeof next === 'object' && next !== null ? Object.values(next) : [];
    if (seen + waiting.length + inner.length > MAX_VALUES_CHECKED_TO_THE_END) return false;
    waiting.push(...inner);
  }
  return true;
}
