import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isObject, parseJson } from '../../../../src/json.ts';
import { compileSchema, type Validator } from '../../../../src/schema.ts';
import { STARTER_SCHEMAS } from '../../../../src/verifiers/json/schemas.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const FIXTURES = join(ROOT, 'test/fixtures/documents');
const STATEMENT = 'documents/in-toto-statement';

const read = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const names = [...new Set([...STARTER_SCHEMAS.values(), STATEMENT])];
const validators = new Map(names.map((name) => [name, compileSchema(read(`schemas/${name}.schema.json`), name)]));

function validator(name: string | undefined): Validator {
  const found = validators.get(name ?? '');
  if (found === undefined) throw new Error(`no schema ${name}`);
  return found;
}

/** The type under which a document would be reported, by what stands in it; empty for one without a starter schema. */
function typeOf(value: Readonly<Record<string, unknown>>): string {
  if (typeof value.spdxVersion === 'string') return 'application/spdx+json';
  if (value.bomFormat !== undefined) return 'application/vnd.cyclonedx+json';
  if (Array.isArray(value.runs)) return 'application/sarif+json';
  if (String(value['@context']).startsWith('https://openvex.dev/')) return 'application/vnd.openvex+json';
  if (value.buildDefinition !== undefined) return 'https://slsa.dev/provenance/v1';
  if (value.buildType !== undefined) return 'https://slsa.dev/provenance/v0.2';
  return '';
}

