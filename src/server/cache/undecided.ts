import type { Decision } from '../../decision.ts';
import type { EvidenceSet } from '../../evidence.ts';
import type { ErrorFacts } from '../../generated/evidence.ts';

/** Most gaps that a message names: they mostly have one cause. */
const MAX_GAPS = 3;
/** Characters of one gap in a message: answers that carry it are at most 2 KiB. */
const MAX_GAP_LENGTH = 300;

/** Whether something was denied only because evidence could not be looked up, and asking again may tell. */
export const isUndecided = (decision: Decision, evidence: EvidenceSet): boolean =>
  !decision.allow && gaps(evidence).next().done !== true;

/**
 * What could not be looked up for a reason that may pass, in one line for a message; empty where there is no such gap:
 * the evidence is complete, or what it lacks will be lacking the next time too (a limit, something unreadable).
 */
export function retryableGap(evidence: EvidenceSet): string {
  const all = [...gaps(evidence)];
  const named = all.slice(0, MAX_GAPS).map((gap) => gap.slice(0, MAX_GAP_LENGTH).toWellFormed());
  return [...named, ...(all.length > MAX_GAPS ? [`and ${all.length - MAX_GAPS} more`] : [])].join('; ');
}

/** What makes evidence incomplete, and may pass. */
function* gaps({ head }: EvidenceSet): Generator<string> {
  if (head.complete) return;
  for (const { outcome, source, subject, error } of head.discovery) {
    // A list that was cut without an error reached a limit.
    const isGap = outcome === 'failed' || (outcome === 'truncated' && error !== undefined);
    if (isGap && mayPass(error)) yield `${source} of ${subject}: ${reason(error)}`;
  }
  for (const { digest, collected, reports } of head.artifacts) {
    for (const { outcome, message, error } of collected ? reports : [])
      if (outcome === 'errored' && mayPass(error)) yield `${digest}: ${error === undefined ? message : reason(error)}`;
  }
}

/** Where nobody said why, nobody said that it will stay so. */
const mayPass = (error: ErrorFacts | undefined): boolean => error?.retryable ?? true;

const reason = (error: ErrorFacts | undefined): string =>
  error === undefined ? 'no answer' : `${error.code}: ${error.message}`;
