const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const ESCAPED = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const ESCAPED_ASCII = /["\\]|[^ -~]/gu;

const SHORT: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A Go string literal: [`strconv.Quote`](https://pkg.go.dev/strconv#Quote), with `ascii` `strconv.QuoteToASCII`. */
export function quote(text: string, ascii = false): string {
  return `"${text.toWellFormed().replace(ascii ? ESCAPED_ASCII : ESCAPED, (character) => (character === '"' ? '\\"' : escapeRune(character)))}"`;
}

/** A Go character literal: [`strconv.QuoteRune`](https://pkg.go.dev/strconv#QuoteRune), with `ascii` `strconv.QuoteRuneToASCII`. */
export function quoteRune(character: string, ascii = false): string {
  if (character === "'") return "'\\''";
  const plain = character !== '\\' && (ascii ? /^[ -~]$/.test(character) : isPrintable(character));
  return `'${plain ? character : escapeRune(character)}'`;
}

/** [`strconv.IsPrint`](https://pkg.go.dev/strconv#IsPrint), with the Unicode version of this runtime. */
export function isPrintable(character: string): boolean {
  return !NOT_PRINTABLE.test(character);
}

/** [`strconv.CanBackquote`](https://pkg.go.dev/strconv#CanBackquote). */
export function canBackquote(text: string): boolean {
  return !/[`\u007f\ufeff\ufffd]|[^\t -\u{10ffff}]/u.test(text);
}

function escapeRune(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
