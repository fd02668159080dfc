import { describe, expect, it } from 'vitest';
import { urlOf } from '../../../../src/server/data/query.ts';

describe('urlOf', () => {
  it('leaves a path as it was sent', () => {
    expect(urlOf('/v1/data/a%2Fb?x=1').path).toBe('/v1/data/a%2Fb');
    expect(urlOf('/v1/data').path).toBe('/v1/data');
  });

  it.each([
    ['?pretty', true],
    ['?pretty=', true],
    ['?pretty=true', true],
    ['?pretty=TRUE', true],
    ['?pretty=false&pretty=true', true],
    ['?%70retty=true', true],
    ['?pretty=1', false],
    ['?pretty=false', false],
    ['?pretty&pretty', false],
    ['?other', false],
    ['', false],
  ])('reads the switch in %s as OPA does', (url, on) => {
    expect(urlOf(url).query.flag('pretty')).toBe(on);
  });

  it('keeps every value, decoded', () => {
    expect(urlOf('/?a=1+2&a=%C3%A9&&b=x=y').query.all('a')).toEqual(['1 2', 'é']);
    expect(urlOf('/?a=1&b=x=y').query.all('b')).toEqual(['x=y']);
    expect(urlOf('/?__proto__=1').query.all('__proto__')).toEqual(['1']);
  });

  it.each(['?a=%zz', '?a=%ff', '?a=%ed%a0%80', '?%=1', '?a=é', '?a=b c'])('refuses %s', (url) => {
    expect(() => urlOf(url)).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }));
  });
});
