import { type Certificate, EXTENDED_KEY_USAGE, isValidAt } from '../../crypto/certificate.ts';
import { buildChain } from '../../crypto/chain.ts';
import { VerdictError } from '../../errors.ts';
import { type Check, failed, passed } from '../../report.ts';
import { reasonOf } from './brief.ts';
import { findPath } from './chain-search.ts';
import { ALWAYS, isWithin, type Window } from './trust-material.ts';

/** Who may have issued a signer's certificate. */
export interface Issuers {
  /** Each ends a chain. */
  readonly roots: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  /** Those of both that were configured, not found with the signature. */
  readonly configured: readonly Certificate[];
  /** When their word counts. */
  readonly window: Window;
  /** Whether the signer's certificate must say that it is for code signing; else that is looked at only if it says anything. */
  readonly needsPurpose: boolean;
}

/** What the issuers of one trust make of a certificate. */
export type Chained =
  /** None of them issued it. */
  | { readonly kind: 'foreign' }
  | {
      readonly kind: 'ours';
      readonly chain: Check;
      /** Undefined where no time is known at which it should have been valid. */
      readonly expiry: Check | undefined;
      /** Leaf first. */
      readonly path: readonly Certificate[];
      /** When the whole path is valid. */
      readonly validity: Window;
    };

/** Intermediates among which every way is tried; of more, only the first way that the signatures show. */
const FEW_INTERMEDIATES = 2;

/** Subject and authority key identifiers: with them a certificate names one key, not only somebody's name. */
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';

/** Whether any of the issuers could have issued a certificate, by name: whoever could not need not be asked. */
export const isNamedBy = (leaf: Certificate, issuers: readonly Issuers[]): boolean =>
  issuers.some(
    ({ roots, intermediates }) =>
      [...roots, ...intermediates].some(({ subjectName }) => subjectName === leaf.issuerName) ||
      roots.some(({ fingerprint }) => fingerprint === leaf.fingerprint),
  );

/** Looks for the way from a certificate to a root, valid at each of the times. */
export function chainOf(leaf: Certificate, issuers: readonly Issuers[], times: readonly Date[]): Chained {
  let first: Chained = { kind: 'foreign' };
  for (const one of issuers) {
    const found = within(leaf, one, times);
    if (found.kind === 'foreign') continue;
    if (found.chain.outcome === 'passed' && found.expiry?.outcome !== 'failed') return found;
    if (first.kind === 'foreign') first = found;
  }
  return first;
}

function within(leaf: Certificate, all: Issuers, times: readonly Date[]): Chained {
  const issuers = all.intermediates.length > FEW_INTERMEDIATES ? along(findPath(leaf, all) ?? [], all) : all;
  return (times.length === 0 ? undefined : valid(leaf, issuers, times)) ?? diagnose(leaf, issuers, times);
}

/** The usual case, and the quick one: everything is good at every time. */
function valid(leaf: Certificate, issuers: Issuers, times: readonly Date[]): Chained | undefined {
  if (purposeFault(leaf, issuers) !== undefined) return undefined;
  let path: readonly Certificate[] = [];
  for (const time of times) {
    if (!isWithin(issuers.window, time)) return undefined;
    if (path.length > 0 && path.every((certificate) => isValidAt(certificate, time))) continue;
    const built = build(leaf, issuers, time);
    if (typeof built === 'string') return undefined;
    path = built;
  }
  return { kind: 'ours', chain: passed(), expiry: passed(), path, validity: validityOf(path, issuers.window) };
}

/** What is wrong, and whether it is any of our business. One way is looked at, so that nothing is lent by another. */
function diagnose(leaf: Certificate, issuers: Issuers, times: readonly Date[]): Chained {
  const path = findPath(leaf, issuers);
  if (path === undefined) return isForged(leaf, issuers) ? forged(leaf, issuers.window) : { kind: 'foreign' };
  const validity = validityOf(path, issuers.window);
  const late = times.find((time) => !isWithin(validity, time));
  const expiry = late && failed(`certificate and issuers count from ${range(validity)}, not at ${iso(late)}`);
  const fault = purposeFault(leaf, issuers) ?? pathFault(leaf, along(path, issuers), path);
  // Whoever comes here with times has found no way that is good: what is left then is that none was found in time.
  const isUnexplained = fault === undefined && expiry === undefined && times.length > 0;
  return {
    kind: 'ours',
    chain: isUnexplained ? failed('no way to a root was found') : fault === undefined ? passed() : failed(fault),
    expiry: expiry ?? (times.length === 0 ? undefined : passed()),
    path,
    validity,
  };
}

/** What is wrong with a path whatever the time. */
function pathFault(leaf: Certificate, issuers: Issuers, path: readonly Certificate[]): string | undefined {
  const { from, until } = validityOf(path, ALWAYS);
  if (from > until) return 'its issuers are never valid together';
  const built = build(leaf, issuers, from);
  return typeof built === 'string' ? built : undefined;
}

/** The issuers on one path alone. */
const along = (path: readonly Certificate[], issuers: Issuers): Issuers => ({
  ...issuers,
  intermediates: path.slice(1, -1),
  roots: path.slice(-1),
});

/** The path, or why there is none. */
function build(leaf: Certificate, { roots, intermediates }: Issuers, time: Date): readonly Certificate[] | string {
  try {
    return buildChain(leaf, intermediates, roots, time, EXTENDED_KEY_USAGE.codeSigning);
  } catch (thrown) {
    if (thrown instanceof VerdictError) return reasonOf(thrown);
    throw thrown;
  }
}

function purposeFault({ extendedKeyUsage, keyUsage }: Certificate, { needsPurpose }: Issuers): string | undefined {
  if (
    extendedKeyUsage === undefined ? needsPurpose : !extendedKeyUsage.purposes.includes(EXTENDED_KEY_USAGE.codeSigning)
  ) {
    return 'the certificate is not for code signing';
  }
  if (keyUsage !== undefined && !keyUsage.usages.has('digitalSignature')) {
    return "the certificate's key is not for signatures";
  }
  return undefined;
}

/**
 * Whether a certificate says that one of the configured authorities issued it, by name and key, though the signature is not
 * that authority's. Names alone say nothing: every private Fulcio is called the same.
 */
const isForged = (leaf: Certificate, { configured }: Issuers): boolean =>
  leaf.extensions.has(AUTHORITY_KEY_IDENTIFIER) &&
  configured.some((issuer) => issuer.extensions.has(SUBJECT_KEY_IDENTIFIER) && leaf.x509.checkIssued(issuer.x509));

const forged = (leaf: Certificate, window: Window): Chained => ({
  kind: 'ours',
  chain: failed('the certificate names an issuer that did not sign it'),
  expiry: undefined,
  path: [leaf],
  validity: validityOf([leaf], window),
});

const validityOf = (path: readonly Certificate[], { from, until }: Window): Window => ({
  from: new Date(Math.max(Number(from), ...path.map(({ notBefore }) => Number(notBefore)))),
  until: new Date(Math.min(Number(until), ...path.map(({ notAfter }) => Number(notAfter)))),
});

const range = ({ from, until }: Window): string => `${iso(from)} to ${iso(until)}`;
const iso = (time: Date): string => time.toISOString();
