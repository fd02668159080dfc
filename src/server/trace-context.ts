/** W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header */
export interface Traceparent {
  /** 32 hexadecimal digits, lower case, not all 0. */
  readonly traceId: string;
  /** 16 hexadecimal digits, lower case, not all 0: who calls. */
  readonly parentId: string;
  /** Whether the caller records the trace. */
  readonly sampled: boolean;
}

/** A header as Node.js gives it: repeated ones joined by ", ", or as a list. */
type Header = string | readonly string[] | undefined;

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;

/** Reads the header, version 00 only. Undefined where it is missing, repeated or malformed: begin a new trace. */
export function parseTraceparent(header: Header): Traceparent | undefined {
  if (typeof header !== 'string') return undefined;
  const [, traceId = '', parentId = '', flags = ''] = VERSION_00.exec(header) ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(parentId)) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** The header's text. */
export const traceparent = ({ traceId, parentId, sampled }: Traceparent): string =>
  `00-${traceId}-${parentId}-${sampled ? '01' : '00'}`;

/** Most characters and members that are passed on: what everybody must take. https://www.w3.org/TR/trace-context/#tracestate-limits */
const MAX_TRACESTATE = 512;
const MAX_MEMBERS = 32;
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * `tracestate` as it is passed on, without blanks around its members. Empty where it is missing, malformed in any member
 * or beyond a limit: then it is dropped as a whole. https://www.w3.org/TR/trace-context/#tracestate-header
 */
export function parseTracestate(header: Header): string {
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  if (text.length > MAX_TRACESTATE) return '';
  const members = text
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  const keys = members.map((member) => member.slice(0, Math.max(0, member.indexOf('='))));
  const isValid = (member: string, at: number): boolean =>
    KEY.test(keys[at] ?? '') && VALUE.test(member.slice(member.indexOf('=') + 1));
  const isGood = members.length <= MAX_MEMBERS && new Set(keys).size === keys.length && members.every(isValid);
  return isGood ? members.join(',') : '';
}
