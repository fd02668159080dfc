import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AjvError, faultsOf, type SchemaFault } from '../schema-fault.ts';

/** The package's own files: the same two levels up from `src/config/` and from `dist/config/`. */
const ROOT = new URL('../../', import.meta.url);

export const resourcePath = (path: string): string => fileURLToPath(new URL(path, ROOT));

/** One of our own schemas, `schemas/<name>.schema.json`. */
export const readSchema = (name: string): unknown =>
  JSON.parse(readFileSync(resourcePath(`schemas/${name}.schema.json`), 'utf8'));

interface OwnValidator {
  (value: unknown): boolean;
  errors?: readonly AjvError[] | null;
}

/** Those of our own schemas that values are checked against. */
export type SchemaName = 'evidence' | 'config' | 'policy' | 'ratify';

/** Where a value does not fit one of our own schemas; defaults of all but `evidence` are written into it. */
export async function ownFaults(name: SchemaName, value: unknown): Promise<readonly SchemaFault[]> {
  return (await ownValidator(name))(value);
}

/** As {@link ownFaults}, ready for many values. */
export async function ownValidator(name: SchemaName): Promise<(value: unknown) => readonly SchemaFault[]> {
  const module: { readonly default: OwnValidator } = await import(new URL(`schemas/validators/${name}.js`, ROOT).href);
  const fits = module.default;
  return (value) => (fits(value) ? [] : faultsOf(fits.errors));
}

/** Version of the package. */
export const packageVersion = (): string => JSON.parse(readFileSync(resourcePath('package.json'), 'utf8')).version;

/** Version of the OPA that the toolchain was built from. */
export const opaVersion = (): string => JSON.parse(readFileSync(resourcePath('tools/rego/rego.json'), 'utf8')).opa;
