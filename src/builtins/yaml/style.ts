/** How a scalar is written. */
export type Style = 'plain' | 'single' | 'double' | 'literal';

const BREAK = /[\r\n\u0085\u2028\u2029]/;
const BREAK_OR_BLANK = /[\r\n\u0085\u2028\u2029 \t\0]/;
const PRINTABLE = /^[\n -~\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/u;

/**
 * The style that go-yaml v3 writes a scalar in where `wanted` cannot say it: `yaml_emitter_analyze_scalar` and
 * `yaml_emitter_select_scalar_style`.
 *
 * @param simpleKey a key on one line with its value.
 */
export function selectStyle(text: string, wanted: Style, simpleKey: boolean): Style {
  const allowed = allowedStyles(text);
  let style = wanted;
  if (style === 'plain' && (!allowed.plain || (text === '' && simpleKey))) style = 'single';
  if (style === 'single' && !allowed.single) style = 'double';
  if (style === 'literal' && (!allowed.literal || simpleKey)) style = 'double';
  return style;
}

interface Allowed {
  readonly plain: boolean;
  readonly single: boolean;
  readonly literal: boolean;
}

function allowedStyles(text: string): Allowed {
  if (text === '') return { plain: true, single: true, literal: false };
  const runes = Array.from(text);
  const special = runes.some((rune) => rune !== '\t' && !isPrintable(rune));
  const spaceBreak = / [\r\n\u0085\u2028\u2029]/.test(text);
  const breakSpace = /[\r\n\u0085\u2028\u2029] /.test(text);
  const tabs = text.includes('\t');
  const edges = /^[ \r\n\u0085\u2028\u2029]|[ \r\n\u0085\u2028\u2029]$/.test(text);
  const inexact = breakSpace || spaceBreak || tabs || special;
  return {
    plain: !edges && !inexact && !isBroken(text) && !hasIndicators(runes),
    single: !inexact,
    literal: !text.endsWith(' ') && !spaceBreak && !special,
  };
}

/** Whether a text has a line break of YAML 1.1. */
export function isBroken(text: string): boolean {
  return BREAK.test(text);
}

/** Whether go-yaml writes a character as it is; what is beyond the basic plane it escapes. */
function isPrintable(rune: string): boolean {
  return PRINTABLE.test(rune);
}

/** Whether a plain scalar would be read as something else in a block. */
function hasIndicators(runes: readonly string[]): boolean {
  const text = runes.join('');
  if (text.startsWith('---') || text.startsWith('...') || /^[#,[\]{}&*!|>'"%@`]/.test(text)) return true;
  for (const [i, rune] of runes.entries()) {
    const next = runes[i + 1];
    const followed = next === undefined || next === ' ' || next === '\t';
    if (rune === ':' && followed) return true;
    if (i === 0 && (rune === '?' || rune === '-') && followed) return true;
    if (i > 0 && rune === '#' && BREAK_OR_BLANK.test(runes[i - 1] ?? '')) return true;
  }
  return false;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

/** A double-quoted scalar; with a byte-order mark at its head go-yaml escapes every character. */
export function doubleQuoted(text: string): string {
  const all = text.startsWith('\ufeff');
  const body = Array.from(text, (rune) => {
    if (!all && isPrintable(rune) && !BREAK.test(rune) && rune !== '"' && rune !== '\\') return rune;
    const short = ESCAPES[rune];
    if (short !== undefined) return `\\${short}`;
    const code = rune.codePointAt(0) ?? 0;
    const [letter, width] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
    return `\\${letter}${code.toString(16).toUpperCase().padStart(width, '0')}`;
  });
  return `"${body.join('')}"`;
}
