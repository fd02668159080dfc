import type { Certificate } from '../../../crypto/certificate.ts';

/** What is known of one certificate's revocation. */
export type Status =
  | { readonly kind: 'good'; readonly until: Date }
  | { readonly kind: 'revoked'; readonly message: string; readonly until: Date }
  /** It names no source, and no list speaks of it. */
  | { readonly kind: 'unrevocable' }
  /** It could not be told, for these reasons. */
  | { readonly kind: 'unknown'; readonly reasons: readonly string[] };

/** A certificate to ask about, of a chain that is trusted. */
export interface Question {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** When the signature was made, where somebody trusted said so. */
  readonly signedAt: Date | undefined;
  /** The instant of the decision. */
  readonly time: Date;
}

/** What was thrown, for a message. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
