/**
 * Everything in the repository that is made from something else in it. `node scripts/generate.ts` writes the files;
 * a test compares them, so that none can drift.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { CATALOGUE } from '../src/errors.ts';
import { typesOf } from './types.ts';

const root = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

function types(name: string): [string, string] {
  const source = `schemas/${name}.schema.json`;
  return [`src/generated/${name}.ts`, typesOf(JSON.parse(read(source)), source)];
}

/** The report's schema, for those who write or check a single report: the evidence schema's definition on its own. */
function reportSchema(): [string, string] {
  const { $schema, definitions } = JSON.parse(read('schemas/evidence.schema.json'));
  const { report, errorFacts, check, signer } = definitions;
  const schema = { $schema, title: 'Report', definitions: { errorFacts, check, signer }, ...report };
  return ['schemas/report.schema.json', `${JSON.stringify(schema, null, 2)}\n`];
}

function errorDocs(): [string, string] {
  const rows = Object.entries(CATALOGUE).map(
    ([code, facts]) => `| \`${code}\` | ${facts.retryable ? 'yes' : 'no'} | ${facts.meaning} | ${facts.remedy} |`,
  );
  const head = [
    '# Errors',
    '',
    'Every code that Verdict reports: in messages, reports, discovery entries and denials. *Retryable*: the same request may',
    'succeed later without anyone changing anything.',
    '',
    '| code | retryable | what happened | what to do |',
    '| --- | --- | --- | --- |',
  ];
  return ['docs/errors.md', `${[...head, ...rows].join('\n')}\n`];
}

/** Path (from the repository's root) and text of every generated file. */
export function generated(): ReadonlyMap<string, string> {
  return new Map([types('evidence'), types('decision'), types('config'), reportSchema(), errorDocs()]);
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of generated()) writeFileSync(new URL(path, root), text);
}
