/** Nanoseconds of each unit of [`time.ParseDuration`](https://pkg.go.dev/time#ParseDuration). */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const LIMIT = 1n << 63n;

/** More digits than an `int64` has; Go stops counting a fraction there too. */
const FRACTION_LIMIT = (1n << 63n) - 1n;

/**
 * Go's [`time.ParseDuration`](https://pkg.go.dev/time#ParseDuration).
 *
 * @returns nanoseconds, or undefined where Go reports an error.
 */
export function parseDuration(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const body = negative || text.startsWith('+') ? text.slice(1) : text;
  if (body === '0') return 0n;
  if (body === '') return undefined;
  const segment = /([0-9]*)(\.[0-9]*)?([^.0-9]+)/y;
  let total = 0n;
  while (segment.lastIndex < body.length) {
    const [, whole = '', fraction = '', unitName = ''] = segment.exec(body) ?? [];
    const unit = Object.hasOwn(UNITS, unitName) ? UNITS[unitName] : undefined;
    if (unit === undefined || whole.length + Math.max(fraction.length - 1, 0) === 0) return undefined;
    const count = leadingInteger(whole);
    if (count === undefined || count > LIMIT / unit) return undefined;
    total += count * unit + scaledFraction(fraction.slice(1), unit);
    if (total > LIMIT) return undefined;
  }
  if (negative) return -total;
  return total === LIMIT ? undefined : total;
}

function leadingInteger(digits: string): bigint | undefined {
  const significant = digits.replace(/^0+/, '');
  if (significant.length > 19) return undefined;
  const value = BigInt(significant === '' ? '0' : significant);
  return value > LIMIT ? undefined : value;
}

/** Go computes fractions in doubles: so do we, in the same order. */
function scaledFraction(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > FRACTION_LIMIT / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}
