/**
 * Why Go's encoding/json refuses a text that is not JSON, in its words; `undefined`: it does not.
 * https://github.com/golang/go/blob/go1.26.0/src/encoding/json/scanner.go
 */
export function goSyntaxError(bytes: Uint8Array): string | undefined {
  const scanner = new Scanner(bytes);
  try {
    scanner.value();
    scanner.space();
    if (!scanner.ended()) scanner.fail('after top-level value');
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxFault) return error.message;
    throw error;
  }
}

class SyntaxFault extends Error {}

const SPACE = /[ \t\r\n]/;
const HEX = /[0-9a-fA-F]/;
const DIGIT = /[0-9]/;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // Go looks at bytes, and quotes one that is not ASCII as if it were Latin-1.
    this.#text = Buffer.from(bytes).toString('latin1');
  }

  ended = (): boolean => this.#at >= this.#text.length;

  /** At the end, Go's scanner is given one more space: only where that is refused is a character to blame. */
  fail(where: string): never {
    throw new SyntaxFault(`invalid character ${quoted(this.#text[this.#at] ?? ' ')} ${where}`);
  }

  space(): void {
    while (SPACE.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  value(): void {
    this.space();
    const first = this.#next();
    if (first === '{') this.#object();
    else if (first === '[') this.#array();
    else if (first === '"') this.#string();
    else if (first === 't') this.#word('true');
    else if (first === 'f') this.#word('false');
    else if (first === 'n') this.#word('null');
    else if (first === '-' || DIGIT.test(first)) this.#number(first);
    else this.#back('looking for beginning of value');
  }

  #object(): void {
    this.space();
    if (this.#take(/\}/)) return;
    do {
      this.space();
      if (this.#next() !== '"') this.#back('looking for beginning of object key string');
      this.#string();
      this.space();
      if (this.#next() !== ':') this.#back('after object key');
      this.value();
      this.space();
    } while (this.#take(/,/));
    if (this.#next() !== '}') this.#back('after object key:value pair');
  }

  #array(): void {
    this.space();
    if (this.#take(/\]/)) return;
    do {
      this.value();
      this.space();
    } while (this.#take(/,/));
    if (this.#next() !== ']') this.#back('after array element');
  }

  #string(): void {
    for (;;) {
      const one = this.#next();
      if (one === '"') return;
      if (one < ' ') this.#back('in string literal');
      if (one !== '\\') continue;
      const escaped = this.#next();
      if (escaped === 'u') for (let i = 0; i < 4; i++) this.#must(HEX, 'in \\u hexadecimal character escape');
      else if (!'"\\/bfnrt'.includes(escaped)) this.#back('in string escape code');
    }
  }

  #word(word: string): void {
    for (const letter of word.slice(1)) this.#must(new RegExp(letter), `in literal ${word} (expecting '${letter}')`);
  }

  #number(first: string): void {
    const leading = first === '-' ? this.#must(DIGIT, 'in numeric literal') : first;
    if (leading !== '0') this.#digits();
    if (this.#take(/\./)) {
      this.#must(DIGIT, 'after decimal point in numeric literal');
      this.#digits();
    }
    if (!this.#take(/[eE]/)) return;
    this.#take(/[+-]/);
    this.#must(DIGIT, 'in exponent of numeric literal');
    this.#digits();
  }

  #digits(): void {
    while (this.#take(DIGIT));
  }

  #take(what: RegExp): boolean {
    if (!what.test(this.#text[this.#at] ?? '')) return false;
    this.#at += 1;
    return true;
  }

  #must(what: RegExp, where: string): string {
    const one = this.#text[this.#at] ?? ' ';
    if (!what.test(one)) this.fail(where);
    this.#at += 1;
    return one;
  }

  #next(): string {
    const one = this.#text[this.#at];
    if (one === undefined) throw new SyntaxFault('unexpected end of JSON input');
    this.#at += 1;
    return one;
  }

  #back(where: string): never {
    this.#at -= 1;
    this.fail(where);
  }
}

/** Go's `strconv.Quote` with apostrophes. */
function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f', '\v': '\\v', '\x07': '\\a' }[
    character
  ];
  if (short !== undefined) return `'${short}'`;
  if (character === '\\') return `'\\\\'`;
  if (/[\x20-\x7e\xa1-\xac\xae-\xff]/.test(character)) return `'${character}'`;
  const code = character.charCodeAt(0).toString(16);
  return character < '\x80' ? `'\\x${code.padStart(2, '0')}'` : `'\\u${code.padStart(4, '0')}'`;
}
