import type { Civil } from './civil.ts';

/** One directive of a Go time layout with the literal text before it; the last has only the text. */
export interface LayoutChunk {
  readonly prefix: string;
  readonly directive: string;
}

/** The directives of [Go's layouts](https://pkg.go.dev/time#Layout), in the order in which `nextStdChunk` tries them. */
const DIRECTIVES =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm|[-Z]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?![0-9])/g;

export const MONTHS: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export const WEEKDAYS: readonly string[] = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
];

/** Splits a layout into its directives. */
export function splitLayout(layout: string): readonly LayoutChunk[] {
  const chunks: LayoutChunk[] = [];
  let at = 0;
  for (const match of layout.matchAll(DIRECTIVES)) {
    chunks.push({ prefix: layout.slice(at, match.index), directive: match[0] });
    at = match.index + match[0].length;
  }
  chunks.push({ prefix: layout.slice(at), directive: '' });
  return chunks;
}

/** Go's [`Time.Format`](https://pkg.go.dev/time#Time.Format). */
export function formatTime(time: Civil, layout: string): string {
  return splitLayout(layout)
    .map(({ prefix, directive }) => prefix + (SIMPLE[directive]?.(time) ?? formatOther(time, directive)))
    .join('');
}

const SIMPLE: Readonly<Record<string, (time: Civil) => string>> = {
  January: ({ month }) => MONTHS[month - 1] ?? '',
  Jan: ({ month }) => (MONTHS[month - 1] ?? '').slice(0, 3),
  Monday: ({ weekday }) => WEEKDAYS[weekday] ?? '',
  Mon: ({ weekday }) => (WEEKDAYS[weekday] ?? '').slice(0, 3),
  MST: ({ zone }) => zone,
  '2006': ({ year }) => padded(year, 4),
  '06': ({ year }) => padded(year % 100, 2),
  '01': ({ month }) => padded(month, 2),
  '1': ({ month }) => String(month),
  '02': ({ day }) => padded(day, 2),
  '2': ({ day }) => String(day),
  _2: ({ day }) => String(day).padStart(2),
  '002': ({ yearDay }) => padded(yearDay, 3),
  __2: ({ yearDay }) => String(yearDay).padStart(3),
  '15': ({ hour }) => padded(hour, 2),
  '03': ({ hour }) => padded(hour % 12 || 12, 2),
  '3': ({ hour }) => String(hour % 12 || 12),
  '04': ({ minute }) => padded(minute, 2),
  '4': ({ minute }) => String(minute),
  '05': ({ second }) => padded(second, 2),
  '5': ({ second }) => String(second),
  PM: ({ hour }) => (hour >= 12 ? 'PM' : 'AM'),
  pm: ({ hour }) => (hour >= 12 ? 'pm' : 'am'),
  '': () => '',
};

function formatOther({ nanosecond, offset }: Civil, directive: string): string {
  if (directive.startsWith('.') || directive.startsWith(',')) return formatFraction(nanosecond, directive);
  if (directive.startsWith('Z') && offset === 0) return 'Z';
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const parts = [padded(Math.trunc(minutes / 60), 2)];
  if (directive.length >= 5) parts.push(padded(minutes % 60, 2));
  if (directive.length >= 7) parts.push(padded(Math.abs(offset) % 60, 2));
  return (offset <= -60 ? '-' : '+') + parts.join(directive.includes(':') ? ':' : '');
}

/** `.000` writes that many digits; `.999` leaves zeros at the end away. */
function formatFraction(nanosecond: number, directive: string): string {
  const separator = directive[0] ?? '.';
  const digits = padded(nanosecond, 9).slice(0, directive.length - 1);
  if (directive[1] === '0') return separator + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : separator + trimmed;
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
