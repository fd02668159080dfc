import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The package's own files: the same two levels up from `src/config/` and from `dist/config/`. */
const ROOT = new URL('../../', import.meta.url);

export const resourcePath = (path: string): string => fileURLToPath(new URL(path, ROOT));

/** One of our own schemas, `schemas/<name>.schema.json`. */
export const readSchema = (name: string): unknown =>
  JSON.parse(readFileSync(resourcePath(`schemas/${name}.schema.json`), 'utf8'));

/** Version of the package. */
export const packageVersion = (): string => JSON.parse(readFileSync(resourcePath('package.json'), 'utf8')).version;

/** Version of the OPA that the toolchain was built from. */
export const opaVersion = (): string => JSON.parse(readFileSync(resourcePath('tools/rego/rego.json'), 'utf8')).opa;
