import { refused, stringAt } from './operands.ts';
import type { Value } from './value.ts';

/** Longest pattern compared: the work grows with the product of both lengths and their overlap. */
const MAX_GLOB_LENGTH = 256;

/** One character class of a pattern with its repetition; no ranges mean any character. */
interface Token {
  readonly ranges: readonly (readonly [number, number])[] | undefined;
  readonly flag: '' | '+' | '*';
}

/**
 * `regex.globs_match(a, b)`: whether some text fits both patterns; `.`, `[a-z]`, `+` and `*` are special.
 * Follows github.com/yashtewari/glob-intersection, with what it has compared kept, so that it cannot take exponential time.
 */
export function globsMatch(args: readonly Value[]): Value {
  const [a, b] = [tokenize(stringAt(args, 0)), tokenize(stringAt(args, 1))];
  const trimmed = trim(a, b);
  return trimmed !== undefined && new Intersection(...trimmed).nonEmpty();
}

const REPEATED = /[+*]/;

function tokenize(text: string): readonly Token[] {
  const runes = Array.from(text);
  if (runes.length > MAX_GLOB_LENGTH) throw refused(`a pattern has more than ${MAX_GLOB_LENGTH} characters`);
  const tokens: Token[] = [];
  for (let at = 0; at < runes.length; ) {
    const [next, ranges] = tokenAt(runes, at);
    const flag = runes[next] === '+' || runes[next] === '*' ? runes[next] : '';
    if (runes[next] === '\\' && next === runes.length - 1) throw refused('a pattern ends with a backslash');
    at = next + flag.length;
    tokens.push({ ranges, flag });
  }
  return simplify(tokens);
}

/** The token at `at` and the position after it. */
function tokenAt(runes: readonly string[], at: number): readonly [number, Token['ranges']] {
  const rune = runeAt(runes, at);
  if (rune.escaped) return [rune.next, [[rune.code, rune.code]]];
  const character = runes[at] ?? '';
  if (character === '.') return [rune.next, undefined];
  if (character === '[') return setAt(runes, rune.next);
  if (character === ']' || REPEATED.test(character)) throw refused(`"${character}" stands where it means nothing`);
  return [rune.next, [[rune.code, rune.code]]];
}

interface Rune {
  readonly code: number;
  readonly escaped: boolean;
  readonly next: number;
}

function runeAt(runes: readonly string[], at: number): Rune {
  const escaped = runes[at] === '\\';
  const character = runes[escaped ? at + 1 : at];
  if (character === undefined) throw refused('a pattern ends too early');
  return { code: character.codePointAt(0) ?? 0, escaped, next: at + (escaped ? 2 : 1) };
}

/** A class after its `[`. */
function setAt(runes: readonly string[], start: number): readonly [number, Token['ranges']] {
  const ranges: (readonly [number, number])[] = [];
  let previous: number | undefined;
  for (let at = start; ; ) {
    const rune = runeAt(runes, at);
    at = rune.next;
    const character = rune.escaped ? '' : runes[at - 1];
    if (character === ']') return [at, ranges];
    if (character !== '-') {
      ranges.push([rune.code, rune.code]);
      previous = rune.code;
      continue;
    }
    if (previous === undefined || at >= runes.length - 1) throw refused('a range lacks an end');
    const end = runeAt(runes, at);
    if (!end.escaped && (runes[at] === ']' || runes[at] === '-')) throw refused('a range lacks an end');
    if (end.code < previous) throw refused('a range is out of order');
    ranges.push([previous, end.code]);
    previous = undefined;
    at = end.next;
  }
}

/** Neighbours that repeat the same class become one. */
function simplify(tokens: readonly Token[]): readonly Token[] {
  const simple: Token[] = [];
  for (const token of tokens) {
    const latest = simple.at(-1);
    if (latest !== undefined && latest.flag !== '' && token.flag !== '' && sameClass(latest, token)) {
      simple[simple.length - 1] = { ...latest, flag: token.flag === '+' || latest.flag === '+' ? '+' : '*' };
    } else {
      simple.push(token);
    }
  }
  return simple;
}

