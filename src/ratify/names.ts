import { isDeepStrictEqual } from 'node:util';

/** Characters of a name of a verifier or a trust. */
const MAX_LENGTH = 63;

const VERIFIER = /[^a-z0-9-]+/g;
const TRUST = /[^A-Za-z0-9_.-]+/g;

/** A name as verifiers have them: lower-case letters, digits, `-`. */
export const verifierName = (text: string): string => fitting(text.toLowerCase(), VERIFIER, 'verifier');

/** A name as trusts have them: letters, digits, `_`, `.`, `-`. */
export const trustName = (text: string): string => fitting(text, TRUST, 'trust');

const fitting = (text: string, others: RegExp, fallback: string): string =>
  text
    .replaceAll(others, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, MAX_LENGTH) || fallback;

/** Gives every thing a name of its own, and equal things the same. */
export class Named<T> {
  readonly #things = new Map<string, T>();

  /** The name under which the thing stands: the one wished for, or that with a number. */
  claim(wish: string, thing: T): string {
    for (let number = 1; ; number++) {
      const name = number === 1 ? wish : `${wish.slice(0, MAX_LENGTH - String(number).length - 1)}-${number}`;
      const known = this.#things.get(name);
      if (known === undefined) this.#things.set(name, thing);
      if (known === undefined || isDeepStrictEqual(known, thing)) return name;
    }
  }

  entries(): Readonly<Record<string, T>> {
    return Object.fromEntries(this.#things);
  }
}
