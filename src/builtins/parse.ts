import { VerdictError } from '../errors.ts';
import { RegoObject, RegoSet } from './collections.ts';
import { RegoNumber } from './number.ts';
import type { Value } from './value.ts';

/** Deepest nesting read: documents have at most 256 levels, and evidence and policies wrap them in a few more. */
export const MAX_VALUE_DEPTH = 1_000;

const NUMBER = /-?[0-9.][0-9.eE+-]*/y;
const PLAIN = /[ !#-[\]-\uffff]*/y;
const ESCAPE = /\\(?:["\\/bfnrtav]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8})/y;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Reads the text of one Rego value: what `opa_value_dump` of a policy's module writes and what `ast.Term.String()` of
 * OPA prints. That is JSON, and sets (`{1, 2}`, `set()`), any value as key, `.5`, Go's string escapes.
 *
 * @throws VerdictError DOCUMENT_INVALID at the first character that does not fit, LIMIT_EXCEEDED beyond a limit.
 */
export function parseValue(text: string): Value {
  return new Reader(text, true).document();
}

/**
 * Reads one JSON document, numbers exact. Of equal keys the last counts, as in OPA.
 *
 * @throws VerdictError as `parseValue`.
 */
export function fromJson(text: string): Value {
  return new Reader(text, false).document();
}

class Reader {
  readonly #text: string;
  readonly #rego: boolean;
  #at = 0;

  constructor(text: string, rego: boolean) {
    this.#text = text;
    this.#rego = rego;
  }

  document(): Value {
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(depth: number): Value {
    if (depth > MAX_VALUE_DEPTH) {
      throw new VerdictError('LIMIT_EXCEEDED', `a value is nested deeper than ${MAX_VALUE_DEPTH} levels`);
    }
    this.#skipSpace();
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x22:
        return this.#string();
      case 0x7b:
        return this.#braces(depth);
      case 0x5b:
        return this.#array(depth);
      case 0x6e:
        return this.#word('null', null);
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x73:
        return this.#emptySet();
      default:
        return this.#number();
    }
  }

  #word<T extends Value>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected();
    this.#at += word.length;
    return value;
  }

  #number(): RegoNumber {
    const text = this.#match(NUMBER);
    if (text === '' || (!this.#rego && /^-?\.|\.(?![0-9])/.test(text))) throw this.#unexpected();
    return RegoNumber.parse(text);
  }

  #emptySet(): RegoSet {
    if (!this.#rego) throw this.#unexpected();
    this.#word('set(', null);
    this.#expect(')');
    return new RegoSet([]);
  }

  #array(depth: number): readonly Value[] {
    this.#at += 1;
    const items: Value[] = [];
    if (this.#accept(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#accept(','));
    this.#expect(']');
    return items;
  }

  #braces(depth: number): RegoObject | RegoSet {
    this.#at += 1;
    if (this.#accept('}')) return new RegoObject([]);
    const first = this.#value(depth + 1);
    if (this.#accept(':')) return this.#object(first, depth);
    if (!this.#rego) throw this.#unexpected();
    const items = [first];
    while (this.#accept(',')) items.push(this.#value(depth + 1));
    this.#expect('}');
    return new RegoSet(items);
  }

  #object(first: Value, depth: number): RegoObject {
    const entries: [Value, Value][] = [];
    let key = first;
    for (;;) {
      if (!this.#rego && typeof key !== 'string') throw this.#unexpected();
      entries.push([key, this.#value(depth + 1)]);
      if (!this.#accept(',')) break;
      key = this.#value(depth + 1);
      this.#expect(':');
    }
    this.#expect('}');
    return new RegoObject(entries);
  }

  #string(): string {
    this.#at += 1;
    let value = this.#match(PLAIN);
    if (this.#text.charCodeAt(this.#at) !== 0x22) {
      const parts = [value];
      while (this.#text.charCodeAt(this.#at) !== 0x22) parts.push(this.#unescape(), this.#match(PLAIN));
      value = parts.join('').toWellFormed();
    }
    this.#at += 1;
    return value;
  }

  #unescape(): string {
    const escaped = this.#match(ESCAPE);
    const kind = escaped[1];
    if (kind === undefined || (!this.#rego && 'avxU'.includes(kind))) throw this.#unexpected();
    const hex = Number.parseInt(escaped.slice(2), 16);
    switch (kind) {
      case 'u':
        return String.fromCharCode(hex);
      case 'x':
        return hex < 0x80 ? String.fromCharCode(hex) : '\ufffd';
      case 'U':
        return hex <= 0x10ffff ? String.fromCodePoint(hex) : '\ufffd';
      default:
        return SHORT_ESCAPES[kind] ?? kind;
    }
  }

  #skipSpace(): void {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 0x20 || (code >= 0x09 && code <= 0x0d && (this.#rego || code < 0x0b || code === 0x0d))) {
      this.#at += 1;
      code = this.#text.charCodeAt(this.#at);
    }
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #accept(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#accept(character)) throw this.#unexpected();
  }

  #unexpected(): VerdictError {
    const found = this.#text.slice(this.#at, this.#at + 12);
    return new VerdictError(
      'DOCUMENT_INVALID',
      found === ''
        ? 'the text of a value ends too early'
        : `no value can go on with ${JSON.stringify(found)} at offset ${this.#at}`,
    );
  }
}
