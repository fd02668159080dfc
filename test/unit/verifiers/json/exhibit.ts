import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { newBudget } from '../../../../src/budget.ts';
import { checkContent, type Descriptor, descriptor, digestOf } from '../../../../src/descriptor.ts';
import { VerdictError } from '../../../../src/errors.ts';
import { scanJson } from '../../../../src/json.ts';
import { compileSchema } from '../../../../src/schema.ts';
import type { Exhibit, Testimony, Verifier } from '../../../../src/verifier.ts';
import { createJsonVerifier, DEFAULT_JSON_LIMITS, type JsonLimits } from '../../../../src/verifiers/json/verifier.ts';

export const bytes = (content: string): Uint8Array => Buffer.from(content, 'utf8');
export const json = (value: unknown): Uint8Array => bytes(JSON.stringify(value));

/** What the artifacts of these tests are attached to, and a target below it. */
export const SUBJECT = `sha256:${'a'.repeat(64)}`;
export const TARGET = `sha256:${'b'.repeat(64)}`;
export const TIME = new Date('2026-11-21T10:00:00.000Z');

export interface Layer {
  readonly content: Uint8Array | string;
  readonly type?: string;
  /** In place of the content: what fetching it throws. */
  readonly error?: VerdictError;
}

export function exhibit(layers: readonly Layer[], artifactType = '', fetched: Descriptor[] = []): Exhibit {
  const contents = new Map<string, Layer>();
  const described = layers.map((layer) => {
    const content = typeof layer.content === 'string' ? bytes(layer.content) : layer.content;
    const digest = digestOf(content);
    contents.set(digest, { ...layer, content });
    return descriptor(layer.type ?? 'application/json', digest, content.byteLength);
  });
  return {
    descriptor: descriptor('application/vnd.oci.image.manifest.v1+json', `sha256:${'0'.repeat(64)}`, 1, {
      artifactType,
    }),
    layers: described,
    subject: descriptor('application/vnd.oci.image.manifest.v1+json', SUBJECT, 1),
    repository: 'registry.example/app',
    budget: newBudget(),
    signal: new AbortController().signal,
    about: new Map([
      [SUBJECT, SUBJECT],
      [`sha512:${'a'.repeat(128)}`, SUBJECT],
      [TARGET, TARGET],
    ]),
    fetch: async (layer) => {
      fetched.push(layer);
      const { content, error } = contents.get(layer.digest) ?? {};
      if (error !== undefined) throw error;
      if (!(content instanceof Uint8Array)) throw new VerdictError('NOT_FOUND', layer.digest);
      checkContent(content, layer);
      return content;
    },
    fetchSubject: async () => {
      throw new VerdictError('NOT_FOUND', SUBJECT);
    },
  };
}

export const verifier = (
  limits: Partial<JsonLimits> = {},
  schemas: Parameters<typeof createJsonVerifier>[0]['schemas'] = new Map(),
): Verifier => createJsonVerifier({ name: 'json', schemas, limits: { ...DEFAULT_JSON_LIMITS, ...limits } });

const REPORT = compileSchema(
  JSON.parse(readFileSync(new URL('../../../../schemas/report.schema.json', import.meta.url), 'utf8')),
  'report',
);

/**
 * All testimonies of one artifact: every report fits its schema, every document is one that a policy can take, handed
 * over exactly where the report has its key.
 */
export async function examine(layers: readonly Layer[], artifactType = ''): Promise<readonly Testimony[]> {
  const testimonies = await verifier().verify(exhibit(layers, artifactType), TIME);
  for (const { report, document } of testimonies) {
    expect(REPORT.validate(report)).toEqual([]);
    expect(report.document === '').toBe(document === undefined);
    if (document !== undefined) scanJson(document);
  }
  return testimonies;
}

/** The only testimony of one layer. */
export async function only(
  content: Uint8Array | string,
  type = 'application/json',
  artifactType = '',
): Promise<Testimony> {
  const [first, ...rest] = await examine([{ content, type }], artifactType);
  if (first === undefined || rest.length > 0) throw new Error(`${rest.length + 1} testimonies in place of one`);
  return first;
}

export const text = (content: Uint8Array | undefined): string => Buffer.from(content ?? []).toString('utf8');

export const statement = (more: object = {}) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app', digest: { sha256: SUBJECT.slice(7) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { buildDefinition: {} },
  ...more,
});

export const envelope = (payload: Uint8Array | string, payloadType = 'application/vnd.in-toto+json') => ({
  payload: Buffer.from(payload).toString('base64'),
  payloadType,
  signatures: [{ keyid: 'k', sig: 'c2ln' }],
});
