import { LruCache } from './lru.ts';
import { ZONE_NAMES } from './zone-names.ts';

/** Most time zones kept; a policy names one or two, a hostile input must not grow the table. */
const MAX_ZONES = 64;

/** What a zone says about one instant. */
interface ZoneReading {
  /** Seconds east of UTC. */
  readonly offset: number;
  /** The abbreviation, such as `CET`; where none is known the offset, such as `+03`. */
  readonly name: string;
}

/** A time zone of the [IANA database](https://www.iana.org/time-zones). */
export type Zone = (unixSeconds: number) => ZoneReading;

const zones = new LruCache<Zone>(MAX_ZONES);

const UTC: Zone = () => ({ offset: 0, name: 'UTC' });

/**
 * The zone of a name as Go's `time.LoadLocation` takes it; `Local` is UTC, for decisions do not depend on where they are made.
 *
 * @returns undefined for a name that is no zone.
 */
export function loadZone(name: string): Zone | undefined {
  if (name === '' || name === 'UTC' || name === 'Local') return UTC;
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = intlZone(name);
  if (zone !== undefined) zones.set(name, zone);
  return zone;
}

function intlZone(name: string): Zone | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return undefined;
  let clock: Intl.DateTimeFormat;
  try {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  // Intl folds case, a file system does not.
  const canonical = clock.resolvedOptions().timeZone;
  if (canonical !== name && canonical.toLowerCase() === name.toLowerCase()) return undefined;
  return (unixSeconds) => {
    const offset = offsetAt(clock, unixSeconds);
    return { offset, name: abbreviation(name, offset) };
  };
}

function offsetAt(clock: Intl.DateTimeFormat, unixSeconds: number): number {
  const read: Record<string, number> = {};
  for (const { type, value } of clock.formatToParts(unixSeconds * 1000)) read[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - unixSeconds;
}

function abbreviation(zone: string, offset: number): string {
  const known = ZONE_NAMES.get(zone)?.get(offset);
  if (known !== undefined) return known;
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const hours = String(Math.trunc(minutes / 60)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${hours}${minutes % 60 === 0 ? '' : String(minutes % 60).padStart(2, '0')}`;
}
