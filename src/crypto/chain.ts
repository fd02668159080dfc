import { VerdictError } from '../errors.ts';
import { type Certificate, EXTENDED_KEY_USAGE, isIssuedBy, isValidAt } from './certificate.ts';
import { Der, DerError } from './der.ts';
import { readSignatureAlgorithm } from './signature-algorithm.ts';

/** Longest chain, leaf and root included: real ones have two to five certificates. */
export const MAX_CHAIN_LENGTH = 10;
/** Signatures checked for one chain: cross-signed authorities with the same name multiply the paths. */
export const MAX_SIGNATURE_CHECKS = 100;
/** Intermediate certificates looked at: what comes with a signature must not decide how long the search takes. */
export const MAX_INTERMEDIATES = 100;

/**
 * Extensions that may be critical: those evaluated here or by whoever asks for the chain, and those that say nothing about
 * whether a path is valid where every policy is acceptable.
 * https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1
 */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  '2.5.29.14', // subjectKeyIdentifier
  '2.5.29.15', // keyUsage
  '2.5.29.17', // subjectAltName
  '2.5.29.18', // issuerAltName
  '2.5.29.19', // basicConstraints
  '2.5.29.31', // cRLDistributionPoints
  '2.5.29.32', // certificatePolicies
  '2.5.29.35', // authorityKeyIdentifier
  '2.5.29.37', // extKeyUsage
  '2.5.29.46', // freshestCRL
  '1.3.6.1.5.5.7.1.1', // authorityInfoAccess
]);

/**
 * Builds the path from a leaf to one of the roots, leaf first: the first one found in the given order of roots, then
 * intermediates. Every certificate, the root too, must be valid at `time`, have a trusted key, and (below the root) a
 * trusted signature algorithm; issuers must be authorities with keyCertSign within their path length. A certificate in
 * `roots` ends the path whether it is self-signed or not; a leaf in `roots` is a path by itself. `purpose`: an extended
 * key usage that every authority must allow which restricts them; what the leaf's must be is for the caller to say.
 *
 * Refused are unknown critical extensions, name and policy constraints that are critical among them (not evaluated
 * here). Nothing is looked up: revocation is the caller's, after this. Throws CERTIFICATE_INVALID, saying why.
 */
export function buildChain(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  time: Date,
  purpose?: string,
): readonly Certificate[] {
  if (intermediates.length > MAX_INTERMEDIATES) {
    throw invalid(leaf, `more than ${MAX_INTERMEDIATES} certificates come with it`);
  }
  const fault = faultOf(leaf, time);
  if (fault !== undefined) throw invalid(leaf, fault);
  const search = new Search({ roots: unique(roots), intermediates: unique(intermediates), time, purpose });
  const chain = search.extend([leaf]);
  if (chain === undefined) throw invalid(leaf, search.reason);
  return chain;
}

interface Surroundings {
  readonly roots: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly time: Date;
  readonly purpose: string | undefined;
}

class Search {
  readonly #given: Surroundings;
  readonly #anchors: ReadonlySet<string>;
  #checks = 0;
  #reason = '';

  constructor(given: Surroundings) {
    this.#given = given;
    this.#anchors = new Set(given.roots.map(({ fingerprint }) => fingerprint));
  }

  /** Why there is no path: what was wrong with the first issuer that was turned down. */
  get reason(): string {
    return this.#reason === '' ? 'no path leads from it to a trusted root' : this.#reason;
  }

  extend(path: readonly Certificate[]): readonly Certificate[] | undefined {
    const last = path.at(-1);
    if (last === undefined) return undefined;
    if (this.#anchors.has(last.fingerprint)) return path;
    if (path.length === MAX_CHAIN_LENGTH) return this.#refuse(`its chain is longer than ${MAX_CHAIN_LENGTH}`);
    for (const issuer of [...this.#given.roots, ...this.#given.intermediates]) {
      if (path.some(({ fingerprint }) => fingerprint === issuer.fingerprint)) continue;
      if (!this.#issued(last, issuer)) continue;
      const { time, purpose } = this.#given;
      const fault = faultOf(issuer, time) ?? issuerFaultOf(issuer, path, purpose) ?? signatureFaultOf(last);
      if (fault !== undefined) {
        this.#refuse(`${issuer.subjectName}: ${fault}`);
        continue;
      }
      const chain = this.extend([...path, issuer]);
      if (chain !== undefined) return chain;
    }
    return undefined;
  }

  #issued(certificate: Certificate, issuer: Certificate): boolean {
    if (certificate.issuerName !== issuer.subjectName) return false;
    this.#checks++;
    if (this.#checks > MAX_SIGNATURE_CHECKS) {
      throw invalid(certificate, `finding its issuer takes more than ${MAX_SIGNATURE_CHECKS} signature checks`);
    }
    return isIssuedBy(certificate, issuer);
  }

  #refuse(reason: string): undefined {
    if (this.#reason === '') this.#reason = reason;
  }
}

/** What keeps a certificate out of every path. */
function faultOf(certificate: Certificate, time: Date): string | undefined {
  if (!isValidAt(certificate, time)) {
    const { notBefore, notAfter } = certificate;
    return `it is valid from ${iso(notBefore)} to ${iso(notAfter)}, not at ${iso(time)}`;
  }
  const unknown = [...certificate.extensions].find(([oid, { critical }]) => critical && !KNOWN_EXTENSIONS.has(oid));
  if (unknown !== undefined) return `it has the critical extension ${unknown[0]}, which is not evaluated here`;
  try {
    certificate.publicKey();
    return undefined;
  } catch (thrown) {
    return thrown instanceof VerdictError ? thrown.message : 'its key cannot be read';
  }
}

/** https://www.rfc-editor.org/rfc/rfc5280#section-6.1.4 (k) to (n) */
function issuerFaultOf(issuer: Certificate, path: readonly Certificate[], purpose?: string): string | undefined {
  const { basicConstraints, keyUsage, extendedKeyUsage } = issuer;
  if (basicConstraints?.ca !== true) return 'it is no certificate authority';
  if (keyUsage !== undefined && !keyUsage.usages.has('keyCertSign')) return 'its key usage lacks keyCertSign';
  const below = path.slice(1).filter(({ subjectName, issuerName }) => subjectName !== issuerName).length;
  const { pathLength } = basicConstraints;
  if (pathLength !== undefined && below > pathLength) {
    return `its path length allows ${pathLength} authorities below it, there are ${below}`;
  }
  const allowed = extendedKeyUsage?.purposes;
  if (purpose === undefined || allowed === undefined) return undefined;
  if (allowed.includes(purpose) || allowed.includes(EXTENDED_KEY_USAGE.any)) return undefined;
  return `its extended key usage does not allow ${purpose}`;
}

/** Whether a certificate is signed with an algorithm that is trusted. */
function signatureFaultOf(certificate: Certificate): string | undefined {
  try {
    const fields = Der.parse(certificate.raw).fields();
    fields.next();
    readSignatureAlgorithm(fields.next());
    return undefined;
  } catch (thrown) {
    if (thrown instanceof DerError) return `of what it issued, ${thrown.message}`;
    throw thrown;
  }
}

const unique = (certificates: readonly Certificate[]): readonly Certificate[] => [
  ...new Map(certificates.map((certificate) => [certificate.fingerprint, certificate])).values(),
];

const iso = (time: Date): string => time.toISOString();

const invalid = ({ subjectName }: Certificate, message: string): VerdictError =>
  new VerdictError('CERTIFICATE_INVALID', `the certificate ${subjectName} cannot be used: ${message}`);
