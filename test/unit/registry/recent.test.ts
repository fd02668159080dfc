import { describe, expect, it } from 'vitest';
import { Recent } from '../../../src/registry/recent.ts';

describe('Recent', () => {
  it('forgets an entry at the end of its life', () => {
    let now = 0;
    const recent = new Recent<string>(() => now, 10);
    recent.set('key', 'value', 100);
    now = 99;
    expect(recent.get('key')).toBe('value');
    now = 100;
    expect(recent.get('key')).toBeUndefined();
  });

  it('keeps the number it may, the least recently used go first', () => {
    const recent = new Recent<number>(() => 0, 2);
    recent.set('a', 1, 10);
    recent.set('b', 2, 10);
    expect(recent.get('a')).toBe(1);
    recent.set('c', 3, 10);
    expect(['a', 'b', 'c'].map((key) => recent.get(key))).toEqual([1, undefined, 3]);
  });
});
