import type { Decision } from '../../decision.ts';
import type { EvidenceSet } from '../../evidence.ts';
import { holdsAt } from '../../trust.ts';
import { isUndecided } from './undecided.ts';

/** https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** How long decisions may be reused, in milliseconds. */
export interface Ttl {
  /** What is allowed on complete evidence. */
  readonly allow: number;
  /** What is denied: short, because someone may be about to sign. */
  readonly deny: number;
  /** What is allowed although not everything could be looked up: short, because the missing answer may come. */
  readonly incomplete: number;
  /** How much longer an allow on complete evidence may be served while it is made anew; 0: not at all. */
  readonly stale: number;
}

/** How long one decision may be reused; both in milliseconds since the epoch, exclusive, `stale` ≥ `fresh`. */
export interface Life {
  /** Before this instant it is reused. */
  readonly fresh: number;
  /** Before this instant it may be served while it is made anew. */
  readonly stale: number;
}

/** A decision, what it rests on, and its instant. */
interface Settled {
  readonly decision: Decision;
  readonly evidence: EvidenceSet;
  readonly time: Date;
}

/**
 * How long a decision may be reused, counted from its instant; undefined: not at all. The TTL is only the most: neither
 * `fresh` nor `stale` goes beyond `decision.expires`, the interval in which the evidence holds, or an `effective_on` or
 * `until` that lies ahead.
 *
 * A denial on evidence that is incomplete for permanent reasons lives as one on complete evidence or as something
 * incomplete, whichever is shorter: asking again at once would find the same gap. Only an allow on complete evidence is
 * served stale: the other lives are short because the answer is about to change.
 */
export function lifeOf({ decision, evidence, time }: Settled, ttl: Ttl): Life | undefined {
  if (isUndecided(decision, evidence) || !holdsAt(evidence.holds, time)) return undefined;
  const now = time.getTime();
  const changes = [...decision.violations, ...decision.warnings, ...decision.exceptions]
    .map((finding) => finding.effective_on)
    .concat(decision.exceptions.map((exception) => exception.until))
    .filter((text) => text !== '')
    .map(instantOf);
  const isDated = decision.truncated === 0 && changes.every((change) => !Number.isNaN(change));
  const isStable = decision.allow && evidence.head.complete && isDated;
  const longest = now + lifespan(decision, evidence.head.complete && isDated, ttl);
  const bound = Math.min(
    ...(decision.expires === '' ? [] : [instantOf(decision.expires)]),
    ...(evidence.holds === undefined ? [] : [evidence.holds.until.getTime()]),
    // A text may say more than milliseconds: what falls into this one lies ahead too.
    ...changes.filter((change) => change >= now),
  );
  const fresh = Math.min(longest, bound);
  const stale = Math.min(isStable ? longest + ttl.stale : longest, bound);
  return fresh > now ? { fresh, stale } : undefined;
}

/** How long what several decisions say together may be reused; undefined: not at all. */
export function shortest(lives: ReadonlyArray<Life | undefined>): Life | undefined {
  const known = lives.filter((life) => life !== undefined);
  if (known.length === 0 || known.length < lives.length) return undefined;
  return { fresh: Math.min(...known.map(({ fresh }) => fresh)), stale: Math.min(...known.map(({ stale }) => stale)) };
}

/** Milliseconds since the epoch; NaN for what is no time of RFC 3339: Date.parse reads a year into any text with a number. */
const instantOf = (text: string): number => (RFC_3339.test(text) ? Date.parse(text) : Number.NaN);

/** Not all of it is known either where findings were left out, or where the time of a change cannot be read. */
function lifespan({ allow }: Decision, isKnown: boolean, ttl: Ttl): number {
  if (isKnown) return allow ? ttl.allow : ttl.deny;
  return Math.min(ttl.incomplete, allow ? ttl.allow : ttl.deny);
}
