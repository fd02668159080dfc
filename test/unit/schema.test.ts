import { describe, expect, it } from 'vitest';
import { compileSchema, MAX_SCHEMA_FAULTS } from '../../src/schema.ts';

const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';
const pointers = (schema: unknown, value: unknown): readonly string[] =>
  compileSchema(schema, 'test')
    .validate(value)
    .map(({ pointer }) => pointer);

describe('compileSchema', () => {
  it('tells every place of a document that does not fit, as JSON pointers', () => {
    const schema = {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, list: { items: { type: 'integer', minimum: 1 } }, 'a/b~c': { const: 1 } },
    };
    expect(pointers(schema, { name: 'x', list: [1, 2], 'a/b~c': 1 })).toEqual([]);
    expect(pointers(schema, { list: ['a', 0], 'a/b~c': 2 })).toEqual(['', '/list/0', '/list/1', '/a~1b~0c']);
  });

  it('says which property is too much and which values there may be', () => {
    const validator = compileSchema({ properties: { a: { enum: ['x', 'y'] } }, additionalProperties: false }, 'test');
    const messages = validator.validate({ a: 'z', b: 1 }).map(({ message }) => message);
    expect(messages.join()).toMatch(/"b".*\["x","y"\]/);
  });

  it('reads draft-07 and 2020-12 by what the schema says, with draft-07 where it says nothing', () => {
    const items = [{ type: 'string' }];
    expect(pointers({ items }, [1])).toEqual(['/0']);
    expect(pointers({ $schema: 'http://json-schema.org/draft-07/schema#', items }, [1])).toEqual(['/0']);
    expect(pointers({ $schema: DRAFT_2020, prefixItems: items }, [1])).toEqual(['/0']);
    expect(pointers({ prefixItems: items }, [1])).toEqual([]);
  });

  it('takes formats it knows and ignores formats and keywords it does not', () => {
    expect(pointers({ format: 'date-time' }, 'yesterday')).toEqual(['']);
    expect(pointers({ format: 'iri-reference', 'meta:enum': {}, type: 'string' }, 'x')).toEqual([]);
  });

  it('follows references within the schema, and two schemas may bear one $id', () => {
    const schema = {
      $id: 'https://example.com/a',
      definitions: { b: { type: 'number' } },
      properties: { b: { $ref: '#/definitions/b' } },
    };
    expect(pointers(schema, { b: 'x' })).toEqual(['/b']);
    expect(pointers({ ...schema, definitions: { b: { type: 'string' } } }, { b: 'x' })).toEqual([]);
  });

  it.each([
    ['a reference to another place', { $ref: 'https://example.com/other.json' }],
    ['a reference to a file', { properties: { a: { $ref: 'other.json#/definitions/x' } } }],
    ['a reference to nothing', { $ref: '#/definitions/none' }],
    ['a dialect nobody speaks here', { $schema: 'http://json-schema.org/draft-03/schema#' }],
    ['a keyword with the wrong value', { type: 'strin' }],
    ['a pattern that is none', { pattern: '(' }],
    ['a list', []],
    ['a string', 'schema'],
    ['null', null],
  ])('refuses %s when it is compiled', (_, schema) => {
    expect(() => compileSchema(schema, 'mine')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('mine') }),
    );
  });

  it('tells a bounded number of faults, with bounded names', () => {
    const schema = { additionalProperties: false };
    const value = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`${n}${'k'.repeat(5000)}`, 0]));
    const faults = compileSchema(schema, 'test').validate(value);
    expect(faults).toHaveLength(MAX_SCHEMA_FAULTS);
    expect(Math.max(...faults.map(({ message }) => message.length))).toBeLessThan(400);
  });

  it('tells the first fault only of a large document', () => {
    expect(pointers({ items: { type: 'string' } }, Array(30_000).fill(1))).toEqual(['/0']);
    expect(pointers({ items: { items: { type: 'string' } } }, Array(3000).fill(Array(10).fill(1)))).toEqual(['/0/0']);
  });

  describe('uniqueItems', () => {
    const unique = (value: unknown): boolean => pointers({ uniqueItems: true }, value).length === 0;

    it('compares by value, whatever the order of keys', () => {
      expect(unique([1, '1', [1], { a: 1 }, { a: '1' }, null, 'null', true, 'true', [], {}])).toBe(true);
      expect(
        unique([
          { a: 1, b: [2, { c: 3, d: 4 }] },
          { b: [2, { d: 4, c: 3 }], a: 1 },
        ]),
      ).toBe(false);
      expect(unique(['a,b', ['a', 'b'], 'a', 'b'])).toBe(true);
      expect(unique([1, 2, 1])).toBe(false);
    });

    it('is asked of lists only, and not where it is false', () => {
      expect(unique('aa')).toBe(true);
      expect(pointers({ uniqueItems: false }, [1, 1])).toEqual([]);
    });

    it('is one pass over 200,000 objects', () => {
      expect(unique(Array.from({ length: 200_000 }, (_, n) => ({ name: 'same', n })))).toBe(true);
      expect(unique(Array.from({ length: 200_000 }, (_, n) => ({ name: 'same', n: n % 199_999 })))).toBe(false);
    });
  });
});
