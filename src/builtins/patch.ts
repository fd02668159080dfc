import { arrayAt, isArray, refused, toInt64Text, valueAt } from './operands.ts';
import { compareValues, RegoNumber, RegoObject, RegoSet, type Value } from './value.ts';

/** Most values that the `copy` operations of one patch duplicate: each could double the document. */
const MAX_COPIED = 1_000_000;

/** A path into a value: keys of objects, members of sets, indexes of arrays. */
type Path = readonly Value[];

/**
 * `json.patch(value, operations)`: [RFC 6902](https://www.rfc-editor.org/rfc/rfc6902) over Rego values: paths are pointers or
 * arrays of keys, leading slashes are as good as one, members of sets are their own keys. All or nothing.
 */
export function patch(args: readonly Value[]): Value | undefined {
  let document: Value | undefined = valueAt(args, 0);
  let copied = 0;
  for (const operation of arrayAt(args, 1)) {
    if (!(operation instanceof RegoObject)) throw refused('an operation must be an object');
    if (operation.get('op') === 'copy') {
      copied += countValues(find(document, toPath(attribute(operation, 'from'))), MAX_COPIED - copied);
    }
    document = apply(document, operation);
  }
  return document;
}

/** `document` is undefined after its root was removed. */
function apply(document: Value | undefined, operation: RegoObject): Value | undefined {
  const path = toPath(attribute(operation, 'path'));
  const op = attribute(operation, 'op');
  switch (typeof op === 'string' ? op : '') {
    case 'add':
      return insert(document, path, attribute(operation, 'value'));
    case 'remove':
      return remove(document, path);
    case 'replace':
      return insert(remove(document, path), path, attribute(operation, 'value'));
    case 'move': {
      const from = toPath(attribute(operation, 'from'));
      const moved = find(document, from);
      return insert(remove(document, from), path, moved);
    }
    case 'copy':
      return insert(document, path, find(document, toPath(attribute(operation, 'from'))));
    case 'test':
      if (compareValues(find(document, path), attribute(operation, 'value')) !== 0) throw refused('a test failed');
      return document;
    default:
      throw refused('the operation is not known');
  }
}

/** How many values a value is made of. @throws VerdictError BUILTIN_FAILED beyond `most`. */
function countValues(value: Value, most: number): number {
  let count = 0;
  const waiting = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    count += 1;
    if (count > most) throw refused(`a patch copies more than ${MAX_COPIED} values`);
    if (next instanceof RegoObject) for (const [, item] of next.entries()) waiting.push(item);
    else if (next instanceof RegoSet) for (const item of next.items()) waiting.push(item);
    else if (isArray(next)) for (const item of next) waiting.push(item);
  }
  return count;
}

function attribute(operation: RegoObject, name: string): Value {
  const value = operation.get(name);
  if (value === undefined) throw refused(`an operation lacks "${name}"`);
  return value;
}

function toPath(value: Value): Path {
  if (isArray(value)) return value;
  if (typeof value !== 'string') throw refused('a path must be a string or an array');
  if (value === '') return [];
  return value
    .replace(/^\/+/, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function find(document: Value | undefined, path: Path): Value {
  let value = document;
  for (const key of path) value = value === undefined ? undefined : child(value, key);
  if (value === undefined) throw refused('a path leads nowhere');
  return value;
}

function child(value: Value, key: Value): Value | undefined {
  if (value instanceof RegoObject) return value.get(key);
  if (value instanceof RegoSet) return value.has(key) ? key : undefined;
  return isArray(value) ? value[indexOf(key, value.length)] : undefined;
}

/** Applies `change` to the container that `path` ends in, and rebuilds what holds it. */
function edit(document: Value | undefined, path: Path, change: (parent: Value, key: Value) => Value): Value {
  const [key, ...rest] = path;
  if (document === undefined || key === undefined) throw refused('a path leads nowhere');
  if (rest.length === 0) return change(document, key);
  const inner = edit(child(document, key), rest, change);
  if (document instanceof RegoObject) return new RegoObject([...document.entries(), [key, inner]]);
  if (document instanceof RegoSet) return new RegoSet([...without(document, key), inner]);
  return isArray(document) ? document.with(indexOf(key, document.length), inner) : document;
}

function insert(document: Value | undefined, path: Path, value: Value): Value {
  if (path.length === 0) return value;
  return edit(document, path, (parent, key) => {
    if (parent instanceof RegoObject) return new RegoObject([...parent.entries(), [key, value]]);
    if (parent instanceof RegoSet && compareValues(key, value) === 0) return new RegoSet([...parent.items(), value]);
    if (!isArray(parent)) throw refused('a path leads into a value that cannot hold the new one');
    const index = indexOf(key, parent.length);
    if (index < 0 || index > parent.length) throw refused('an index is out of bounds');
    return parent.toSpliced(index, 0, value);
  });
}

function remove(document: Value | undefined, path: Path): Value | undefined {
  if (path.length === 0) {
    if (document === undefined) throw refused('there is nothing left to remove');
    return undefined;
  }
  return edit(document, path, (parent, key) => {
    if (child(parent, key) === undefined) throw refused('a path leads nowhere');
    if (parent instanceof RegoObject) {
      return new RegoObject(parent.entries().filter(([other]) => compareValues(other, key) !== 0));
    }
    return parent instanceof RegoSet
      ? new RegoSet(without(parent, key))
      : toArray(parent).toSpliced(indexOf(key, 0), 1);
  });
}

function without(set: RegoSet, key: Value): readonly Value[] {
  return set.items().filter((item) => compareValues(item, key) !== 0);
}

function toArray(value: Value): readonly Value[] {
  return isArray(value) ? value : [];
}

/** An array's index of a path: an integer or its text; `-` is the place after the last. */
function indexOf(key: Value, length: number): number {
  if (key === '-') return length;
  const text = key instanceof RegoNumber ? key.text : key;
  if (typeof text !== 'string' || (typeof key === 'string' && key !== '0' && key.startsWith('0'))) {
    throw refused('an index must be an integer without leading zeros');
  }
  const index = toInt64Text(text);
  if (index === undefined) throw refused('an index must be an integer');
  return Number(index);
}
