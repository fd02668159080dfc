import { describe, expect, it } from 'vitest';
import { mergeScopes, pullScope } from '../../../src/registry/scopes.ts';

describe('mergeScopes', () => {
  it('joins the actions of one resource', () => {
    expect(mergeScopes([pullScope('team/app')], ['repository:team/app:push,pull'])).toEqual([
      'repository:team/app:pull,push',
    ]);
  });

  it('gives equal texts for equal sets', () => {
    const one = mergeScopes(['repository:b:pull', 'repository:a:push,pull']);
    expect(one).toEqual(mergeScopes(['repository:a:pull'], ['repository:a:push', 'repository:b:pull']));
  });

  it('keeps scopes of other forms as they are', () => {
    expect(mergeScopes(['aws', 'registry:catalog:*', 'repository:host:5000/x:pull'])).toEqual([
      'aws',
      'registry:catalog:*',
      'repository:host:5000/x:pull',
    ]);
  });

  it('drops what no scope can be', () => {
    expect(mergeScopes(['', 'with "quotes"', `x${'y'.repeat(600)}`, 'new\nline'])).toEqual([]);
  });

  it('takes 16 resources at most, and goes on joining those', () => {
    const many = Array.from({ length: 40 }, (_, index) => `repository:r${index}:pull`);
    const merged = mergeScopes(many, ['repository:r0:push']);
    expect(merged).toHaveLength(16);
    expect(merged).toContain('repository:r0:pull,push');
  });
});
