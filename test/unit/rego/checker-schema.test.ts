import { expect, test } from 'vitest';
import { checkerSchema } from '../../../src/rego/checker-schema.ts';

test('conditions go, at any depth, and parts of allOf that were nothing else', () => {
  // As text, because an object with `then` looks like a promise to linters.
  const condition = JSON.parse(
    '{"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}, "else": false}',
  );
  const schema = {
    type: 'object',
    not: { required: ['z'] },
    allOf: [condition, { type: 'object', ...condition }],
    properties: { a: { type: 'array', items: { anyOf: [{ type: 'string', not: {} }] } } },
    additionalProperties: { allOf: [condition] },
    definitions: { d: { items: [{ ...condition, type: 'null' }] } },
  };
  expect(checkerSchema(schema)).toEqual({
    type: 'object',
    allOf: [{ type: 'object' }],
    properties: { a: { type: 'array', items: { anyOf: [{ type: 'string' }] } } },
    additionalProperties: {},
    definitions: { d: { items: [{ type: 'null' }] } },
  });
});

test('properties that are called like conditions stay, as does what only looks like a schema', () => {
  const schema = { properties: { if: { type: 'string' }, not: true }, enum: [{ not: 1 }], default: { if: 1 } };
  expect(checkerSchema(schema)).toEqual(schema);
});

test('schemas that are booleans or no schemas at all are left alone', () => {
  for (const schema of [true, false, null, 'x', [1]]) expect(checkerSchema(schema)).toBe(schema);
});
