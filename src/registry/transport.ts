import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { VerdictError } from '../errors.ts';
import type { RequestEvent } from '../request-event.ts';
import type { Span, Trace } from '../trace.ts';
import { bareHostname, checkReach, isLoopback, outermost, type Reach, reachOf } from './addresses.ts';
import { networkFault } from './faults.ts';
import type { TlsIdentity } from './hosts.ts';
import type { Address, RegistryLimits, Surroundings } from './options.ts';
import { Recent } from './recent.ts';
import { Slots } from './waiting.ts';

/** One HTTP exchange to make. */
export interface Hop {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tls: TlsIdentity;
  /** Where the server lies that sent us here; undefined where we came by ourselves. */
  readonly from: Reach | undefined;
  readonly attempt: number;
  /** What it belongs to; undefined: nothing. */
  readonly trace?: Trace | undefined;
  /** Whether the server is told of the trace. Default false. */
  readonly isTold?: boolean;
}

/** The head of an answer, and its body as it comes. */
export interface Reply {
  readonly url: URL;
  readonly status: number;
  /** By lower-case name; empty where there is none; repeated ones joined by ", ". */
  header(name: string): string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Milliseconds that an idle connection is kept; longer than a decision takes, shorter than balancers keep theirs. */
const KEEP_ALIVE = 30_000;
/** Hosts whose location is remembered; for as long as there may be connections to them. */
const MAX_KNOWN_HOSTS = 1000;
/** Bytes of a body that nobody wants, up to which reading them costs less than another connection. */
const MAX_LEFTOVER = 16 * 1024;

const load = createRequire(import.meta.url);

type LookupCallback = (error: Error | null, address: string | Address[], family?: number) => void;

export interface TransportOptions {
  readonly limits: RegistryLimits;
  readonly surroundings: Surroundings;
  readonly onRequest: (event: RequestEvent) => void;
}

/** Connections to registries, token servers and storages. The only user of undici. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #slots: Slots;
  readonly #dispatchers = new Map<TlsIdentity, Map<string, Dispatcher>>();
  readonly #reaches: Recent<Reach>;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#slots = new Slots(options.limits.hostConcurrency);
    this.#reaches = new Recent(options.surroundings.now, MAX_KNOWN_HOSTS);
  }

  /**
   * Sends one request and lets `read` have the answer, whatever its status. What `read` leaves of the body is dropped.
   * Throws what `read` throws, VerdictError, or PassingFault where the network failed.
   */
  async send<T>(hop: Hop, signal: AbortSignal, read: (reply: Reply) => Promise<T>): Promise<T> {
    return await this.#slots.run(hop.url.host, signal, () => this.#send(hop, signal, read));
  }

  /** Where a host that was talked to lies; unknown ones count as public. */
  reachOf(url: URL): Reach {
    const hostname = bareHostname(url.hostname);
    return this.#reaches.get(hostname) ?? (isAddress(url) ? reachOf(hostname) : 'public');
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#dispatchers.values()].flatMap((byReach) => [...byReach.values()]);
    this.#dispatchers.clear();
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  async #send<T>(hop: Hop, signal: AbortSignal, read: (reply: Reply) => Promise<T>): Promise<T> {
    const { now } = this.#options.surroundings;
    const started = now();
    const tally = { status: 0, bytes: 0 };
    const span = hop.trace?.begin('registry', hop.url.host);
    const finish = (error: RequestEvent['error']): void => {
      const { method, url, attempt } = hop;
      const event = { method, url: url.origin + url.pathname, host: url.host, ms: now() - started, attempt, error };
      this.#options.onRequest({ ...event, ...tally });
      if (span !== undefined) conclude(span, { ...event, ...tally });
    };
    try {
      const result = await this.#exchange(hop, span, signal, tally, read);
      finish('');
      return result;
    } catch (thrown) {
      const fault = networkFault(thrown, hop.url.host, signal);
      finish('error' in fault ? fault.error.code : fault.code);
      throw fault;
    }
  }

