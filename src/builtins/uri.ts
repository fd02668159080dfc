import { escapeQuery, parseQuery, parseUrl, splitHostPort, unescapeQuery } from './go/url.ts';

import { isArray, objectAt, refused, stringAt } from './operands.ts';
import { jsonEntries, RegoObject, RegoSet, type Value } from './value.ts';

/** `uri.parse(text)`: the parts that are there. */
export function parse(args: readonly Value[]): Value | undefined {
  const url = parseUrl(stringAt(args, 0));
  if (url === undefined) return undefined;
  const { host, port } = splitHostPort(url.host);
  const parts: [Value, Value][] = [
    ['scheme', url.scheme],
    ['hostname', host],
    ['port', port],
    ['path', url.path],
    ['raw_path', url.rawPath === '' ? url.path : url.rawPath],
    ['raw_query', url.rawQuery],
    ['fragment', url.fragment],
  ];
  return new RegoObject(parts.filter(([, part]) => part !== ''));
}

/** `uri.is_valid(text)`. */
export function isValid(args: readonly Value[]): Value {
  const [text] = args;
  return typeof text === 'string' && text !== '' && parseUrl(text) !== undefined;
}

/** `urlquery.encode(text)`. */
export function encode(args: readonly Value[]): Value {
  return escapeQuery(stringAt(args, 0));
}

/** `urlquery.decode(text)`. */
export function decode(args: readonly Value[]): Value | undefined {
  return unescapeQuery(stringAt(args, 0));
}

/** `urlquery.encode_object(object)`: values are strings, or arrays or sets of strings. */
export function encodeObject(args: readonly Value[]): Value {
  const pairs: string[] = [];
  for (const [key, value] of jsonEntries(objectAt(args, 0))) {
    const values = value instanceof RegoSet ? value.items() : isArray(value) ? value : [value];
    for (const item of values) {
      if (typeof item !== 'string') throw refused('the values must be strings, or arrays or sets of strings');
      pairs.push(`${escapeQuery(key)}=${escapeQuery(item)}`);
    }
  }
  return pairs.join('&');
}

/** `urlquery.decode_object(text)`: an array of values for each key. */
export function decodeObject(args: readonly Value[]): Value | undefined {
  const query = parseQuery(stringAt(args, 0));
  return query === undefined ? undefined : new RegoObject(query);
}
