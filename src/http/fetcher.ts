import { lookup as lookUp } from 'node:dns/promises';
import { isIP } from 'node:net';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { asVerdictError, VerdictError } from '../errors.ts';
import type { Fetcher, FetchRequest } from '../fetcher.ts';
import type { RequestEvent } from '../request-event.ts';
import { type Address, bareHostname, isPublic } from './addresses.ts';
import { readBody, refusalOf } from './answer.ts';

/** Redirects followed for one request: from a name to its mirror, from a mirror to its storage. */
const MAX_REDIRECTS = 3;
/** Connections to one origin; what is fetched is small and kept. */
const MAX_CONNECTIONS = 8;
/** Origins with open connections: certificates name them. */
const MAX_ORIGINS = 256;

export interface FetcherOptions {
  /** `host` or `host:port` that may lie at private addresses, this machine's among them. */
  readonly allowPrivate?: readonly string[];
  /** Told of every exchange, redirects one by one. */
  readonly onRequest?: (event: RequestEvent) => void;
  /** Certificate authorities to trust instead of the system's, PEM text. */
  readonly ca?: string;
  /** Milliseconds since the epoch, to measure with. Default: the system's. */
  readonly now?: () => number;
  /** Default: the system's resolver. */
  readonly lookup?: (hostname: string) => Promise<readonly Address[]>;
}

/** A Fetcher with its connections. */
export interface HttpFetcher extends Fetcher {
  /** Ends all connections; requests under way fail. */
  readonly close: () => Promise<void>;
}

type Step = { readonly kind: 'done'; readonly body: Uint8Array } | { readonly kind: 'onward'; readonly url: URL };
type LookupCallback = (error: Error | null, address: string | Address[], family?: number) => void;

/**
 * Fetches over HTTP and HTTPS, without credentials, cookies or compression. A name is resolved once; the addresses it
 * stands for are checked, and the connection goes to these and no others. Every redirect (at most three, none from HTTPS
 * to HTTP, a POST only where method and body are kept) is checked like the first URL. `timeout` is for all of it.
 *
 * Throws TRUST_UNAVAILABLE where nothing usable was answered, LIMIT_EXCEEDED for an answer above the limit,
 * REGISTRY_NOT_ALLOWED for a URL or address that is not allowed.
 */
export function createFetcher(options: FetcherOptions = {}): HttpFetcher {
  const client = new Client(options);
  return Object.assign((request: FetchRequest) => client.fetch(request), { close: () => client.close() });
}

