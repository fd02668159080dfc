/** What an answer says of a key. Undecided: an error, or nothing. */
export type Verdict = 'allowed' | 'denied' | 'undecided';

/** A question and what its answer must say of every key. */
export interface Question {
  readonly keys: readonly string[];
  readonly allowed: boolean;
}

/** How often answers said what they had to; the rest is wrong. */
export interface Verdicts {
  readonly right: number;
  /** Allowed what must be denied. */
  readonly wrongAllow: number;
  readonly wrongDeny: number;
  readonly undecided: number;
}

export const NONE: Verdicts = { right: 0, wrongAllow: 0, wrongDeny: 0, undecided: 0 };

export const plus = (a: Verdicts, b: Verdicts): Verdicts => ({
  right: a.right + b.right,
  wrongAllow: a.wrongAllow + b.wrongAllow,
  wrongDeny: a.wrongDeny + b.wrongDeny,
  undecided: a.undecided + b.undecided,
});

export const wrongOf = ({ wrongAllow, wrongDeny, undecided }: Verdicts): number => wrongAllow + wrongDeny + undecided;

/** A ProviderRequest. https://open-policy-agent.github.io/gatekeeper/website/docs/externaldata */
export const bodyOf = (keys: readonly string[]): string =>
  JSON.stringify({ apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest', request: { keys } });

/**
 * One item, no fault, and a verdict at the head of the value, as both servers write it: read without parsing,
 * for parsing every answer would take longer than the servers do. Whatever looks otherwise is parsed.
 */
const PLAIN = /"items":\[\{"key":"([^"\\]*)","value":\{(?:"version":"[^"\\]*",)?"(?:allow|isSuccess)":(true|false)[,}]/;
const KEY = '"key":';
const FAULTY = /"systemError":"[^"]|"error":"[^"]/;

/** Judges an answer by its question. */
export function judge(answer: string, { keys, allowed }: Question): Verdicts {
  return readVerdicts(answer, keys).reduce<Verdicts>(
    (counted, verdict) => plus(counted, { ...NONE, [memberFor(verdict, allowed)]: 1 }),
    NONE,
  );
}

function memberFor(verdict: Verdict, allowed: boolean): keyof Verdicts {
  switch (verdict) {
    case 'allowed':
      return allowed ? 'right' : 'wrongAllow';
    case 'denied':
      return allowed ? 'wrongDeny' : 'right';
    case 'undecided':
      return 'undecided';
  }
}

/** What an answer says of each key. */
export function readVerdicts(answer: string, keys: readonly string[]): readonly Verdict[] {
  const [, key, verdict] = PLAIN.exec(answer) ?? [];
  const isAlone = answer.indexOf(KEY) === answer.lastIndexOf(KEY);
  if (keys.length === 1 && key === keys[0] && isAlone && !FAULTY.test(answer)) {
    return [verdict === 'true' ? 'allowed' : 'denied'];
  }
  return parseVerdicts(answer, keys);
}

interface Item {
  readonly key?: unknown;
  readonly value?: { readonly allow?: unknown; readonly isSuccess?: unknown } | null;
  readonly error?: unknown;
}

/** The same, of any JSON. A key that is answered twice is not answered. */
export function parseVerdicts(answer: string, keys: readonly string[]): readonly Verdict[] {
  const items = itemsOf(answer);
  return keys.map((key) => {
    const [item, another] = items.filter((one) => one.key === key);
    if (item === undefined || another !== undefined || (item.error ?? '') !== '') return 'undecided';
    const says = item.value?.allow ?? item.value?.isSuccess;
    return says === true ? 'allowed' : says === false ? 'denied' : 'undecided';
  });
}

function itemsOf(answer: string): readonly Item[] {
  try {
    const { response } = JSON.parse(answer) as { response?: { items?: readonly Item[]; systemError?: string } };
    return (response?.systemError ?? '') === '' ? (response?.items ?? []) : [];
  } catch {
    return [];
  }
}
