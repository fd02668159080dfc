import type { BuiltinContext } from './builtin.ts';
import { type Civil, daysIn, floorDivide, NS_PER_SECOND, toCivil, toUnixSeconds } from './go/civil.ts';
import { parseDuration } from './go/duration.ts';
import { formatFloat } from './go/float.ts';
import { formatTime, WEEKDAYS } from './go/layout.ts';
import { parseTime } from './go/parse-time.ts';
import { int64At, isArray, refused, stringAt, valueAt } from './operands.ts';
import { RegoNumber, type Value } from './value.ts';
import { loadZone, type Zone } from './zone.ts';

const MIN_NS = -(1n << 63n);
const MAX_NS = (1n << 63n) - 1n;

const RFC3339 = '2006-01-02T15:04:05Z07:00';
const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00';

/** The layouts that OPA knows by the name of Go's constant. */
const NAMED_LAYOUTS: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339,
  RFC3339Nano: RFC3339_NANO,
};

/** `time.now_ns()`: the instant of the decision. */
export function nowNs(_args: readonly Value[], { timeNs }: BuiltinContext): Value {
  return RegoNumber.of(timeNs);
}

/** `time.parse_ns(layout, value)`. */
export function parseNs(args: readonly Value[]): Value | undefined {
  const layout = stringAt(args, 0);
  return instant(parseTime(namedLayout(layout), stringAt(args, 1)));
}

/** `time.parse_rfc3339_ns(value)`. */
export function parseRfc3339Ns(args: readonly Value[]): Value | undefined {
  return instant(parseTime(RFC3339, stringAt(args, 0)));
}

/** Hours of the units that OPA adds to Go's. */
const EXTENDED_UNITS: Readonly<Record<string, number>> = { d: 24, w: 7 * 24, y: 365 * 24 };

/** `time.parse_duration_ns(duration)`: Go's durations and the units `d`, `w` and `y`. */
export function parseDurationNs(args: readonly Value[]): Value | undefined {
  const text = stringAt(args, 0);
  const ns = parseDuration(/[dwy]/.test(text) ? inHours(text) : text);
  return ns === undefined ? undefined : RegoNumber.of(ns);
}

/** Rewrites days, weeks and years as hours; the grammar of OPA's v1/topdown/durationparser. */
function inHours(text: string): string {
  if (!/^[-+]?(?:[0-9.]+(?:ms|us|µs|ns|[a-z]))+$/.test(text)) throw refused('operand 1 is no duration');
  return text.replace(/([0-9.]+)(ms|us|µs|ns|[a-z])/g, (segment: string, digits: string, unit: string) => {
    const hours = EXTENDED_UNITS[unit];
    if (hours === undefined) return segment;
    if (!/^[0-9]*(?:\.[0-9]*)?$/.test(digits) || digits === '.') throw refused('operand 1 is no duration');
    return `${formatFloat(Number(digits) * hours, 'f', -1)}h`;
  });
}

/** `time.format(instant)`: an instant is nanoseconds, or `[ns, zone]`, or `[ns, zone, layout]`. */
export function format(args: readonly Value[]): Value {
  const { layout, civil } = readTime(valueAt(args, 0));
  return formatTime(civil, layout === '' ? RFC3339_NANO : namedLayout(layout));
}

/** `time.date(instant)`: year, month, day. */
export function date(args: readonly Value[]): Value {
  const { year, month, day } = readTime(valueAt(args, 0)).civil;
  return [year, month, day].map((part) => RegoNumber.of(part));
}

/** `time.clock(instant)`: hour, minute, second. */
export function clock(args: readonly Value[]): Value {
  const { hour, minute, second } = readTime(valueAt(args, 0)).civil;
  return [hour, minute, second].map((part) => RegoNumber.of(part));
}

/** `time.weekday(instant)`: its English name. */
export function weekday(args: readonly Value[]): Value | undefined {
  return WEEKDAYS[readTime(valueAt(args, 0)).civil.weekday];
}

/** `time.add_date(instant, years, months, days)`: on the zone's calendar; days beyond a month carry over. */
export function addDate(args: readonly Value[]): Value | undefined {
  const { civil, zone } = readTime(valueAt(args, 0));
  const local = toUnixSeconds(
    BigInt(civil.year) + int64At(args, 1),
    BigInt(civil.month) + int64At(args, 2),
    BigInt(civil.day) + int64At(args, 3),
    civil,
  );
  const outside = local * NS_PER_SECOND < MIN_NS * 2n || local * NS_PER_SECOND > MAX_NS * 2n;
  if (outside) return undefined;
  // Go looks the offset up as if local time were UTC, then again where that crosses a transition.
  const guess = zone(Number(local)).offset;
  const offset = guess === 0 ? 0 : zone(Number(local) - guess).offset;
  return instant((local - BigInt(offset)) * NS_PER_SECOND + BigInt(civil.nanosecond));
}

/** `time.diff(a, b)`: years, months, days, hours, minutes, seconds between two instants, read in the zone of the first. */
export function diff(args: readonly Value[]): Value {
  const first = readTime(valueAt(args, 0));
  const second = readTime(valueAt(args, 1));
  const [a, b] = first.ns <= second.ns ? [first.ns, second.ns] : [second.ns, first.ns];
  const from = civilIn(a, first.zone);
  const to = civilIn(b, first.zone);
  const parts = {
    year: to.year - from.year,
    month: to.month - from.month,
    day: to.day - from.day,
    hour: to.hour - from.hour,
    minute: to.minute - from.minute,
    second: to.second - from.second,
  };
  if (parts.second < 0) {
    parts.second += 60;
    parts.minute -= 1;
  }
  if (parts.minute < 0) {
    parts.minute += 60;
    parts.hour -= 1;
  }
  if (parts.hour < 0) {
    parts.hour += 24;
    parts.day -= 1;
  }
  if (parts.day < 0) {
    parts.day += daysIn(from.month, from.year);
    parts.month -= 1;
  }
  if (parts.month < 0) {
    parts.month += 12;
    parts.year -= 1;
  }
  return Object.values(parts).map((part) => RegoNumber.of(part));
}

interface ReadTime {
  readonly ns: bigint;
  readonly zone: Zone;
  readonly layout: string;
  readonly civil: Civil;
}

function readTime(value: Value): ReadTime {
  const parts = isArray(value) ? value : [value];
  const [number] = parts;
  if (!(number instanceof RegoNumber)) throw refused('operand 1 must be nanoseconds or [nanoseconds, zone]');
  const ns = number.toBigInt();
  if (ns === undefined || ns < MIN_NS || ns > MAX_NS) throw refused('the instant is no 64-bit integer');
  const zone = loadZone(parts.length > 1 ? stringAt(parts, 1) : '');
  if (zone === undefined) throw refused('the time zone is not known');
  return { ns, zone, layout: parts.length > 2 ? stringAt(parts, 2) : '', civil: civilIn(ns, zone) };
}

function civilIn(ns: bigint, zone: Zone): Civil {
  const { offset, name } = zone(Number(floorDivide(ns, NS_PER_SECOND)));
  return toCivil(ns, offset, name);
}

function instant(ns: bigint | undefined): Value | undefined {
  return ns === undefined || ns < MIN_NS || ns > MAX_NS ? undefined : RegoNumber.of(ns);
}

function namedLayout(layout: string): string {
  return Object.hasOwn(NAMED_LAYOUTS, layout) ? (NAMED_LAYOUTS[layout] ?? layout) : layout;
}
