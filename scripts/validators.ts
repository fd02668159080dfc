import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';

/**
 * A module that validates one of our own schemas and imports nothing: compiling the schema when a command starts would
 * take longer than the command. All faults are told; with `complete`, defaults are written into the value.
 */
export function validatorOf(schema: unknown, source: string, { complete }: { readonly complete: boolean }): string {
  const ajv = new Ajv({ allErrors: true, useDefaults: complete, strict: false, code: { source: true, esm: true } });
  const code = standalone.default(ajv, ajv.compile(schema as object));
  if (code.includes('require(')) throw new Error(`the validator of ${source} would need ajv at run time`);
  return `// Generated from ${source} by \`npm run generate\`.\n${code}\n`;
}
