import type { Certificate } from '../../../crypto/certificate.ts';
import { type Crl, isCrlOf, isDeltaOf, isInScope, parseCrl, revokingEntry, staleness } from '../../../crypto/crl.ts';
import { VerdictError } from '../../../errors.ts';
import type { Question, Status } from './status.ts';

/** Lists from files. */
export class Lists {
  readonly #lists: readonly Crl[];
  /** Whose a list is: found out once, because its signature is over all of it. */
  readonly #owners = new WeakMap<Crl, Map<string, boolean>>();

  /** Throws TRUST_INVALID for what is no list that can be used. */
  constructor(lists: readonly Uint8Array[]) {
    this.#lists = lists.map((bytes, index) => {
      try {
        return parseCrl(bytes);
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        throw new VerdictError('TRUST_INVALID', `revocation list ${index + 1}: ${message}`, { cause });
      }
    });
  }

  /**
   * What the lists say of a certificate: the newest that speaks of it and holds, with the newest delta that extends it.
   * `points`: the distribution points that the certificate names. `unrevocable`: no list is its issuer's.
   */
  statusOf(question: Question, points: readonly string[]): Status {
    const { certificate, issuer, time } = question;
    const own = this.#lists.filter((list) => this.#isOf(list, issuer));
    const complete = own.filter((list) => isInScope(list, certificate, points));
    if (complete.length === 0) return { kind: 'unrevocable' };
    const base = newest(complete, time);
    if (base === undefined) {
      return { kind: 'unknown', reasons: complete.flatMap((list) => staleness(list, time) ?? []) };
    }
    const delta = newest(
      own.filter((list) => isDeltaOf(list, base)),
      time,
    );
    return statusBy(question, base, delta);
  }

  #isOf(list: Crl, issuer: Certificate): boolean {
    const owners = this.#owners.get(list) ?? new Map<string, boolean>();
    this.#owners.set(list, owners);
    const known = owners.get(issuer.fingerprint) ?? isCrlOf(list, issuer);
    owners.set(issuer.fingerprint, known);
    return known;
  }
}

/** The latest of the lists that hold at an instant. */
const newest = (lists: readonly Crl[], time: Date): Crl | undefined =>
  lists
    .filter((list) => staleness(list, time) === undefined)
    .sort((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime())[0];

/** What a list and its delta, verified and current, say of a certificate. */
export function statusBy({ certificate, signedAt, time }: Question, base: Crl, delta: Crl | undefined): Status {
  const ends = [base.nextUpdate ?? time, delta?.nextUpdate ?? base.nextUpdate ?? time];
  const until = new Date(Math.min(...ends.map((end) => end.getTime())));
  const entry = revokingEntry(certificate, base, delta, signedAt);
  if (entry === undefined) return { kind: 'good', until };
  return { kind: 'revoked', message: `was revoked on ${entry.revocationDate.toISOString()}`, until };
}
