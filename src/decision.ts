import { Buffer } from 'node:buffer';
import { CATALOGUE, type ErrorCode } from './errors.ts';
import type { Decision, Exception, Finding } from './generated/decision.ts';
import { isObject } from './json.ts';

export type { Decision, Finding };

/** Most violations, warnings and exceptions together: nobody reads more, and answers stay small enough to cache and log. */
export const MAX_FINDINGS = 1000;
/** Bytes of UTF-8 of one text of a finding. */
export const MAX_TEXT_BYTES = 1024;
/** Bytes of JSON of one finding; a larger one loses its metadata and lists. */
const MAX_FINDING_BYTES = 16 * 1024;
/** Bytes of JSON of the metadata of a decision. */
export const MAX_METADATA_BYTES = 64 * 1024;
/** Bytes of JSON of all findings and the decision's metadata, of which no more than {@link MAX_METADATA_BYTES} count. */
export const MAX_DECISION_BYTES = 256 * 1024;

/** What the metadata of a decision may have, and what becomes of a decision that has more. */
export interface MetadataLimit {
  /** Of JSON. */
  readonly bytes: number;
  /** `left out`: the decision stands without it; `denied`: it is part of the answer, and there is none without it. */
  readonly beyond: 'left out' | 'denied';
}

export const DEFAULT_METADATA_LIMIT: MetadataLimit = { bytes: MAX_METADATA_BYTES, beyond: 'left out' };

const SEVERITIES: readonly Finding['severity'][] = ['', 'critical', 'high', 'medium', 'low', 'info'];

/** https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,20})?(Z|[+-]\d{2}:\d{2})$/;

/** Where and why a policy's answer is no decision. */
class Malformed extends Error {}

/**
 * What a policy said, in canonical form. Never throws: an undefined, malformed or contradictory answer is a denial with
 * POLICY_UNDEFINED, POLICY_MALFORMED or POLICY_NO_REASON among its violations, LIMIT_EXCEEDED where its metadata is too
 * large to be left out.
 *
 * @param value the policy's answer as ordinary JavaScript; undefined where the rule is undefined
 */
export function readDecision(value: unknown, limit: MetadataLimit = DEFAULT_METADATA_LIMIT): Decision {
  if (value === undefined) return denial('POLICY_UNDEFINED', 'the decision of the policy is undefined for this input');
  try {
    return read(value, limit);
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
    return denial('POLICY_MALFORMED', `the policy's answer is no decision: ${fault.message}`);
  }
}

/** A denial of the host's own: the code is the reason, its remedy the solution. */
export function denial(code: ErrorCode, message: string): Decision {
  return { ...EMPTY, violations: [reason(code, message)] };
}

/** A decision with the name of the policy that made it. */
export interface Named {
  readonly policy: string;
  readonly decision: Decision;
}

