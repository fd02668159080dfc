import { parseCertificate } from '../../crypto/certificate.ts';
import { signatureBy } from '../../crypto/schemes.ts';
import { VerdictError } from '../../errors.ts';
import { compileIdentities, type Identities } from '../../identity.ts';
import { type Check, failed, passed } from '../../report.ts';
import { certificateSigner, keylessSigner, type Signer } from '../../signer.ts';
import type { CertificatesTrust, Interval, SigstoreTrust } from '../../trust.ts';
import { reasonOf } from './brief.ts';
import type { Parsed } from './bundle.ts';
import { readPromises } from './certificate-transparency.ts';
import { type Chained, chainOf, type Issuers, isNamedBy } from './chain.ts';
import { describe, fingerprintOf, issuerOf } from './extensions.ts';
import { type Claimed, faultIn, type Judge, type Judgement, signatureCheck } from './judgement.ts';
import { namesOf } from './names.ts';
import { type Proofs, readProofs, type Witnesses } from './proofs.ts';
import { type Weighed, weigh } from './tally.ts';
import { ALWAYS, isWithin, type Material, type Window } from './trust-material.ts';

type CertificateTrust = SigstoreTrust | CertificatesTrust;
type Leaf = Extract<Parsed['material'], { kind: 'certificate' }>;
type Ours = Extract<Chained, { kind: 'ours' }>;

/** Judges by a Sigstore's certificate authorities: whom they identified is the signer. Throws TRUST_INVALID if it has none. */
export function judgeBySigstore(trust: SigstoreTrust, material: Material): Judge {
  if (material.authorities.length === 0) {
    throw new VerdictError('TRUST_INVALID', `the trusted root ${trust.root.source} has no certificate authorities`);
  }
  const issuers: readonly Issuers[] = material.authorities.map(({ root, intermediates, window }) => ({
    roots: [root],
    intermediates,
    configured: [root, ...intermediates],
    window,
    needsPurpose: true,
  }));
  return judgeBy(trust, { material, timestampRoots: [] }, () => issuers);
}

/** Judges by certificate authorities of one's own. Throws TRUST_INVALID for a certificate that cannot be used. */
export function judgeByCertificates(trust: CertificatesTrust, material: Material | undefined): Judge {
  const roots = trust.ca.map((der) => readRoot(trust, der));
  const witnesses = { material, timestampRoots: trust.tsa.map((der) => readRoot(trust, der)) };
  return judgeBy(trust, witnesses, ({ intermediates }) => [
    { roots, intermediates, configured: roots, window: ALWAYS, needsPurpose: false },
  ]);
}

function readRoot({ name }: CertificatesTrust, der: Uint8Array) {
  try {
    return parseCertificate(der);
  } catch (cause) {
    throw new VerdictError('TRUST_INVALID', `a certificate of the trust ${name} cannot be used: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function judgeBy(trust: CertificateTrust, witnesses: Witnesses, issuersOf: (leaf: Leaf) => readonly Issuers[]): Judge {
  const identities = compileIdentities(trust.identities);
  return async (parsed, time) => {
    if (parsed.material.kind === 'key') return { kind: 'foreign' };
    const { material } = parsed;
    const issuers = issuersOf(material);
    if (!isNamedBy(material.leaf, issuers)) return { kind: 'foreign' };
    const proofs = await readProofs(witnesses, trust, parsed, ({ kind }) => kind === 'certificate');
    const isNow = proofs.times.length === 0 && trust.timestamp === 0;
    const times = isNow ? [time] : proofs.times.map((one) => one.time);
    const chained = chainOf(material.leaf, issuers, times);
    if (chained.kind === 'foreign') return chained;
    return judge(trust, identities, witnesses, parsed, material, proofs, chained, isNow ? time : undefined);
  };
}

function judge(
  trust: CertificateTrust,
  identities: Identities,
  { material }: Witnesses,
  parsed: Parsed,
  { leaf }: Leaf,
  { transparency, timestamp, times }: Proofs,
  chained: Ours,
  now: Date | undefined,
): Judgement {
  const { path, validity } = chained;
  const promises = weigh(
    readPromises(material?.certificateLogs ?? [], leaf, path[1]),
    trust.sct,
    'known certificate transparency logs',
  );
  const certificate = describe(leaf);
  const issuer = issuerOf(certificate.extensions);
  const name = identities(namesOf(leaf), issuer);
  const checks: Claimed['checks'] = {
    signature: signatureOf(parsed, leaf),
    chain: withPromises(chained.chain, promises),
    expiry: chained.expiry ?? { outcome: 'skipped', message: 'no trusted time says when it was signed' },
    transparency: transparency.check,
    timestamp: timestamp.check,
    ...(trust.identities.length === 0
      ? {}
      : { identity: name === undefined ? failed(`none of the identities of the trust ${trust.name} fits`) : passed() }),
  };
  const relaxed = [
    ...(promises.isRelaxed ? ['sct'] : []),
    ...(timestamp.isRelaxed ? ['timestamp'] : []),
    ...(transparency.isRelaxed ? ['transparency'] : []),
  ];
  const [first] = times;
  const who = name ?? namesOf(leaf)[0] ?? '';
  const known = {
    trust: { name: trust.name, scope: trust.scope },
    keyFingerprint: fingerprintOf(leaf),
    time: first?.time,
    timeSource: first?.source ?? 'none',
  } as const;
  const signer: Signer =
    trust.kind === 'sigstore'
      ? keylessSigner(known, certificate, issuer, who)
      : certificateSigner(known, certificate, path.at(-1)?.fingerprint ?? '');
  return {
    kind: 'claimed',
    checks,
    relaxed,
    fault: faultIn(checks, relaxed),
    signer,
    who,
    holds: now && holdsAround(validity, now),
  };
}

function signatureOf(parsed: Parsed, leaf: Leaf['leaf']): Check {
  try {
    return signatureCheck(signatureBy(leaf.publicKey(), parsed.content, parsed.signature));
  } catch (thrown) {
    return failed(reasonOf(thrown));
  }
}

/** Certificate transparency is part of the chain. */
function withPromises(chain: Check, { check, isFailure }: Weighed): Check {
  if (chain.outcome === 'failed' || !isFailure) return chain;
  return { ...check, message: `certificate transparency: ${check.message}` };
}

/** While it is as it is now: within the validity, or before, or after. */
function holdsAround(validity: Window, now: Date): Interval {
  const { from, until } = validity;
  if (isWithin(validity, now)) return { from, until };
  if (now < from) return { from: ALWAYS.from, until: new Date(Number(from) - 1) };
  return { from: new Date(Number(until) + 1), until: ALWAYS.until };
}
