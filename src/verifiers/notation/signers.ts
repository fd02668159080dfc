import type { Certificate } from '../../crypto/certificate.ts';
import { certificateSigner, type Signer } from '../../signer.ts';
import type { IdentityPattern } from '../../trust.ts';
import type { Circumstances, Dated } from './validation.ts';

/** A certificate of the chain that stands in a trust's store. */
export interface Anchor {
  readonly trust: Signer['trust'];
  readonly fingerprint: string;
  /** Who may sign under the trust; empty: everybody. */
  readonly identities: readonly IdentityPattern[];
}

/**
 * The certificates of the chain that stand in the stores of the scheme, one for each trust, the nearest to the root. A
 * signer's own certificate is one only where it is its own root.
 */
export function anchorsOf({ envelope, chain, statement, stores }: Circumstances): readonly Anchor[] {
  const type = envelope.attributes.scheme === 'notary.x509' ? 'ca' : 'signingAuthority';
  const candidates = chain.length === 1 ? chain : chain.slice(1);
  const names = new Set(statement.stores.filter((store) => store.type === type).map(({ name }) => name));
  return [...names].flatMap((name) => {
    const known = new Set(stores.certificates({ type, name }).map(({ fingerprint }) => fingerprint));
    const anchor = candidates.findLast(({ fingerprint }) => known.has(fingerprint));
    const trust = stores.trust(name);
    return anchor === undefined || trust === undefined
      ? []
      : [{ trust: { name, scope: trust.scope }, fingerprint: anchor.fingerprint, identities: trust.identities }];
  });
}

/** The anchors whose trusts say that this signer may sign, by its distinguished name or an alternative name. */
export async function namedBy(anchors: readonly Anchor[], [leaf]: readonly Certificate[]): Promise<readonly Anchor[]> {
  if (leaf === undefined || anchors.every(({ identities }) => identities.length === 0)) return anchors;
  // Patterns need an engine that takes a while to load; most configurations have none.
  const { compileIdentities } = await import('../../identity.ts');
  const names = [leaf.subjectName, ...leaf.subjectAlternativeNames.map(({ value }) => value)];
  return anchors.filter(({ identities }) => compileIdentities(identities)(names, '') !== undefined);
}

/** One for each anchor. */
export const signersOf = (
  anchors: readonly Anchor[],
  [leaf]: readonly Certificate[],
  dated: Dated,
): readonly Signer[] => (leaf === undefined ? [] : anchors.map((anchor) => signerOf(leaf, anchor, dated)));

/** Whom the certificates name, where nobody configured here vouches for it. */
export const claimedSigner = (chain: readonly [Certificate, ...Certificate[]]): Signer =>
  signerOf(
    chain[0],
    { trust: { name: '', scope: 'cluster' }, fingerprint: chain.at(-1)?.fingerprint ?? '', identities: [] },
    { time: undefined, source: 'none' },
  );

function signerOf(leaf: Certificate, { trust, fingerprint }: Anchor, dated: Pick<Dated, 'time' | 'source'>): Signer {
  const isDated = dated.time !== undefined;
  return certificateSigner(
    {
      trust,
      keyFingerprint: leaf.publicKey().fingerprint,
      time: dated.time,
      timeSource: isDated ? dated.source : 'none',
    },
    {
      certificate: {
        distinguishedName: leaf.subjectName,
        issuer: leaf.issuerName,
        serialNumber: leaf.serialNumber,
        fingerprint: leaf.fingerprint,
      },
      san: leaf.subjectAlternativeNames,
      extensions: {},
    },
    fingerprint,
  );
}