function sameClass(a: Token, b: Token): boolean {
  return JSON.stringify(normal(a)) === JSON.stringify(normal(b));
}

/** The class as sorted ranges that neither touch nor overlap. */
function normal({ ranges }: Token): readonly (readonly [number, number])[] | null {
  if (ranges === undefined) return null;
  const merged: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

function overlap(a: Token, b: Token): boolean {
  if (a.ranges === undefined || b.ranges === undefined) return true;
  return a.ranges.some(([low, high]) => b.ranges?.some((other) => low <= other[1] && other[0] <= high));
}

/** Leaves out what is without repetition at both ends; undefined when it differs there. */
function trim(a: readonly Token[], b: readonly Token[]): readonly [readonly Token[], readonly Token[]] | undefined {
  const plain = (x: Token | undefined, y: Token | undefined): boolean => x?.flag === '' && y?.flag === '';
  let left = 0;
  for (; plain(a[left], b[left]); left += 1) if (!matches(a[left], b[left])) return undefined;
  if (left > 0) left -= 1;
  let i = a.length - 1;
  let j = b.length - 1;
  for (; i >= left && j >= left && plain(a[i], b[j]); i -= 1, j -= 1) if (!matches(a[i], b[j])) return undefined;
  if (i < a.length - 1) {
    i += 1;
    j += 1;
  }
  return [a.slice(left, i + 1), b.slice(left, j + 1)];
}

function matches(a: Token | undefined, b: Token | undefined): boolean {
  return a !== undefined && b !== undefined && overlap(a, b);
}

/** The recursive comparison; each pair of positions is looked at once for each way of looking. */
class Intersection {
  readonly #sides: readonly [readonly Token[], readonly Token[]];
  readonly #known = new Map<string, boolean>();

  constructor(a: readonly Token[], b: readonly Token[]) {
    this.#sides = [a, b];
  }

  nonEmpty(): boolean {
    return this.#normal(0, 0);
  }

  #normal(i: number, j: number): boolean {
    const [a, b] = this.#sides;
    for (let x = i, y = j; ; x += 1, y += 1) {
      const [s, t] = [a[x], b[y]];
      if (s === undefined || t === undefined) return s === t;
      if (s.flag !== '') return this.#special(0, x, y);
      if (t.flag !== '') return this.#special(1, y, x);
      if (!overlap(s, t)) return false;
    }
  }

  /** `side` has a repeated token at `i`; the other side stands at `j`. */
  #special(side: 0 | 1, i: number, j: number): boolean {
    const key = `${side} ${i} ${j}`;
    let result = this.#known.get(key);
    if (result === undefined) {
      result = this.#sides[side][i]?.flag === '+' ? this.#plus(side, i, j) : this.#star(side, i, j);
      this.#known.set(key, result);
    }
    return result;
  }

  #plus(side: 0 | 1, i: number, j: number): boolean {
    const other = this.#sides[side === 0 ? 1 : 0][j];
    if (!matches(this.#sides[side][i], other)) return false;
    if (this.#star(side, i, j + 1)) return true;
    return other?.flag !== '' && this.#resume(side, i + 1, j);
  }

  #star(side: 0 | 1, i: number, j: number): boolean {
    const star = this.#sides[side][i];
    const next = this.#sides[side][i + 1];
    for (const [k, token] of this.#sides[side === 0 ? 1 : 0].entries()) {
      if (k < j) continue;
      if (next !== undefined && overlap(token, next) && this.#resume(side, i + 1, k)) return true;
      if (!matches(star, token)) return false;
    }
    return next === undefined;
  }

  #resume(side: 0 | 1, i: number, j: number): boolean {
    return side === 0 ? this.#normal(i, j) : this.#normal(j, i);
  }
}
