import { asVerdictError, type VerdictError } from '../errors.ts';
import { checkReach, isLoopback, outermost, type Reach } from './addresses.ts';
import { Authenticator } from './auth.ts';
import { parseChallenges } from './challenge.ts';
import { type LocatedCredential, locatedCredentials } from './credentials.ts';
import { ask } from './exchange.ts';
import { networkFault, PassingFault } from './faults.ts';
import { Hosts, type Place } from './hosts.ts';
import {
  type Address,
  DEFAULT_REGISTRY_LIMITS,
  type RegistryLimits,
  type RegistryOptions,
  type Surroundings,
} from './options.ts';
import { type Peer, peerOf } from './peer.ts';
import { travel } from './redirects.ts';
import { surround } from './surroundings.ts';
import { Transport } from './transport.ts';
import { checkStatus, readError, unexpected } from './wire.ts';

/** What became of one step, and how many milliseconds it took. */
export type ProbeStep<T> =
  | { readonly kind: 'done'; readonly value: T; readonly ms: number }
  | { readonly kind: 'fault'; readonly error: VerdictError; readonly ms: number }
  /** It does not apply, or a step before it failed. */
  | { readonly kind: 'skipped'; readonly why: string };

/** Access to one registry, step by step. */
export interface RegistryProbe {
  /** `registry.example:5000`, as its API is called. */
  readonly host: string;
  readonly isPlain: boolean;
  readonly name: ProbeStep<Location>;
  readonly tls: ProbeStep<Peer>;
  /** The answer to `GET /v2/` without any credential. */
  readonly answer: ProbeStep<FirstAnswer>;
  /** The same with what it takes. */
  readonly login: ProbeStep<Login>;
}

export interface Location {
  readonly addresses: readonly string[];
  readonly reach: Reach;
  /** Why a service would not ask this host; undefined where it would. */
  readonly refused: VerdictError | undefined;
}

export interface FirstAnswer {
  readonly status: number;
  /** Its clock, milliseconds since the epoch; undefined where it does not say. */
  readonly date: number | undefined;
  /** Ours when the answer came. */
  readonly at: number;
  /** Ways to log in that it names, such as `bearer`. */
  readonly schemes: readonly string[];
}

export interface Login {
  /** Where the credential came from; empty: none was asked for, or there is none. */
  readonly place: string;
  readonly kind: 'anonymous' | 'basic' | 'identity' | 'bearer';
}

/** A registry, or a repository of it. */
export interface ProbeTarget {
  readonly registry: string;
  /** Empty: the registry itself. */
  readonly repository: string;
}

/** Milliseconds for all steps. */
const PROBE_TIMEOUT = 20_000;
/** Where the credential comes from that a host's settings hold. */
const CONFIGURED = 'the configuration';

const ANONYMOUS: Login = { place: '', kind: 'anonymous' };

/** Looks at one registry as a decision would meet it. Throws CONFIG_INVALID where its settings cannot be used. */
export async function probeRegistry(target: ProbeTarget, options: RegistryOptions): Promise<RegistryProbe> {
  const probe = new Probe(target, options);
  try {
    return await probe.run();
  } finally {
    await probe.close();
  }
}

class Probe {
  readonly #surroundings: Surroundings;
  /** One attempt each: what fails is told of, not hidden. */
  readonly #limits: RegistryLimits;
  readonly #hosts: Hosts;
  readonly #place: Place;
  readonly #transport: Transport;
  readonly #auth: Authenticator;
  readonly #signal = AbortSignal.timeout(PROBE_TIMEOUT);
  #login: Login = ANONYMOUS;

  constructor(target: ProbeTarget, { hosts = {}, limits, surroundings, onRequest = () => {} }: RegistryOptions) {
    this.#surroundings = surround(surroundings);
    this.#limits = { ...DEFAULT_REGISTRY_LIMITS, ...limits, attempts: 1 };
    this.#hosts = new Hosts(hosts);
    this.#place = this.#hosts.place(target);
    const means = { limits: this.#limits, surroundings: this.#surroundings };
    this.#transport = new Transport({ ...means, onRequest });
    const credential = this.#place.credential;
    if (credential !== undefined) this.#login = { place: CONFIGURED, kind: credential.kind };
    const locate = locatedCredentials(this.#surroundings);
    this.#auth = new Authenticator({
      ...means,
      transport: this.#transport,
      hosts: this.#hosts,
      credentials: async (registry, repository) => this.#found(await locate(registry, repository)),
    });
  }