class Client {
  readonly #options: FetcherOptions;
  readonly #now: () => number;
  /** Addresses are checked where a connection is made: connections that may go anywhere are not mixed with the others. */
  readonly #guarded: Agent;
  readonly #free: Agent;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#guarded = this.#agent(true);
    this.#free = this.#agent(false);
  }

  async fetch(request: FetchRequest): Promise<Uint8Array> {
    const signal = AbortSignal.timeout(request.timeout);
    let url = parseUrl(request.url);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const step = await this.#hop(request, url, signal);
      if (step.kind === 'done') return step.body;
      url = step.url;
    }
    throw new VerdictError('TRUST_UNAVAILABLE', `${request.url} redirects more than ${MAX_REDIRECTS} times`);
  }

  async close(): Promise<void> {
    await Promise.all([this.#guarded.destroy(), this.#free.destroy()]);
  }

  async #hop(request: FetchRequest, url: URL, signal: AbortSignal): Promise<Step> {
    const started = this.#now();
    const tally = { status: 0, bytes: 0 };
    const finish = (error: RequestEvent['error']): void => {
      const ms = this.#now() - started;
      const { method } = request;
      this.#options.onRequest?.({
        method,
        url: url.origin + url.pathname,
        host: url.host,
        ms,
        attempt: 1,
        error,
        ...tally,
      });
    };
    try {
      const step = await this.#exchange(request, url, signal, tally);
      finish('');
      return step;
    } catch (thrown) {
      const error = faultOf(thrown, url, request, signal);
      finish(error.code);
      throw error;
    }
  }

  async #exchange(
    { method, body, contentType, limit }: FetchRequest,
    url: URL,
    signal: AbortSignal,
    tally: { status: number; bytes: number },
  ): Promise<Step> {
    const isFree = this.#mayBePrivate(url);
    const hostname = bareHostname(url.hostname);
    // The resolver is not asked about addresses.
    if (!isFree && isIP(hostname) !== 0) checkAddresses(url.host, [{ address: hostname, family: isIP(hostname) }]);
    const response = await request.call(isFree ? this.#free : this.#guarded, {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: {
        'user-agent': 'verdict',
        'accept-encoding': 'identity',
        ...(contentType !== undefined && { 'content-type': contentType }),
      },
      ...(body !== undefined && { body }),
      signal,
    });
    tally.status = response.statusCode;
    try {
      const location = locationOf(response.statusCode, [response.headers.location ?? []].flat()[0], method);
      if (location !== undefined) return { kind: 'onward', url: onward(location, url) };
      const refusal = refusalOf(response.statusCode, response.headers);
      if (refusal !== undefined) throw new VerdictError('TRUST_UNAVAILABLE', `${url.host} ${refusal}`);
      return { kind: 'done', body: await readBody(response.body, limit, url.host, tally) };
    } finally {
      // Whatever is left would be read to its end, however long that takes.
      response.body.on('error', () => {}).destroy();
    }
  }

  #mayBePrivate({ hostname, port, protocol }: URL): boolean {
    const withPort = `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`;
    const listed = (this.#options.allowPrivate ?? []).map((host) => host.toLowerCase());
    return [hostname, bareHostname(hostname), withPort].some((name) => listed.includes(name));
  }

  #agent(isGuarded: boolean): Agent {
    const { ca, lookup = resolve } = this.#options;
    return new Agent({
      allowH2: false,
      connections: MAX_CONNECTIONS,
      maxOrigins: MAX_ORIGINS,
      connect: {
        ...(ca !== undefined && { ca }),
        lookup: (hostname: string, { all }: { readonly all?: boolean | undefined }, callback: LookupCallback): void => {
          lookup(hostname)
            .then((addresses) => {
              if (isGuarded) checkAddresses(hostname, addresses);
              return addresses;
            })
            .then(
              ([first, ...rest]) => {
                if (first === undefined) callback(new Error(`${hostname} has no address`), []);
                else if (all === true) callback(null, [first, ...rest]);
                else callback(null, first.address, first.family);
              },
              (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), []),
            );
        },
      },
    });
  }
}

const resolve = (hostname: string): Promise<readonly Address[]> => lookUp(hostname, { all: true });

/** One private address among public ones is one too many: which of them is used is not for us to say. */
function checkAddresses(host: string, addresses: readonly Address[]): void {
  const bad = addresses.find(({ address }) => !isPublic(address));
  if (bad === undefined) return;
  throw notAllowed(
    host,
    `it lies at ${bad.address}, which is no public address; list it under \`network.allowPrivate\` to allow it`,
  );
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw notAllowed(JSON.stringify(text.slice(0, 100)), 'that is no URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw notAllowed(url.protocol, 'that is not HTTP');
  if (url.username !== '' || url.password !== '') throw notAllowed(url.host, 'the URL brings a credential');
  return url;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Redirects that keep method and body. */
const KEEPING: ReadonlySet<number> = new Set([307, 308]);

function locationOf(status: number, location: string | undefined, method: FetchRequest['method']): string | undefined {
  if (!REDIRECTS.has(status) || (method === 'POST' && !KEEPING.has(status))) return undefined;
  return location;
}

function onward(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) {
    throw new VerdictError('TRUST_UNAVAILABLE', `${from.host} redirects to something that is no URL`);
  }
  const url = parseUrl(new URL(location, from).href);
  if (from.protocol === 'https:' && url.protocol === 'http:')
    throw notAllowed(url.host, 'a redirect leads from HTTPS to HTTP');
  return url;
}

/** What was thrown on the way, as an error of ours. */
function faultOf(thrown: unknown, url: URL, { timeout }: FetchRequest, signal: AbortSignal): VerdictError {
  if (signal.aborted) {
    return new VerdictError('TRUST_UNAVAILABLE', `${url.host} did not answer within ${timeout} ms`, { cause: thrown });
  }
  if (thrown instanceof VerdictError) return thrown;
  // A mistake of ours must not pass for one of the network.
  if (thrown instanceof TypeError || thrown instanceof RangeError) return asVerdictError(thrown);
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new VerdictError('TRUST_UNAVAILABLE', `${url.host}: ${reason}`, { cause: thrown });
}

const notAllowed = (what: string, why: string): VerdictError =>
  new VerdictError('REGISTRY_NOT_ALLOWED', `${what} is not fetched: ${why}`);
