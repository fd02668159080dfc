import { doubleQuoted, isBroken, type Style, selectStyle } from './style.ts';

/** Bytes of the longest key that stands on one line with its value. */
const MAX_SIMPLE_KEY = 128;

/** Writes blocks the way go-yaml v3 does with an indentation of two. */
export class Emitter {
  readonly #out: string[] = [];
  #column = 0;
  #whitespace = true;
  #indention = true;

  /** What was written, with the line end that a document has. */
  text(): string {
    this.indent(0);
    return this.#out.join('');
  }

  /** Begins a line at a column, unless it stands there already after indicators alone. */
  indent(column: number): void {
    if (!this.#indention || this.#column > column || (this.#column === column && !this.#whitespace)) this.#break('\n');
    this.#put(' '.repeat(Math.max(column - this.#column, 0)));
    this.#whitespace = true;
  }

  /** `-`, `?` or `:` before a node. */
  indicator(mark: string): void {
    this.#word(mark);
    this.#whitespace = false;
  }

  /** The `:` right after a key. */
  colon(): void {
    this.#put(':');
    this.#whitespace = false;
    this.#indention = false;
  }

  /** A collection without members. */
  empty(marks: '[]' | '{}'): void {
    this.#word(marks);
    this.#whitespace = false;
    this.#indention = false;
  }

  /** Whether a key can stand on one line with its value. */
  static isSimpleKey(text: string): boolean {
    return !isBroken(text) && Buffer.byteLength(text) <= MAX_SIMPLE_KEY;
  }

  scalar(text: string, wanted: Style, column: number, simpleKey: boolean): void {
    const style = selectStyle(text, wanted, simpleKey);
    if (style === 'literal') {
      this.#literal(text, column);
      return;
    }
    if (style === 'plain' && text !== '') this.#word(text);
    if (style === 'double') this.#word(doubleQuoted(text));
    if (style === 'single') this.#single(text, column);
    this.#whitespace = style === 'plain' && text === '' ? this.#whitespace : false;
    this.#indention = false;
  }

  /** Between quotes only line breaks beyond ASCII can stand: what follows them is indented. */
  #single(text: string, column: number): void {
    this.#word("'");
    this.#whitespace = false;
    for (const [i, line] of splitLines(text).entries()) {
      if (i > 0 && line.text !== '') this.indent(column);
      this.#put(line.text.replaceAll("'", "''"));
      if (line.text !== '') this.#indention = false;
      if (line.end !== '') this.#break(line.end);
    }
    this.#put("'");
  }

  #literal(text: string, column: number): void {
    const hint = /^[ \r\n\u0085\u2028\u2029]/.test(text) ? '2' : '';
    const ends = /[\r\n\u0085\u2028\u2029]*$/.exec(text)?.[0].length ?? 0;
    const chomp = ends === 0 ? '-' : ends === 1 && text.length > 1 ? '' : '+';
    this.#word(`|${hint}${chomp}`);
    this.#break('\n');
    this.#whitespace = true;
    for (const { text: line, end } of splitLines(text)) {
      if (line !== '') {
        this.indent(column);
        this.#put(line);
        this.#indention = false;
      }
      if (end !== '') this.#break(end);
    }
  }

  #word(text: string): void {
    this.#put(this.#whitespace ? text : ` ${text}`);
  }

  #put(text: string): void {
    this.#out.push(text);
    this.#column += text.length;
  }

  #break(end: string): void {
    this.#out.push(end);
    this.#column = 0;
    this.#indention = true;
  }
}

function splitLines(text: string): readonly { readonly text: string; readonly end: string }[] {
  const parts = text.split(/(\r\n|[\r\n\u0085\u2028\u2029])/);
  return Array.from({ length: Math.ceil(parts.length / 2) }, (_, i) => ({
    text: parts[2 * i] ?? '',
    end: parts[2 * i + 1] ?? '',
  }));
}
