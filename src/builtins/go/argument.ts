import { type FloatFormat, formatFloat } from './float.ts';
import { BASES, formatBigInteger, formatInteger, formatUnicode, unsigned } from './integer.ts';
import { canBackquote, isPrintable, quote, quoteRune } from './quote.ts';
import { padText, type Spec, truncateText } from './spec.ts';

/** An argument of a Go format, of the types that OPA hands to `fmt`. */
export type Argument =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int64'; readonly value: bigint }
  | { readonly type: '*big.Int'; readonly value: bigint }
  | { readonly type: 'float64'; readonly value: number };

const MAX_RUNE = 0x10ffffn;

/** One argument under one verb: `printArg` of Go's fmt/print.go. */
export function formatArgument(argument: Argument, verb: string, spec: Spec): string {
  if (verb === 'T') return padText(truncateText(argument.type, spec), spec);
  switch (argument.type) {
    case 'string':
      return formatString(argument.value, verb, spec) ?? badVerb(argument, verb, spec);
    case 'int64':
      return formatInt64(argument.value, verb, spec) ?? badVerb(argument, verb, spec);
    case 'float64':
      return formatFloat64(argument.value, verb, spec) ?? badVerb(argument, verb, spec);
    case '*big.Int':
      return verb in BASES || verb === 's'
        ? formatBigInteger(argument.value, verb, spec)
        : `%!${verb}(big.Int=${argument.value})`;
  }
}

function badVerb(argument: Argument, verb: string, spec: Spec): string {
  return `%!${verb}(${argument.type}=${formatArgument(argument, 'v', spec)})`;
}

function formatString(text: string, verb: string, spec: Spec): string | undefined {
  switch (verb) {
    case 'v':
      return spec.sharpV ? formatQuoted(text, spec) : padText(truncateText(text, spec), spec);
    case 's':
      return padText(truncateText(text, spec), spec);
    case 'q':
      return formatQuoted(text, spec);
    case 'x':
    case 'X':
      return formatHex(text, verb, spec);
    default:
      return undefined;
  }
}

function formatQuoted(text: string, spec: Spec): string {
  const shown = truncateText(text, spec);
  return padText(spec.sharp && canBackquote(shown) ? `\`${shown}\`` : quote(shown, spec.plus), spec);
}

function formatHex(text: string, verb: string, spec: Spec): string {
  const bytes = Buffer.from(text, 'utf8').subarray(0, spec.precision);
  if (bytes.length === 0) return padText('', spec);
  const prefix = spec.sharp ? '0x' : '';
  const hex = spec.space
    ? Array.from(bytes, (byte) => prefix + byte.toString(16).padStart(2, '0')).join(' ')
    : prefix + bytes.toString('hex');
  return padText(verb === 'X' ? hex.toUpperCase() : hex, spec);
}

function formatInt64(value: bigint, verb: string, spec: Spec): string | undefined {
  if (verb in BASES) return formatInteger(value, verb, spec);
  switch (verb) {
    case 'c':
      return padText(toCharacter(value), spec);
    case 'q':
      return padText(quoteRune(toCharacter(value), spec.plus), spec);
    case 'U': {
      const character = toCharacter(value);
      const shown = spec.sharp && unsigned(value) <= MAX_RUNE && !isReplaced(value) && isPrintable(character);
      return formatUnicode(value, shown ? ` '${character}'` : '', spec);
    }
    default:
      return undefined;
  }
}

function toCharacter(value: bigint): string {
  return unsigned(value) > MAX_RUNE || isReplaced(value) ? '\ufffd' : String.fromCodePoint(Number(value));
}

/** A surrogate is no character. */
function isReplaced(value: bigint): boolean {
  return value >= 0xd800n && value <= 0xdfffn;
}

const FLOAT_VERBS: Readonly<Record<string, readonly [FloatFormat, number]>> = {
  v: ['g', -1],
  b: ['b', -1],
  g: ['g', -1],
  G: ['G', -1],
  x: ['x', -1],
  X: ['X', -1],
  f: ['f', 6],
  F: ['f', 6],
  e: ['e', 6],
  E: ['E', 6],
};

function formatFloat64(value: number, verb: string, spec: Spec): string | undefined {
  const known = FLOAT_VERBS[verb];
  if (known === undefined) return undefined;
  const [format, standard] = known;
  const precision = spec.precision ?? standard;
  let digits = formatFloat(Math.abs(value), format, precision);
  if (spec.sharp && format !== 'b') digits = sharpened(digits, format, precision);
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? '-' : spec.plus ? '+' : spec.space ? ' ' : '';
  if (!spec.plus && !spec.space && !negative) return padText(digits, spec);
  const missing = (spec.width ?? 0) - sign.length - digits.length;
  if (spec.zero && !spec.minus && missing > 0) return sign + '0'.repeat(missing) + digits;
  return padText(sign + digits, spec);
}

/** `#` forces a decimal point and keeps trailing zeros (`fmtFloat` of fmt/format.go). */
function sharpened(text: string, format: FloatFormat, precision: number): string {
  const counts = format === 'g' || format === 'G' || format === 'x';
  let wanted = counts ? (precision === -1 ? 6 : precision) : 0;
  const end = text.search(format === 'x' || format === 'X' ? /[pP]/ : /[eEpP]/);
  let number = end < 0 ? text : text.slice(0, end);
  let significant = false;
  for (const character of number) {
    if (character === '.') continue;
    if (character !== '0') significant = true;
    if (significant) wanted -= 1;
  }
  if (!number.includes('.')) {
    if (number === '0') wanted -= 1;
    number += '.';
  }
  return number + '0'.repeat(Math.max(wanted, 0)) + (end < 0 ? '' : text.slice(end));
}