  async run(): Promise<RegistryProbe> {
    const { base } = this.#place;
    const isPlain = base.protocol === 'http:';
    const isProxied = this.#isProxied();
    const name = isProxied ? skipped('a proxy resolves it') : await this.#step(() => this.#locate());
    const tls = isPlain
      ? skipped('plain HTTP')
      : isProxied
        ? skipped('through a proxy')
        : await after(name, ({ addresses }) => this.#step(() => this.#shake(addresses)));
    const isTrusted = tls.kind === 'done' ? tls.value.distrust === '' : tls.kind === 'skipped';
    const isReachable = name.kind !== 'fault' && isTrusted;
    const answer = isReachable ? await this.#step(() => this.#ask()) : skipped('not reached');
    const login = await after(answer, ({ status }) =>
      this.#step(async () => (status === 200 ? ANONYMOUS : await this.#logIn())),
    );
    return { host: base.host, isPlain, name, tls, answer, login };
  }

  async close(): Promise<void> {
    this.#auth.close();
    await this.#transport.close();
  }

  #isProxied(): boolean {
    const { environment } = this.#surroundings;
    const { protocol, hostname } = this.#place.base;
    const variable = protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
    return !isLoopback(hostname) && (environment[variable.toLowerCase()] ?? environment[variable] ?? '') !== '';
  }

  async #locate(): Promise<Location> {
    const { base } = this.#place;
    const host = base.hostname.replace(/^\[(.*)\]$/, '$1');
    const addresses = await this.#surroundings.lookup(host);
    return {
      addresses: addresses.map(({ address }) => address),
      reach: outermost(addresses),
      refused: this.#hosts.isNamed(base) ? undefined : refusal(host, addresses),
    };
  }

  async #shake(addresses: readonly string[]): Promise<Peer> {
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const within = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#limits.connectTimeout)]);
    return await peerOf(this.#place.base, all, this.#place.tls, within);
  }

  /** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support */
  async #ask(): Promise<FirstAnswer> {
    const { base, tls } = this.#place;
    const means = { transport: this.#transport, hosts: this.#hosts };
    const journey = {
      url: new URL('/v2/', base),
      tls,
      headers: {},
      authorization: '',
      abroad: 'stay',
      sent: false,
      home: base,
      attempt: 1,
    } as const;
    return await travel(journey, means, this.#signal, async ({ reply }) => {
      const { status } = reply;
      if (status !== 401) await checkStatus(reply, this.#surroundings.now());
      if (status !== 401 && status !== 200) throw unexpected(reply, await readError(reply));
      const date = Date.parse(reply.header('date'));
      return {
        status,
        date: Number.isNaN(date) ? undefined : date,
        at: this.#surroundings.now(),
        schemes: parseChallenges(reply.header('www-authenticate')).map(({ scheme }) => scheme),
      };
    });
  }

  async #logIn(): Promise<Login> {
    const url = new URL('/v2/', this.#place.base);
    const inquiry = { place: this.#place, url, headers: () => ({}), abroad: 'stay' } as const;
    const means = {
      transport: this.#transport,
      hosts: this.#hosts,
      auth: this.#auth,
      limits: this.#limits,
      surroundings: this.#surroundings,
    };
    await ask(inquiry, means, this.#signal, async (reply) => {
      if (reply.status !== 200) throw unexpected(reply, await readError(reply));
    });
    return this.#login;
  }

  #found(located: LocatedCredential | undefined): LocatedCredential['credential'] | undefined {
    if (located !== undefined) this.#login = { place: located.place, kind: located.credential.kind };
    return located?.credential;
  }

  async #step<T>(work: () => Promise<T>): Promise<ProbeStep<T>> {
    const started = this.#surroundings.now();
    try {
      return { kind: 'done', value: await work(), ms: this.#surroundings.now() - started };
    } catch (thrown) {
      const fault = networkFault(thrown, this.#place.base.host, this.#signal);
      const error = fault instanceof PassingFault ? fault.error : fault;
      return { kind: 'fault', error, ms: this.#surroundings.now() - started };
    }
  }
}

const skipped = (why: string): ProbeStep<never> => ({ kind: 'skipped', why });

async function after<A, B>(before: ProbeStep<A>, work: (value: A) => Promise<ProbeStep<B>>): Promise<ProbeStep<B>> {
  return before.kind === 'done' ? await work(before.value) : skipped('not reached');
}

/** What a service, which asks public hosts only, would say. */
function refusal(host: string, addresses: readonly Address[]): VerdictError | undefined {
  try {
    checkReach(host, addresses, 'public');
    return undefined;
  } catch (thrown) {
    return asVerdictError(thrown);
  }
}
