import type { Certificate } from '../../../crypto/certificate.ts';
import { revocationSources } from '../../../crypto/revocation-sources.ts';
import type { Fetcher } from '../../../fetcher.ts';
import { DEFAULT_REVOCATION_LIMITS, type RevocationLimits } from './limits.ts';
import { Lists } from './lists.ts';
import { Network } from './network.ts';
import { type Question, reasonOf, type Status } from './status.ts';

/** What is known of a chain's revocation. */
export interface RevocationResult {
  /**
   * `failed`: one of the certificates was revoked. `errored`: it could not be told. `skipped`: none of them can be
   * revoked, since they name no source and no list speaks of them.
   */
  readonly outcome: 'passed' | 'failed' | 'errored' | 'skipped';
  /** One sentence for a person; empty where all is well. */
  readonly message: string;
  /** Until when the result holds: the nearest nextUpdate that it rests on; undefined where it rests on none. */
  readonly until: Date | undefined;
}

export interface RevocationChecker {
  /**
   * Checks a chain, leaf first, the root (which is not checked) last. Only for chains that were verified up to a trusted
   * root: the URLs asked are those that the certificates name. `signedAt`: when the signature was made, where somebody
   * trusted said so; entries whose invalidityDate lies after it do not count. `time`: the instant of the decision. Never
   * throws.
   */
  readonly check: (chain: readonly Certificate[], signedAt: Date | undefined, time: Date) => Promise<RevocationResult>;
}

export interface RevocationOptions {
  /** Lists, complete and delta, DER or PEM, one each. They are asked first. */
  readonly crls: readonly Uint8Array[];
  /** How responders and distribution points are asked; undefined: they are not. */
  readonly fetch: Fetcher | undefined;
  readonly limits?: Partial<RevocationLimits>;
}

/** Throws TRUST_INVALID for a list that cannot be used. */
export function createRevocationChecker({ crls, fetch, limits }: RevocationOptions): RevocationChecker {
  const lists = new Lists(crls);
  const network = fetch === undefined ? undefined : new Network(fetch, { ...DEFAULT_REVOCATION_LIMITS, ...limits });
  return {
    check: async (chain, signedAt, time) => {
      const pairs = chain.slice(0, -1).flatMap((certificate, index) => {
        const issuer = chain[index + 1];
        return issuer === undefined ? [] : [{ certificate, issuer, signedAt, time }];
      });
      const statuses = await Promise.all(pairs.map((question) => statusOf(question, lists, network)));
      return resultOf(pairs, statuses, network !== undefined);
    },
  };
}

async function statusOf(question: Question, lists: Lists, network: Network | undefined): Promise<Status> {
  try {
    const sources = revocationSources(question.certificate);
    const listed = lists.statusOf(question, [...sources.crls]);
    if (listed.kind === 'good' || listed.kind === 'revoked' || !sources.isRevocable) return listed;
    const reasons = listed.kind === 'unknown' ? listed.reasons : [];
    if (network === undefined) return { kind: 'unknown', reasons: reasons.length > 0 ? reasons : [NO_LIST] };
    const asked = await network.statusOf(question, sources);
    return asked.kind === 'unknown' ? { kind: 'unknown', reasons: [...reasons, ...asked.reasons] } : asked;
  } catch (thrown) {
    return { kind: 'unknown', reasons: [reasonOf(thrown)] };
  }
}

const NO_LIST = 'no list speaks of it';

function resultOf(questions: readonly Question[], statuses: readonly Status[], isNetworked: boolean): RevocationResult {
  const said = statuses.map((status, index) => ({ status, name: questions[index]?.certificate.subjectName ?? '' }));
  const ends = statuses.flatMap((status) => ('until' in status ? [status.until.getTime()] : []));
  const until = ends.length === 0 ? undefined : new Date(Math.min(...ends));
  const revoked = said.flatMap(({ status, name }) => (status.kind === 'revoked' ? [`${name} ${status.message}`] : []));
  if (revoked.length > 0) return { outcome: 'failed', message: revoked.join('; '), until };
  const unknown = said.flatMap(({ status, name }) =>
    status.kind === 'unknown' ? [`${name}: ${status.reasons.join('; ')}`] : [],
  );
  if (unknown.length > 0) {
    const hint = isNetworked ? '' : '; give `revocation.crls` or `revocation.network: true`';
    return { outcome: 'errored', message: `revocation could not be told: ${unknown.join('; ')}${hint}`, until };
  }
  if (statuses.every(({ kind }) => kind === 'unrevocable')) {
    return { outcome: 'skipped', message: 'no certificate of the chain names a source of revocation', until };
  }
  return { outcome: 'passed', message: '', until };
}
