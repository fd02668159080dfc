import { compareNumbers, RegoNumber } from './number.ts';
import { compareStrings } from './order.ts';
import type { Value } from './value.ts';

/** A Rego set: distinct values, read in OPA's order. Immutable. */
export class RegoSet {
  readonly #members: ReadonlyMap<string, Value>;
  #sorted: readonly Value[] | undefined;

  constructor(items: Iterable<Value>) {
    const members = new Map<string, Value>();
    for (const item of items) {
      const key = identity(item);
      if (!members.has(key)) members.set(key, item);
    }
    this.#members = members;
  }

  get size(): number {
    return this.#members.size;
  }

  has(item: Value): boolean {
    return this.#members.has(identity(item));
  }

  /** The members in OPA's order. */
  items(): readonly Value[] {
    this.#sorted ??= [...this.#members.values()].sort(compareValues);
    return this.#sorted;
  }
}

/** A Rego object: any value as key, read in OPA's order of keys. Immutable; of equal keys the first stays and the last value counts. */
export class RegoObject {
  readonly #strings: ReadonlyMap<string, Value>;
  readonly #others: ReadonlyMap<string, readonly [Value, Value]> | undefined;
  #sorted: readonly (readonly [Value, Value])[] | undefined;

  constructor(entries: Iterable<readonly [Value, Value]>) {
    const strings = new Map<string, Value>();
    let others: Map<string, readonly [Value, Value]> | undefined;
    for (const [key, value] of entries) {
      if (typeof key === 'string') {
        strings.set(key, value);
      } else {
        others ??= new Map();
        const id = identity(key);
        others.set(id, [others.get(id)?.[0] ?? key, value]);
      }
    }
    this.#strings = strings;
    this.#others = others;
  }

  get size(): number {
    return this.#strings.size + (this.#others?.size ?? 0);
  }

  /** The value under an equal key, or undefined when there is none. */
  get(key: Value): Value | undefined {
    return typeof key === 'string' ? this.#strings.get(key) : this.#others?.get(identity(key))?.[1];
  }

  has(key: Value): boolean {
    return typeof key === 'string' ? this.#strings.has(key) : (this.#others?.has(identity(key)) ?? false);
  }

  /** The pairs in OPA's order of keys. */
  entries(): readonly (readonly [Value, Value])[] {
    if (this.#sorted === undefined) {
      const strings = [...this.#strings].sort(([a], [b]) => compareStrings(a, b));
      this.#sorted =
        this.#others === undefined
          ? strings
          : [...strings, ...this.#others.values()].sort(([a], [b]) => compareValues(a, b));
    }
    return this.#sorted;
  }

  keys(): readonly Value[] {
    return this.entries().map(([key]) => key);
  }
}

/** A text that is the same for equal values and only for those. */
export function identity(value: Value): string {
  if (typeof value === 'string') return `"${value}`;
  if (value instanceof RegoNumber) return value.identity();
  if (value === null || typeof value === 'boolean') return String(value);
  const parts =
    value instanceof RegoSet
      ? value.items().map(identity)
      : value instanceof RegoObject
        ? value.entries().flatMap(([key, item]) => [identity(key), identity(item)])
        : value.map(identity);
  const tag = value instanceof RegoSet ? 'set' : value instanceof RegoObject ? 'object' : 'array';
  return `${tag}${parts.map((part) => `${part.length}:${part}`).join('')}`;
}

/**
 * OPA's total order of values: null, booleans, numbers, strings, arrays, objects, sets
 * (`ast.Compare`, OPA 1.22 v1/ast/compare.go). Negative, zero or positive.
 */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (a instanceof RegoNumber && b instanceof RegoNumber) return compareNumbers(a, b);
  const kinds = rank(a) - rank(b);
  if (kinds !== 0) return kinds;
  if (typeof a === 'boolean') return a ? 1 : -1;
  if (a instanceof RegoSet && b instanceof RegoSet) return compareLists(a.items(), b.items());
  if (a instanceof RegoObject && b instanceof RegoObject) return compareObjects(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b);
  return 0;
}

function compareLists(a: readonly Value[], b: readonly Value[]): number {
  for (const [i, item] of a.entries()) {
    const other = b[i];
    if (other === undefined) break;
    const order = compareValues(item, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: RegoObject, b: RegoObject): number {
  const others = b.entries();
  for (const [i, [key, value]] of a.entries().entries()) {
    const other = others[i];
    if (other === undefined) break;
    const order = compareValues(key, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return a.size - b.size;
}

function rank(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (value instanceof RegoNumber) return 2;
  if (typeof value === 'string') return 3;
  if (value instanceof RegoObject) return 5;
  return value instanceof RegoSet ? 6 : 4;
}
