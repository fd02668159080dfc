/** Who configured a trust: the cluster's operator, or a namespace for itself. */
export type TrustScope = 'cluster' | 'namespace';

/**
 * A configured trust, loaded: files read, keys and certificates parsed, everything plain data, so that it can be handed to
 * a thread and hashed. Identities mean something only within one trust.
 */
export type Trust = KeysTrust | SigstoreTrust | CertificatesTrust;

interface Named {
  /** Its name in the configuration. */
  readonly name: string;
  readonly scope: TrustScope;
}

/** Public keys. Which of them verified is the fact that is reported. */
export interface KeysTrust extends Named, Requirements {
  readonly kind: 'keys';
  readonly keys: readonly TrustedKey[];
  /** Whose logs and timestamp authorities count for signatures by these keys; undefined: none. */
  readonly root: TrustedRoot | undefined;
}

export interface TrustedKey {
  /** Where it came from, for people: a file's name, `env://NAME`, a URL. */
  readonly source: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** `sha256:` of `spki`. */
  readonly fingerprint: string;
}

/** A Sigstore: certificate authorities that identify signers (Fulcio), logs, timestamp authorities. */
export interface SigstoreTrust extends Named, Requirements {
  readonly kind: 'sigstore';
  readonly root: TrustedRoot;
  /** Who may sign; empty: everybody whom the root's authorities identify. */
  readonly identities: readonly IdentityPattern[];
}

/**
 * Certificate authorities of one's own: the stores `ca:NAME`, `signingAuthority:NAME` and `tsa:NAME` of Notary Project
 * trust policies, and for Sigstore signatures a certificate authority without Fulcio.
 */
export interface CertificatesTrust extends Named, Requirements {
  readonly kind: 'certificates';
  /** Certificates, DER, of each store. */
  readonly ca: readonly Uint8Array[];
  readonly signingAuthority: readonly Uint8Array[];
  readonly tsa: readonly Uint8Array[];
  /** Whose logs and timestamp authorities count for Sigstore signatures, beside `tsa`; undefined: none. */
  readonly root: TrustedRoot | undefined;
  /** Who may sign; beside the `trustedIdentities` of Notary Project trust policies. */
  readonly identities: readonly IdentityPattern[];
}

/** How much proof a Sigstore signature needs. 0 waives a check, which every report then says under `relaxed`. */
export interface Requirements {
  /** Entries needed in distinct known transparency logs. */
  readonly transparencyLog: number;
  /** Times needed from distinct trusted sources (log with promise, timestamp authority). 0: the certificate must be valid at the instant of the decision. */
  readonly timestamp: number;
  /** Certificate transparency logs that must have seen the certificate. */
  readonly sct: number;
}

/**
 * A trusted root, as Sigstore's clients know it.
 * https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_trustroot.proto
 */
export interface TrustedRoot {
  /** `public-good`, a file's name, a TUF mirror: for people. */
  readonly source: string;
  /** `sha256:` of its JSON. */
  readonly digest: string;
  /** The parsed JSON: `tlogs`, `certificateAuthorities`, `ctlogs`, `timestampAuthorities`. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Who signed, said exactly or by a pattern that the whole value must fit; `undefined` fits all. */
export interface IdentityPattern {
  /** Subject alternative name of any kind; of a certificate without one, its distinguished name. */
  readonly identity: TextPattern | undefined;
  /** OIDC issuer. */
  readonly issuer: TextPattern | undefined;
}

export type TextPattern =
  | { readonly kind: 'exact'; readonly value: string }
  /** RE2 syntax, linear time; always anchored at both ends. */
  | { readonly kind: 'pattern'; readonly value: string };

/** When something holds: outside of this interval it must be established anew. */
export interface Interval {
  readonly from: Date;
  readonly until: Date;
}

/** When all of them hold; undefined holds always. */
export function intersection(intervals: ReadonlyArray<Interval | undefined>): Interval | undefined {
  const limited = intervals.filter((interval) => interval !== undefined);
  return limited.length === 0
    ? undefined
    : {
        from: new Date(Math.max(...limited.map(({ from }) => from.getTime()))),
        until: new Date(Math.min(...limited.map(({ until }) => until.getTime()))),
      };
}

/** Whether an instant lies within; always, where nothing limits. */
export const holdsAt = (interval: Interval | undefined, time: Date): boolean =>
  interval === undefined || (interval.from <= time && time < interval.until);
