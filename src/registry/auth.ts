import { digestOf } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Place } from './hosts.ts';
import type { Account, Credential, CredentialSource } from './options.ts';
import { Recent } from './recent.ts';
import { mergeScopes, pullScope } from './scopes.ts';
import { authorizationOf, fetchToken, type TokenMeans, type TokenServer, tokenServer } from './tokens.ts';
import { Flights } from './waiting.ts';

/** Something to show to a registry. */
export interface Grant {
  /** Value of `Authorization`. */
  readonly authorization: string;
  /** What it stands for: equal keys mean the same account and scopes. */
  readonly key: string;
  /** Whether it was got in answer to a challenge; else it was remembered and may be stale. */
  readonly isFresh: boolean;
}

/** A grant that can be had. */
interface Offer {
  readonly key: string;
  /** Value of `Authorization`. */
  readonly obtain: () => Promise<string>;
}

/** How a registry wants to know who is there. */
type Scheme = { readonly kind: 'basic' } | ({ readonly kind: 'bearer' } & TokenServer);

export interface AuthOptions extends TokenMeans {
  readonly credentials: CredentialSource;
}

/** Registries, repositories and tokens remembered. */
const MAX_REMEMBERED = 1000;
/** Milliseconds for which a registry's way of asking is remembered. */
const SCHEME_LIFE = 60 * 60_000;
/** Milliseconds for which a credential is kept: helpers take a second, and passwords change. */
const CREDENTIAL_LIFE = 5 * 60_000;
/** Milliseconds for one token, retries included; several requests may wait for it. */
const TOKEN_TIMEOUT = 30_000;

const encoder = new TextEncoder();
const secretKey = (credential: Credential | undefined): string =>
  credential === undefined ? 'anonymous' : digestOf(encoder.encode(JSON.stringify(credential)));

/** Logs in to registries and remembers what it learnt. */
export class Authenticator {
  readonly #options: AuthOptions;
  readonly #schemes: Recent<Scheme>;
  /** By repository: what its challenges asked for beyond pulling. */
  readonly #scopes: Recent<readonly string[]>;
  /** Values of `Authorization`. */
  readonly #tokens: Recent<string>;
  readonly #credentials: Recent<{ readonly credential: Credential | undefined }>;
  readonly #tokenFlights = new Flights<string>();
  readonly #credentialFlights = new Flights<Credential | undefined>();
  readonly #closing = new AbortController();

  constructor(options: AuthOptions) {
    const { now } = options.surroundings;
    this.#options = options;
    this.#schemes = new Recent(now, MAX_REMEMBERED);
    this.#scopes = new Recent(now, MAX_REMEMBERED);
    this.#tokens = new Recent(now, MAX_REMEMBERED);
    this.#credentials = new Recent(now, MAX_REMEMBERED);
  }

  /** What the registry will want, if that is known: saves the trip that only learns it. Undefined: ask without. */
  async known(place: Place, signal: AbortSignal): Promise<Grant | undefined> {
    const scheme = this.#schemes.get(place.base.host);
    if (scheme === undefined) return undefined;
    try {
      const offer = await this.#offer(scheme, place, this.#scopes.get(nameOf(place)) ?? [], signal);
      return { key: offer.key, authorization: await offer.obtain(), isFresh: false };
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      // The registry may ask in another way today: its challenge decides, not our memory.
      this.#schemes.delete(place.base.host);
      return undefined;
    }
  }

