import { padText, type Spec } from './spec.ts';

const UINT64 = 1n << 64n;

/** The verbs that write an integer's digits, each with its base. */
export const BASES: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

/** `value` as an unsigned 64-bit integer, as Go converts an `int64`. */
export function unsigned(value: bigint): bigint {
  return value < 0n ? value + UINT64 : value;
}

/** Go's `fmt` of an `int64` in a base: `fmtInteger` of fmt/format.go. */
export function formatInteger(value: bigint, verb: string, spec: Spec): string {
  if (spec.precision === 0 && value === 0n) return ' '.repeat(spec.width ?? 0);
  const negative = value < 0n;
  const signed = negative || spec.plus || spec.space;
  const base = BASES[verb] ?? 10;
  const zeroPadded = spec.precision === undefined && spec.zero && !spec.minus && spec.width !== undefined;
  const least = spec.precision ?? (zeroPadded ? (spec.width ?? 0) - (signed ? 1 : 0) : 0);
  let digits = (negative ? -value : value).toString(base).padStart(least, '0');
  if (verb === 'X') digits = digits.toUpperCase();
  if (spec.sharp) digits = sharpPrefix(base, verb, digits) + digits;
  if (verb === 'O') digits = `0o${digits}`;
  return padText(`${sign(negative, spec)}${digits}`, { ...spec, zero: false });
}

/** Go's `fmt` of a `*big.Int`: its own `Format` (math/big/intconv.go). `verb` is one of `BASES` or `s`. */
export function formatBigInteger(value: bigint, verb: string, spec: Spec): string {
  const negative = value < 0n;
  const base = BASES[verb] ?? 10;
  let digits = (negative ? -value : value).toString(base);
  if (verb === 'X') digits = digits.toUpperCase();
  const prefix = verb === 'O' ? '0o' : spec.sharp ? bigPrefix(verb) : '';
  if (spec.precision === 0 && digits === '0') return '';
  digits = digits.padStart(spec.precision ?? 0, '0');
  const signText = sign(negative, { plus: spec.plus || spec.plusV, space: spec.space });
  const missing = (spec.width ?? 0) - signText.length - prefix.length - digits.length;
  if (missing <= 0) return signText + prefix + digits;
  if (spec.minus) return signText + prefix + digits + ' '.repeat(missing);
  if (spec.zero && spec.precision === undefined) return signText + prefix + '0'.repeat(missing) + digits;
  return ' '.repeat(missing) + signText + prefix + digits;
}

/** Go's `%U` of an `int64`: `fmtUnicode` of fmt/format.go; `shown` is the character in quotes that `%#U` adds, or empty. */
export function formatUnicode(value: bigint, shown: string, spec: Spec): string {
  const digits = unsigned(value)
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(spec.precision ?? 0, 4), '0');
  return padText(`U+${digits}${shown}`, { ...spec, zero: false });
}

function sign(negative: boolean, { plus, space }: Pick<Spec, 'plus' | 'space'>): string {
  return negative ? '-' : plus ? '+' : space ? ' ' : '';
}

function sharpPrefix(base: number, verb: string, digits: string): string {
  if (base === 2) return '0b';
  if (base === 16) return verb === 'X' ? '0X' : '0x';
  return base === 8 && !digits.startsWith('0') ? '0' : '';
}

function bigPrefix(verb: string): string {
  return { b: '0b', o: '0', x: '0x', X: '0X' }[verb] ?? '';
}
