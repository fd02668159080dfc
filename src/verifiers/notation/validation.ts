import { type Certificate, isValidAt } from '../../crypto/certificate.ts';
import { asVerdictError } from '../../errors.ts';
import { type Check, errored, failed, passed } from '../../report.ts';
import type { Signer } from '../../signer.ts';
import { type Interval, intersection } from '../../trust.ts';
import { shortName } from './certificates.ts';
import type { Envelope } from './envelope.ts';
import type { Statement } from './policy/statement.ts';
import type { RevocationChecker } from './revocation/checker.ts';
import type { Stores } from './stores.ts';

/** What one validation found, before the trust policy says what it means. */
export interface Validated {
  readonly check: Check;
  /** When it says the same; undefined: always. */
  readonly holds?: Interval | undefined;
}

/** One signature, and what it is judged by. */
export interface Circumstances {
  readonly envelope: Envelope;
  /** Leaf first, root last; keeps the rules. */
  readonly chain: readonly Certificate[];
  readonly statement: Statement;
  readonly stores: Stores;
  readonly revocation: RevocationChecker;
  /** The decision's instant. */
  readonly time: Date;
}

const START = new Date(-8_640_000_000_000_000);
const END = new Date(8_640_000_000_000_000);

/** The signature's own end. https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#steps */
export function validateExpiry({ attributes: { expiry } }: Envelope, time: Date): Validated {
  if (expiry === undefined) return { check: { outcome: 'skipped', message: 'the signature has no end' } };
  return time < expiry
    ? { check: passed(), holds: { from: START, until: expiry } }
    : { check: failed(`the signature ended at ${expiry.toISOString()}`), holds: { from: expiry, until: END } };
}

/** Whether nobody withdrew the signer's certificates. Ask only about chains that are trusted: they say where to ask. */
export async function validateRevocation({ envelope, chain, revocation, time }: Circumstances): Promise<Validated> {
  return await askRevocation(revocation, chain, envelope.attributes.authenticSigningTime, time);
}

async function askRevocation(
  revocation: RevocationChecker,
  chain: readonly Certificate[],
  signedAt: Date | undefined,
  time: Date,
): Promise<Validated> {
  try {
    const { outcome, message, until } = await revocation.check(chain, signedAt, time);
    // What could not be told may be told at any other instant.
    const isLasting = outcome === 'passed' || outcome === 'skipped';
    const end = until ?? (isLasting ? END : time);
    const isUnlimited = isLasting && until === undefined;
    return { check: { outcome, message }, holds: isUnlimited ? undefined : { from: time, until: end } };
  } catch (thrown) {
    return { check: errored(asVerdictError(thrown).message), holds: { from: time, until: time } };
  }
}

/** When it was signed, according to whom, and whether the certificates were valid then. */
export interface Dated extends Validated {
  readonly time: Date | undefined;
  readonly source: Signer['timeSource'];
}

const UNDATED = { time: undefined, source: 'none' } as const;

/** https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#steps */
export async function validateTimestamp(circumstances: Circumstances): Promise<Dated> {
  const { envelope, chain, statement, time } = circumstances;
  const { authenticSigningTime } = envelope.attributes;
  if (authenticSigningTime !== undefined) {
    const check = chainCheck(chain, authenticSigningTime, authenticSigningTime, 'when it was signed');
    return check.outcome === 'passed'
      ? { check, time: authenticSigningTime, source: 'signing-authority' }
      : { check, ...UNDATED };
  }
  const isAuthority = statement.stores.some(({ type }) => type === 'tsa');
  // A certificate is valid at its notAfter still.
  const ends = new Date(Math.min(...chain.map(({ notAfter }) => notAfter.getTime())) + 1);
  const isUnended = time < ends;
  if (!isAuthority || (statement.verifyTimestamp === 'afterCertExpiry' && isUnended)) {
    return { check: chainCheck(chain, time, time, 'now'), holds: validity(chain, time), ...UNDATED };
  }
  const option: Interval = isUnended ? { from: START, until: ends } : { from: ends, until: END };
  const dated = await validateToken(circumstances).catch((thrown: unknown): Dated => {
    const { code, message } = asVerdictError(thrown);
    return { check: code === 'TRUST_UNAVAILABLE' ? errored(message) : failed(message), ...UNDATED };
  });
  const isOptional = statement.verifyTimestamp === 'afterCertExpiry';
  return isOptional ? { ...dated, holds: intersection([dated.holds, option]) } : dated;
}

async function validateToken({ envelope, chain, statement, stores, revocation, time }: Circumstances): Promise<Dated> {
  if (envelope.timestampToken === undefined) {
    return { check: failed('it has no timestamp, and the trust policy has timestamp authorities'), ...UNDATED };
  }
  const roots = statement.stores.filter(({ type }) => type === 'tsa').flatMap(stores.certificates);
  const { verifyTimestamp } = await import('../../crypto/timestamp.ts');
  const token = await verifyTimestamp(envelope.timestampToken, envelope.signature, roots);
  const from = new Date(token.time.getTime() - token.accuracy);
  const until = new Date(token.time.getTime() + token.accuracy);
  const check = chainCheck(chain, from, until, 'when it was timestamped');
  if (check.outcome !== 'passed') return { check, ...UNDATED };
  const dated = { time: token.time, source: 'timestamp-authority' } as const;
  // https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#certificate-revocation-evaluation
  if (statement.actions.revocation === 'skip') return { check, ...dated };
  const revoked = await askRevocation(revocation, token.certificates, undefined, time);
  const isGood = revoked.check.outcome === 'passed' || revoked.check.outcome === 'skipped';
  return isGood
    ? { check, holds: revoked.holds, ...dated }
    : {
        check: { ...revoked.check, message: `of the timestamp authority: ${revoked.check.message}` },
        holds: revoked.holds,
        ...UNDATED,
      };
}

function chainCheck(chain: readonly Certificate[], from: Date, until: Date, when: string): Check {
  const unfit = chain.find((certificate) => !isValidAt(certificate, from) || !isValidAt(certificate, until));
  if (unfit === undefined) return passed();
  const period = `${unfit.notBefore.toISOString()} to ${unfit.notAfter.toISOString()}`;
  return failed(`${shortName(unfit)} was not valid ${when}, only from ${period}`);
}

/** Around `time`, how long the chain is as valid, or as invalid, as it is then. */
function validity(chain: readonly Certificate[], time: Date): Interval {
  const edges = chain.flatMap(({ notBefore, notAfter }) => [notBefore.getTime(), notAfter.getTime() + 1]);
  const now = time.getTime();
  return {
    from: new Date(Math.max(START.getTime(), ...edges.filter((edge) => edge <= now))),
    until: new Date(Math.min(END.getTime(), ...edges.filter((edge) => edge > now))),
  };
}
