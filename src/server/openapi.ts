import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { resourcePath } from '../config/resources.ts';
import { digestOf } from '../descriptor.ts';

/** What a route is and answers, for `schemas/openapi.json`. Not loaded at run time. */
export interface RouteDescription {
  readonly methods: readonly Method[];
  /** With parameters in braces; one at the end stands for the rest of the path, slashes included. */
  readonly path: string;
  readonly tag: 'gatekeeper' | 'ratify' | 'decisions' | 'data' | 'health';
  /** One line. */
  readonly summary: string;
  /** CommonMark. */
  readonly description?: string;
  readonly query?: readonly QueryParameter[];
  readonly request?: Content;
  /** By status. */
  readonly responses: Readonly<Record<number, ResponseDescription>>;
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema;
}

export interface ResponseDescription extends Partial<Content> {
  readonly description: string;
  /** By name: what it says. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body: JSON of a schema, or text. */
export interface Content {
  /** `{ $ref: '#/components/schemas/…' }` or a schema of its own (JSON Schema 2020-12); undefined: plain text. */
  readonly schema: JsonSchema | undefined;
  /** One that fits. */
  readonly example?: unknown;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema of the document's own, by name. */
export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** An object all of whose members are always there, and no others. */
export const closed = (properties: Readonly<Record<string, JsonSchema>>, description = ''): JsonSchema => ({
  ...(description === '' ? {} : { description }),
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

export const text = (description: string): JsonSchema => ({ type: 'string', description });

/** The document as it is served. */
export interface OpenApiFile {
  readonly bytes: Buffer;
  /** Value of `ETag`. */
  readonly etag: string;
}

/** The document that comes with the package. */
export function readOpenApi(): OpenApiFile {
  const bytes = readFileSync(resourcePath('schemas/openapi.json'));
  return { bytes, etag: `"${digestOf(bytes)}"` };
}

/** Seconds for which clients need not ask again. */
const MAX_AGE = 3600;

/** `GET /openapi.json`. `read` is called once, at the first request. */
export function registerOpenApi(app: FastifyInstance, read: () => OpenApiFile): void {
  let file: OpenApiFile | undefined;
  app.get('/openapi.json', async (request, reply) => {
    file ??= read();
    reply.header('etag', file.etag).header('cache-control', `public, max-age=${MAX_AGE}`);
    const known = (request.headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
    if (known.includes(file.etag) || known.includes('*')) return await reply.code(304).send();
    return await reply.type('application/json').send(file.bytes);
  });
}
