/** A request for trust material or revocation information: public data, so no credentials go with it. */
export interface FetchRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: Uint8Array;
  readonly contentType?: string;
  /** Most bytes of the answer. */
  readonly limit: number;
  /** Milliseconds for all of it. */
  readonly timeout: number;
}

/**
 * The network beyond registries, by the configuration's rules: which schemes, which addresses (checked after name
 * resolution and on every redirect). Throws TRUST_UNAVAILABLE where nothing usable was answered, LIMIT_EXCEEDED,
 * REGISTRY_NOT_ALLOWED for an address that is not allowed.
 */
export type Fetcher = (request: FetchRequest) => Promise<Uint8Array>;
