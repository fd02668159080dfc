import type { Referrer } from './referrer.ts';

/**
 * What to fetch of one artifact type. Annotations only order downloads: nobody signed them, so what they leave out is
 * always reported and never taken for absent.
 */
export interface CollectRule {
  /** An artifact type; a `*` at the end matches any continuation. */
  readonly type: string;
  readonly take:
    | { readonly kind: 'all' }
    /** Listed in the evidence, never fetched. */
    | { readonly kind: 'none' }
    /** The same, but what is attached to it is looked for. */
    | { readonly kind: 'follow' }
    /** The `count` with the greatest annotation `by` (RFC 3339 times sort as text). */
    | { readonly kind: 'newest'; readonly count: number; readonly by: string };
}

/** What was chosen and what was left out, and why. */
export interface Choice {
  readonly chosen: readonly Referrer[];
  readonly leftOut: ReadonlyArray<{ readonly referrer: Referrer; readonly why: 'skipped' | 'truncated' }>;
}

const matches = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;

/** The first rule for the type; everything is taken where none speaks. */
export const ruleFor = (rules: readonly CollectRule[], type: string): CollectRule | undefined =>
  rules.find((rule) => matches(rule.type, type));

/** Applies the rules to everything listed for one subject. */
export function choose(referrers: readonly Referrer[], rules: readonly CollectRule[]): Choice {
  const groups = new Map<CollectRule | undefined, Referrer[]>();
  for (const referrer of referrers) {
    const rule = ruleFor(rules, referrer.listed.descriptor.artifactType);
    groups.set(rule, [...(groups.get(rule) ?? []), referrer]);
  }
  const choices = [...groups].map(([rule, group]) => apply(rule, group));
  return { chosen: choices.flatMap((one) => one.chosen), leftOut: choices.flatMap((one) => one.leftOut) };
}

function apply(rule: CollectRule | undefined, group: readonly Referrer[]): Choice {
  if (rule === undefined || rule.take.kind === 'all' || rule.take.kind === 'follow')
    return { chosen: group, leftOut: [] };
  if (rule.take.kind === 'none')
    return { chosen: [], leftOut: group.map((referrer) => ({ referrer, why: 'skipped' })) };
  const { by, count } = rule.take;
  const key = (referrer: Referrer): string => referrer.listed.descriptor.annotations[by] ?? '';
  const newest = [...group].sort((a, b) => (key(a) === key(b) ? 0 : key(a) < key(b) ? 1 : -1));
  return {
    chosen: newest.slice(0, count),
    leftOut: newest.slice(count).map((referrer) => ({ referrer, why: 'truncated' })),
  };
}
