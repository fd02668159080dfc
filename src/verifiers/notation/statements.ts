import type { CertificatesTrust } from '../../trust.ts';
import { type Attached, isFile } from './payload.ts';
import { LEVELS } from './policy/level.ts';
import { STORE_TYPES, type Statement, statementFor } from './policy/statement.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** What says whose signatures count. */
export interface Rules {
  readonly trusts: readonly CertificatesTrust[];
  /** For images. */
  readonly trustPolicy: TrustPolicy | undefined;
  /** For files. */
  readonly blobTrustPolicy: TrustPolicy | undefined;
}

/** The statements that apply, and where there are none, why. */
export interface Applicable {
  readonly statements: readonly Statement[];
  readonly reason: string;
}

/** The one statement of the trust policy; without a policy, one for each trust. */
export function statementsFor(attached: Attached, { trusts, trustPolicy, blobTrustPolicy }: Rules): Applicable {
  const policy = (isFile(attached) ? blobTrustPolicy : undefined) ?? trustPolicy;
  if (policy === undefined) {
    return { statements: trusts.map(strictStatement), reason: 'there is no trust of type certificates' };
  }
  const { repository } = attached;
  const statement = statementFor(policy, repository);
  return {
    statements: statement === undefined ? [] : [statement],
    reason: `no statement of the trust policy applies to ${repository === '' ? 'it' : repository}`,
  };
}

/** A trust speaks for itself: any identity, every check, its own timestamp authorities and nobody else's. */
const strictStatement = ({ name, tsa }: CertificatesTrust): Statement => ({
  name,
  level: 'strict',
  actions: LEVELS.strict,
  verifyTimestamp: 'always',
  stores: STORE_TYPES.filter((type) => type !== 'tsa' || tsa.length > 0).map((type) => ({ type, name })),
  identities: undefined,
});
