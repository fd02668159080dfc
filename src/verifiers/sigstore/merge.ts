import type { VerdictError } from '../../errors.ts';
import { type Check, type CheckName, errored, failed, type Report, type ReportOrigin, report } from '../../report.ts';
import type { Testimony } from '../../verifier.ts';
import type { Finding } from './finding.ts';
import type { Reading } from './reading.ts';

/** What both halves say together: who signed (the finding; undefined where nobody did), and what it says of what. */
export function merge(origin: ReportOrigin, finding: Finding | undefined, reading: Reading): Testimony {
  const outcome = outcomeOf(finding, reading);
  const isReadable = outcome === 'verified' || outcome === 'present';
  const { facts } = reading;
  const { error: unreadable, document = '', read = false, ...bound } = facts;
  const error =
    reading.outcome === 'bound' || reading.outcome === 'unbound' ? (finding?.error ?? unreadable) : unreadable;
  const checks = { digest: PASSED, ...finding?.checks, ...facts.checks };
  const said = report(origin, outcome, messageOf(outcome, finding, reading), {
    ...bound,
    checks: outcome === 'present' ? withoutBlame(checks) : checks,
    read: isReadable && read,
    document: isReadable ? document : '',
    relaxed: [...(finding?.relaxed ?? [])],
    signers: outcome === 'verified' ? [...(finding?.signers ?? [])] : [],
    claimed: { signers: outcome === 'verified' ? [] : [...claimedBy(finding)] },
    ...(error === undefined ? {} : { error }),
  });
  const testimony = { report: said, document: isReadable ? reading.document : undefined };
  return finding?.holds === undefined ? testimony : { ...testimony, holds: finding.holds };
}

const PASSED: Check = { outcome: 'passed', message: '' };

function outcomeOf(finding: Finding | undefined, reading: Reading): Report['outcome'] {
  if (reading.outcome === 'failed' || finding?.outcome === 'failed') return 'failed';
  if (reading.outcome === 'errored' || finding?.outcome === 'errored') return 'errored';
  // Somebody signed it, but nobody signed that it is about this: it could have been taken from anywhere.
  if (reading.outcome === 'unbound') return 'present';
  return finding?.outcome ?? 'present';
}

function messageOf(outcome: Report['outcome'], finding: Finding | undefined, reading: Reading): string {
  if (finding === undefined) return reading.message || 'nobody signed it';
  const who = finding.message;
  if (reading.outcome === 'failed' || reading.outcome === 'errored') return `${reading.message}; ${who}`;
  if (outcome === 'present' && finding.outcome === 'verified') return `${who}, but it does not say of what it speaks`;
  return reading.message === '' ? who : `${who}; not read: ${reading.message}`;
}

/** Where nothing is held against a signature, a check that did not pass tells only what it would have been. */
const withoutBlame = (checks: Partial<Record<CheckName, Check>>): Partial<Record<CheckName, Check>> =>
  Object.fromEntries(
    Object.entries(checks).map(([name, check]) => [
      name,
      check.outcome === 'passed' ? check : { ...check, outcome: 'skipped' },
    ]),
  );

/** Who signed, where it does not count. */
const claimedBy = (finding: Finding | undefined): Finding['claimed'] =>
  finding === undefined ? [] : [...finding.signers, ...finding.claimed];

/** A signature that could not be examined at all; `check`: the one that could not be told, or that failed. */
export function unexamined(
  check: CheckName,
  error: VerdictError,
  outcome: 'failed' | 'errored' = error.code === 'LIMIT_EXCEEDED' ? 'errored' : 'failed',
): Finding {
  return {
    outcome,
    message: error.message,
    checks: { [check]: outcome === 'failed' ? failed(error.message) : errored(error.message) },
    relaxed: [],
    signers: [],
    claimed: [],
    holds: undefined,
    error: error.toFacts(),
  };
}
