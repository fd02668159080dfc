import { refused } from '../operands.ts';

/** A piece of a template. */
export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open' | 'close' | 'dot' }
  /** `.name`; `adjacent` where it follows an operand without a space. */
  | { readonly kind: 'field'; readonly text: string; readonly adjacent: boolean }
  | { readonly kind: 'word' | 'variable' | 'mark'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: string | number | boolean };

const TOKEN =
  /([ \t\r\n]+)|(?:\.([\p{L}_][\p{L}\p{Nd}_]*))|(\$(?:[\p{L}\p{Nd}_]+)?)|([\p{L}_][\p{L}\p{Nd}_]*)|("(?:[^"\\\n]|\\[^\n])*")|`([^`]*)`|(-?[0-9]+)(?![\p{L}\p{Nd}_.])|(:=|[=|(),])|(\.)/uy;

/** Splits a template into text and the pieces of its actions. @throws VerdictError BUILTIN_FAILED. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trim = false;
  for (;;) {
    const open = source.indexOf('{{', at);
    const trimBefore = open >= 0 && /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4));
    let text = source.slice(at, open < 0 ? undefined : open);
    if (trim) text = text.replace(/^[ \t\r\n]+/, '');
    if (trimBefore) text = trimEnd(text);
    if (text !== '') tokens.push({ kind: 'text', text });
    if (open < 0) return tokens;
    const inside = open + (trimBefore ? 4 : 2);
    const comment = source.startsWith('/*', inside);
    const end = comment ? commentEnd(source, inside) : action(source, inside, tokens);
    trim = / -$|[\t\r\n]-$/.test(source.slice(end - 4, end - 2));
    at = end;
  }
}

/** Without white space at the end; a pattern for it would look at every run of spaces again and again. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text[end - 1] ?? 'x')) end -= 1;
  return text.slice(0, end);
}

function commentEnd(source: string, start: number): number {
  const close = source.indexOf('*/', start);
  const after = /^(?:[ \t\r\n]-)?\}\}/.exec(close < 0 ? '' : source.slice(close + 2, close + 6))?.[0];
  if (after === undefined) throw refused('a comment of the template is not closed');
  return close + 2 + after.length;
}

/** Reads an action until after its `}}`. */
function action(source: string, start: number, tokens: Token[]): number {
  tokens.push({ kind: 'open' });
  let at = start;
  let spaced = true;
  for (;;) {
    const close = /^(?:[ \t\r\n]-)?\}\}/.exec(source.slice(at, at + 4))?.[0];
    if (close !== undefined) {
      tokens.push({ kind: 'close' });
      return at + close.length;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (match === null) throw refused('the template is malformed');
    const [all, space, field, variable, word, quoted, raw, number, mark, dot] = match;
    const last = tokens.at(-1);
    const joined = !spaced && last !== undefined && isOperandEnd(last);
    if (field !== undefined) tokens.push({ kind: 'field', text: field, adjacent: joined });
    else if (space === undefined && joined && mark === undefined) throw refused('the template is malformed');
    else if (variable !== undefined) tokens.push({ kind: 'variable', text: variable });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (quoted !== undefined) tokens.push({ kind: 'literal', value: unquote(quoted) });
    else if (raw !== undefined) tokens.push({ kind: 'literal', value: raw });
    else if (number !== undefined) tokens.push({ kind: 'literal', value: integer(number) });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else if (dot !== undefined) tokens.push({ kind: 'dot' });
    spaced = space !== undefined;
    at += all.length;
  }
}

function isOperandEnd(token: Token): boolean {
  return token.kind === 'mark' ? token.text === ')' : token.kind !== 'open' && token.kind !== 'text';
}

/** Escapes beyond those of JSON are left to Go. */
function unquote(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
  } catch {
    // Told below.
  }
  throw refused('a string of the template has an escape that is not known here');
}

/** Decimal only: Go would read a leading zero as octal. */
function integer(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || /^-?0[0-9]/.test(text))
    throw refused('a number of the template is not known here');
  return value;
}
