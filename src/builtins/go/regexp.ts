import { RE2JS } from 're2js';
import { VerdictError } from '../../errors.ts';
import { LruCache } from '../lru.ts';

/** Most compiled patterns kept (OPA keeps as many). */
const MAX_PATTERNS = 100;

/** Longest pattern compiled: a program takes memory in proportion. */
const MAX_PATTERN_LENGTH = 16 * 1024;

const patterns = new LruCache<Pattern>(MAX_PATTERNS);

/** Most groups of a pattern: each is remembered for every way in which the pattern may go on. */
const MAX_GROUPS = 200;

/** Longest text that a replacement makes, and most pieces it is put together from. */
const MAX_REPLACED_LENGTH = 16 * 1024 * 1024;
const MAX_REPLACED_PIECES = 5_000_000;

/** Where a match stands: start, end, and the same of any group, -1 where it took no part. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly group: (index: number) => readonly [number, number];
}

/**
 * A compiled pattern of [RE2's syntax](https://github.com/google/re2/wiki/Syntax) as Go's `regexp.Compile` takes it.
 *
 * @throws VerdictError BUILTIN_FAILED when it does not compile, LIMIT_EXCEEDED when it is too long.
 */
export function compilePattern(source: string): Pattern {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  if (source.length > MAX_PATTERN_LENGTH) {
    throw new VerdictError(
      'LIMIT_EXCEEDED',
      `a pattern has ${source.length} characters, at most ${MAX_PATTERN_LENGTH} are compiled`,
    );
  }
  const pattern = new Pattern(source);
  patterns.set(source, pattern);
  return pattern;
}

/** Go's [`Regexp`](https://pkg.go.dev/regexp#Regexp) over text, positions in UTF-16 units. */
export class Pattern {
  readonly #re2: RE2JS;
  readonly #names: ReadonlyMap<string, number>;

  constructor(source: string) {
    try {
      this.#re2 = RE2JS.compile(source);
    } catch (cause) {
      throw new VerdictError('BUILTIN_FAILED', 'the pattern is no regular expression of RE2', { cause });
    }
    if (this.#re2.groupCount() > MAX_GROUPS) {
      throw new VerdictError('LIMIT_EXCEEDED', `a pattern has more than ${MAX_GROUPS} groups`);
    }
    this.#names = new Map(Object.entries(this.#re2.namedGroups()));
  }

  test(text: string): boolean {
    return this.#re2.test(text);
  }

  /** Hands over each match that overlaps none before; an empty one right after another is left out. */
  *matches(text: string): Generator<Match> {
    const matcher = this.#re2.matcher(text);
    let position = 0;
    let previousEnd = -1;
    while (position <= text.length && matcher.find(position)) {
      const start = matcher.start();
      const end = matcher.end();
      const known = end !== position || start !== previousEnd;
      if (known) yield { start, end, group: (index) => [matcher.start(index), matcher.end(index)] };
      previousEnd = end;
      position = end === position ? end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1) : end;
    }
  }

  /** [`Regexp.Split`](https://pkg.go.dev/regexp#Regexp.Split) without limit. */
  split(text: string): readonly string[] {
    if (this.#re2.pattern() !== '' && text === '') return [''];
    const parts: string[] = [];
    let begin = 0;
    let last = 0;
    for (const { start, end } of this.matches(text)) {
      last = start;
      if (end !== 0) parts.push(text.slice(begin, start));
      begin = end;
    }
    if (last !== text.length) parts.push(text.slice(begin));
    return parts;
  }

  /**
   * [`Regexp.ReplaceAllString`](https://pkg.go.dev/regexp#Regexp.ReplaceAllString): `$1`, `${name}`, `$$` in the template.
   *
   * @throws VerdictError LIMIT_EXCEEDED beyond MAX_REPLACED_LENGTH or MAX_REPLACED_PIECES.
   */
  replaceAll(text: string, template: string): string {
    const parts: string[] = [];
    const pieces = splitTemplate(template);
    let last = 0;
    let length = 0;
    const add = (part: string): void => {
      length += part.length;
      parts.push(part);
    };
    for (const match of this.matches(text)) {
      add(text.slice(last, match.start));
      for (const piece of pieces) add('literal' in piece ? piece.literal : this.#group(piece.group, text, match));
      last = match.end;
      if (parts.length > MAX_REPLACED_PIECES || length > MAX_REPLACED_LENGTH) {
        throw new VerdictError('LIMIT_EXCEEDED', `a replacement makes more than ${MAX_REPLACED_LENGTH} characters`);
      }
    }
    add(text.slice(last));
    return parts.join('');
  }

  #group(name: string, text: string, match: Match): string {
    const number = /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : this.#names.get(name);
    if (number === undefined || number > this.#re2.groupCount()) return '';
    const [start, end] = match.group(number);
    return start < 0 ? '' : text.slice(start, end);
  }
}

type Piece = { readonly literal: string } | { readonly group: string };

/** The parts of a replacement template (`Regexp.Expand`). */
function splitTemplate(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of template.matchAll(/\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu)) {
    const [all, dollar, braced, bare] = match;
    if (match.index > at) pieces.push({ literal: template.slice(at, match.index) });
    pieces.push(dollar === undefined ? { group: braced ?? bare ?? '' } : { literal: '$' });
    at = match.index + all.length;
  }
  pieces.push({ literal: template.slice(at) });
  return pieces;
}

/** [`regexp.QuoteMeta`](https://pkg.go.dev/regexp#QuoteMeta). */
export function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