/** Every real document of the fixtures with the schema it must fit: statements, and the predicates in them, too. */
const documents = readdirSync(FIXTURES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
  .map((entry) => join(entry.parentPath, entry.name))
  .flatMap((path) => {
    const value = parseJson(readFileSync(path));
    if (!isObject(value)) return [];
    const name = relative(FIXTURES, path);
    const isStatement = String(value._type).startsWith('https://in-toto.io/Statement/');
    const predicate = isStatement ? STARTER_SCHEMAS.get(String(value.predicateType)) : undefined;
    const whole = isStatement ? STATEMENT : STARTER_SCHEMAS.get(typeOf(value));
    return [
      ...(whole === undefined ? [] : [{ name, schema: whole, value: value as unknown }]),
      ...(predicate === undefined ? [] : [{ name: `predicate of ${name}`, schema: predicate, value: value.predicate }]),
    ];
  });

describe('starter schemas', () => {
  it.each(documents)('take what others wrote: $name', ({ schema, value }) => {
    expect(validator(schema).validate(value)).toEqual([]);
  });

  it('each have such a document', () => {
    expect(names.filter((name) => !documents.some(({ schema }) => schema === name))).toEqual([]);
  });

  /** A path into a document, and what to put there; `undefined` takes it away. */
  type Damage = readonly [schema: string, path: ReadonlyArray<string | number>, put: unknown, pointer: string];
  const damages: readonly Damage[] = [
    ['documents/spdx-2.3', ['spdxVersion'], 'SPDX-3.0', '/spdxVersion'],
    ['documents/spdx-2.3', ['creationInfo'], undefined, ''],
    ['documents/spdx-2.3', ['creationInfo', 'created'], undefined, '/creationInfo'],
    ['documents/spdx-2.3', ['packages'], {}, '/packages'],
    ['documents/spdx-2.3', ['packages', 1, 'name'], undefined, '/packages/1'],
    ['documents/spdx-2.3', ['packages', 0, 'licenseConcluded'], ['MIT'], '/packages/0/licenseConcluded'],
    ['documents/spdx-2.3', ['relationships', 0, 'relatedSpdxElement'], 1, '/relationships/0/relatedSpdxElement'],
    ['documents/cyclonedx-1', ['bomFormat'], 'Cyclone', '/bomFormat'],
    ['documents/cyclonedx-1', ['specVersion'], '2.0', '/specVersion'],
    ['documents/cyclonedx-1', ['components', 0, 'name'], undefined, '/components/0'],
    ['documents/cyclonedx-1', ['components', 0, 'components'], [{ type: 'library' }], '/components/0/components/0'],
    ['documents/cyclonedx-1', ['components', 0, 'licenses'], [{ license: 'MIT' }], '/components/0/licenses/0/license'],
    ['documents/slsa-provenance-v1', ['buildDefinition', 'buildType'], undefined, '/buildDefinition'],
    ['documents/slsa-provenance-v1', ['runDetails', 'builder', 'id'], 1, '/runDetails/builder/id'],
    [
      'documents/slsa-provenance-v1',
      ['buildDefinition', 'externalParameters'],
      [],
      '/buildDefinition/externalParameters',
    ],
    ['documents/slsa-provenance-v0.2', ['builder'], {}, '/builder'],
    ['documents/slsa-provenance-v0.2', ['materials'], [{ uri: 1 }], '/materials/0/uri'],
    ['documents/sarif-2.1.0', ['version'], '2.0.0', '/version'],
    ['documents/sarif-2.1.0', ['runs', 0, 'tool', 'driver', 'name'], undefined, '/runs/0/tool/driver'],
    ['documents/sarif-2.1.0', ['runs', 0, 'results'], [{ message: {}, level: 'high' }], '/runs/0/results/0/level'],
    ['documents/openvex-0.2.0', ['@context'], 'https://openvex.dev/ns/v1.0.0', '/@context'],
    ['documents/openvex-0.2.0', ['statements', 0, 'status'], 'unaffected', '/statements/0/status'],
    ['documents/openvex-0.2.0', ['statements', 0, 'vulnerability'], 'CVE-2024-1', '/statements/0/vulnerability'],
    [STATEMENT, ['_type'], 'https://in-toto.io/Statement/v2', '/_type'],
    [STATEMENT, ['subject', 0, 'digest'], undefined, '/subject/0'],
    [STATEMENT, ['subject', 0, 'digest'], { sha256: 1 }, '/subject/0/digest/sha256'],
  ];

  it.each(damages)('%s refuses %j as %j, at %s', (schema, path, put, pointer) => {
    const sound = documents.find((one) => one.schema === schema && hasPlace(one.value, path.slice(0, -1)));
    expect(sound).toBeDefined();
    const damaged = structuredClone(sound?.value);
    const last = path.at(-1) ?? '';
    const parent = path.slice(0, -1).reduce<unknown>((value, key) => Reflect.get(Object(value), key), damaged);
    if (put === undefined) Reflect.deleteProperty(Object(parent), last);
    else Reflect.set(Object(parent), last, put);
    expect(
      validator(schema)
        .validate(damaged)
        .map((fault) => fault.pointer),
    ).toContain(pointer);
  });

  it('each refuse the documents of all others', () => {
    for (const { schema, value, name } of documents) {
      const takers = names.filter((other) => validator(other).validate(value).length === 0);
      expect([name, takers]).toEqual([name, [schema]]);
    }
  });

  it.each(names)('%s is one that the policy checker understands', (name) => {
    const faults: string[] = [];
    const walk = (schema: unknown, place: string): void => {
      if (Array.isArray(schema)) for (const [index, one] of schema.entries()) walk(one, `${place}/${index}`);
      if (!isObject(schema)) return;
      const isMap = /\/(?:properties|definitions)$/.test(place);
      for (const key of isMap ? [] : Object.keys(schema)) if (!KEYWORDS.has(key)) faults.push(`${place}/${key}`);
      if (!isMap && schema.enum !== undefined && schema.type === undefined) faults.push(`${place}: enum without type`);
      if (!isMap && typeof schema.$ref === 'string' && !schema.$ref.startsWith('#/definitions/'))
        faults.push(`${place}: $ref`);
      for (const [key, inner] of Object.entries(schema)) walk(inner, `${place}/${key}`);
    };
    walk(read(`schemas/${name}.schema.json`), '');
    expect(faults).toEqual([]);
  });
});

/** Without `$id` (it would be fetched) and `oneOf`, `if`, `not`, `patternProperties` (not understood). */
const KEYWORDS: ReadonlySet<string> = new Set(
  '$schema title description definitions $ref type enum pattern anyOf properties required additionalProperties items'.split(
    ' ',
  ),
);

const hasPlace = (value: unknown, path: ReadonlyArray<string | number>): boolean =>
  path.reduce<unknown>((inner, key) => (inner === undefined ? undefined : Reflect.get(Object(inner), key)), value) !==
  undefined;
