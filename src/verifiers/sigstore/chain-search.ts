import type { Certificate } from '../../crypto/certificate.ts';
import { MAX_CHAIN_LENGTH } from '../../crypto/chain.ts';

/**
 * Signatures checked to find the way by names. Whoever signs may send certificates that all have one name, and all have
 * issued each other: real chains take one check for each certificate.
 */
const MAX_CHECKS = 32;

export interface Candidates {
  /** Each ends a path. */
  readonly roots: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
}

/** The first path from a leaf to a root, leaf first, by names and signatures, whatever else is wrong with it. */
export const findPath = (leaf: Certificate, candidates: Candidates): readonly Certificate[] | undefined =>
  new Search(candidates).path([leaf]);

class Search {
  readonly #candidates: readonly Certificate[];
  readonly #roots: ReadonlySet<string>;
  #checks = 0;

  constructor({ roots, intermediates }: Candidates) {
    this.#candidates = [...roots, ...intermediates];
    this.#roots = new Set(roots.map(({ fingerprint }) => fingerprint));
  }

  path(path: readonly Certificate[]): readonly Certificate[] | undefined {
    const last = path.at(-1);
    if (last === undefined || path.length > MAX_CHAIN_LENGTH) return undefined;
    if (this.#roots.has(last.fingerprint)) return path;
    for (const issuer of this.#candidates) {
      if (last.issuerName !== issuer.subjectName || path.includes(issuer)) continue;
      this.#checks++;
      if (this.#checks > MAX_CHECKS) return undefined;
      const longer = issued(last, issuer) ? this.path([...path, issuer]) : undefined;
      if (longer !== undefined) return longer;
    }
    return undefined;
  }
}

/** By signature alone: an issuer that was not allowed to is its issuer all the same. */
function issued(certificate: Certificate, issuer: Certificate): boolean {
  try {
    return certificate.x509.verify(issuer.x509.publicKey);
  } catch {
    return false;
  }
}
