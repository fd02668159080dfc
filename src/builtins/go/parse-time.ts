import { daysIn, isLeap, NS_PER_SECOND, toUnixSeconds } from './civil.ts';
import { type LayoutChunk, MONTHS, splitLayout, WEEKDAYS } from './layout.ts';
import { readOffset, readZoneName, type ZoneReading } from './parse-zone.ts';

/** What has been read so far; undefined fields were not in the layout. */
interface Fields {
  year: number;
  month: number | undefined;
  day: number | undefined;
  yearDay: number | undefined;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  half: 'am' | 'pm' | undefined;
  /** Seconds east of UTC. */
  offset: number;
  /** `Z` or `UTC` stood there, which beats any offset. */
  utc: boolean;
}

/**
 * Go's [`time.Parse`](https://pkg.go.dev/time#Parse) where the local zone is UTC.
 *
 * @returns nanoseconds since 1970, or undefined where Go reports an error.
 */
export function parseTime(layout: string, value: string): bigint | undefined {
  const fields: Fields = {
    year: 0,
    month: undefined,
    day: undefined,
    yearDay: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    half: undefined,
    offset: 0,
    utc: false,
  };
  const chunks = splitLayout(layout);
  let rest: string | undefined = value;
  for (const [i, { prefix, directive }] of chunks.entries()) {
    rest = skip(rest, prefix);
    if (rest === undefined) return undefined;
    if (directive === '') return rest === '' ? toInstant(fields) : undefined;
    rest = read(directive, rest, fields, chunks[i + 1]);
    if (rest === undefined) return undefined;
  }
  return undefined;
}

/** Reads one directive from the head of `text`; returns what follows, or undefined when it does not fit. */
function read(directive: string, text: string, fields: Fields, next: LayoutChunk | undefined): string | undefined {
  switch (directive) {
    case '2006':
      return take(text, /^[0-9]{4}/, (digits) => set(fields, 'year', Number(digits), 0, 9999));
    case '06':
      return take(text, /^(?:[0-9]{2}|[+-][0-9])/, (digits) => {
        fields.year = Number(digits) + (Number(digits) >= 69 ? 1900 : 2000);
        return true;
      });
    case 'January':
    case 'Jan':
      return name(MONTHS, directive === 'Jan', text, (index) => {
        fields.month = index + 1;
      });
    case 'Monday':
    case 'Mon':
      return name(WEEKDAYS, directive === 'Mon', text, () => undefined);
    case '1':
    case '01':
      return number(text, directive === '01', (value) => set(fields, 'month', value, 1, 12));
    case '2':
    case '_2':
    case '02':
      return number(unpadded(directive, text, 1), directive === '02', (value) => set(fields, 'day', value, 0, 99));
    case '__2':
    case '002':
      return take(unpadded(directive, text, 2), directive === '002' ? /^[0-9]{3}/ : /^[0-9]{1,3}/, (digits) =>
        set(fields, 'yearDay', Number(digits), 0, 999),
      );
    case '15':
      return number(text, false, (value) => set(fields, 'hour', value, 0, 23));
    case '3':
    case '03':
      return number(text, directive === '03', (value) => set(fields, 'hour', value, 0, 12));
    case '4':
    case '04':
      return number(text, directive === '04', (value) => set(fields, 'minute', value, 0, 59));
    case '5':
    case '05':
      return second(text, directive === '05', fields, next);
    case 'PM':
    case 'pm':
      return take(text, directive === 'PM' ? /^(?:AM|PM)/ : /^(?:am|pm)/, (half) => {
        fields.half = half.toLowerCase() === 'am' ? 'am' : 'pm';
        return true;
      });
    case 'MST':
      return zone(readZoneName(text), fields);
    default:
      return directive.startsWith('.') || directive.startsWith(',')
        ? fraction(directive, text, fields)
        : zone(readOffset(directive, text), fields);
  }
}

/** Literal text; a run of spaces in it stands for a run of spaces. */
function skip(value: string, prefix: string): string | undefined {
  let at = 0;
  for (let i = 0; i < prefix.length; i += 1) {
    if (prefix[i] !== ' ') {
      if (value[at] !== prefix[i]) return undefined;
      at += 1;
      continue;
    }
    if (at < value.length && value[at] !== ' ') return undefined;
    while (prefix[i + 1] === ' ') i += 1;
    while (value[at] === ' ') at += 1;
  }
  return value.slice(at);
}

