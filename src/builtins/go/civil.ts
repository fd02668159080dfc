/** A date and clock reading in some zone, as Go's `time.Time` shows it. */
export interface Civil {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1 to 366. */
  readonly yearDay: number;
  /** Seconds east of UTC. */
  readonly offset: number;
  /** The zone's abbreviation. */
  readonly zone: string;
}

export const NS_PER_SECOND = 1_000_000_000n;
const DAY_SECONDS = 86_400n;

/** The civil reading of an instant (nanoseconds since 1970) at an offset; the instant must lie within 285,000 years of 1970. */
export function toCivil(ns: bigint, offset: number, zone: string): Civil {
  const seconds = floorDivide(ns, NS_PER_SECOND);
  const date = new Date(Number(seconds + BigInt(offset)) * 1000);
  const year = date.getUTCFullYear();
  const days = daysSinceEpoch(BigInt(year), BigInt(date.getUTCMonth() + 1), BigInt(date.getUTCDate()));
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond: Number(ns - seconds * NS_PER_SECOND),
    weekday: date.getUTCDay(),
    yearDay: Number(days - daysSinceEpoch(BigInt(year), 1n, 1n)) + 1,
    offset,
    zone,
  };
}

/** Seconds since 1970 of a civil time in UTC; months and days beyond their range carry over, as in Go's `time.Date`. */
export function toUnixSeconds(
  year: bigint,
  month: bigint,
  day: bigint,
  clock: { readonly hour: number; readonly minute: number; readonly second: number },
): bigint {
  const seconds = BigInt(clock.hour * 3600 + clock.minute * 60 + clock.second);
  return daysSinceEpoch(year, month, day) * DAY_SECONDS + seconds;
}

export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysIn(month: number, year: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar. */
function daysSinceEpoch(year: bigint, month: bigint, day: bigint): bigint {
  const carried = year + floorDivide(month - 1n, 12n);
  const monthOfYear = month - 1n - floorDivide(month - 1n, 12n) * 12n;
  // Years that begin in March put the leap day last.
  const marchYear = monthOfYear < 2n ? carried - 1n : carried;
  const marchMonth = (monthOfYear + 10n) % 12n;
  const leaps = floorDivide(marchYear, 4n) - floorDivide(marchYear, 100n) + floorDivide(marchYear, 400n);
  return marchYear * 365n + leaps + (marchMonth * 153n + 2n) / 5n + day - 1n - 719_468n;
}

/** Division that rounds down. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
