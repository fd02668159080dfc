/** TypeScript types from the subset of draft-07 that `schemas/` uses: closed or open objects, arrays, enums, local $refs. */

interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object';
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly $ref?: string;
  readonly default?: unknown;
}

const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const comment = (text: string | undefined, indent: string): string => (text ? `${indent}/** ${text} */\n` : '');
const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`);

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return pascal(schema.$ref.replace('#/definitions/', ''));
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeOf(one, indent)).join(' | ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `'${value}'`).join(' | ');
  if (schema.type === undefined) return 'unknown';
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'number':
      return 'number';
    case 'array': {
      const item = typeOf(schema.items ?? {}, indent);
      return /[|{]/.test(item) ? `ReadonlyArray<${item}>` : `readonly ${item}[]`;
    }
    case 'object':
      return objectType(schema, indent);
  }
}

function objectType(schema: Schema, indent: string): string {
  if (schema.properties === undefined) {
    const value =
      typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties, indent) : 'unknown';
    return `Readonly<Record<string, ${value}>>`;
  }
  return `{\n${members(schema, `${indent}  `)}${indent}}`;
}

function members(schema: Schema, indent: string): string {
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => {
      // What has a default is there once the document was completed.
      const isThere = schema.required?.includes(name) || property.default !== undefined;
      const optional = isThere ? '' : '?';
      return `${comment(property.description, indent)}${indent}readonly ${key(name)}${optional}: ${typeOf(property, indent)};\n`;
    })
    .join('');
}

function declaration(name: string, schema: Schema): string {
  const head = comment(schema.description, '');
  return schema.properties === undefined
    ? `${head}export type ${name} = ${typeOf(schema, '')};\n`
    : `${head}export interface ${name} {\n${members(schema, '  ')}}\n`;
}

/** A module with one exported type per definition and one, named by `title`, for the schema itself. */
export function typesOf(schema: unknown, source: string): string {
  const root = schema as Schema;
  const all = [...Object.entries(root.definitions ?? {}), [root.title ?? 'Root', root] as const];
  const body = all.map(([name, one]) => declaration(pascal(name), one)).join('\n');
  return `// Generated from ${source} by \`npm run generate\`.\n\n${body}`;
}
