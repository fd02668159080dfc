import { VerdictError } from '../../errors.ts';
import { type Argument, formatArgument } from './argument.ts';
import { PLAIN, type Spec } from './spec.ts';

/** Most characters of one formatted text: a width or precision of a few digits asks for a million characters each. */
const MAX_FORMATTED_LENGTH = 16 * 1024 * 1024;

/** Go refuses larger widths, precisions and argument numbers (`tooLarge` of fmt/print.go). */
const MAX_WIDTH = 1_000_000;

/**
 * Go's [`fmt.Sprintf`](https://pkg.go.dev/fmt), errors included (`%!d(string=hi)`, `%!v(BADINDEX)`, `%!(EXTRA …)`).
 *
 * @throws VerdictError LIMIT_EXCEEDED beyond MAX_FORMATTED_LENGTH.
 */
export function sprintf(format: string, args: readonly Argument[]): string {
  return new Formatter(format, args).run();
}

class Formatter {
  readonly #format: string;
  readonly #args: readonly Argument[];
  readonly #out: string[] = [];
  #length = 0;
  #at = 0;
  #argument = 0;
  #reordered = false;
  #goodIndex = true;
  #afterIndex = false;
  #noMoreBrackets = false;

  constructor(format: string, args: readonly Argument[]) {
    this.#format = format;
    this.#args = args;
  }

  run(): string {
    const format = this.#format;
    for (;;) {
      const percent = format.indexOf('%', this.#at);
      this.#write(format.slice(this.#at, percent < 0 ? undefined : percent));
      if (percent < 0) break;
      this.#at = percent + 1;
      if (!this.#directive()) break;
    }
    if (!this.#reordered && this.#argument < this.#args.length) {
      const extra = this.#args.slice(this.#argument);
      this.#write(`%!(EXTRA ${extra.map((arg) => `${arg.type}=${formatArgument(arg, 'v', PLAIN)}`).join(', ')})`);
    }
    return this.#out.join('');
  }

  /** One directive after its `%`; false when the format ends inside it. */
  #directive(): boolean {
    this.#goodIndex = true;
    const flags = this.#flags();
    const simple = this.#format[this.#at] ?? '';
    if (simple >= 'a' && simple <= 'z' && this.#argument < this.#args.length) {
      this.#at += 1;
      this.#print(simple, flags);
      return true;
    }
    this.#index();
    const spec = this.#precision(this.#width(flags));
    if (!this.#afterIndex) this.#index();
    if (this.#at >= this.#format.length) {
      this.#write('%!(NOVERB)');
      return false;
    }
    const verb = String.fromCodePoint(this.#format.codePointAt(this.#at) ?? 0);
    this.#at += verb.length;
    if (verb === '%') this.#write('%');
    else if (!this.#goodIndex) this.#write(`%!${verb}(BADINDEX)`);
    else this.#print(verb, spec);
    return true;
  }

  #flags(): Spec {
    const start = this.#at;
    while ('#0+- '.includes(this.#format[this.#at] ?? 'x')) this.#at += 1;
    const flags = this.#format.slice(start, this.#at);
    return {
      ...PLAIN,
      sharp: flags.includes('#'),
      zero: flags.includes('0'),
      plus: flags.includes('+'),
      minus: flags.includes('-'),
      space: flags.includes(' '),
    };
  }

  #width(spec: Spec): Spec {
    if (this.#format[this.#at] === '*') {
      this.#at += 1;
      const width = this.#integerArgument();
      this.#afterIndex = false;
      if (width === undefined) this.#write('%!(BADWIDTH)');
      return width !== undefined && width < 0
        ? { ...spec, width: -width, minus: true, zero: false }
        : { ...spec, width };
    }
    const width = this.#number();
    if (this.#afterIndex && width !== undefined) this.#goodIndex = false;
    return { ...spec, width };
  }

  #precision(spec: Spec): Spec {
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return spec;
    this.#at += 1;
    if (this.#afterIndex) this.#goodIndex = false;
    this.#index();
    if (this.#format[this.#at] !== '*') return { ...spec, precision: this.#number() ?? 0 };
    this.#at += 1;
    const precision = this.#integerArgument();
    this.#afterIndex = false;
    if (precision !== undefined && precision >= 0) return { ...spec, precision };
    this.#write('%!(BADPREC)');
    return spec;
  }

  /** Digits, or undefined when there are none; a number too large swallows the rest of the format, as in Go. */
  #number(): number | undefined {
    const start = this.#at;
    let value = 0;
    for (;;) {
      const digit = this.#format.charCodeAt(this.#at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      if (value > MAX_WIDTH) {
        this.#at = this.#format.length;
        return undefined;
      }
      value = value * 10 + digit;
      this.#at += 1;
    }
    return this.#at === start ? undefined : value;
  }

  #integerArgument(): number | undefined {
    const argument = this.#args[this.#argument];
    if (argument === undefined) return undefined;
    this.#argument += 1;
    if (argument.type !== 'int64') return undefined;
    const value = Number(argument.value);
    return Math.abs(value) > MAX_WIDTH ? undefined : value;
  }

  /** An explicit argument index such as `[2]`. */
  #index(): void {
    this.#afterIndex = false;
    if (this.#format[this.#at] !== '[') return;
    this.#reordered = true;
    const close = this.#noMoreBrackets ? -1 : this.#format.indexOf(']', this.#at);
    this.#noMoreBrackets = close < 0;
    if (close < 0 || this.#format.length - this.#at < 3) {
      this.#at += 1;
      this.#goodIndex = false;
      return;
    }
    const digits = this.#format.slice(this.#at + 1, close);
    this.#at = close + 1;
    const number = /^[0-9]+$/.test(digits) && Number(digits.slice(0, -1)) <= MAX_WIDTH ? Number(digits) : undefined;
    this.#afterIndex = number !== undefined;
    if (number === undefined || number < 1 || number > this.#args.length) this.#goodIndex = false;
    else this.#argument = number - 1;
  }

  #print(verb: string, spec: Spec): void {
    const argument = this.#args[this.#argument];
    if (argument === undefined) {
      this.#write(`%!${verb}(MISSING)`);
      return;
    }
    this.#argument += 1;
    const go = verb === 'v' || verb === 'w';
    const shown = go ? { ...spec, sharp: false, sharpV: spec.sharp, plus: false, plusV: spec.plus } : spec;
    this.#write(formatArgument(argument, verb, shown));
  }

  #write(text: string): void {
    this.#length += text.length;
    if (this.#length > MAX_FORMATTED_LENGTH) {
      throw new VerdictError('LIMIT_EXCEEDED', `sprintf makes more than ${MAX_FORMATTED_LENGTH} characters`);
    }
    this.#out.push(text);
  }
}
