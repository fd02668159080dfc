import { parseDescriptor } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import { type Listed, type Listing, listed, MAX_REFERRERS } from '../store.ts';

/** What a list's bytes say: the good entries, and the first fault of a bad one. */
export interface Entries {
  readonly entries: readonly Listed[];
  readonly fault: VerdictError | undefined;
}

/** An answer that is not whole; what was found stays. */
export const failed = (entries: readonly Listed[], error: VerdictError): Listing => ({
  outcome: 'failed',
  entries,
  limit: '',
  error,
});

/** An answer cut by a limit. */
export const truncated = (entries: readonly Listed[], limit: 'pages' | 'referrers'): Listing => ({
  outcome: 'truncated',
  entries,
  limit,
  error: undefined,
});

/** The answer made of everything found: whole, or with the fault of a bad entry, or cut to MAX_REFERRERS. */
export function answerOf({ entries, fault }: Entries): Listing {
  const kept = entries.slice(0, MAX_REFERRERS);
  if (fault !== undefined) return failed(kept, fault);
  return kept.length < entries.length ? truncated(kept, 'referrers') : listed(kept);
}

/** Reads a list. One bad entry must not hide the others. Throws REGISTRY_INVALID_RESPONSE for what is no list at all. */
export function parseEntries(bytes: Uint8Array): Entries {
  const what = 'the list of referrers';
  const value = parseJson(bytes, what, 'REGISTRY_INVALID_RESPONSE');
  // An absent list and null are what encoders write for an empty one.
  const manifests: unknown = isObject(value) ? (value.manifests ?? []) : undefined;
  if (!Array.isArray(manifests)) throw new VerdictError('REGISTRY_INVALID_RESPONSE', `${what} has no list "manifests"`);
  const entries: Listed[] = [];
  let fault: VerdictError | undefined;
  for (const manifest of manifests) {
    try {
      entries.push({ descriptor: parseDescriptor(manifest), manifest: undefined, form: 'manifest' });
    } catch (thrown) {
      fault ??= asVerdictError(thrown);
    }
  }
  return { entries, fault };
}
