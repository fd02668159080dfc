/** How `formatFloat` writes: the formats of Go's `strconv.FormatFloat` (`F` is `f`). */
export type FloatFormat = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X';

/** Decimal digits of a magnitude: 0.DIGITS × 10^point; zero has no digits. */
interface Digits {
  readonly digits: string;
  readonly point: number;
}

/**
 * A double as Go's [`strconv.FormatFloat(value, format, precision, 64)`](https://pkg.go.dev/strconv#FormatFloat) writes it.
 * Precision -1 asks for the fewest digits that read back as the same double. Rounds half to even on the exact value.
 */
export function formatFloat(value: number, format: FloatFormat, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  switch (format) {
    case 'b':
      return sign + binary(magnitude);
    case 'x':
      return sign + hexadecimal(magnitude, precision);
    case 'X':
      return sign + hexadecimal(magnitude, precision).toUpperCase();
    case 'e':
      return sign + exponential(magnitude, precision);
    case 'E':
      return sign + exponential(magnitude, precision).toUpperCase();
    case 'f':
      return sign + fixed(magnitude, precision);
    case 'g':
      return sign + general(magnitude, precision);
    case 'G':
      return sign + general(magnitude, precision).toUpperCase();
  }
}

/** The double as mantissa × 2^exponent, as Go splits it: 53 bits of mantissa, fewer for subnormals. */
function split(magnitude: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, magnitude);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

function binary(magnitude: number): string {
  const { mantissa, exponent } = split(magnitude);
  return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`;
}

/** Every digit of the exact value. */
function exactDigits(magnitude: number): Digits {
  const { mantissa, exponent } = split(magnitude);
  if (mantissa === 0n) return { digits: '', point: 0 };
  const scaled = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const digits = scaled.toString();
  return { digits: digits.replace(/0+$/, ''), point: digits.length + Math.min(exponent, 0) };
}

/** The fewest digits that read back as the same double; ECMAScript and Go agree on them. */
function shortestDigits(magnitude: number): Digits {
  if (magnitude === 0) return { digits: '', point: 0 };
  const [mantissa = '', exponent = '0'] = magnitude.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** Keeps `count` digits, half to even. */
function round({ digits, point }: Digits, count: number): Digits {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: '', point: 0 };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const odd = count > 0 && Number(kept.at(-1)) % 2 === 1;
  const up = rest[0] !== undefined && (rest[0] > '5' || (rest[0] === '5' && (rest.length > 1 || odd)));
  if (!up) return trimmed(kept, point);
  const raised = (BigInt(kept === '' ? '0' : kept) + 1n).toString();
  return trimmed(raised, point + (raised.length - count));
}

function trimmed(digits: string, point: number): Digits {
  const short = digits.replace(/0+$/, '');
  return short === '' ? { digits: '', point: 0 } : { digits: short, point };
}

function exponential(magnitude: number, precision: number): string {
  const digits = precision < 0 ? shortestDigits(magnitude) : round(exactDigits(magnitude), precision + 1);
  return writeExponential(digits, precision < 0 ? Math.max(digits.digits.length - 1, 0) : precision);
}

function writeExponential({ digits, point }: Digits, decimals: number): string {
  const fraction = digits.slice(1, decimals + 1).padEnd(decimals, '0');
  const exponent = digits === '' ? 0 : point - 1;
  const power = `${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
  return `${digits[0] ?? '0'}${fraction === '' ? '' : `.${fraction}`}e${power}`;
}

function fixed(magnitude: number, precision: number): string {
  if (precision < 0) {
    const digits = shortestDigits(magnitude);
    return writeFixed(digits, Math.max(digits.digits.length - digits.point, 0));
  }
  const exact = exactDigits(magnitude);
  return writeFixed(round(exact, exact.point + precision), precision);
}

function writeFixed({ digits, point }: Digits, decimals: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (decimals === 0) return whole;
  const fraction = '0'.repeat(Math.max(Math.min(-point, decimals), 0)) + digits.slice(Math.max(point, 0));
  return `${whole}.${fraction.slice(0, decimals).padEnd(decimals, '0')}`;
}

function general(magnitude: number, precision: number): string {
  const wanted = precision === 0 ? 1 : precision;
  const digits = wanted < 0 ? shortestDigits(magnitude) : round(exactDigits(magnitude), wanted);
  const count = digits.digits.length;
  let threshold = wanted < 0 ? 6 : wanted;
  if (wanted >= 0 && threshold > count && count >= digits.point) threshold = count;
  const exponent = digits.point - 1;
  if (count > 0 && (exponent < -4 || exponent >= threshold)) return writeExponential(digits, count - 1);
  return writeFixed(digits, Math.max(count - digits.point, 0));
}

function hexadecimal(magnitude: number, precision: number): string {
  const parts = split(magnitude);
  let { mantissa } = parts;
  let exponent = mantissa === 0n ? 0 : parts.exponent + 52;
  while (mantissa !== 0n && mantissa < 1n << 52n) {
    mantissa <<= 1n;
    exponent -= 1;
  }
  if (precision >= 0 && precision < 13) {
    const drop = BigInt((13 - precision) * 4);
    const half = 1n << (drop - 1n);
    const rest = mantissa & ((1n << drop) - 1n);
    mantissa >>= drop;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa += 1n;
    mantissa <<= drop;
    if (mantissa >= 1n << 53n) {
      mantissa >>= 1n;
      exponent += 1;
    }
  }
  const digits = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0');
  const fraction = precision < 0 ? digits.replace(/0+$/, '') : digits.slice(0, precision).padEnd(precision, '0');
  const power = `${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
  return `0x${mantissa >> 52n}${fraction === '' ? '' : `.${fraction}`}p${power}`;
}
