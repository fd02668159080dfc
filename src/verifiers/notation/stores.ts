import { type Certificate, parseCertificate } from '../../crypto/certificate.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import type { CertificatesTrust } from '../../trust.ts';
import { STORE_TYPES, type StoreName, type StoreType } from './policy/statement.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** The certificates of every trust, by kind of store. */
export interface Stores {
  /** The certificates of a store. */
  readonly certificates: (store: StoreName) => readonly Certificate[];
  readonly trust: (name: string) => CertificatesTrust | undefined;
}

/** Reads all stores. Throws TRUST_INVALID for what is no certificate. */
export function readStores(trusts: readonly CertificatesTrust[]): Stores {
  const byName = new Map(trusts.map((trust) => [trust.name, trust]));
  const read = new Map(
    trusts.flatMap((trust) => STORE_TYPES.map((type) => [id(type, trust.name), readStore(trust, type)])),
  );
  return {
    certificates: ({ type, name }) => read.get(id(type, name)) ?? [],
    trust: (name) => byName.get(name),
  };
}

const id = (type: StoreType, name: string): string => `${type}:${name}`;

function readStore(trust: CertificatesTrust, type: StoreType): readonly Certificate[] {
  return trust[type].map((der) => {
    try {
      return parseCertificate(der);
    } catch (cause) {
      const { message } = asVerdictError(cause);
      throw new VerdictError('TRUST_INVALID', `the store ${id(type, trust.name)} cannot be used: ${message}`, {
        cause,
      });
    }
  });
}

/** Throws CONFIG_INVALID naming every store of the policy that no trust fills: nothing could ever be vouched for by it. */
export function checkStores(policy: TrustPolicy | undefined, stores: Stores): void {
  if (policy === undefined) return;
  const statements = [...policy.scoped.values(), ...(policy.global === undefined ? [] : [policy.global])];
  const empty = statements.flatMap((statement) =>
    statement.stores.filter((store) => stores.certificates(store).length === 0),
  );
  const names = [...new Set(empty.map(({ type, name }) => id(type, name)))];
  if (names.length === 0) return;
  throw new VerdictError(
    'CONFIG_INVALID',
    `the trust policy names stores without certificates: ${names.join(', ')}; give a trust of type certificates of that name`,
  );
}
