import { refused } from './operands.ts';
import { formatLicence, type Licence, laterVersions, normalise } from './spdx-licence.ts';
import { type RegoObject, RegoSet, type Value } from './value.ts';

/** Most entries of one list: the SPDX list itself has fewer. */
const MAX_ENTRIES = 10_000;

/** The entries of one list, in lower case. */
interface Entries {
  readonly exact: ReadonlySet<string>;
  /** Beginnings of identifiers, from entries that end in `*`. */
  readonly prefixes: readonly string[];
}

/** Which licences a policy permits. */
export class LicenceRules {
  readonly #allow: Entries;
  readonly #deny: Entries;

  /** From `{"allow": [...], "deny": [...]}`; a list that is missing is empty. */
  constructor(rules: RegoObject) {
    this.#allow = readEntries(rules.get('allow'));
    this.#deny = readEntries(rules.get('deny'));
  }

  /**
   * Whether one licence is permitted. Deny beats allow; an entry `A WITH E` beats one for `A` alone; `or later` is permitted
   * by its own entry or by a version it lets one choose; what no entry names is permitted where the allow list is empty.
   */
  permits(licence: Licence): boolean {
    const { id, exception } = licence;
    if (exception !== '') {
      const whole = formatLicence(licence).toLowerCase();
      if (this.#deny.exact.has(whole)) return false;
      if (this.#allow.exact.has(whole)) return true;
    }
    if (matches(this.#deny, id)) return false;
    if (matches(this.#allow, id)) return true;
    const later = laterVersions(id);
    if (later.length > 0) return later.some((version) => this.permits({ id: version, exception }));
    return this.#allow.exact.size === 0 && this.#allow.prefixes.length === 0;
  }
}

function matches({ exact, prefixes }: Entries, id: string): boolean {
  const lower = id.toLowerCase();
  return exact.has(lower) || prefixes.some((prefix) => lower.startsWith(prefix));
}

function readEntries(list: Value | undefined): Entries {
  const items = list === undefined ? [] : list instanceof RegoSet ? list.items() : list;
  if (!Array.isArray(items) || items.length > MAX_ENTRIES) {
    throw refused(`a list of licences must be an array or a set of at most ${MAX_ENTRIES} entries`);
  }
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const item of items) {
    if (typeof item !== 'string') throw refused('a list of licences must hold strings only');
    const entry = item.trim();
    if (entry.endsWith('*')) prefixes.push(entry.slice(0, -1).toLowerCase());
    else exact.add(formatLicence(readEntry(entry)).toLowerCase());
  }
  return { exact, prefixes };
}

function readEntry(entry: string): Licence {
  const [licence = '', exception = ''] = entry.split(/\s+with\s+/i);
  const plus = licence.endsWith('+');
  return normalise(plus ? licence.slice(0, -1) : licence, plus, exception);
}
