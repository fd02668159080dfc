import type { Certificate } from '../../crypto/certificate.ts';
import { type Check, type CheckName, failed, passed, type Report } from '../../report.ts';
import type { Signer } from '../../signer.ts';
import { type Interval, intersection } from '../../trust.ts';
import { MAX_NAME_LENGTH, shortName } from './certificates.ts';
import { fitsSubject } from './policy/identity.ts';
import type { Validation } from './policy/level.ts';
import type { Statement } from './policy/statement.ts';
import { type Anchor, anchorsOf, namedBy, signersOf } from './signers.ts';
import {
  type Circumstances,
  type Validated,
  validateExpiry,
  validateRevocation,
  validateTimestamp,
} from './validation.ts';

/** What one statement of the trust policy makes of a signature that is sound in itself. */
export interface Finding {
  readonly outcome: Report['outcome'];
  /** One sentence for a person. */
  readonly message: string;
  readonly checks: Partial<Record<CheckName, Check>>;
  readonly relaxed: readonly CheckName[];
  /** One for each trust that vouches; empty unless verified. */
  readonly signers: readonly Signer[];
  readonly holds: Interval | undefined;
}

/** Validations whose failure a level may only log, with the check each is reported as. */
const LEVELLED: readonly (readonly [CheckName, Validation])[] = [
  ['identity', 'authenticity'],
  ['timestamp', 'authenticTimestamp'],
  ['expiry', 'expiry'],
  ['revocation', 'revocation'],
];

const skipped = (message: string): Check => ({ outcome: 'skipped', message });
const isBad = (check: Check | undefined): check is Check => check?.outcome === 'failed' || check?.outcome === 'errored';

/**
 * Runs every validation, whatever the level: the level only decides what follows. Who is not configured here is not
 * asked about further, and neither is the network: an unknown certificate must not choose whom to connect to.
 */
export async function judge(circumstances: Circumstances): Promise<Finding> {
  const { envelope, chain, statement, time } = circumstances;
  const anchors = anchorsOf(circumstances);
  const expiry = validateExpiry(envelope, time);
  if (anchors.length === 0) return unknown(statement, expiry.check, expiry.holds);
  const named = await namedBy(anchors, chain);
  const unasked: Validated = { check: skipped('the trust policy skips it') };
  const [dated, revocation] = await Promise.all([
    validateTimestamp(circumstances),
    statement.actions.revocation === 'skip' ? unasked : validateRevocation(circumstances),
  ]);
  const checks = {
    chain: passed(),
    identity: identityCheck(statement, chain, anchors, named),
    timestamp: dated.check,
    expiry: expiry.check,
    revocation: revocation.check,
  };
  const holds = intersection([expiry.holds, dated.holds, revocation.holds]);
  return conclude(statement, checks, { holds, signers: () => signersOf(named, chain, dated) });
}

/** What a level `skip` leaves: the signature is there, and nobody looked at it. */
export function unlooked({ name }: Pick<Statement, 'name'>): Finding {
  const names = ['signature', 'chain', 'identity', 'timestamp', 'expiry', 'revocation'] as const;
  const message = `the statement ${JSON.stringify(name)} of the trust policy skips verification`;
  const checks = Object.fromEntries(names.map((check) => [check, skipped(message)]));
  return { outcome: 'present', message, checks, relaxed: names, signers: [], holds: undefined };
}

/** What is left where no statement applies. */
export const nobody = (reason: string): Finding => ({
  outcome: 'present',
  message: `not signed by anyone configured here: ${reason}`,
  checks: { chain: skipped(reason) },
  relaxed: [],
  signers: [],
  holds: undefined,
});

/** The finding that counts among those of several statements: the best, but a failure counts before what could not be told. */
export function bestOf(findings: readonly [Finding, ...Finding[]]): Finding {
  const order: readonly Report['outcome'][] = ['verified', 'failed', 'errored', 'present'];
  const [first] = findings;
  const outcome = order.find((one) => findings.some((finding) => finding.outcome === one));
  const best = findings.filter((finding) => finding.outcome === outcome);
  return {
    ...(best[0] ?? first),
    // Of all who vouch: a policy may ask for any of them.
    relaxed: [...new Set(best.flatMap(({ relaxed }) => relaxed))],
    signers: best.flatMap(({ signers }) => signers),
    holds: intersection(findings.map(({ holds }) => holds)),
  };
}

