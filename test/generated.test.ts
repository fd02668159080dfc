import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generated } from '../scripts/generate.ts';
import { buildShipped } from '../src/config/compile.ts';
import { digestOf } from '../src/descriptor.ts';

const ROOT = resolve(import.meta.dirname, '..');
const files = await generated();
const bundles = await buildShipped();

describe('generated files', () => {
  it.each([...files])('%s is what `npm run generate` writes', (path, text) => {
    expect(readFileSync(resolve(ROOT, path), 'utf8')).toBe(text);
  });

  it.each([...bundles])('%s is what its sources compile to', (path, bytes) => {
    expect(digestOf(readFileSync(resolve(ROOT, path)))).toBe(digestOf(bytes));
  });
});
