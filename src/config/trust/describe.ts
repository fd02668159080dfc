import { parseCertificate } from '../../crypto/certificate.ts';
import { type KeyKind, parsePublicKey } from '../../crypto/keys.ts';
import { digestOf } from '../../descriptor.ts';
import type { IdentityPattern, Requirements, Trust, TrustedKey, TrustedRoot } from '../../trust.ts';
import type { LoadedTrusts, TrustFacts } from './load.ts';

/** A trust as it is shown: plain JSON. Times are RFC 3339, absent ones empty. */
export interface ShownTrust {
  readonly name: string;
  readonly type: Trust['kind'];
  readonly requirements: Requirements;
  /** Checks that are waived, as reports say under `relaxed`. */
  readonly waived: readonly string[];
  readonly identities: ReadonlyArray<{ readonly identity: string; readonly issuer: string }>;
  readonly keys: readonly ShownKey[];
  readonly certificates: readonly ShownCertificate[];
  /** Null: none. */
  readonly root: ShownRoot | null;
}

interface ShownKey {
  readonly fingerprint: string;
  /** `ECDSA P-256`, `RSA 3072`, `Ed25519`. */
  readonly kind: string;
  readonly source: string;
}

export interface ShownCertificate {
  readonly store: string;
  readonly subject: string;
  readonly fingerprint: string;
  readonly notAfter: string;
  readonly expired: boolean;
  readonly source: string;
}

/** Only what counts for the trust's type. */
export interface ShownRoot {
  readonly source: string;
  readonly digest: string;
  readonly certificateAuthorities: readonly ShownAuthority[];
  readonly timestampAuthorities: readonly ShownAuthority[];
  readonly transparencyLogs: readonly ShownLog[];
  readonly certificateLogs: readonly ShownLog[];
  /** Null: it is not updated. */
  readonly update: ShownFreshness | null;
}

export interface ShownFreshness {
  readonly mirror: string;
  /** Empty: never. */
  readonly fetched: string;
  /** Milliseconds; -1: never. */
  readonly age: number;
  readonly old: boolean;
}

export interface ShownAuthority {
  /** Of the last certificate of its chain, as the next. */
  readonly subject: string;
  readonly fingerprint: string;
  readonly uri: string;
  readonly start: string;
  readonly end: string;
}

export interface ShownLog {
  readonly url: string;
  /** As the root names it, such as `PKIX_ECDSA_P256_SHA_256`. */
  readonly kind: string;
  /** Of its key. */
  readonly fingerprint: string;
  readonly start: string;
  readonly end: string;
}

/** Everything that was loaded, as a person or a program asks for it. */
export const describeTrusts = ({ trusts, facts }: LoadedTrusts, now: Date): readonly ShownTrust[] =>
  trusts.map((trust, index) => show(trust, facts[index], now));

function show(trust: Trust, facts: TrustFacts | undefined, now: Date): ShownTrust {
  const { transparencyLog, timestamp, sct } = trust;
  return {
    name: trust.name,
    type: trust.kind,
    requirements: { transparencyLog, timestamp, sct },
    waived: waivedBy(trust),
    identities: trust.kind === 'keys' ? [] : trust.identities.map(showIdentity),
    keys: trust.kind === 'keys' ? trust.keys.map(showKey) : [],
    certificates: (facts?.certificates ?? []).map(({ store, source, der, fingerprint }) => {
      const { subjectName, notAfter } = parseCertificate(der);
      const expired = notAfter < now;
      return { store, subject: subjectName, fingerprint, notAfter: notAfter.toISOString(), expired, source };
    }),
    root: trust.root === undefined ? null : { ...showRoot(trust.root, facts?.freshness), ...unused(trust) },
  };
}

/** What a root has and the trust's type makes no use of: shown, it would look trusted. */
function unused({ kind }: Trust): Partial<ShownRoot> {
  switch (kind) {
    case 'sigstore':
      return {};
    case 'certificates':
      return { certificateAuthorities: [] };
    case 'keys':
      return { certificateAuthorities: [], certificateLogs: [] };
  }
}