function unknown({ actions }: Statement, expiry: Check, holds: Interval | undefined): Finding {
  const logged = actions.authenticity === 'log' ? ' (the trust policy only logs that)' : '';
  const message = `not signed by anyone configured here${logged}`;
  const unasked = skipped('not looked at, because nobody configured here vouches for the chain');
  const checks = {
    chain: skipped(`the chain reaches no certificate of the trust stores${logged}`),
    identity: unasked,
    timestamp: unasked,
    expiry: isBad(expiry) ? skipped(expiry.message) : expiry,
    revocation: unasked,
  };
  return { outcome: 'present', message, checks, relaxed: [], signers: [], holds };
}

function conclude(
  { actions }: Statement,
  checks: Partial<Record<CheckName, Check>>,
  { holds, signers }: { readonly holds: Interval | undefined; readonly signers: () => readonly Signer[] },
): Finding {
  const bad = LEVELLED.filter(([name]) => isBad(checks[name]));
  const enforced = bad.filter(([, validation]) => actions[validation] === 'enforce').map(([name]) => name);
  const waived = LEVELLED.filter(([, validation]) => actions[validation] === 'skip');
  const relaxed = [...bad.filter(([name]) => !enforced.includes(name)), ...waived].map(([name]) => name);
  const told = (names: readonly CheckName[]): string => names.map((name) => checks[name]?.message ?? '').join('; ');
  const common = { checks, relaxed, holds, signers: [] };
  if (enforced.length > 0) {
    const failing = enforced.filter((name) => checks[name]?.outcome === 'failed');
    return failing.length > 0
      ? { ...common, outcome: 'failed', message: told(failing) }
      : { ...common, outcome: 'errored', message: told(enforced) };
  }
  if (isBad(checks.identity)) {
    const message = `nobody vouches for it: ${checks.identity.message} (the trust policy only logs that)`;
    return { ...common, outcome: 'present', message, checks: softened(checks) };
  }
  const [signer] = signers();
  const message = `signed by ${(signer?.certificate.distinguishedName ?? '').slice(0, MAX_NAME_LENGTH)}`;
  const logged = relaxed.filter((name) => isBad(checks[name]));
  const but = logged.length === 0 ? '' : `; only logged: ${told(logged)}`;
  return { ...common, outcome: 'verified', message: message + but, signers: signers() };
}

/** Where nobody's signature counts, nothing can have failed: it is told as what was left aside. */
const softened = (checks: Partial<Record<CheckName, Check>>): Partial<Record<CheckName, Check>> =>
  Object.fromEntries(
    Object.entries(checks).map(([name, check]) => [
      name,
      isBad(check) ? skipped(`only logged: ${check.message}`) : check,
    ]),
  );

/** Whether the statement and at least one trust that anchors the chain take the signer for one of theirs. */
function identityCheck(
  { identities, name }: Statement,
  [leaf]: readonly Certificate[],
  anchors: readonly Anchor[],
  named: readonly Anchor[],
): Check {
  if (named.length === 0) {
    const trusts = anchors.map(({ trust }) => trust.name).join(', ');
    return failed(`${leaf === undefined ? '' : shortName(leaf)} fits none of the identities of the trust ${trusts}`);
  }
  const isNamed = named.some(({ identities: own }) => own.length > 0);
  if (identities === undefined) return isNamed ? passed() : skipped('any identity counts');
  const isTrusted = leaf !== undefined && fitsSubject(identities, leaf.subject);
  return isTrusted
    ? passed()
    : failed(
        `${leaf === undefined ? '' : shortName(leaf)} is no trusted identity of the statement ${JSON.stringify(name)}`,
      );
}
