import { isArray, refused } from '../operands.ts';
import { RegoNumber, RegoObject, type Value } from '../value.ts';

/** Keywords under which no schema stands. */
const LITERAL = new Set(['const', 'enum']);

/** Keywords whose members are schemas under names of their own: a property may be called `$ref`. */
const NAMED = new Set(['properties', 'patternProperties', 'dependencies']);

/** The places of one schema document that references can lead to. Nothing outside it is ever read. */
export class References {
  /** Schemas by the absolute form of their `$id`; the document itself under the empty one. */
  readonly #documents = new Map<string, Value>();

  constructor(root: Value) {
    this.#collect(root, '');
    this.#documents.set('', root);
  }

  /** The schema that `reference` names, seen from a schema with the base `base`, and its absolute name. */
  find(base: string, reference: string): { readonly name: string; readonly schema: Value; readonly base: string } {
    const name = resolve(base, reference);
    const whole = this.#documents.get(name);
    if (whole !== undefined) return { name, schema: whole, base: name };
    const [document, fragment] = split(name);
    const found = this.#documents.get(document);
    if (found === undefined) throw refused(`Reference ${name} must be canonical`);
    return { name, schema: follow(found, fragment), base: document };
  }

  #collect(value: Value, base: string): void {
    if (isArray(value)) for (const item of value) this.#collect(item, base);
    if (!(value instanceof RegoObject)) return;
    const own = ownBase(value, base);
    if (own !== base) {
      if (this.#documents.has(own)) throw refused(`Reference already exists: "${own}"`);
      this.#documents.set(own, value);
    }
    for (const [key, item] of value.entries()) {
      if (typeof key !== 'string' || LITERAL.has(key)) continue;
      if (!NAMED.has(key)) this.#collect(item, own);
      else if (item instanceof RegoObject) for (const [, schema] of item.entries()) this.#collect(schema, own);
    }
  }
}

/** The base of references in a schema: its `$id` (`id` in draft-04) seen from the base around it. */
export function ownBase(schema: RegoObject, base: string): string {
  const id = schema.get('id') ?? schema.get('$id');
  return typeof id === 'string' ? resolve(base, id) : base;
}

/** Resolves as URLs do; without an absolute base a reference stays as it is. An empty fragment is none. */
function resolve(base: string, reference: string): string {
  const [document] = split(base);
  const resolved =
    document === '' || URL.canParse(reference)
      ? reference
      : URL.canParse(document)
        ? new URL(reference, document).href
        : reference.startsWith('#')
          ? document + reference
          : reference;
  return resolved.replace(/#$/, '');
}

function split(name: string): readonly [string, string] {
  const hash = name.indexOf('#');
  return hash < 0 ? [name, ''] : [name.slice(0, hash), name.slice(hash + 1)];
}

/** Follows a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) in a fragment. */
function follow(document: Value, fragment: string): Value {
  if (fragment === '') return document;
  if (!fragment.startsWith('/')) throw refused(`Reference #${fragment} must be canonical`);
  let value = document;
  for (const escaped of fragment.slice(1).split('/')) {
    const token = decode(escaped).replaceAll('~1', '/').replaceAll('~0', '~');
    const next =
      value instanceof RegoObject
        ? value.get(token)
        : isArray(value) && /^[0-9]+$/.test(token)
          ? value[Number(token)]
          : undefined;
    if (next === undefined) {
      throw refused(
        value instanceof RegoNumber ? `Invalid token reference '${token}'` : `Object has no key '${token}'`,
      );
    }
    value = next;
  }
  return value;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
