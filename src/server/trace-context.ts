import { randomBytes } from 'node:crypto';

/** W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header */
export interface Traceparent {
  /** 32 hexadecimal digits, lower case, not all 0. */
  readonly traceId: string;
  /** 16 hexadecimal digits, lower case, not all 0: who calls. */
  readonly parentId: string;
  /** Whether the caller records the trace. */
  readonly sampled: boolean;
}

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;

/** Reads the header, version 00 only. Undefined where it is missing, repeated or malformed: begin a new trace. */
export function parseTraceparent(header: string | readonly string[] | undefined): Traceparent | undefined {
  if (typeof header !== 'string') return undefined;
  const [, traceId = '', parentId = '', flags = ''] = VERSION_00.exec(header) ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(parentId)) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** A span of our own in the parent's trace, or in a new one that nobody records. `random`: that many bytes. */
export function newTraceparent(parent?: Traceparent, random: (bytes: number) => Buffer = randomBytes): Traceparent {
  return {
    traceId: parent?.traceId ?? identifier(16, random),
    parentId: identifier(8, random),
    sampled: parent?.sampled ?? false,
  };
}

/** As the header to send. */
export const formatTraceparent = ({ traceId, parentId, sampled }: Traceparent): string =>
  `00-${traceId}-${parentId}-${sampled ? '01' : '00'}`;

/** Random digits; all 0 would mean none. */
function identifier(bytes: number, random: (bytes: number) => Buffer): string {
  const digits = random(bytes).toString('hex');
  return /^0+$/.test(digits) ? `${digits.slice(1)}1` : digits;
}
