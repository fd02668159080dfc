import { describe, expect, it } from 'vitest';
import { bytesOf, DEFAULT_MEMORY_BYTES, pagesFor, parsedBytes } from '../../../src/opa/memory.ts';
import { ask, bytes, openCases } from './fixtures.ts';

const MIB = 1024 * 1024;
const pages = (text: string, resident = 0, limit = DEFAULT_MEMORY_BYTES) => pagesFor(bytes(text), resident, limit);

describe('parsedBytes', () => {
  it.each([
    ['zeros', `[${'0,'.repeat(100_000)}0]`],
    ['empty arrays', `[${'[],'.repeat(100_000)}0]`],
    ['nested arrays', `[${`${'['.repeat(200)}${']'.repeat(200)},`.repeat(500)}0]`],
    ['empty objects', `[${'{},'.repeat(100_000)}0]`],
    ['short texts', `[${'"a",'.repeat(100_000)}0]`],
    ['small objects', `[${'{"a":0},'.repeat(50_000)}0]`],
    ['many keys', `{${Array.from({ length: 50_000 }, (_, index) => `"${index}":0`).join(',')}}`],
    ['one long text', `"${'x'.repeat(1_000_000)}"`],
    ['a long text with escapes', `"${'\\n\\u00e9é'.repeat(100_000)}"`],
    [
      'packages',
      JSON.stringify(
        Array.from({ length: 10_000 }, (_, index) => ({ name: `p${index}`, versionInfo: '1.0', licences: ['MIT'] })),
      ),
    ],
  ])('bounds what a module needs for %s', async (_name, text) => {
    const host = await openCases({ pages: { initial: 2048, maximum: 8192 } });
    ask(host, [], text);
    expect(host.usedBytes - host.residentBytes).toBeLessThanOrEqual(parsedBytes(bytes(text)));
  });
});

describe('pagesFor', () => {
  it('gives every small input the same memory, so that an instance serves all', () => {
    expect(pages('{}')).toEqual(pages(`[${'0,'.repeat(30_000)}0]`));
  });

  it('gives a large input all it can need from the start', () => {
    const text = `[${'0,'.repeat(500_000)}0]`;
    expect(bytesOf(pages(text)?.initial ?? 0)).toBeGreaterThanOrEqual(parsedBytes(bytes(text)));
  });

  it('adds what module and data take', () => {
    const [without, beside] = [pages('{}'), pages('{}', 100 * MIB)];
    expect(bytesOf((beside?.initial ?? 0) - (without?.initial ?? 0))).toBe(100 * MIB);
  });

  it('never goes beyond the limit, and says so when the input cannot fit', () => {
    const text = `[${'0,'.repeat(500_000)}0]`;
    const limit = 128 * MIB;
    expect(bytesOf(pages(text, 0, limit)?.maximum ?? 0)).toBe(limit);
    expect(pages(text, 64 * MIB, limit)).toBeUndefined();
    expect(pages('{}', limit, limit)).toBeUndefined();
  });

  it('stays within what 32-bit addresses reach, whatever the limit', () => {
    const { initial, maximum } = pagesFor(bytes('{}'), 4090 * MIB, 64 * 1024 * MIB) ?? { initial: 0, maximum: 0 };
    expect(maximum).toBe(65_536);
    expect(initial).toBeLessThanOrEqual(maximum);
  });
});
