/** `schemas/openapi.json`: the descriptions beside the routes of `verdict serve`, put together with our JSON Schemas. */
import { packageVersion } from '../src/config/resources.ts';
import { DATA_ROUTES, DATA_SCHEMAS } from '../src/server/data/data.openapi.ts';
import { GATEKEEPER_ROUTES, GATEKEEPER_SCHEMAS } from '../src/server/gatekeeper.openapi.ts';
import { HEALTH_ROUTES } from '../src/server/health.openapi.ts';
import { NATIVE_ROUTES, NATIVE_SCHEMAS } from '../src/server/native.openapi.ts';
import type { Content, JsonSchema, ResponseDescription, RouteDescription } from '../src/server/openapi.ts';
import { RATIFY_ROUTES, RATIFY_SCHEMAS } from '../src/server/ratify/ratify.openapi.ts';

export const ROUTES: readonly RouteDescription[] = [
  ...GATEKEEPER_ROUTES,
  ...RATIFY_ROUTES,
  ...NATIVE_ROUTES,
  ...DATA_ROUTES,
  ...HEALTH_ROUTES,
];

const TAGS = [
  { name: 'gatekeeper', description: "A provider of Gatekeeper's external data." },
  { name: 'ratify', description: 'The same as Ratify v1 answers it.' },
  { name: 'decisions', description: "Verdict's own API." },
  { name: 'data', description: "OPA's Data API over the policy at work." },
  { name: 'health', description: 'For whoever runs the service.' },
];

/** The document as text. `decision`, `evidence`: our JSON Schemas (draft-07). */
export function openApiText(decision: unknown, evidence: unknown): string {
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Verdict',
      version: packageVersion(),
      description:
        'Decides whether a software artifact may be used: verifiers testify, Rego rules. See docs/service.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/' }],
    tags: TAGS,
    paths: paths(ROUTES),
    components: { schemas: schemas(decision, evidence) },
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function paths(routes: readonly RouteDescription[]): object {
  const all = Map.groupBy(routes, ({ path }) => path);
  return Object.fromEntries(
    [...all].map(([path, here]) => {
      const operations = here.flatMap((route) => route.methods.map((method) => [method, operation(route, method)]));
      return [path, { ...pathParameters(path), ...Object.fromEntries(operations) }];
    }),
  );
}

function pathParameters(path: string): object {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
  const description = 'Names of packages and a rule, separated by slashes, such as `verdict/decision`.';
  const parameters = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }));
  return parameters.length === 0 ? {} : { parameters };
}

function operation(route: RouteDescription, method: string): object {
  const { tag, summary, description, query = [], request, responses, path } = route;
  const name = path.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, '');
  return {
    operationId: [method, name].filter((part) => part !== '').join('-'),
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(query.length > 0 && { parameters: query.map((one) => ({ in: 'query', ...one })) }),
    ...(request !== undefined && { requestBody: { required: true, content: content(request) } }),
    responses: Object.fromEntries(Object.entries(responses).map(([status, one]) => [status, response(one)])),
  };
}

function response({ description, headers, ...body }: ResponseDescription): object {
  const written = Object.entries(headers ?? {}).map(([name, what]) => [
    name,
    { description: what, schema: { type: 'string' } },
  ]);
  return {
    description,
    ...(written.length > 0 && { headers: Object.fromEntries(written) }),
    ...('schema' in body && { content: content(body as Content) }),
  };
}

const content = ({ schema, example }: Content): object => ({
  [schema === undefined ? 'text/plain' : 'application/json']: {
    schema: schema ?? { type: 'string' },
    ...(example !== undefined && { example }),
  },
});

interface OwnSchema extends JsonSchema {
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

function schemas(decision: unknown, evidence: unknown): Readonly<Record<string, JsonSchema>> {
  return {
    ...GATEKEEPER_SCHEMAS,
    ...RATIFY_SCHEMAS,
    ...NATIVE_SCHEMAS,
    ...DATA_SCHEMAS,
    Answer: rootOf(decision as OwnSchema),
    ...definitionsOf(decision as OwnSchema),
    EvidenceHead: headOf(rootOf(evidence as OwnSchema) as OwnSchema),
    ...definitionsOf(evidence as OwnSchema),
  };
}

const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const definitionsOf = ({ definitions }: OwnSchema): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(Object.entries(definitions).map(([name, one]) => [upper(name), located(one) as JsonSchema]));

const without = <T>(record: Readonly<Record<string, T>>, names: readonly string[]): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));

const rootOf = (schema: OwnSchema): JsonSchema =>
  located(without(schema, ['$schema', 'title', 'definitions'])) as JsonSchema;

/** Evidence without its documents: they are not answered. */
const headOf = ({ properties, required, ...rest }: OwnSchema): JsonSchema => ({
  ...rest,
  required: required.filter((name) => name !== 'documents'),
  properties: without(properties, ['documents']),
});

/** Draft-07 says `definitions`, an OpenAPI document `components.schemas`; what we use means the same in both dialects. */
function located(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(located);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) =>
      key === '$ref' && typeof one === 'string'
        ? [
            key,
            one.replace(/^#\/definitions\/(.)/, (_, first: string) => `#/components/schemas/${first.toUpperCase()}`),
          ]
        : [key, located(one)],
    ),
  );
}
