import { digestOf } from '../../descriptor.ts';
import type { Trust, TrustedRoot } from '../../trust.ts';

/**
 * `sha256:` over all that decides what the trusts vouch for: two sets with the same revision make the same reports.
 * Where something came from is not part of it, the order of the trusts is.
 */
export const revisionOf = (trusts: readonly Trust[]): string =>
  digestOf(Buffer.from(JSON.stringify(trusts.map(contentOf))));

function contentOf(trust: Trust): readonly unknown[] {
  const { kind, name, scope, transparencyLog, timestamp, sct } = trust;
  const common = [kind, name, scope, transparencyLog, timestamp, sct, rootOf(trust.root)];
  switch (trust.kind) {
    case 'keys':
      return [...common, trust.keys.map(({ fingerprint }) => fingerprint)];
    case 'sigstore':
      return [...common, identitiesOf(trust)];
    case 'certificates': {
      const stores = [trust.ca, trust.signingAuthority, trust.tsa];
      return [...common, identitiesOf(trust), stores.map((store) => store.map((der) => digestOf(der)))];
    }
  }
}

const rootOf = (root: TrustedRoot | undefined): string => root?.digest ?? '';

const identitiesOf = ({ identities }: Extract<Trust, { kind: 'sigstore' | 'certificates' }>): unknown =>
  identities.map(({ identity, issuer }) => [identity, issuer].map((part) => part && [part.kind, part.value]));
