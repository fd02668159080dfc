/** Bounds of what is asked about revocation. Times are in milliseconds. */
export interface RevocationLimits {
  /** For one question to a responder, as Notary Project's implementations wait. */
  readonly ocspTimeout: number;
  /** For one list. */
  readonly crlTimeout: number;
  /** Responders, and lists, asked for one certificate: certificates name one or two, hostile ones any number. */
  readonly sources: number;
  /** Bytes of lists and answers kept in memory: one large list and many usual ones. */
  readonly cacheBytes: number;
  /** How old a list or answer gets before a newer one is looked for, though it still holds. */
  readonly refresh: number;
  /** How long a source that was of no use is not asked again: every decision would wait for it. */
  readonly pause: number;
}

export const DEFAULT_REVOCATION_LIMITS: RevocationLimits = {
  ocspTimeout: 2_000,
  crlTimeout: 5_000,
  sources: 3,
  cacheBytes: 96 * 1024 * 1024,
  refresh: 60 * 60 * 1000,
  pause: 10 * 1000,
};
