import { type CollectRule, choose } from './collect.ts';
import type { Discovery } from './generated/evidence.ts';
import { merge, type Referrer } from './referrer.ts';
import type { Listed, Listing, Source } from './store.ts';

export type { Discovery };

/** One source's answer about one subject. */
export interface Answer {
  readonly source: Source;
  readonly listing: Listing;
}

/** What is known to be attached to one subject, and how complete that knowledge is. */
export interface Question {
  /** To be fetched. */
  readonly chosen: readonly Referrer[];
  /** Listed in the evidence only. */
  readonly listedOnly: readonly Referrer[];
  readonly discovery: readonly Discovery[];
}

/** Merges the answers of all sources about one subject and applies the rules of what to fetch. */
export function weigh(subject: string, answers: readonly Answer[], rules: readonly CollectRule[]): Question {
  const referrers = merge(answers.map(({ source, listing }) => ({ source, entries: listing.entries })));
  const { chosen, leftOut } = choose(referrers, rules);
  const entries = answers.map(({ source, listing }) => entry(subject, source, listing));
  return {
    chosen,
    listedOnly: leftOut.map((one) => one.referrer),
    discovery: [...entries, ...notFetched(subject, leftOut)],
  };
}

function entry(subject: string, source: Source, listing: Listing): Discovery {
  const base = {
    subject,
    source,
    outcome: listing.outcome,
    types: [],
    found: listing.entries.length,
    limit: listing.limit,
  };
  return listing.error === undefined ? base : { ...base, error: listing.error.toFacts() };
}

/** An own entry per source and reason for what the rules left out: the source itself did answer. */
function notFetched(
  subject: string,
  leftOut: ReadonlyArray<{ readonly referrer: Referrer; readonly why: 'skipped' | 'truncated' }>,
): Discovery[] {
  const groups = new Map<
    string,
    { source: Source; outcome: 'skipped' | 'truncated'; types: Set<string>; found: number }
  >();
  for (const { referrer, why } of leftOut) {
    for (const source of referrer.sources) {
      const key = `${source} ${why}`;
      const group = groups.get(key) ?? { source, outcome: why, types: new Set<string>(), found: 0 };
      groups.set(key, group);
      group.types.add(referrer.listed.descriptor.artifactType);
      group.found++;
    }
  }
  return [...groups.values()].map(({ source, outcome, types, found }) => ({
    subject,
    source,
    outcome,
    types: [...types].sort(),
    found,
    limit: outcome === 'truncated' ? 'collect' : '',
  }));
}

/** An entry for something that was not asked, or not answered, outside of the sources' own lists. */
export function gap(
  subject: string,
  source: Source,
  outcome: 'failed' | 'truncated',
  more: Partial<Discovery>,
): Discovery {
  return { subject, source, outcome, types: [], found: 0, limit: '', ...more };
}

/** Entries of an index as an answer about one of its targets. */
export const indexAnswer = (entries: readonly Listed[]): Answer => ({
  source: 'image-index',
  listing: { outcome: 'ok', entries, limit: '', error: undefined },
});
