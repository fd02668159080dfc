import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generated } from '../scripts/generate.ts';

describe('generated files', () => {
  it.each([...generated()])('%s is what `npm run generate` writes', (path, text) => {
    expect(readFileSync(resolve(import.meta.dirname, '..', path), 'utf8')).toBe(text);
  });
});
