import deprecatedIds from 'spdx-license-ids/deprecated.json' with { type: 'json' };
import currentIds from 'spdx-license-ids/index.json' with { type: 'json' };

/** One licence of an expression, normalised: identifiers as the [SPDX list](https://spdx.org/licenses/) spells them today. */
export interface Licence {
  /** `MIT`, `GPL-2.0-or-later`, `Apache-1.1+`, `LicenseRef-x`, `DocumentRef-y:LicenseRef-x`. */
  readonly id: string;
  /** What stands after WITH, or empty. */
  readonly exception: string;
}

const CURRENT: ReadonlySet<string> = new Set(currentIds);
const BY_LOWER_CASE: ReadonlyMap<string, string> = new Map(
  [...deprecatedIds, ...currentIds].map((id) => [id.toLowerCase(), id]),
);

/** Deprecated identifiers that one current expression replaces; `X` of the GNU licences becomes `X-only` by rule. */
const REPLACED: Readonly<Record<string, Licence>> = {
  'BSD-2-Clause-FreeBSD': { id: 'BSD-2-Clause', exception: '' },
  'BSD-2-Clause-NetBSD': { id: 'BSD-2-Clause', exception: '' },
  'GPL-2.0-with-GCC-exception': { id: 'GPL-2.0-only', exception: 'GCC-exception-2.0' },
  'GPL-2.0-with-autoconf-exception': { id: 'GPL-2.0-only', exception: 'Autoconf-exception-2.0' },
  'GPL-2.0-with-bison-exception': { id: 'GPL-2.0-only', exception: 'Bison-exception-2.2' },
  'GPL-2.0-with-classpath-exception': { id: 'GPL-2.0-only', exception: 'Classpath-exception-2.0' },
  'GPL-2.0-with-font-exception': { id: 'GPL-2.0-only', exception: 'Font-exception-2.0' },
  'GPL-3.0-with-GCC-exception': { id: 'GPL-3.0-only', exception: 'GCC-exception-3.1' },
  'GPL-3.0-with-autoconf-exception': { id: 'GPL-3.0-only', exception: 'Autoconf-exception-3.0' },
  'StandardML-NJ': { id: 'SMLNJ', exception: '' },
  'bzip2-1.0.5': { id: 'bzip2-1.0.6', exception: '' },
  'eCos-2.0': { id: 'GPL-2.0-or-later', exception: 'eCos-exception-2.0' },
  wxWindows: { id: 'LGPL-2.0-or-later', exception: 'WxWindows-exception-3.1' },
};

/** Families whose numbers are no versions. */
const NO_VERSIONS = /^(?:Spencer-|HP-)|-Clause$/;

/** An identifier of the list in its own spelling, or undefined; case does not count. */
export function knownId(text: string): string | undefined {
  return BY_LOWER_CASE.get(text.toLowerCase());
}

/** Normalises one licence; `plus` is a `+` after it. An identifier that is not on the list stays as it is. */
export function normalise(text: string, plus: boolean, exception: string): Licence {
  const id = knownId(text) ?? text;
  const replaced = Object.hasOwn(REPLACED, id) ? REPLACED[id] : undefined;
  const base = replaced?.id ?? (CURRENT.has(`${id}-only`) ? `${id}-only` : id);
  return {
    id: plus ? orLater(base) : base,
    exception: exception === '' ? (replaced?.exception ?? '') : exception,
  };
}

function orLater(id: string): string {
  if (id.endsWith('-or-later')) return id;
  const later = `${id.replace(/-only$/, '')}-or-later`;
  return CURRENT.has(later) ? later : `${id}+`;
}

interface Version {
  readonly family: string;
  readonly numbers: readonly number[];
  readonly letter: string;
}

function versionOf(id: string): Version | undefined {
  const [, name, digits, letter, suffix] =
    /^([A-Za-z][A-Za-z0-9-]*?)-(\d+(?:\.\d+)*)([a-z]?)((?:-[A-Za-z-]+)?)$/.exec(id) ?? [];
  if (name === undefined || digits === undefined || letter === undefined || NO_VERSIONS.test(id)) return undefined;
  return { family: `${name} ${suffix ?? ''}`, numbers: digits.split('.').map(Number), letter };
}

const VERSIONS: ReadonlyMap<string, readonly (Version & { readonly id: string })[]> = Map.groupBy(
  currentIds.flatMap((id) => {
    const version = versionOf(id);
    return version === undefined ? [] : [{ ...version, id }];
  }),
  ({ family }) => family,
);

const choices = new Map<string, readonly string[]>();

/**
 * The versions that `X-or-later` or `X+` lets one choose: those of the same family on the list, from X on.
 * Empty for any other identifier.
 */
export function laterVersions(id: string): readonly string[] {
  const base = id.endsWith('-or-later')
    ? id.replace(/-or-later$/, '-only')
    : id.endsWith('+')
      ? id.slice(0, -1)
      : undefined;
  const from = base === undefined ? undefined : versionOf(base);
  if (from === undefined) return [];
  const known = choices.get(id);
  if (known !== undefined) return known;
  const later = (VERSIONS.get(from.family) ?? [])
    .filter((version) => compareVersions(version, from) >= 0)
    .map((v) => v.id);
  if (later.length > 0) choices.set(id, later);
  return later;
}

function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < Math.max(a.numbers.length, b.numbers.length); i += 1) {
    const order = (a.numbers[i] ?? 0) - (b.numbers[i] ?? 0);
    if (order !== 0) return order;
  }
  return a.letter < b.letter ? -1 : a.letter > b.letter ? 1 : 0;
}

/** A licence as it is written. */
export function formatLicence({ id, exception }: Licence): string {
  return exception === '' ? id : `${id} WITH ${exception}`;
}
