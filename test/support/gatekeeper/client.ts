import { type ExternalData, externalData, noExternalData } from './external-data.ts';
import { type FailurePolicy, type Mutation, mutate, type Resolved, resolve } from './mutation.ts';
import type { Identity } from './pki.ts';
import { decodeProviderResponse, type Item, type ProviderResponse } from './provider-response.ts';
import { ResponseCache } from './response-cache.ts';
import { Transport } from './transport.ts';

export interface GatekeeperOptions {
  /** The Provider's `spec.url`; https. */
  readonly url: string;
  /** PEM: the Provider's `spec.caBundle`. */
  readonly ca: string;
  /** What Gatekeeper shows to providers that ask for a certificate; without it, none. */
  readonly client?: Identity | undefined;
  /** Milliseconds from the start of a request to the last byte of its answer: `spec.timeout`. Default 2000. */
  readonly timeoutMs?: number;
  /** `--external-data-provider-response-cache-ttl` in milliseconds; default 0, which keeps nothing. Gatekeeper's is 180,000. */
  readonly ttlMs?: number;
  /** The cache's clock, in milliseconds. */
  readonly now?: () => number;
  /** The Provider's name, for messages. */
  readonly provider?: string;
}

/**
 * Gatekeeper 3.23.1 as a provider meets it: one Provider, asked by constraints and by mutators.
 * https://open-policy-agent.github.io/gatekeeper/website/docs/externaldata
 */
export class Gatekeeper {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #provider: string;
  readonly #transport: Transport;
  readonly #cache: ResponseCache;
  #deleted = false;

  constructor({
    url,
    ca,
    client,
    timeoutMs = 2000,
    ttlMs = 0,
    now = Date.now,
    provider = 'verdict',
  }: GatekeeperOptions) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#provider = provider;
    this.#transport = new Transport({ ca, client });
    this.#cache = new ResponseCache(ttlMs, now);
  }

  /** Rego's `external_data` with these keys, duplicates and all; asks only for what is not cached. */
  async externalData(keys: readonly string[]): Promise<ExternalData> {
    const cached: Item[] = [];
    const missing: string[] = [];
    for (const key of keys) {
      const item = this.#cache.get(key);
      if (item === undefined) missing.push(key);
      else cached.push({ ...item, key });
    }
    if (missing.length === 0) return externalData(cached, 0, '');
    if (this.#deleted) return noExternalData(400, 'key is not found in provider cache');
    let answer: { status: number; response: ProviderResponse };
    try {
      answer = await this.#ask(missing);
    } catch (error) {
      return noExternalData(500, (error as Error).message);
    }
    const { items, systemError } = answer.response;
    this.#cache.keep(items);
    return externalData([...cached, ...items], answer.status, systemError);
  }

  /** What an Assign makes of these values; every one is asked for once, and none is cached. */
  async mutate(values: readonly string[], policy: FailurePolicy = { kind: 'Fail' }): Promise<Mutation> {
    if (values.length === 0) return { ok: true, values };
    return mutate(values, await this.#resolve([...new Set(values)]), this.#provider, policy);
  }

  /** Deletes the Provider; what is cached stays in use. */
  deleteProvider(): void {
    this.#deleted = true;
  }

  /** Ends the kept connections. */
  close(): void {
    this.#transport.close();
  }

  async #resolve(keys: readonly string[]): Promise<Resolved> {
    const provider = this.#provider;
    if (this.#deleted) {
      return { kind: 'fault', message: `failed to find external data provider ${provider} in responses` };
    }
    try {
      return resolve((await this.#ask(keys)).response, provider);
    } catch (error) {
      const { message } = error as Error;
      return { kind: 'fault', message: `failed to send external data request to provider ${provider}: ${message}` };
    }
  }

  async #ask(keys: readonly string[]): Promise<{ status: number; response: ProviderResponse }> {
    const { status, body } = await this.#transport.post(this.#url, requestBody(keys), this.#timeoutMs);
    try {
      return { status, response: decodeProviderResponse(body) };
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(`failed to unmarshal external data response: ${message}`, { cause });
    }
  }
}

/** The bytes that encoding/json writes: also escaped are what HTML could misread, and half surrogates become U+FFFD. */
export function requestBody(keys: readonly string[]): string {
  const request = keys.length === 0 ? {} : { keys: keys.map((key) => key.toWellFormed()) };
  const body = { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest', request };
  return JSON.stringify(body).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