/** By the names that reports have for them. Certificate transparency says nothing about bare keys. */
function waivedBy(trust: Trust): readonly string[] {
  const checks = [
    ['transparency', trust.transparencyLog],
    // A key does not end: nothing is waived where nobody says when it was used.
    ...(trust.kind === 'keys'
      ? []
      : ([
          ['timestamp', trust.timestamp],
          ['sct', trust.sct],
        ] as const)),
  ] as const;
  return checks.filter(([, needed]) => needed === 0).map(([name]) => name);
}

const showIdentity = ({ identity, issuer }: IdentityPattern) => ({
  identity: showText(identity),
  issuer: showText(issuer),
});

/** A pattern stands between slashes, `*` fits everything. */
function showText(text: IdentityPattern['identity']): string {
  if (text === undefined) return '*';
  return text.kind === 'exact' ? text.value : `/${text.value}/`;
}

const showKey = ({ spki, fingerprint, source }: TrustedKey): ShownKey => ({
  fingerprint,
  kind: kindOf(parsePublicKey(spki).kind),
  source,
});

function kindOf(kind: KeyKind): string {
  switch (kind.name) {
    case 'ec':
      return `ECDSA ${kind.curve}`;
    case 'rsa':
      return `RSA ${kind.bits}`;
    case 'rsa-pss':
      return `RSA-PSS ${kind.bits}`;
    case 'ed25519':
      return 'Ed25519';
  }
}

/** The parts of a trusted root that are shown; {@link parseTrustedRoot} checked that they are there. */
interface RootJson {
  readonly tlogs?: readonly LogJson[];
  readonly ctlogs?: readonly LogJson[];
  readonly certificateAuthorities?: readonly AuthorityJson[];
  readonly timestampAuthorities?: readonly AuthorityJson[];
}
interface PeriodJson {
  readonly start?: string;
  readonly end?: string;
}
interface LogJson {
  readonly baseUrl?: string;
  readonly publicKey: { readonly rawBytes: string; readonly keyDetails: string; readonly validFor: PeriodJson };
}
interface AuthorityJson {
  readonly uri?: string;
  readonly certChain: { readonly certificates: ReadonlyArray<{ readonly rawBytes: string }> };
  readonly validFor?: PeriodJson;
}

/** A trusted root as it is shown. */
export function showRoot({ source, digest, json }: TrustedRoot, freshness: TrustFacts['freshness']): ShownRoot {
  const root = json as RootJson;
  return {
    source,
    digest,
    certificateAuthorities: (root.certificateAuthorities ?? []).map(showAuthority),
    timestampAuthorities: (root.timestampAuthorities ?? []).map(showAuthority),
    transparencyLogs: (root.tlogs ?? []).map(showLog),
    certificateLogs: (root.ctlogs ?? []).map(showLog),
    update: freshness === undefined ? null : showFreshness(freshness),
  };
}

const showFreshness = ({ mirror, fetched, age, old }: NonNullable<TrustFacts['freshness']>): ShownFreshness => ({
  mirror,
  fetched: fetched?.toISOString() ?? '',
  age: age ?? -1,
  old,
});

function showAuthority({ uri = '', certChain, validFor }: AuthorityJson): ShownAuthority {
  const last = certChain.certificates.at(-1)?.rawBytes ?? '';
  const { subjectName, fingerprint } = parseCertificate(Buffer.from(last, 'base64'));
  return { subject: subjectName, fingerprint, uri, ...showPeriod(validFor) };
}

const showLog = ({ baseUrl = '', publicKey }: LogJson): ShownLog => ({
  url: baseUrl,
  kind: publicKey.keyDetails,
  fingerprint: digestOf(Buffer.from(publicKey.rawBytes, 'base64')),
  ...showPeriod(publicKey.validFor),
});

const showPeriod = ({ start = '', end = '' }: PeriodJson = {}): { readonly start: string; readonly end: string } => ({
  start,
  end,
});
