/** Nanoseconds of each unit. https://pkg.go.dev/time#ParseDuration */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
/** Largest that Go holds: 292 years. */
const MAX = 2 ** 63;

/** Nanoseconds of one of Go's durations (`24h`, `1h30m`, `1.5s`); undefined for anything else, also for negative ones. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text.replace(/^\+/, '')) return undefined;
  const sum = parts.reduce((total, [, count, unit = '']) => total + Number(count) * (UNITS[unit] ?? 0), 0);
  return sum < MAX ? Math.round(sum) : undefined;
}
