import { RE2JS } from 're2js';
import { VerdictError } from '../../errors.ts';
import { LruCache } from '../lru.ts';

/** Most compiled patterns kept (OPA keeps as many). */
const MAX_PATTERNS = 100;

/** Longest pattern compiled: a program takes memory in proportion. */
export const MAX_PATTERN_LENGTH = 16 * 1024;

const patterns = new LruCache<Pattern>(MAX_PATTERNS);

/** Start and end of the whole match, then of each group; -1 where a group took no part. */
export type Match = readonly number[];

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
    this.#names = new Map(Object.entries(this.#re2.namedGroups()));
  }

  test(text: string): boolean {
    return this.#re2.test(text);
  }

  /** All matches that do not overlap, at most `limit`; an empty one right after another is left out. */
  findAll(text: string, limit = Number.POSITIVE_INFINITY): readonly Match[] {
    const matcher = this.#re2.matcher(text);
    const groups = this.#re2.groupCount();
    const matches: Match[] = [];
    let position = 0;
    let previousEnd = -1;
    while (matches.length < limit && position <= text.length && matcher.find(position)) {
      const start = matcher.start();
      const end = matcher.end();
      if (end !== position || start !== previousEnd) {
        const match = [start, end];
        for (let group = 1; group <= groups; group += 1) match.push(matcher.start(group), matcher.end(group));
        matches.push(match);
      }
      previousEnd = end;
      position = end === position ? end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1) : end;
    }
    return matches;
  }

  /** [`Regexp.Split`](https://pkg.go.dev/regexp#Regexp.Split) without limit. */
  split(text: string): readonly string[] {
    if (this.#re2.pattern() !== '' && text === '') return [''];
    const parts: string[] = [];
    let begin = 0;
    let end = 0;
    for (const [start = 0, stop = 0] of this.findAll(text)) {
      end = start;
      if (stop !== 0) parts.push(text.slice(begin, end));
      begin = stop;
    }
    if (end !== text.length) parts.push(text.slice(begin));
    return parts;
  }

  /** [`Regexp.ReplaceAllString`](https://pkg.go.dev/regexp#Regexp.ReplaceAllString): `$1`, `${name}`, `$$` in the template. */
  replaceAll(text: string, template: string): string {
    const parts: string[] = [];
    const pieces = splitTemplate(template);
    let last = 0;
    for (const match of this.findAll(text)) {
      const [start = 0, end = 0] = match;
      parts.push(text.slice(last, start));
      for (const piece of pieces)
        parts.push('literal' in piece ? piece.literal : this.#group(piece.group, text, match));
      last = end;
    }
    parts.push(text.slice(last));
    return parts.join('');
  }

  #group(name: string, text: string, match: Match): string {
    const number = /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : this.#names.get(name);
    if (number === undefined) return '';
    const start = match[2 * number] ?? -1;
    return start < 0 ? '' : text.slice(start, match[2 * number + 1]);
  }
}

type Piece = { readonly literal: string } | { readonly group: string };

/** The parts of a replacement template (`Regexp.Expand`). */
function splitTemplate(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of template.matchAll(/\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu)) {
    const [all, dollar, braced, bare] = match;
    pieces.push({ literal: template.slice(at, match.index) });
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
