import { VerdictError } from '../errors.ts';

/** Longest text of one number: the arithmetic of a policy makes long integers, but none of this size by honest means. */
export const MAX_NUMBER_LENGTH = 100_000;

/**
 * Largest decimal exponent of a number, either sign: OPA's own limit of 2^100000 in decimal digits
 * (`maxNumberExp`, OPA 1.22 v1/ast/term.go).
 */
export const MAX_NUMBER_EXPONENT = 30_103;

const GRAMMAR = /^(-?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,9}))?$/;
const PLAIN_INTEGER = /^(?:0|-?[1-9][0-9]{0,14})$/;

/** A number as sign × 0.DIGITS × 10^exponent; digits have no zero at either end and are empty for zero. */
interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/**
 * A Rego number: its text, exact, never a double. `text` is always a JSON number.
 * Compare with `compareNumbers`: `1`, `1.0` and `10e-1` are equal.
 */
export class RegoNumber {
  readonly text: string;
  #decimal: Decimal | undefined;

  private constructor(text: string) {
    this.text = text;
  }

  /**
   * From the text of a number; `.5` and `1.`, which Rego and the module of a policy write, become `0.5` and `1.0`.
   *
   * @throws VerdictError DOCUMENT_INVALID when it is not a number, LIMIT_EXCEEDED when it is too long or its exponent too large.
   */
  static parse(text: string): RegoNumber {
    if (PLAIN_INTEGER.test(text)) return new RegoNumber(text);
    if (text.length > MAX_NUMBER_LENGTH) {
      throw new VerdictError(
        'LIMIT_EXCEEDED',
        `a number has ${text.length} characters, at most ${MAX_NUMBER_LENGTH} are read`,
      );
    }
    const match = GRAMMAR.exec(text);
    const [, sign = '', whole = '', fraction, exponent] = match ?? [];
    if (match === null || whole.length + (fraction?.length ?? 0) === 0 || /^0[0-9]/.test(whole)) {
      throw new VerdictError('DOCUMENT_INVALID', `not a number: ${text.slice(0, 40)}`);
    }
    const point = fraction === undefined ? '' : `.${fraction === '' ? '0' : fraction}`;
    const power = exponent === undefined ? '' : `e${exponent}`;
    const number = new RegoNumber(
      whole === '' || fraction === '' ? `${sign}${whole === '' ? '0' : whole}${point}${power}` : text,
    );
    if (power !== '' && Math.abs(number.decimal.exponent) > MAX_NUMBER_EXPONENT) {
      throw new VerdictError('LIMIT_EXCEEDED', `the exponent of ${text.slice(0, 40)} is beyond ${MAX_NUMBER_EXPONENT}`);
    }
    return number;
  }

  /** From an integer; a `number` must be a safe one. */
  static of(value: number | bigint): RegoNumber {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new VerdictError('INTERNAL', `${value} is not a safe integer`);
    }
    return new RegoNumber(value === 0 ? '0' : value.toString());
  }

  get decimal(): Decimal {
    this.#decimal ??= decompose(this.text);
    return this.#decimal;
  }

  /** The integer it is exactly (`1.0` and `1e2` are integers), or undefined. */
  toBigInt(): bigint | undefined {
    if (PLAIN_INTEGER.test(this.text)) return BigInt(this.text);
    const { negative, digits, exponent } = this.decimal;
    if (digits === '') return 0n;
    if (exponent < digits.length) return undefined;
    const magnitude = BigInt(digits.padEnd(exponent, '0'));
    return negative ? -magnitude : magnitude;
  }

  /** The number as a fraction; the denominator is positive. */
  toFraction(): { readonly numerator: bigint; readonly denominator: bigint } {
    const { negative, digits, exponent } = this.decimal;
    if (digits === '') return { numerator: 0n, denominator: 1n };
    const magnitude = BigInt(digits);
    const power = exponent - digits.length;
    const scale = 10n ** BigInt(Math.abs(power));
    const numerator = power < 0 ? magnitude : magnitude * scale;
    return { numerator: negative ? -numerator : numerator, denominator: power < 0 ? scale : 1n };
  }

  /** The safe integer it is exactly, or undefined. */
  toInt(): number | undefined {
    if (PLAIN_INTEGER.test(this.text)) return Number(this.text);
    const { digits, exponent } = this.decimal;
    if (exponent < digits.length || exponent > 16) return undefined;
    const value = Number(this.text);
    return Number.isSafeInteger(value) ? value + 0 : undefined;
  }

  /** The nearest double; infinite beyond its range. */
  toDouble(): number {
    return Number(this.text);
  }

  /** A text that is the same for equal numbers and only for those. */
  identity(): string {
    if (PLAIN_INTEGER.test(this.text)) return this.text;
    const { negative, digits, exponent } = this.decimal;
    if (digits === '') return '0';
    if (exponent >= digits.length && exponent <= 15) return `${negative ? '-' : ''}${digits.padEnd(exponent, '0')}`;
    return `${negative ? '-' : ''}.${digits}e${exponent}`;
  }
}

/** Order by exact decimal value: negative, zero or positive. */
export function compareNumbers(a: RegoNumber, b: RegoNumber): number {
  if (a.text === b.text) return 0;
  if (PLAIN_INTEGER.test(a.text) && PLAIN_INTEGER.test(b.text)) return Number(a.text) - Number(b.text);
  const x = a.decimal;
  const y = b.decimal;
  const signs = signum(x) - signum(y);
  if (signs !== 0) return signs;
  const magnitude = x.exponent - y.exponent || (x.digits < y.digits ? -1 : x.digits > y.digits ? 1 : 0);
  return x.negative ? 0 - magnitude : magnitude;
}

function signum({ negative, digits }: Decimal): number {
  return digits === '' ? 0 : negative ? -1 : 1;
}

function decompose(text: string): Decimal {
  const [, sign, whole = '', fraction = '', power = '0'] = GRAMMAR.exec(text) ?? [];
  const all = whole + fraction;
  let start = 0;
  while (all[start] === '0') start += 1;
  let end = all.length;
  while (end > start && all[end - 1] === '0') end -= 1;
  if (start === end) return { negative: false, digits: '', exponent: 0 };
  return { negative: sign === '-', digits: all.slice(start, end), exponent: whole.length - start + Number(power) };
}