  /**
   * Answers a challenge (`WWW-Authenticate`). `shown`: what this request has shown so far. Throws REGISTRY_DENIED where
   * there is nothing else to show, REGISTRY_NOT_ALLOWED for a token server that a credential must not go to.
   */
  async answer(place: Place, header: string, shown: readonly Grant[], signal: AbortSignal): Promise<Grant> {
    const challenge = choose(parseChallenges(header));
    if (challenge === undefined) throw denied(place, 'it refuses access without saying how to log in');
    const scheme = this.#schemeOf(challenge, place);
    this.#schemes.set(place.base.host, scheme, SCHEME_LIFE);
    const asked = (challenge.parameters.get('scope') ?? '').split(' ');
    const extra = mergeScopes(this.#scopes.get(nameOf(place)) ?? [], asked);
    this.#scopes.set(nameOf(place), extra, SCHEME_LIFE);
    for (const grant of shown) this.#forget(grant, place);
    const offer = await this.#offer(scheme, place, extra, signal);
    const isHopeless = shown.some(({ key, isFresh }) => isFresh && key === offer.key);
    const authorization = isHopeless ? '' : await offer.obtain();
    if (isHopeless || shown.some((grant) => grant.authorization === authorization)) {
      throw denied(place, 'it does not accept the credential');
    }
    return { key: offer.key, authorization, isFresh: true };
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort();
  }

  /** What was refused is not shown again, unless somebody else has got a new one in the meantime. */
  #forget({ key, authorization }: Grant, place: Place): void {
    if (this.#tokens.get(key) === authorization) this.#tokens.delete(key);
    this.#credentials.delete(nameOf(place));
  }

  #schemeOf({ scheme, parameters }: Challenge, place: Place): Scheme {
    if (scheme === 'basic') return { kind: 'basic' };
    const { hosts } = this.#options;
    const server = tokenServer(parameters.get('realm') ?? '', parameters.get('service') ?? '', place, hosts);
    return { kind: 'bearer', ...server };
  }

  async #offer(scheme: Scheme, place: Place, extra: readonly string[], signal: AbortSignal): Promise<Offer> {
    const credential = await this.#credential(place, signal);
    const account = secretKey(credential);
    if (credential?.kind === 'bearer') {
      return { key: account, obtain: async () => `Bearer ${credential.token}` };
    }
    if (scheme.kind === 'bearer') {
      const own = place.repository === '' ? [] : [pullScope(place.repository)];
      const scopes = mergeScopes(own, extra);
      const key = JSON.stringify([place.registry, scheme.realm.href, scheme.service, scopes, account]);
      return { key, obtain: () => this.#token(key, scheme, scopes, credential, place, signal) };
    }
    if (credential === undefined) throw denied(place, 'it asks for a user name and a password, and there are none');
    return { key: account, obtain: async () => authorizationOf(credential) };
  }

  async #token(
    key: string,
    server: TokenServer,
    scopes: readonly string[],
    account: Account | undefined,
    place: Place,
    signal: AbortSignal,
  ): Promise<string> {
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    return await this.#tokenFlights.join(key, signal, async () => {
      const within = AbortSignal.any([AbortSignal.timeout(TOKEN_TIMEOUT), this.#closing.signal]);
      const token = await fetchToken(server, scopes, account, place, this.#options, within);
      const authorization = `Bearer ${token.text}`;
      this.#tokens.set(key, authorization, token.life);
      return authorization;
    });
  }

  async #credential(place: Place, signal: AbortSignal): Promise<Credential | undefined> {
    if (place.credential !== undefined) return place.credential;
    const name = nameOf(place);
    const known = this.#credentials.get(name);
    if (known !== undefined) return known.credential;
    return await this.#credentialFlights.join(name, signal, async () => {
      const credential = await this.#ask(place);
      this.#credentials.set(name, { credential }, CREDENTIAL_LIFE);
      return credential;
    });
  }

  async #ask({ registry, repository }: Place): Promise<Credential | undefined> {
    try {
      return await this.#options.credentials(registry, repository);
    } catch (thrown) {
      throw asVerdictError(thrown, `looking for a credential for ${registry}/${repository}`);
    }
  }
}

const denied = (place: Place, why: string): VerdictError =>
  new VerdictError('REGISTRY_DENIED', `${nameOf(place)}: ${why}`);

const nameOf = ({ registry, repository }: Place): string => `${registry}/${repository}`;

/** Tokens before passwords; other schemes are not spoken. */
const choose = (challenges: readonly Challenge[]): Challenge | undefined =>
  challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm')) ??
  challenges.find(({ scheme }) => scheme === 'basic');
