/** What an offset or the name of a zone says, and the text after it. */
export interface ZoneReading {
  /** Seconds east of UTC; undefined where it says nothing. */
  readonly offset: number | undefined;
  /** `Z` or `UTC` stood there, which beats any offset. */
  readonly utc: boolean;
  readonly rest: string;
}

const OFFSETS: Readonly<Record<number, RegExp>> = {
  3: /^([+-])([0-9]{2})/,
  5: /^([+-])([0-9]{2})([0-9]{2})/,
  6: /^([+-])([0-9]{2}):([0-9]{2})/,
  7: /^([+-])([0-9]{2})([0-9]{2})([0-9]{2})/,
  9: /^([+-])([0-9]{2}):([0-9]{2}):([0-9]{2})/,
};

/** Reads what `-07:00`, `Z0700` and their like stand for in a Go time layout; undefined where it does not fit. */
export function readOffset(directive: string, text: string): ZoneReading | undefined {
  if (directive.startsWith('Z') && text.startsWith('Z')) return { offset: undefined, utc: true, rest: text.slice(1) };
  const match = OFFSETS[directive.length]?.exec(text);
  if (match === null || match === undefined) return undefined;
  const [all, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return undefined;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return { offset: sign === '-' ? -offset : offset, utc: false, rest: text.slice(all.length) };
}

/** Reads an abbreviation: it says nothing about the offset; of `GMT+3` Go notes the offset but does not apply it either. */
export function readZoneName(text: string): ZoneReading | undefined {
  if (text.startsWith('UTC')) return { offset: undefined, utc: true, rest: text.slice(3) };
  const length = zoneNameLength(text);
  return length === 0 ? undefined : { offset: undefined, utc: false, rest: text.slice(length) };
}

/** `parseTimeZone` of Go's time/format.go. */
function zoneNameLength(text: string): number {
  if (text.length < 3) return 0;
  if (text.startsWith('ChST') || text.startsWith('MeST')) return 4;
  if (text.startsWith('GMT')) return 3 + signedOffsetLength(text.slice(3));
  if (/^[+-]/.test(text)) return signedOffsetLength(text);
  const capitals = /^[A-Z]{0,6}/.exec(text)?.[0] ?? '';
  switch (capitals.length) {
    case 5:
      return capitals.endsWith('T') ? 5 : 0;
    case 4:
      return capitals.endsWith('T') || capitals === 'WITA' ? 4 : 0;
    case 3:
      return 3;
    default:
      return 0;
  }
}

function signedOffsetLength(text: string): number {
  const found = /^[+-][0-9]+/.exec(text)?.[0] ?? '';
  return found !== '' && Number(found.slice(1)) <= 23 ? found.length : 0;
}
