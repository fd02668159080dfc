import { signatureBy } from '../../crypto/schemes.ts';
import { VerdictError } from '../../errors.ts';
import { failed } from '../../report.ts';
import { certificateSigner, keylessSigner, type Signer } from '../../signer.ts';
import type { Interval } from '../../trust.ts';
import { brief, reasonOf } from './brief.ts';
import type { Parsed } from './bundle.ts';
import { describe, fingerprintOf, issuerOf } from './extensions.ts';
import type { Finding } from './finding.ts';
import { type Claimed, type Judgement, signatureCheck } from './judgement.ts';
import { namesOf } from './names.ts';

/** Of those who vouch, at least one. */
export function verified(vouching: readonly Claimed[], holds: Interval | undefined): Finding {
  return {
    outcome: 'verified',
    message: `signed by ${vouching.map(({ who, signer }) => `${brief(who)} (${signer.trust.name})`).join(', ')}`,
    checks: vouching[0]?.checks ?? {},
    // Of all who vouch: a policy may ask for any of them.
    relaxed: [...new Set(vouching.flatMap(({ relaxed }) => relaxed))].sort(),
    signers: vouching.map(({ signer }) => signer),
    claimed: [],
    holds,
    error: undefined,
  };
}

/** Of the one who finds fault. */
export function refused({ checks, relaxed, fault, signer, who }: Claimed, holds: Interval | undefined): Finding {
  const message = fault === undefined ? '' : (checks[fault]?.message ?? '');
  return {
    outcome: 'failed',
    message: `said to be signed by ${brief(who)} (${signer.trust.name}), but: ${message}`,
    checks,
    relaxed,
    signers: [],
    claimed: [signer],
    holds,
    error: undefined,
  };
}

/** Of the one who cannot tell. */
export function untold(judgement: Exclude<Judgement, { kind: 'foreign' }>, holds: Interval | undefined): Finding {
  const isClaimed = judgement.kind === 'claimed';
  const check = signatureCheck('untold');
  return {
    outcome: 'errored',
    message: check.message,
    checks: isClaimed ? judgement.checks : { signature: check },
    relaxed: isClaimed ? judgement.relaxed : [],
    signers: [],
    claimed: isClaimed ? [judgement.signer] : [],
    holds,
    error: new VerdictError('NOT_FOUND', check.message).toFacts(),
  };
}

/** Nobody's signature counts; that it is at least its own certificate's can be told. */
export function unclaimed(parsed: Parsed): Finding {
  const result = ownSignature(parsed);
  const finding = {
    relaxed: [],
    signers: [],
    claimed: claimedBy(parsed),
    holds: undefined,
    error: undefined,
  };
  if (result === 'invalid') {
    const signature = signatureCheck(result);
    return { outcome: 'failed', message: signature.message, checks: { signature }, ...finding };
  }
  const message = 'not signed by anyone configured here';
  return { outcome: 'present', message, checks: { signature: { outcome: 'skipped', message } }, ...finding };
}

function ownSignature({ material, content, signature }: Parsed): ReturnType<typeof signatureBy> {
  if (material.kind === 'key') return 'untold';
  try {
    return signatureBy(material.leaf.publicKey(), content, signature);
  } catch {
    // A kind of key that nobody here trusts cannot be told from any other stranger's.
    return 'untold';
  }
}

function claimedBy({ material }: Parsed): readonly Signer[] {
  if (material.kind === 'key') return [];
  const certificate = describe(material.leaf);
  const issuer = issuerOf(certificate.extensions);
  const keyFingerprint = fingerprintOf(material.leaf);
  const trust = { name: '', scope: 'cluster' } as const;
  const known = { trust, keyFingerprint, time: undefined, timeSource: 'none' } as const;
  const [name = ''] = namesOf(material.leaf);
  return [issuer === '' ? certificateSigner(known, certificate, '') : keylessSigner(known, certificate, issuer, name)];
}

/** What is no bundle, or a mistake of ours that a bundle brings out: never a pass. */
export function malformed(thrown: unknown): Finding {
  const error =
    thrown instanceof VerdictError
      ? thrown
      : new VerdictError('SIGNATURE_INVALID', `the bundle cannot be verified: ${reasonOf(thrown)}`, {
          cause: thrown,
        });
  return {
    outcome: 'failed',
    message: error.message,
    checks: { signature: failed(error.message) },
    relaxed: [],
    signers: [],
    claimed: [],
    holds: undefined,
    error: error.toFacts(),
  };
}

/** When all of them hold; undefined for none. */
export const overlap = (intervals: readonly Interval[]): Interval | undefined =>
  intervals.length === 0
    ? undefined
    : {
        from: new Date(Math.max(...intervals.map(({ from }) => Number(from)))),
        until: new Date(Math.min(...intervals.map(({ until }) => Number(until)))),
      };
