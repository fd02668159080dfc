import type { BuiltinDecl, TypeDecl } from './builtin.ts';

/* The types of OPA's capabilities, in the few shapes that signatures here need. */

export const ANY: TypeDecl = { type: 'any' };
export const BOOLEAN: TypeDecl = { type: 'boolean' };
export const NULL: TypeDecl = { type: 'null' };
export const NUMBER: TypeDecl = { type: 'number' };
export const STRING: TypeDecl = { type: 'string' };

export function fn(args: readonly TypeDecl[], result: TypeDecl): BuiltinDecl {
  return args.length === 0 ? { result, type: 'function' } : { args, result, type: 'function' };
}

export function anyOf(...of: readonly TypeDecl[]): TypeDecl {
  return { of, type: 'any' };
}

export function arrayOf(dynamic: TypeDecl): TypeDecl {
  return { dynamic, type: 'array' };
}

export function tuple(...items: readonly TypeDecl[]): TypeDecl {
  return { static: items, type: 'array' };
}

export function setOf(of: TypeDecl): TypeDecl {
  return { of, type: 'set' };
}

/** An object with any keys of a type. */
export function mapOf(key: TypeDecl, value: TypeDecl): TypeDecl {
  return { dynamic: { key, value }, type: 'object' };
}

/** An object with exactly these keys. */
export function record(properties: Readonly<Record<string, TypeDecl>>): TypeDecl {
  return { static: listed(properties), type: 'object' };
}

/** An object with these keys and any others. */
export function openRecord(properties: Readonly<Record<string, TypeDecl>>, key: TypeDecl, value: TypeDecl): TypeDecl {
  return { dynamic: { key, value }, static: listed(properties), type: 'object' };
}

function listed(properties: Readonly<Record<string, TypeDecl>>): { key: string; value: TypeDecl }[] {
  return Object.entries(properties).map(([key, value]) => ({ key, value }));
}
