import { MAX_NUMBER_LENGTH } from './number.ts';
import { refused, stringAt } from './operands.ts';
import { RegoNumber, type Value } from './value.ts';

/** A fraction of integers; the denominator is positive. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const SI_POWERS: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/** The double nearest to 0.001, exactly: OPA multiplies with it. */
const MILLI: Fraction = { numerator: 1_152_921_504_606_847n, denominator: 1n << 60n };

/** `units.parse(text)`: `10K`, `200m`, `1.5Gi`; only the case of the first letter counts, to tell milli from mega. */
export function parse(args: readonly Value[]): Value {
  const { amount, unit } = split(stringAt(args, 0));
  const factor = unit === 'm' ? MILLI : siFactor(unit);
  const numerator = amount.numerator * factor.numerator;
  const denominator = amount.denominator * factor.denominator;
  if (numerator % denominator === 0n) return RegoNumber.parse((numerator / denominator).toString());
  return RegoNumber.parse(decimals({ numerator, denominator }, 10));
}

/** `mi` is mebi, `M` mega; any other letter may have either case. */
function siFactor(unit: string): Fraction {
  if (unit === '') return whole(1n);
  const [, letter, binary] = /^([kKmMgGtTpPeE])([iI]?)$/.exec(unit) ?? [];
  if (letter === undefined) throw refused('the unit is not known');
  return whole((binary === '' ? 1000n : 1024n) ** BigInt(SI_POWERS[letter.toLowerCase()] ?? 0));
}

/** `units.parse_bytes(text)`: `10KB`, `1.5GiB`, in any case; computed with 64 bits of mantissa, then cut to an integer. */
export function parseBytes(args: readonly Value[]): Value {
  const { amount, unit } = split(stringAt(args, 0).toLowerCase());
  const [, letter = '', binary, bytes] = /^([kmgtpe]?)(i?)(b?)$/.exec(unit) ?? [];
  const power = letter === '' ? 0 : SI_POWERS[letter];
  if (binary === undefined || power === undefined || (letter === '' && binary + (bytes ?? '') !== '')) {
    throw refused('the unit is not known');
  }
  const factor = (binary === 'i' ? 1024n : 1000n) ** BigInt(power);
  const rounded = roundTo64Bits(amount);
  const product = roundTo64Bits({ numerator: rounded.numerator * factor, denominator: rounded.denominator });
  return RegoNumber.parse((product.numerator / product.denominator).toString());
}

/** The number at the head of a text and its unit: `extractNumAndUnit` of OPA's v1/topdown/parse_bytes.go. */
function split(text: string): { readonly amount: Fraction; readonly unit: string } {
  const bare = text.replaceAll('"', '');
  if (bare.includes(' ')) throw refused('a quantity must not have spaces');
  const number = /^(?:[0-9.+-]|[eE](?=[0-9+-])[+-]?[0-9]*)*/.exec(bare)?.[0] ?? '';
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,6}))?$/.exec(number);
  const [, sign, digits = '', decimalsText = '', power = '0'] = match ?? [];
  const exponent = Number(power) - decimalsText.length;
  if (match === null || digits + decimalsText === '') throw refused('a quantity begins with a number');
  if (number.length + Math.abs(exponent) > MAX_NUMBER_LENGTH) throw refused('the number is too long');
  const mantissa = BigInt(`${digits}${decimalsText}`) * (sign === '-' ? -1n : 1n);
  const scale = 10n ** BigInt(Math.abs(exponent));
  return {
    amount: exponent < 0 ? { numerator: mantissa, denominator: scale } : whole(mantissa * scale),
    unit: bare.slice(number.length),
  };
}

function whole(numerator: bigint): Fraction {
  return { numerator, denominator: 1n };
}

/** Decimal text with so many digits after the point, half away from zero (`Rat.FloatString`). */
function decimals({ numerator, denominator }: Fraction, count: number): string {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const scaled = (magnitude * 10n ** BigInt(count) * 2n + denominator) / (denominator * 2n);
  const digits = scaled.toString().padStart(count + 1, '0');
  return `${numerator < 0n ? '-' : ''}${digits.slice(0, -count)}.${digits.slice(-count)}`;
}

/** The nearest value with a mantissa of 64 bits, half to even: what Go's `big.Float` keeps by default. */
function roundTo64Bits({ numerator, denominator }: Fraction): Fraction {
  if (numerator === 0n) return whole(0n);
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  let shift = bitLength(denominator) - bitLength(magnitude) + 64;
  if (quotient(magnitude, denominator, shift) >= 1n << 64n) shift -= 1;
  const mantissa = roundedQuotient(magnitude, denominator, shift);
  const signed = negative ? -mantissa : mantissa;
  return shift > 0 ? { numerator: signed, denominator: 1n << BigInt(shift) } : whole(signed << BigInt(-shift));
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return (hex.length - 1) * 4 + Math.floor(Math.log2(Number.parseInt(hex[0] ?? '0', 16))) + 1;
}

function quotient(numerator: bigint, denominator: bigint, shift: number): bigint {
  return shift >= 0 ? (numerator << BigInt(shift)) / denominator : numerator / (denominator << BigInt(-shift));
}

function roundedQuotient(numerator: bigint, denominator: bigint, shift: number): bigint {
  const scaled = shift >= 0 ? numerator << BigInt(shift) : numerator;
  const divisor = shift >= 0 ? denominator : denominator << BigInt(-shift);
  const floor = scaled / divisor;
  const twice = (scaled - floor * divisor) * 2n;
  return twice > divisor || (twice === divisor && (floor & 1n) === 1n) ? floor + 1n : floor;
}
