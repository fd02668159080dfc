import { LRUCache } from 'lru-cache';

export interface MemoOptions {
  /** Most results kept; what was used longest ago goes first. */
  readonly entries: number;
  /** Characters beyond which nothing is kept. */
  readonly length: number;
}

/**
 * A pure function of a text whose results are kept: Gatekeeper asks about the same images again and again. What it throws
 * is not kept. Nobody may change a result: others get the same.
 */
export function memo<T extends object>(
  make: (text: string) => T,
  { entries, length }: MemoOptions,
): (text: string) => T {
  const kept = new LRUCache<string, T>({ max: entries });
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (text.length <= length) kept.set(text, made);
    return made;
  };
}