function take(text: string, pattern: RegExp, accept: (found: string) => boolean): string | undefined {
  const found = pattern.exec(text)?.[0];
  return found !== undefined && accept(found) ? text.slice(found.length) : undefined;
}

/** One or two digits; two where `fixed`. */
function number(text: string, fixed: boolean, accept: (value: number) => boolean): string | undefined {
  return take(text, fixed ? /^[0-9]{2}/ : /^[0-9]{1,2}/, (digits) => accept(Number(digits)));
}

type NumberField = 'year' | 'month' | 'day' | 'yearDay' | 'hour' | 'minute' | 'second';

function set(fields: Fields, field: NumberField, value: number, least: number, most: number): boolean {
  if (value < least || value > most) return false;
  fields[field] = value;
  return true;
}

function unpadded(directive: string, text: string, most: number): string {
  if (!directive.startsWith('_')) return text;
  let at = 0;
  while (at < most && text[at] === ' ') at += 1;
  return text.slice(at);
}

function name(names: readonly string[], short: boolean, text: string, accept: (i: number) => void): string | undefined {
  for (const [i, full] of names.entries()) {
    const wanted = short ? full.slice(0, 3) : full;
    if (text.slice(0, wanted.length).toLowerCase() === wanted.toLowerCase()) {
      accept(i);
      return text.slice(wanted.length);
    }
  }
  return undefined;
}

/** Seconds, and a fraction after them even where the layout has none. */
function second(text: string, fixed: boolean, fields: Fields, next: LayoutChunk | undefined): string | undefined {
  const rest = number(text, fixed, (value) => set(fields, 'second', value, 0, 59));
  if (rest === undefined || /^[.,]/.test(next?.directive ?? '')) return rest;
  const digits = /^[.,][0-9]+/.exec(rest)?.[0];
  if (digits === undefined) return rest;
  fields.nanosecond = nanoseconds(digits);
  return rest.slice(digits.length);
}

function fraction(directive: string, text: string, fields: Fields): string | undefined {
  const digits = /^[.,][0-9]+/.exec(text)?.[0];
  if (directive[1] === '9') {
    if (digits === undefined) return text;
    fields.nanosecond = nanoseconds(digits);
    return text.slice(digits.length);
  }
  const exact = text.slice(0, directive.length);
  if (exact.length < directive.length || !/^[.,]\+?[0-9]+$/.test(exact)) return undefined;
  fields.nanosecond = nanoseconds(exact);
  return text.slice(directive.length);
}

function nanoseconds(fractionText: string): number {
  const digits = fractionText.slice(1, 10);
  return Number(digits) * 10 ** (9 - digits.length);
}

function zone(reading: ZoneReading | undefined, fields: Fields): string | undefined {
  fields.offset = reading?.offset ?? fields.offset;
  fields.utc ||= reading?.utc ?? false;
  return reading?.rest;
}

function toInstant(fields: Fields): bigint | undefined {
  const date =
    fields.yearDay === undefined ? [fields.month ?? 1, fields.day ?? 1] : fromYearDay(fields, fields.yearDay);
  const [month, day] = date ?? [];
  if (month === undefined || day === undefined || day < 1 || day > daysIn(month, fields.year)) return undefined;
  let hour = fields.hour;
  if (fields.half === 'pm' && hour < 12) hour += 12;
  else if (fields.half === 'am' && hour === 12) hour = 0;
  const seconds = toUnixSeconds(BigInt(fields.year), BigInt(month), BigInt(day), { ...fields, hour });
  return (seconds - BigInt(fields.utc ? 0 : fields.offset)) * NS_PER_SECOND + BigInt(fields.nanosecond);
}

function fromYearDay(fields: Fields, yearDay: number): readonly [number, number] | undefined {
  if (yearDay < 1 || yearDay > (isLeap(fields.year) ? 366 : 365)) return undefined;
  let month = 1;
  let day = yearDay;
  for (; day > daysIn(month, fields.year); month += 1) day -= daysIn(month, fields.year);
  const agrees = (fields.month ?? month) === month && (fields.day ?? day) === day;
  return agrees ? [month, day] : undefined;
}