  async #exchange<T>(
    hop: Hop,
    span: Span | undefined,
    signal: AbortSignal,
    tally: { status: number; bytes: number },
    read: (reply: Reply) => Promise<T>,
  ): Promise<T> {
    const { url, method, headers, body } = hop;
    if (hop.from !== undefined && isAddress(url)) checkReach(url.host, [addressOf(url)], hop.from);
    const response = await request.call(this.#dispatcher(hop), {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: {
        'user-agent': 'verdict',
        'accept-encoding': 'identity',
        ...headers,
        ...(hop.isTold === true && span?.headers()),
      },
      ...(body !== undefined && { body }),
      signal,
    });
    tally.status = response.statusCode;
    try {
      return await read({
        url,
        status: response.statusCode,
        header: (name) => [response.headers[name] ?? []].flat().join(', '),
        body: counted(response.body, tally),
      });
    } finally {
      // A connection is only used again after its last body was read.
      if (!response.body.readableEnded) response.body.dump({ limit: MAX_LEFTOVER, signal }).catch(() => {});
      // It is free one turn of the event loop later: whoever asks before opens another, with all its round trips.
      await turn();
    }
  }

  /** Connections are shared by what makes them different: TLS identity, and the addresses that they may go to. */
  #dispatcher({ url, tls, from }: Hop): Dispatcher {
    if (this.#closed) throw new VerdictError('REGISTRY_UNAVAILABLE', 'the store was closed');
    const direct = isLoopback(url.hostname);
    const key = `${from ?? 'anywhere'} ${direct ? 'direct' : 'proxied'}`;
    const byReach = this.#dispatchers.get(tls) ?? new Map<string, Dispatcher>();
    this.#dispatchers.set(tls, byReach);
    const dispatcher = byReach.get(key) ?? this.#connect(tls, from, direct);
    byReach.set(key, dispatcher);
    return dispatcher;
  }

  #connect({ http2, ...secrets }: TlsIdentity, from: Reach | undefined, direct: boolean): Dispatcher {
    const { limits, surroundings } = this.#options;
    const tls = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== undefined));
    const options = {
      connect: { ...tls, timeout: limits.connectTimeout, lookup: this.#guardedLookup(from) },
      allowH2: http2,
      connections: limits.hostConcurrency,
      headersTimeout: limits.headersTimeout,
      bodyTimeout: limits.bodyTimeout,
      keepAliveTimeout: KEEP_ALIVE,
    };
    const proxies = proxiesOf(surroundings.environment);
    if (direct || (proxies.httpProxy === '' && proxies.httpsProxy === '')) return new Agent(options);
    // Proxies need the whole of undici, which few have to load.
    const { EnvHttpProxyAgent } = load('undici') as typeof import('undici');
    return new EnvHttpProxyAgent({ ...options, ...proxies, requestTls: { ...tls, timeout: limits.connectTimeout } });
  }

  /** The check is made where the connection is, so that a name cannot mean one thing now and another then. */
  #guardedLookup(from: Reach | undefined) {
    return (hostname: string, { all }: { readonly all?: boolean }, callback: LookupCallback): void => {
      this.#lookUp(hostname, from).then(
        (addresses) => {
          const [first] = addresses;
          if (all === true) callback(null, [...addresses]);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), []),
      );
    };
  }

  async #lookUp(hostname: string, from: Reach | undefined): Promise<readonly Address[]> {
    const addresses = await this.#options.surroundings.lookup(hostname);
    if (from !== undefined) checkReach(hostname, addresses, from);
    this.#reaches.set(hostname, outermost(addresses), Number.POSITIVE_INFINITY);
    return addresses;
  }
}

function conclude(span: Span, { method, url, status, attempt, error }: RequestEvent): void {
  if (span.isRecorded) {
    span.set({
      'http.request.method': method,
      'url.full': url,
      'http.response.status_code': status,
      'http.request.resend_count': attempt - 1,
    });
  }
  span.end(error === '' ? undefined : error);
}

const isAddress = (url: URL): boolean => url.hostname.startsWith('[') || /^[0-9.]+$/.test(url.hostname);

const addressOf = (url: URL): Address => ({
  address: bareHostname(url.hostname),
  family: url.hostname.startsWith('[') ? 6 : 4,
});

const PROXY_PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks:']);

/** By the lower-case names first, as curl does. Throws CONFIG_INVALID for what is no URL of a proxy. */
function proxiesOf(environment: Surroundings['environment']): {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
} {
  const read = (name: string): string => environment[name.toLowerCase()] ?? environment[name] ?? '';
  const proxy = (name: string): string => {
    const value = read(name);
    if (value === '' || (URL.canParse(value) && PROXY_PROTOCOLS.has(new URL(value).protocol))) return value;
    throw new VerdictError('CONFIG_INVALID', `${name} must be the URL of a proxy, such as http://proxy.example:3128`);
  };
  return { httpProxy: proxy('HTTP_PROXY'), httpsProxy: proxy('HTTPS_PROXY'), noProxy: read('NO_PROXY') };
}

async function* counted(body: AsyncIterable<Uint8Array>, tally: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    tally.bytes += chunk.byteLength;
    yield chunk;
  }
}
