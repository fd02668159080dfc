import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generated } from '../scripts/generate.ts';
import { buildStarter, STARTER_BUNDLE } from '../src/config/compile.ts';
import { digestOf } from '../src/descriptor.ts';

const ROOT = resolve(import.meta.dirname, '..');
const files = await generated();

describe('generated files', () => {
  it.each([...files])('%s is what `npm run generate` writes', (path, text) => {
    expect(readFileSync(resolve(ROOT, path), 'utf8')).toBe(text);
  });

  it('the starter bundle is what its sources compile to', async () => {
    expect(digestOf(readFileSync(resolve(ROOT, STARTER_BUNDLE)))).toBe(digestOf(await buildStarter()));
  });
});
