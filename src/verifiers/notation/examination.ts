import { isSignedAs } from '../../crypto/jwa.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import { type Check, type CheckName, failed, passed, type Report, type ReportOrigin, report } from '../../report.ts';
import type { Exhibit, Testimony } from '../../verifier.ts';
import type { SigningChain } from './certificates.ts';
import type { Envelope } from './envelope.ts';
import { bestOf, type Finding, judge, nobody, unlooked } from './judgement.ts';
import { type Payload, readPayload } from './payload.ts';
import type { RevocationChecker } from './revocation/checker.ts';
import { claimedSigner } from './signers.ts';
import { type Rules, statementsFor } from './statements.ts';
import type { Stores } from './stores.ts';
import { validateExpiry } from './validation.ts';

/** What signatures are examined with. */
export interface Bench extends Rules {
  readonly stores: Stores;
  readonly revocation: RevocationChecker;
  readonly readChain: (der: readonly Uint8Array[]) => SigningChain;
}

/** What goes with one envelope. */
export interface Examination {
  readonly exhibit: Exhibit;
  /** The decision's instant. */
  readonly time: Date;
  readonly origin: ReportOrigin;
  readonly bench: Bench;
}

/** The report for what is no signature at all. */
export function noSignature(
  origin: ReportOrigin,
  checks: Partial<Record<CheckName, Check>>,
  error: VerdictError,
): Testimony {
  return { report: report(origin, 'failed', error.message, { checks, error: error.toFacts() }), document: undefined };
}

/** Says what one envelope is, what it speaks of, and whom the configured trusts know of it. */
export async function examine(envelope: Envelope, examination: Examination): Promise<Testimony> {
  const { exhibit, time, origin, bench } = examination;
  const payload = readPayload(envelope.payload, envelope.attributes.contentType, exhibit);
  const { statements, reason } = statementsFor(exhibit, bench);
  const [only] = statements;
  if (only?.level === 'skip') return conclude(payload, { digest: passed() }, unlooked(only), undefined, examination);
  const chain = readChain(envelope, bench);
  if (chain instanceof VerdictError) {
    return noSignature(origin, { ...payload.checks, digest: passed(), chain: failed(chain.message) }, chain);
  }
  const checks = { digest: passed(), signature: signatureCheck(envelope, chain) };
  if (chain.fault !== '') {
    const { check: expiry } = validateExpiry(envelope, time);
    const finding = { ...nobody(reason), checks: { expiry } };
    return conclude(payload, { ...checks, chain: failed(chain.fault) }, finding, chain, examination);
  }
  const isSound = [...Object.values(checks), ...Object.values(payload.checks)].every(
    ({ outcome }) => outcome === 'passed',
  );
  const revocation = isSound ? bench.revocation : UNASKED;
  const [first, ...others] = await Promise.all(
    statements.map((statement) =>
      judge({ envelope, chain: chain.certificates, statement, stores: bench.stores, revocation, time }),
    ),
  );
  const finding = first === undefined ? nobody(reason) : bestOf([first, ...others]);
  return conclude(payload, checks, finding, chain, examination);
}

/** Nobody is asked about what is broken anyway. */
const UNASKED: RevocationChecker = {
  check: async () => ({ outcome: 'skipped', message: 'not asked, because the signature is broken', until: undefined }),
};

function readChain({ certificates }: Envelope, bench: Bench): SigningChain | VerdictError {
  try {
    return bench.readChain(certificates);
  } catch (thrown) {
    return asVerdictError(thrown);
  }
}

/** https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#steps, "Validate Integrity" */
function signatureCheck(
  { algorithm, signed, signature, attributes }: Envelope,
  { key, algorithm: own }: SigningChain,
): Check {
  if (key === undefined || own === undefined) return failed("the signer's key is of a kind or size that may not sign");
  if (algorithm !== own) return failed(`it names the algorithm ${algorithm}, and the signer's key goes with ${own}`);
  if (!isSignedAs(key, own, signed, signature))
    return failed("it is not a signature by the key of the signer's certificate");
  return attributes.plugin === '' ? passed() : failed(attributes.plugin);
}

/** Puts together what the signature is in itself, what it speaks of, and what the trust policy makes of it. */
function conclude(
  payload: Payload,
  integrity: Partial<Record<CheckName, Check>>,
  finding: Finding,
  chain: SigningChain | undefined,
  { exhibit, origin }: Examination,
): Testimony {
  const own = { ...integrity, ...payload.checks };
  const broken = Object.values(own).filter(({ outcome }) => outcome === 'failed');
  const isBroken = broken.length > 0;
  const outcome: Report['outcome'] = isBroken ? 'failed' : finding.outcome;
  const isReadable = (outcome === 'verified' || outcome === 'present') && payload.document !== undefined;
  const claimed = outcome === 'verified' || chain?.key === undefined ? [] : [claimedSigner(chain.certificates)];
  const facts = {
    checks: { ...finding.checks, ...own },
    relaxed: [...finding.relaxed],
    type: payload.type,
    subjects: own.subject?.outcome === 'passed' ? [exhibit.subject.digest] : [],
    payload: payload.digest,
    document: isReadable ? payload.digest : '',
    read: isReadable,
    signers: isBroken ? [] : [...finding.signers],
    claimed: { signers: claimed },
    ...(outcome === 'errored' ? { error: new VerdictError('TRUST_UNAVAILABLE', finding.message).toFacts() } : {}),
  };
  const message = isBroken ? broken.map((check) => check.message).join('; ') : finding.message;
  const said = { report: report(origin, outcome, message, facts), document: isReadable ? payload.document : undefined };
  return finding.holds === undefined || isBroken ? said : { ...said, holds: finding.holds };
}
