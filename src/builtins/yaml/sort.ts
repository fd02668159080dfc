import type { Value } from '../value.ts';

type Member = readonly [string, Value];

/** Members in the order of go-yaml v3: numbers within keys count as numbers, letters come after other characters. */
export function sortKeys(members: readonly Member[]): readonly Member[] {
  const keyed = members.map((member) => ({ member, runes: Array.from(member[0]) }));
  keyed.sort((a, b) => (isLess(a.runes, b.runes) ? -1 : isLess(b.runes, a.runes) ? 1 : 0));
  return keyed.map(({ member }) => member);
}

/** `keyList.Less` of go-yaml v3 (sorter.go). */
function isLess(a: readonly string[], b: readonly string[]): boolean {
  let afterDigit = false;
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    if (x === y) {
      afterDigit = isDigit(x);
      continue;
    }
    const [xLetter, yLetter] = [isLetter(x), isLetter(y)];
    if (xLetter && yLetter) return codeOf(x) < codeOf(y);
    if (xLetter || yLetter) return afterDigit ? xLetter : yLetter;
    const lead = (x === '0' || y === '0') && hasNonZeroBefore(a, i) ? 1n : 0n;
    const [m, mEnd] = numberAt(a, i, lead);
    const [n, nEnd] = numberAt(b, i, lead);
    if (m !== n) return m < n;
    return mEnd !== nEnd ? mEnd < nEnd : codeOf(x) < codeOf(y);
  }
  return a.length < b.length;
}

/** Whether the run of digits before a place has one other than zero. */
function hasNonZeroBefore(runes: readonly string[], end: number): boolean {
  for (let i = end - 1; i >= 0 && isDigit(runes[i] ?? ''); i -= 1) if (runes[i] !== '0') return true;
  return false;
}

/** The number that begins at a place, after `lead`, in 64 bits; and where it ends. */
function numberAt(runes: readonly string[], start: number, lead: bigint): readonly [bigint, number] {
  let value = lead;
  let end = start;
  for (; isDigit(runes[end] ?? ''); end += 1)
    value = BigInt.asIntN(64, value * 10n + BigInt(codeOf(runes[end] ?? '0') - 48));
  return [value, end];
}

function isDigit(rune: string): boolean {
  return /^\p{Nd}$/u.test(rune);
}

function isLetter(rune: string): boolean {
  return /^\p{L}$/u.test(rune);
}

function codeOf(rune: string): number {
  return rune.codePointAt(0) ?? 0;
}
