import { VerdictError } from '../../errors.ts';

/** The parameters after the question mark of a URL, each with all its values. */
export class Query {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** Every value of a parameter; empty where it is not there. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** A switch, as OPA reads it: on without a value, or with `true` in any case among its values. */
  flag(name: string): boolean {
    const values = this.all(name);
    return (values.length === 1 && values[0] === '') || values.some((value) => value.toLowerCase() === 'true');
  }
}

/** What may stand in a URL unencoded; anything else arrives as bytes whose encoding nobody named. */
const ASCII = /^[\x21-\x7e]*$/;

/** The path and the parameters of a URL as it was sent. Throws DOCUMENT_INVALID on parameters that are wrongly encoded. */
export function urlOf(url: string): { readonly path: string; readonly query: Query } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: new Query(new Map()) };
  const text = url.slice(mark + 1);
  if (!ASCII.test(text))
    throw new VerdictError('DOCUMENT_INVALID', 'the query has characters that must be percent-encoded');
  const values = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    const [name, value] = nameAndValue(pair);
    if (name === '' && value === '') continue;
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return { path: url.slice(0, mark), query: new Query(values) };
}

function nameAndValue(pair: string): readonly [string, string] {
  const equals = pair.indexOf('=');
  return equals < 0 ? [decoded(pair), ''] : [decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new VerdictError('DOCUMENT_INVALID', 'the query is not percent-encoded UTF-8', { cause });
  }
}
