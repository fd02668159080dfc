import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { createLogger } from '../../../src/server/log.ts';
import { type Serving, serve } from '../../../src/server/serve.ts';
import { ROOT } from '../../support/decide.ts';
import { putLayout } from '../../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../../support/registry/registry.ts';

/** Routes as Fastify was given them, `GET /livez`. */
const registered = vi.hoisted(() => new Set<string>());
vi.mock('fastify', async (original) => {
  const { default: fastify } = await original<typeof import('fastify')>();
  const listening = (options: object): FastifyInstance => {
    const app = fastify(options);
    app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') registered.add(`${one} ${url}`);
    });
    return app;
  };
  return { default: listening };
});

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface Media {
  readonly schema: object;
  readonly example?: unknown;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const FIXTURE = resolve(import.meta.dirname, '../../fixtures/openapi/schema-2022-10-07.json');
const document = JSON.parse(readFileSync(`${ROOT}schemas/openapi.json`, 'utf8')) as Document;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  METHODS.flatMap((method) => {
    const operation = item[method];
    return operation === undefined ? [] : [{ method, path, operation }];
  }),
);

/** The document is one schema resource: references in it lead to its own components. */
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(document, 'openapi');
const pointer = (...names: readonly string[]): string =>
  names.map((name) => `/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
const validatorAt = (...names: readonly string[]): ValidateFunction =>
  ajv.compile({ $ref: `openapi#${pointer(...names)}` });

let registry: TestRegistry;
let serving: Serving;
const home = mkdtempSync(join(tmpdir(), 'verdict-openapi-'));
beforeAll(async () => {
  registry = await startRegistry();
  putLayout(registry, `${ROOT}examples/images`);
  const root = `${ROOT}examples/keys/trusted_root.json`;
  writeFileSync(
    join(home, 'verdict.json'),
    JSON.stringify({
      trust: {
        acme: { type: 'sigstore', root },
        'acme-keys': { type: 'keys', keys: [`${ROOT}examples/keys/scanner.pub`], root },
      },
      policy: { config: { profile: 'demo', provenance: { repositories: ['https://github.com/acme/*'] } } },
      registries: { [registry.host]: { plainHttp: true } },
      server: { port: 0 },
    }),
  );
  serving = await serve({
    load: () => loadConfig(join(home, 'verdict.json'), home),
    environment: { HOME: home },
    log: createLogger({ level: 'silent', write: () => undefined, now: () => new Date() }),
    out: () => undefined,
    now: () => Date.parse('2026-11-21T12:00:00Z'),
    processors: 2,
  });
});
afterAll(async () => {
  await Promise.all([serving.close(), registry.close()]);
  rmSync(home, { recursive: true });
});

/** Asks the service as the document says, an image of ours in the place of the example's. */
async function ask(method: string, path: string, body: unknown, image = 'allowed', query = '') {
  const text = JSON.stringify(body)?.replaceAll('registry.example/team/app:1.4', registry.reference(image));
  const answer = await fetch(`${serving.url}${path}${query}`, {
    method: method.toUpperCase(),
    ...(text === undefined || method === 'get' ? {} : { body: text, headers: { 'content-type': 'application/json' } }),
  });
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const raw = await answer.text();
  return { status: answer.status, type, raw, json: type === 'application/json' ? JSON.parse(raw) : undefined };
}

/** What is wrong with an answer by the document; empty where it is documented so. */
function faults(method: string, path: string, { status, type, json }: Awaited<ReturnType<typeof ask>>): unknown {
  const described = document.paths[path]?.[method]?.responses[String(status)];
  if (described === undefined) return `status ${status} is not documented`;
  if (described.content === undefined) return [];
  if (type !== 'application/json') return described.content[type] === undefined ? `${type} is not documented` : [];
  const validate = validatorAt('paths', path, method, 'responses', String(status), 'content', type, 'schema');
  validate(json);
  return validate.errors ?? [];
}

describe('the OpenAPI document', () => {
  it('fits the official meta-schema of OpenAPI 3.1', () => {
    const meta = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(meta);
    meta.addFormat('media-range', /^[^/\s]+\/[^/\s]+$/);
    // Without another dialect in play the anchor is `$defs/schema`; Ajv loses it below `unevaluatedProperties`.
    const text = readFileSync(FIXTURE, 'utf8').replaceAll('"$dynamicRef": "#meta"', '"$ref": "#/$defs/schema"');
    const validate = meta.compile(JSON.parse(text));
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...document, paths: { 'no-slash': {} } })).toBe(false);
    expect(validate({ ...document, info: { title: 'without version' } })).toBe(false);
  });

  it('holds JSON Schemas whose references all lead somewhere', () => {
    const names = Object.keys(document.components.schemas);
    expect(names).toContain('Value');
    for (const name of names) {
      expect(ajv.validateSchema(document.components.schemas[name] ?? {})).toBe(true);
      expect(() => validatorAt('components', 'schemas', name)).not.toThrow();
    }
  });

  it('names each operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('documents every route that Fastify has, and no other', () => {
    const documented = operations.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{path\}$/, '*')}`,
    );
    expect([...registered].sort()).toEqual(documented.sort());
  });

  it('has examples that fit their schemas', () => {
    const examples = operations.flatMap(({ method, path, operation }) => {
      const here = ['paths', path, method];
      const bodies = [
        ...Object.entries(operation.requestBody?.content ?? {}).map(
          ([type, media]) => [[...here, 'requestBody', 'content', type], media] as const,
        ),
        ...Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
          Object.entries(content).map(
            ([type, media]) => [[...here, 'responses', status, 'content', type], media] as const,
          ),
        ),
      ];
      return bodies.filter(([, { example }]) => example !== undefined);
    });
    expect(examples.length).toBeGreaterThan(10);
    for (const [place, { example }] of examples) {
      const validate = validatorAt(...place, 'schema');
      expect({ place, fits: validate(example), errors: validate.errors }).toMatchObject({ fits: true });
    }
  });
});

describe('the running service', () => {
  it.each(operations.map(({ method, path }) => [method, path] as const))(
    'answers %s %s as it is documented',
    async (method, path) => {
      const body = document.paths[path]?.[method]?.requestBody?.content['application/json']?.example;
      const answer = await ask(method, path.replace('{path}', 'verdict/decision'), body);
      expect(faults(method, path, answer)).toEqual([]);
      const isRefused = document.paths[path]?.[method]?.responses['501'] !== undefined;
      expect(answer.status).toBe(isRefused ? 501 : 200);
      if (path === '/v1/verify') expect(answer.json.allow).toBe(true);
    },
  );

  it.each([
    ['/v1/gatekeeper/validate', 'allowed', '?reports=true'],
    ['/v1/gatekeeper/validate', 'unsigned', ''],
    ['/v1/gatekeeper/validate', 'nothing-there', ''],
    ['/v1/gatekeeper/mutate', 'nothing-there', ''],
    ['/v1/verify', 'unsigned', ''],
    ['/v1/verify', 'nothing-there', ''],
    ['/v1/evidence', 'licence-denied', ''],
  ])('answers %s about %s%s as it is documented', async (path, image, query) => {
    const body = document.paths[path]?.post?.requestBody?.content['application/json']?.example;
    expect(faults('post', path, await ask('post', path, body, image, query))).toEqual([]);
  });

  it.each([
    ['/v1/verify', []],
    ['/v1/verify', { reference: 'UPPER' }],
    ['/v1/verify', { questions: 'none' }],
    ['/v1/verify', { reference: 'x', pad: 'a'.repeat(1_100_000) }],
    ['/v1/evidence', { questions: [{ reference: 'oci:/etc' }] }],
    ['/v1/gatekeeper/validate', { request: 'no' }],
    ['/v1/data', []],
    ['/v1/batch/data', { inputs: 1 }],
  ])('refuses %s %j as it is documented', async (path, body) => {
    const answer = await ask('post', path, body);
    expect(faults('post', path, answer)).toEqual([]);
  });

  it('serves the document as it is, once', async () => {
    const first = await fetch(`${serving.url}/openapi.json`);
    expect(await first.text()).toBe(readFileSync(`${ROOT}schemas/openapi.json`, 'utf8'));
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"sha256:[0-9a-f]{64}"$/);
    const again = async (value: string) =>
      await fetch(`${serving.url}/openapi.json`, { headers: { 'if-none-match': value } });
    const known = await again(`"other", W/${etag}`);
    expect([known.status, await known.text()]).toEqual([304, '']);
    expect((await again('"other"')).status).toBe(200);
  });
});
