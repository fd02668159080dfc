import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Budget } from '../budget.ts';
import { holdsAt, type Interval, intersection } from '../trust.ts';
import type { Exhibit, Testimony, Verifier } from '../verifier.ts';

export interface CachedVerifierOptions {
  /** Names everything the verifier was made with: settings, trust, revocation. Another revision, another cache entry. */
  readonly revision: string;
  /** Bytes of reports and documents kept; what was used longest ago goes first. */
  readonly maxBytes: number;
}

interface Known {
  readonly testimonies: readonly Testimony[];
  readonly holds: Interval | undefined;
}

/** What a report takes besides its document: header, checks, one signer with its extensions. */
const REPORT_BYTES = 4096;

/**
 * A verifier whose results are kept for as long as they hold: the same bytes, attached to the same subject, judged by
 * the same configuration, say the same. Only results in which nothing failed or could not be told are kept. The content
 * is not fetched again either. Nobody may change what is handed out.
 */
export function cachedVerifier(verifier: Verifier, { revision, maxBytes }: CachedVerifierOptions): Verifier {
  const known = new LRUCache<string, Known>({ maxSize: maxBytes, sizeCalculation: sizeOf });
  return {
    name: verifier.name,
    type: verifier.type,
    accepts: (exhibit) => verifier.accepts(exhibit),
    verify: async (exhibit, time) => {
      const key = keyOf(exhibit, revision);
      const found = known.get(key);
      if (found !== undefined && holdsAt(found.holds, time) && spend(exhibit.budget, found)) return found.testimonies;
      const testimonies = await verifier.verify(exhibit, time);
      const holds = intersection(testimonies.map((testimony) => testimony.holds));
      if (testimonies.every(isSettled) && holdsAt(holds, time)) known.set(key, { testimonies, holds });
      return testimonies;
    },
  };
}

/** Reports count whether they are new or not. */
function spend(budget: Budget, { testimonies }: Known): boolean {
  if (testimonies.length > budget.reports) return false;
  budget.reports -= testimonies.length;
  return true;
}

const isSettled = ({ report: { outcome } }: Testimony): boolean => outcome === 'verified' || outcome === 'present';

const sizeOf = ({ testimonies }: Known): number =>
  testimonies.reduce((sum, { document }) => sum + REPORT_BYTES + (document?.byteLength ?? 0), REPORT_BYTES);

/** Everything of an exhibit that a report may depend on; content by its digest. */
function keyOf({ descriptor, layers, subject, repository, about }: Exhibit, revision: string): string {
  const parts = [
    revision,
    [descriptor.digest, descriptor.artifactType, descriptor.mediaType],
    layers.map(({ digest, size, mediaType, annotations }) => [digest, size, mediaType, annotations]),
    [subject.digest, subject.mediaType, subject.size],
    repository,
    [...about],
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
