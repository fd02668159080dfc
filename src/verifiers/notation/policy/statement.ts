import type { SubjectPattern } from './identity.ts';
import type { Actions, Level } from './level.ts';

/** Kinds of trust stores, as trust policies name them. */
export const STORE_TYPES = ['ca', 'signingAuthority', 'tsa'] as const;
export type StoreType = (typeof STORE_TYPES)[number];

/** `TYPE:NAME` of a trust policy: the store of that type of the trust with that name. */
export interface StoreName {
  readonly type: StoreType;
  readonly name: string;
}

/**
 * One statement of a trust policy: which stores and identities count for what it applies to, and how much.
 * https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy-properties
 */
export interface Statement {
  readonly name: string;
  readonly level: Level;
  /** Of the level, overrides applied. */
  readonly actions: Actions;
  /** Whether timestamps count always, or only once a certificate has expired. */
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
  readonly stores: readonly StoreName[];
  /** Undefined: everybody whom the stores' authorities name. */
  readonly identities: readonly SubjectPattern[] | undefined;
}

/** A trust policy document, version 1.0, of images or of files (blobs). */
export interface TrustPolicy {
  /** By repository, `registry/repository`. */
  readonly scoped: ReadonlyMap<string, Statement>;
  /** For whatever no other statement is for. */
  readonly global: Statement | undefined;
}

/** The one statement that applies; the exact one before the global one. `repository`: empty for what has none. */
export const statementFor = (policy: TrustPolicy, repository: string): Statement | undefined =>
  policy.scoped.get(repository) ?? policy.global;
