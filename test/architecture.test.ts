import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** What a room is: the folder below src/ (verifiers by type), or for files at the root their own kind. */
function roomOf(path: string): string {
  const [first = '', second = ''] = relative(SRC, path).split('/');
  if (!relative(SRC, path).includes('/'))
    return ['evaluate.ts', 'index.ts', 'schema.ts', 'identity.ts'].includes(first) ? first : 'noun';
  if (first === 'generated') return 'noun';
  return first === 'verifiers' && !second.endsWith('.ts') ? `verifiers/${second}` : first;
}

/** The import table of docs/architecture.md. A room may always import itself. */
const NOUNS = ['noun', 'schema.ts', 'identity.ts'];
const BELOW_CONFIG = [
  ...NOUNS,
  'evaluate.ts',
  'crypto',
  'registry',
  'layout',
  'files',
  'stores',
  'http',
  'verifiers',
  'verifiers/*',
  'builtins',
  'opa',
  'rego',
  'ratify',
];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  noun: NOUNS,
  'schema.ts': ['noun'],
  'identity.ts': ['noun'],
  'evaluate.ts': NOUNS,
  crypto: ['noun'],
  registry: NOUNS,
  layout: NOUNS,
  files: NOUNS,
  stores: NOUNS,
  http: NOUNS,
  'verifiers/*': [...NOUNS, 'crypto'],
  verifiers: [...NOUNS, 'verifiers/*'],
  builtins: NOUNS,
  opa: [...NOUNS, 'builtins'],
  rego: [...NOUNS, 'builtins'],
  ratify: NOUNS,
  config: BELOW_CONFIG,
  server: [...NOUNS, 'config', 'evaluate.ts'],
  cli: [...NOUNS, 'config', 'evaluate.ts', 'rego', 'server'],
  'index.ts': [...BELOW_CONFIG, 'config'],
};
/** Leaves take two files only. */
const CRYPTO_NOUNS = ['errors.ts', 'json.ts'];

/** Each third-party package has one room. */
const OWNER: Readonly<Record<string, readonly string[]>> = {
  ajv: ['schema.ts'],
  'ajv-formats': ['schema.ts'],
  undici: ['registry', 'http'],
  '@sigstore/core': ['crypto', 'verifiers/sigstore'],
  '@sigstore/bundle': ['verifiers/sigstore'],
  '@sigstore/protobuf-specs': ['verifiers/sigstore'],
  '@sigstore/tuf': ['config'],
  '@sigstore/verify': ['verifiers/sigstore'],
  '@noble/curves': ['crypto'],
  'lru-cache': ['verifiers', 'server'],
  'node-forge': ['config'],
  piscina: ['verifiers/sigstore'],
  'tuf-js': ['config'],
  yaml: ['config', 'builtins', 'opa'],
  commander: ['cli'],
  '@opentelemetry/api': ['server'],
  fastify: ['server'],
  'prom-client': ['server'],
  re2js: ['builtins', 'identity.ts'],
  'spdx-expression-parse': ['builtins'],
  'spdx-license-ids': ['builtins'],
};

const sources = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name));

const IMPORT = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*)'([^']+)'/g;
const importsOf = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(IMPORT)].map((match) => match[1] ?? '');

const generic = (room: string): string => (room.startsWith('verifiers/') ? 'verifiers/*' : room);

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true;
  const allowed = MAY_IMPORT[generic(from)] ?? [];
  return allowed.includes(to) || (generic(from) !== 'verifiers/*' && allowed.includes(generic(to)));
}

describe('the import table', () => {
  it('names every room', () => {
    const unknown = [...new Set(sources.map(roomOf).map(generic))].filter((room) => MAY_IMPORT[room] === undefined);
    expect(unknown).toEqual([]);
  });

  it('is kept by every file', () => {
    const faults = sources.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolve(dirname(path), specifier))
        .filter((target) => !isAllowed(roomOf(path), roomOf(target)))
        .map((target) => `${relative(SRC, path)} imports ${relative(SRC, target)}`),
    );
    expect(faults).toEqual([]);
  });

  it('lets crypto/ import errors.ts and json.ts only', () => {
    const faults = sources
      .filter((path) => roomOf(path) === 'crypto')
      .flatMap((path) => importsOf(path).map((specifier) => [path, resolve(dirname(path), specifier)] as const))
      .filter(([, target]) => roomOf(target) === 'noun' && !CRYPTO_NOUNS.includes(relative(SRC, target)))
      .map(([path, target]) => `${relative(SRC, path)} imports ${relative(SRC, target)}`);
    expect(faults).toEqual([]);
  });

  it('gives every third-party package one owner', () => {
    const faults = sources.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
        .map((specifier) =>
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((name) => !(OWNER[name] ?? []).includes(roomOf(path)))
        .map((name) => `${relative(SRC, path)} imports ${name}`),
    );
    expect(faults).toEqual([]);
  });

  it('imports files with their extension, so that Node runs them as they are', () => {
    const faults = sources.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => specifier.startsWith('.') && !specifier.endsWith('.ts'))
        .map((specifier) => `${relative(SRC, path)}: ${specifier}`),
    );
    expect(faults).toEqual([]);
  });
});
