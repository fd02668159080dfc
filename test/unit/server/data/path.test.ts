import { describe, expect, it } from 'vitest';
import { pathText, referenceOf, segmentsOf, select } from '../../../../src/server/data/path.ts';

describe('segmentsOf', () => {
  it.each([
    ['/verdict/decision', ['verdict', 'decision']],
    ['verdict/decision', ['verdict', 'decision']],
    ['//verdict///decision/', ['verdict', 'decision']],
    ['/', []],
    ['', []],
    ['/a%2Fb/c', ['a/b', 'c']],
    ['/../a/./%2e%2e', ['..', 'a', '.', '..']],
    ['/a%zz/%', ['a%zz', '%']],
    ['/a%20b/%C3%A9', ['a b', 'é']],
  ])('takes %s apart', (path, segments) => {
    expect(segmentsOf(path)).toEqual(segments);
  });
});

describe('select', () => {
  const entrypoints = ['verdict/decision', 'verdict/lib/a', 'verdict/lib/a/inner', 'verdicts', 'odd%2Fname/x'];

  it('prefers the entrypoint of that very name', () => {
    expect(select(entrypoints, ['verdict', 'decision'])).toEqual({
      kind: 'entrypoint',
      name: 'verdict/decision',
      rest: [],
    });
    expect(select(entrypoints, ['verdict', 'lib', 'a'])).toMatchObject({ name: 'verdict/lib/a', rest: [] });
    expect(select(entrypoints, ['odd/name', 'x'])).toMatchObject({ name: 'odd%2Fname/x', rest: [] });
  });

  it('leads into the longest entrypoint', () => {
    expect(select(entrypoints, ['verdict', 'decision', 'allow'])).toEqual({
      kind: 'entrypoint',
      name: 'verdict/decision',
      rest: ['allow'],
    });
    const inner = select(entrypoints, ['verdict', 'lib', 'a', 'inner', '..', 'x']);
    expect(inner).toMatchObject({ name: 'verdict/lib/a/inner', rest: ['..', 'x'] });
  });

  it('finds the entrypoints of a package, without those that are part of another', () => {
    expect(select(entrypoints, ['verdict'])).toEqual({
      kind: 'package',
      members: [
        { name: 'verdict/decision', segments: ['decision'] },
        { name: 'verdict/lib/a', segments: ['lib', 'a'] },
      ],
    });
    expect(select(entrypoints, [])).toMatchObject({ members: { length: 4 } });
  });

  it.each([
    [['verdict/decision']],
    [['verd']],
    [['..', 'verdict', 'decision']],
    [['verdict', '..', 'verdict', 'decision']],
    [['__proto__']],
    [['odd', 'name', 'x']],
  ])('finds nothing at %j', (path) => {
    expect(select(entrypoints, path)).toEqual({ kind: 'missing' });
  });

  it('finds nothing where there is no policy', () => {
    expect(select([], [])).toEqual({ kind: 'missing' });
  });
});

describe('names of paths', () => {
  it('are written as Rego writes them', () => {
    expect(referenceOf(['verdict', 'decision'])).toBe('data.verdict.decision');
    expect(referenceOf(['a b', 'c"', '_d1'])).toBe('data["a b"]["c\\""]._d1');
    expect(referenceOf([])).toBe('data');
  });

  it('are recorded so that no two look alike', () => {
    expect(pathText(['a/b', 'c'])).toBe('a%2Fb/c');
    expect(pathText(['a', 'b', 'c'])).toBe('a/b/c');
    expect(pathText(['\ud800'])).toBe('%EF%BF%BD');
  });
});
