/**
 * Every place where `part` stands in `whole`, overlapping ones too, in time linear in both (Knuth, Morris and Pratt).
 * An empty part stands nowhere.
 */
export function* occurrences<T>(whole: ArrayLike<T>, part: ArrayLike<T>): Generator<number> {
  if (part.length === 0) return;
  const fallback = fallbacks(part);
  let matched = 0;
  for (let i = 0; i < whole.length; i += 1) {
    while (matched > 0 && part[matched] !== whole[i]) matched = fallback[matched - 1] ?? 0;
    if (part[matched] === whole[i]) matched += 1;
    if (matched < part.length) continue;
    yield i + 1 - matched;
    matched = fallback[matched - 1] ?? 0;
  }
}

/** For each place the length of the longest proper prefix that ends there. */
function fallbacks<T>(part: ArrayLike<T>): Uint32Array {
  const lengths = new Uint32Array(part.length);
  let matched = 0;
  for (let i = 1; i < part.length; i += 1) {
    while (matched > 0 && part[matched] !== part[i]) matched = lengths[matched - 1] ?? 0;
    if (part[matched] === part[i]) matched += 1;
    lengths[i] = matched;
  }
  return lengths;
}
