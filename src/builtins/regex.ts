import { compilePattern, quoteMeta } from './go/regexp.ts';
import { int64At, refused, stringAt } from './operands.ts';
import type { Value } from './value.ts';

/** `regex.split(pattern, text)`. */
export function split(args: readonly Value[]): Value {
  return compilePattern(stringAt(args, 0)).split(stringAt(args, 1));
}

/** `regex.replace(text, pattern, template)`. */
export function replace(args: readonly Value[]): Value {
  const text = stringAt(args, 0);
  return compilePattern(stringAt(args, 1)).replaceAll(text, stringAt(args, 2));
}

/** `regex.find_n(pattern, text, n)`: the first `n` matches, all of them where `n` is negative. */
export function findN(args: readonly Value[]): Value {
  const text = stringAt(args, 1);
  const n = Number(int64At(args, 2));
  const found: Value[] = [];
  for (const { start, end } of compilePattern(stringAt(args, 0)).matches(text)) {
    if (found.length === n) break;
    found.push(text.slice(start, end));
  }
  return found;
}

/** `regex.template_match(template, text, start, end)`: patterns between the delimiters, literal text around them. */
export function templateMatch(args: readonly Value[]): Value {
  const [template, text, start, end] = [0, 1, 2, 3].map((i) => stringAt(args, i));
  if (template === undefined || text === undefined || start === undefined || end === undefined) return false;
  if (!/^[\0-\x7f]$/.test(start) || !/^[\0-\x7f]$/.test(end)) throw refused('a delimiter is one ASCII character');
  return compilePattern(fromTemplate(template, start, end)).test(text);
}

function fromTemplate(template: string, start: string, end: string): string {
  let pattern = '^';
  let level = 0;
  let from = 0;
  for (let i = 0; i < template.length; i += 1) {
    const character = template[i];
    if (character === start) {
      level += 1;
      if (level !== 1) continue;
      pattern += quoteMeta(template.slice(from, i));
      from = i + 1;
    } else if (character === end) {
      level -= 1;
      if (level < 0) throw refused('the delimiters are not balanced');
      if (level !== 0) continue;
      const inner = template.slice(from, i);
      compilePattern(`^${inner}$`);
      pattern += `(${inner})`;
      from = i + 1;
    }
  }
  if (level !== 0) throw refused('the delimiters are not balanced');
  return `${pattern}${quoteMeta(template.slice(from))}$`;
}

/** `glob.quote_meta(pattern)`. */
export function globQuoteMeta(args: readonly Value[]): Value {
  return stringAt(args, 0).replace(/[\\*?[\]{}]/g, '\\$&');
}
