import { describe, expect, it } from 'vitest';
import { memo } from '../../../src/server/memo.ts';

describe('a function whose results are kept', () => {
  const counted = (options: Parameters<typeof memo>[1]) => {
    const made: string[] = [];
    const make = memo((text) => {
      made.push(text);
      if (text === 'bad') throw new Error(text);
      return { text };
    }, options);
    return { make, made };
  };

  it('is asked once for each text, and gives the same result', () => {
    const { make, made } = counted({ entries: 10, length: 10 });
    expect(make('a')).toBe(make('a'));
    expect(make('b')).toEqual({ text: 'b' });
    expect(made).toEqual(['a', 'b']);
  });

  it('keeps so many, the last used', () => {
    const { make, made } = counted({ entries: 2, length: 10 });
    for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) make(text);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it('keeps neither what is too long nor what it throws', () => {
    const { make, made } = counted({ entries: 10, length: 3 });
    make('long');
    make('long');
    expect(() => make('bad')).toThrow('bad');
    expect(() => make('bad')).toThrow('bad');
    expect(made).toEqual(['long', 'long', 'bad', 'bad']);
  });
});