/** One decision of several policies: allowed only if all allow. Every finding says whose it is. */
export function together(decisions: readonly Named[]): Decision {
  const all = <T extends Finding>(of: (decision: Decision) => readonly T[]): readonly T[] =>
    sortFindings(decisions.flatMap(({ policy, decision }) => of(decision).map((one) => ({ ...one, policy }))));
  const joined = bounded({
    allow: decisions.length > 0 && decisions.every(({ decision }) => decision.allow),
    violations: all(({ violations }) => violations),
    warnings: all(({ warnings }) => warnings),
    exceptions: all(({ exceptions }) => exceptions),
    expires: earliest(decisions.map(({ decision: { expires } }) => expires)),
    truncated: 0,
    // What the first says counts where two say something of one name.
    metadata: Object.assign({}, ...decisions.map(({ decision }) => decision.metadata).reverse()),
  });
  return { ...joined, truncated: joined.truncated + sum(decisions.map(({ decision }) => decision.truncated)) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Of times of RFC 3339; empty where there is none. */
const earliest = (times: readonly string[]): string =>
  times.filter((time) => time !== '').sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? '';

/** The violations' texts joined; empty where there are none. */
export const message = ({ violations }: Decision): string => violations.map(({ msg }) => msg).join('; ');

/** Findings by (code, subject, term, msg), then by all they say: the order in which they are handed out. */
export function sortFindings<T extends Finding>(findings: readonly T[]): T[] {
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...findings].sort(
    (a, b) =>
      byText(a.code, b.code) ||
      byText(a.subject, b.subject) ||
      byText(a.term, b.term) ||
      byText(a.msg, b.msg) ||
      byText(canonical(a), canonical(b)),
  );
}

/** JSON text with keys sorted by name at every level: the same decision, the same bytes. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

const EMPTY: Decision = {
  allow: false,
  violations: [],
  warnings: [],
  exceptions: [],
  expires: '',
  truncated: 0,
  metadata: {},
};

const EMPTY_FINDING: Finding = {
  code: '',
  msg: '',
  severity: '',
  title: '',
  description: '',
  solution: '',
  term: '',
  effective_on: '',
  collections: [],
  subject: '',
  evidence: [],
  policy: '',
  metadata: {},
};

const DECISION_KEYS: readonly string[] = ['allow', 'violations', 'warnings', 'exceptions', 'expires', 'metadata'];
/** What a policy may say; who said it says the host. */
const FINDING_KEYS: readonly string[] = Object.keys(EMPTY_FINDING).filter((key) => key !== 'policy');
const EXCEPTION_KEYS: readonly string[] = [...FINDING_KEYS, 'until', 'reason', 'reference'];

function reason(code: ErrorCode, msg: string): Finding {
  const { meaning, remedy } = CATALOGUE[code];
  return { ...EMPTY_FINDING, code, msg: cut(msg), title: meaning, solution: remedy };
}

function read(value: unknown, limit: MetadataLimit): Decision {
  if (!isObject(value)) throw new Malformed(`it is ${kindOf(value)}, not an object`);
  const { allow } = value;
  if (typeof allow !== 'boolean') throw new Malformed(`allow is ${kindOf(allow)}, not a boolean`);
  const violations = list(value, 'violations', '').map((item, index) => finding(item, `violations[${index}]`));
  const metadata = kept(rest(value, DECISION_KEYS, ''), limit);
  const own = [...objections(allow, violations.length), ...metadata.objections];
  return bounded({
    allow: allow && own.length === 0,
    // The host's own come first, so that no limit leaves them out.
    violations: [...own, ...sortFindings(violations)],
    warnings: sortFindings(list(value, 'warnings', '').map((item, index) => finding(item, `warnings[${index}]`))),
    exceptions: sortFindings(
      list(value, 'exceptions', '').map((item, index) => exception(item, `exceptions[${index}]`)),
    ),
    expires: instant(value, 'expires', ''),
    truncated: 0,
    metadata: metadata.value,
  });
}

/** What the host has against an answer that is well-formed. */
function objections(allow: boolean, violations: number): Finding[] {
  if (allow && violations > 0) {
    return [
      reason(
        'POLICY_MALFORMED',
        `the policy's answer contradicts itself: allow is true beside ${violations} violations`,
      ),
    ];
  }
  return !allow && violations === 0 ? [reason('POLICY_NO_REASON', 'the policy denied without saying why')] : [];
}

/** The metadata if it fits, and what the host has against an answer that loses it. */
function kept(
  metadata: Members,
  limit: MetadataLimit,
): { readonly value: Members; readonly objections: readonly Finding[] } {
  if (bytes(metadata) <= limit.bytes) return { value: metadata, objections: [] };
  const value = { truncated: true };
  switch (limit.beyond) {
    case 'left out':
      return { value, objections: [] };
    case 'denied': {
      const message = `the policy's answer has more than ${limit.bytes} bytes of reports`;
      return { value, objections: [reason('LIMIT_EXCEEDED', message)] };
    }
  }
}

function finding(item: unknown, path: string, keys = FINDING_KEYS): Finding {
  if (typeof item === 'string') return { ...EMPTY_FINDING, msg: cut(item) };
  if (!isObject(item)) throw new Malformed(`${path} is ${kindOf(item)}, neither an object nor a string`);
  const named = text(item, 'severity', path);
  const severity = SEVERITIES.find((name) => name === named);
  if (severity === undefined) throw new Malformed(`${path}.severity is none of ${SEVERITIES.slice(1).join(', ')}`);
  const found: Finding = {
    code: text(item, 'code', path),
    msg: text(item, 'msg', path),
    severity,
    title: text(item, 'title', path),
    description: text(item, 'description', path),
    solution: text(item, 'solution', path),
    term: text(item, 'term', path),
    effective_on: text(item, 'effective_on', path),
    collections: texts(item, 'collections', path),
    subject: text(item, 'subject', path),
    evidence: texts(item, 'evidence', path),
    policy: '',
    metadata: rest(item, keys, path),
  };
  if (bytes(found) <= MAX_FINDING_BYTES) return found;
  return { ...found, collections: [], evidence: [], metadata: { truncated: true } };
}

function exception(item: unknown, path: string): Exception {
  const from = isObject(item) ? item : {};
  return {
    ...finding(item, path, EXCEPTION_KEYS),
    until: instant(from, 'until', path),
    reason: text(from, 'reason', path),
    reference: text(from, 'reference', path),
  };
}

/** Leaves out what goes beyond the limits, the last of each list first, and counts it. */
function bounded(decision: Decision): Decision {
  let room = MAX_DECISION_BYTES - Math.min(bytes(decision.metadata), MAX_METADATA_BYTES);
  let left = MAX_FINDINGS;
  let truncated = 0;
  const keep = <T extends Finding>(findings: readonly T[]): T[] => {
    const kept = findings.filter((one) => {
      const size = bytes(one);
      const fits = left > 0 && size <= room;
      left -= fits ? 1 : 0;
      room -= fits ? size : 0;
      truncated += fits ? 0 : 1;
      return fits;
    });
    return sortFindings(kept);
  };
  const [violations, warnings, exceptions] = [
    keep(decision.violations),
    keep(decision.warnings),
    keep(decision.exceptions),
  ];
  return { ...decision, violations, warnings, exceptions, truncated };
}

type Members = Readonly<Record<string, unknown>>;

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const at = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a${typeof value === 'object' ? 'n' : ''} ${typeof value}`;
}

function text(from: Members, key: string, path: string): string {
  const value = from[key] ?? '';
  if (typeof value !== 'string' || from[key] === null)
    throw new Malformed(`${at(path, key)} is ${kindOf(from[key])}, not a string`);
  return cut(value);
}

function instant(from: Members, key: string, path: string): string {
  const value = text(from, key, path);
  if (value !== '' && (!RFC_3339.test(value) || Number.isNaN(Date.parse(value)))) {
    throw new Malformed(`${at(path, key)} is not a time of RFC 3339, such as 2027-01-31T00:00:00Z`);
  }
  return value;
}

function list(from: Members, key: string, path: string): readonly unknown[] {
  const value = Object.hasOwn(from, key) ? from[key] : [];
  if (!Array.isArray(value)) throw new Malformed(`${at(path, key)} is ${kindOf(value)}, neither an array nor a set`);
  return value;
}

function texts(from: Members, key: string, path: string): readonly string[] {
  return list(from, key, path).map((item, index) => {
    if (typeof item !== 'string') throw new Malformed(`${at(path, key)}[${index}] is ${kindOf(item)}, not a string`);
    return cut(item);
  });
}

/** Everything said under keys that the shape does not have, beside what it says under `metadata` itself. */
function rest(from: Members, keys: readonly string[], path: string): Members {
  const own = Object.hasOwn(from, 'metadata') ? from.metadata : {};
  if (!isObject(own)) throw new Malformed(`${at(path, 'metadata')} is ${kindOf(own)}, not an object`);
  const unknown = Object.entries(from).filter(([key]) => !keys.includes(key));
  return Object.fromEntries([...Object.entries(own), ...unknown]);
}

const encoder = new TextEncoder();
const ELLIPSIS = '…';
const scratch = new Uint8Array(MAX_TEXT_BYTES - Buffer.byteLength(ELLIPSIS));

/** At most {@link MAX_TEXT_BYTES} of UTF-8, cut between code points. */
function cut(value: string): string {
  // A UTF-16 unit is at most three bytes.
  if (value.length * 3 <= MAX_TEXT_BYTES || Buffer.byteLength(value) <= MAX_TEXT_BYTES) return value;
  return `${value.slice(0, encoder.encodeInto(value, scratch).read)}${ELLIPSIS}`;
}
