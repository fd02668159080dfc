import { MAX_METADATA_BYTES } from '../../decision.ts';
import { VerdictError } from '../../errors.ts';
import { isObject } from '../../json.ts';
import type { Got } from '../cache/cache.ts';
import type { Item, Value } from '../provider.ts';
import type { Decided } from '../question.ts';
import { ratifyFault } from './codes.ts';

/** The form of Ratify's reports: `0.2.0` of its `configPolicy`, `1.1.0` of its `regoPolicy`. */
export type RatifyForm = '0.2.0' | '1.1.0';

/** What changes from answer to answer. */
interface Asked {
  readonly cached: Got<Decided>['cached'];
  readonly traceId: string;
  /** Gatekeeper's own Rego decides: `isSuccess` is always false. */
  readonly passthrough: boolean;
  /** Of a decision without reports. */
  readonly form: RatifyForm;
}

/** What a decision says in Ratify's words. */
interface Verdict {
  readonly version: RatifyForm;
  readonly isSuccess: boolean;
  readonly verifierReports: readonly unknown[];
  /** Why it is no success; empty where it is one. */
  readonly message: string;
}

/** JSON text of what never changes about a decision, made once: what stands before the id of the trace, and after it. */
interface Texts {
  readonly before: string;
  readonly after: string;
  readonly verdict: Verdict;
}
const texts = new WeakMap<Decided, Texts>();
const passedThrough = new WeakMap<Decided, Texts>();

/**
 * A decision as Ratify v1's value of a key: `version`, `isSuccess`, `traceID`, `timestamp`, `verifierReports`, and of ours
 * `message` (why not) and `cached`. `isSuccess` is true only where the policy allows and its reports, if it has any, say
 * so too. Throws LIMIT_EXCEEDED where its reports were cut off, and POLICY_MALFORMED where a template decides and there
 * are none: one that finds no report might take that for good.
 */
export function ratifyValue(decided: Decided, { cached, traceId, passthrough, form }: Asked): Value {
  const made = passthrough ? passedThrough : texts;
  const known = made.get(decided) ?? textsOf(decided, passthrough, form);
  made.set(decided, known);
  const { before, after, verdict } = known;
  const { age, expires } = cached;
  const reused = `"cached":{"age":${Math.round(age)},"expires":${JSON.stringify(expires)}}`;
  return {
    text: `{${before},"traceID":${JSON.stringify(traceId)},${after},${reused},"generation":${decided.generation}}`,
    denied: verdict.message,
    // A success is a decision, whatever is missing; where somebody else decides, nothing may be missing.
    settled: decided.gap === '' || verdict.isSuccess,
  };
}

/**
 * What Ratify's `configPolicy` makes of a fault: a failed report. Templates for its reports look for a good one and not
 * at errors, so an error would admit.
 */
export function failedItem(
  key: string,
  error: VerdictError,
  { traceId, time }: { readonly traceId: string; readonly time: Date },
): Item {
  const message = ratifyFault(error);
  const { message: errorReason, remedy: remediation } = error;
  const report = { subject: imageOf(key), isSuccess: false, message, errorReason, remediation };
  const timestamp = rfc3339Nano(time.toISOString());
  const said = { version: '0.2.0', isSuccess: false, traceID: traceId, timestamp, verifierReports: [report], message };
  return { key, value: JSON.stringify(said), denied: message };
}

/** A key without its namespace. */
const imageOf = (key: string): string => key.replace(/^\[[^\]]*\]/, '');

function textsOf(decided: Decided, passthrough: boolean, form: RatifyForm): Texts {
  const verdict = verdictOf(decided, passthrough, form);
  const { version, isSuccess, verifierReports, message } = verdict;
  const timestamp = rfc3339Nano(decided.answer.time);
  return {
    before: members({ version, isSuccess }),
    after: members({ timestamp, verifierReports, ...(message && { message }) }),
    verdict,
  };
}

/** The members of an object as JSON text, without its braces. */
const members = (object: Readonly<Record<string, unknown>>): string => JSON.stringify(object).slice(1, -1);

const VERSIONS: readonly unknown[] = ['0.2.0', '1.1.0'];

function verdictOf({ answer: { decision, message } }: Decided, passthrough: boolean, form: RatifyForm): Verdict {
  const { allow, metadata } = decision;
  const why = allow ? '' : message || 'denied without a reason';
  const ratify = Object.hasOwn(metadata, 'ratify') ? metadata.ratify : undefined;
  if (ratify === undefined && metadata.truncated === true) {
    const limit = `${MAX_METADATA_BYTES} bytes (MAX_METADATA_BYTES)`;
    throw new VerdictError('LIMIT_EXCEEDED', `the policy's reports are larger than an answer may be, ${limit}`);
  }
  const said = ratify === undefined && !passthrough ? { version: form, isSuccess: allow, verifierReports: [] } : ratify;
  if (!isRatify(said)) {
    const malformed = "the policy's decision has no reports in the form of Ratify's under `ratify`";
    if (passthrough) throw new VerdictError('POLICY_MALFORMED', why === '' ? malformed : `${malformed}: ${why}`);
    return { version: form, isSuccess: false, verifierReports: [], message: why || malformed };
  }
  const { version, verifierReports } = said;
  if (passthrough) {
    const isSuccess = false;
    return { version, isSuccess, verifierReports, message: 'the reports say it all: this template decides' };
  }
  const isSuccess = allow && said.isSuccess;
  return { version, isSuccess, verifierReports, message: isSuccess ? '' : why || 'its reports say that it fails' };
}

function isRatify(value: unknown): value is Omit<Verdict, 'message'> {
  if (!isObject(value)) return false;
  const { version, isSuccess, verifierReports } = value;
  return VERSIONS.includes(version) && typeof isSuccess === 'boolean' && Array.isArray(verifierReports);
}

/** Go's RFC3339Nano: no more digits of a second than there are. */
const rfc3339Nano = (time: string): string =>
  time.replace(/\.(\d*?)0*Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));
