/**
 * Everything in the repository that is made from something else in it. `npm run generate` writes the files; a test
 * compares them, so that none can drift. The compiled policies have a script of their own, `build-policies.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { configDocs, errorDocs, ruleDocs } from './docs.ts';
import { openApiText } from './openapi.ts';
import { typesOf } from './types.ts';
import { validatorOf } from './validators.ts';

const root = new URL('../', import.meta.url);
const readSchema = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`schemas/${name}.schema.json`, root), 'utf8'));

const types = (name: string): [string, string] => [
  `src/generated/${name}.ts`,
  typesOf(readSchema(name), `schemas/${name}.schema.json`),
];

const validator = (name: string, complete: boolean): [string, string] => [
  `schemas/validators/${name}.js`,
  validatorOf(readSchema(name), `schemas/${name}.schema.json`, { complete }),
];

/** The report's schema, for those who write or check a single report: the evidence schema's definition on its own. */
function reportSchema(): [string, string] {
  const { $schema, definitions } = readSchema('evidence') as { $schema: string; definitions: Record<string, object> };
  const { report, errorFacts, check, signer } = definitions;
  const schema = { $schema, title: 'Report', definitions: { errorFacts, check, signer }, ...report };
  return ['schemas/report.schema.json', `${JSON.stringify(schema, null, 2)}\n`];
}

/** Path (from the repository's root) and text of every generated file. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    types('evidence'),
    types('decision'),
    types('config'),
    types('ratify'),
    validator('evidence', false),
    validator('config', true),
    validator('policy', true),
    validator('ratify', true),
    reportSchema(),
    ['schemas/openapi.json', openApiText(readSchema('decision'), readSchema('evidence'))],
    ['docs/errors.md', errorDocs()],
    ['docs/configuration.md', configDocs(readSchema('config'), readSchema('policy'))],
    ['docs/rules.md', await ruleDocs()],
  ]);
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of await generated()) writeFileSync(new URL(path, root), text);
}
