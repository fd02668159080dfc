import { Buffer } from 'node:buffer';

/** One member of an object: its name, and its value as JSON text. */
export type JsonMember = readonly [name: string, json: string | Uint8Array];

/** JSON text of an object whose values are JSON text already. Values are spliced in as they are, never parsed. */
export function objectText(members: readonly JsonMember[]): Buffer {
  const parts = members.flatMap(([name, json], index) => [
    Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(name)}:`),
    typeof json === 'string' ? Buffer.from(json) : json,
  ]);
  return Buffer.concat([OPEN, ...parts, CLOSE]);
}

const OPEN = Buffer.from('{');
const CLOSE = Buffer.from('}');

const SPACE = /\s/;
const SCALAR_END = /[\s,\]}:]/;

/**
 * JSON text laid out anew: every string and number keeps its very characters, only the space between them changes.
 *
 * @param indent of one level, such as two spaces; empty for a text on one line without spaces
 */
export function layOut(text: string, indent: string): string {
  const parts: string[] = [];
  let depth = 0;
  let at = 0;
  const line = (): string => (indent === '' ? '' : `\n${indent.repeat(depth)}`);
  while (at < text.length) {
    const from = at;
    const char = text.charAt(at);
    at++;
    if (SPACE.test(char)) continue;
    switch (char) {
      case '{':
      case '[': {
        at = after(text, at, SPACE);
        if (text[at] === '}' || text[at] === ']') parts.push(char, text.charAt(at++));
        else {
          depth++;
          parts.push(char, line());
        }
        break;
      }
      case '}':
      case ']':
        depth--;
        parts.push(line(), char);
        break;
      case ',':
        parts.push(char, line());
        break;
      case ':':
        parts.push(indent === '' ? ':' : ': ');
        break;
      case '"':
        at = stringEnd(text, at);
        parts.push(text.slice(from, at));
        break;
      default:
        while (at < text.length && !SCALAR_END.test(text.charAt(at))) at++;
        parts.push(text.slice(from, at));
    }
  }
  return parts.join('');
}

/** The first place from `at` on that does not match. */
function after(text: string, at: number, pattern: RegExp): number {
  let end = at;
  while (end < text.length && pattern.test(text.charAt(end))) end++;
  return end;
}

/** The place after the quote that closes the string whose first character is at `at`. */
function stringEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}
