import { VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import { readBody } from './body.ts';
import { PassingFault } from './faults.ts';
import type { Hosts, Place } from './hosts.ts';
import type { Account } from './options.ts';
import { type Journey, travel } from './redirects.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import type { Hop, Reply, Transport } from './transport.ts';
import { checkStatus, describeReply, readError } from './wire.ts';

/** Where tokens are to be had, as a challenge said. */
export interface TokenServer {
  readonly realm: URL;
  /** Empty where the challenge names none. */
  readonly service: string;
}

/** What a token server gave. */
export interface Token {
  readonly text: string;
  /** Milliseconds for which it may be used. */
  readonly life: number;
}

export interface TokenMeans extends RetryOptions {
  readonly transport: Transport;
  readonly hosts: Hosts;
}

/** Largest answer read: tokens with many scopes reach some 10 KB. */
const MAX_TOKEN_ANSWER = 128 * 1024;
/** Milliseconds that a token holds whose answer does not say. https://distribution.github.io/distribution/spec/auth/token/ */
const DEFAULT_LIFE = 60_000;
/** Whatever is said, nothing is kept for longer than a day. */
const MAX_LIFE = 24 * 60 * 60_000;
/** Milliseconds before its end from which a token is not used any more: the request itself takes time. */
const MARGIN = 30_000;
/** How we name ourselves. */
const CLIENT_ID = 'verdict';

/**
 * The token server that a challenge names. Throws REGISTRY_NOT_ALLOWED: the registry chooses this URL and the
 * credential goes there, so it must be TLS, or plain HTTP of a plain registry to a host for which that is allowed.
 */
export function tokenServer(realm: string, service: string, place: Place, hosts: Hosts): TokenServer {
  const refused = (why: string): VerdictError =>
    new VerdictError(
      'REGISTRY_NOT_ALLOWED',
      `${place.registry} asks for tokens from ${JSON.stringify(realm.slice(0, 200))}: ${why}`,
    );
  if (!URL.canParse(realm)) throw refused('that is not a URL');
  const url = new URL(realm);
  if (url.username !== '' || url.password !== '') throw refused('the URL brings a credential of its own');
  const isPlain = url.protocol === 'http:' && place.base.protocol === 'http:' && hosts.allowsPlain(url);
  if (url.protocol !== 'https:' && !isPlain) throw refused('it must be https');
  return { realm: url, service };
}

/**
 * Fetches a token: by OAuth 2 POST for an identity token (by GET where the server knows no POST), else by GET, with or
 * without a credential. Throws REGISTRY_DENIED, REGISTRY_INVALID_RESPONSE or what the network throws.
 */
export async function fetchToken(
  server: TokenServer,
  scopes: readonly string[],
  account: Account | undefined,
  place: Place,
  means: TokenMeans,
  signal: AbortSignal,
): Promise<Token> {
  if (account?.kind === 'identity') {
    const token = await exchangeIdentity(server, scopes, account.token, place, means, signal);
    if (token !== undefined) return token;
  }
  const url = new URL(server.realm);
  if (server.service !== '') url.searchParams.set('service', server.service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  url.searchParams.set('client_id', CLIENT_ID);
  return await withRetries(means, signal, (attempt) =>
    travel(journey(url, account, place, means, attempt), means, signal, ({ reply }) => readToken(reply, means)),
  );
}

/** `Authorization` by name and password; empty for nobody. https://www.rfc-editor.org/rfc/rfc7617#section-2 */
export function authorizationOf(account: Account | undefined): string {
  if (account === undefined) return '';
  const password = account.kind === 'basic' ? account.password : account.token;
  return `Basic ${Buffer.from(`${account.username}:${password}`, 'utf8').toString('base64')}`;
}

/** Only the registry's own origin goes without the check of where it lies: the registry did not choose that one. */
const isElsewhere = (url: URL, place: Place): boolean => url.origin !== place.base.origin;

function journey(
  url: URL,
  account: Account | undefined,
  place: Place,
  { hosts }: TokenMeans,
  attempt: number,
): Journey {
  return {
    url,
    tls: isElsewhere(url, place) ? hosts.tlsOf(url) : place.tls,
    headers: { accept: 'application/json' },
    authorization: authorizationOf(account),
    abroad: 'follow',
    sent: isElsewhere(url, place),
    home: place.base,
    attempt,
  };
}

/** https://distribution.github.io/distribution/spec/auth/oauth/. Undefined where the server has no such endpoint. */
async function exchangeIdentity(
  { realm, service }: TokenServer,
  scopes: readonly string[],
  identity: string,
  place: Place,
  means: TokenMeans,
  signal: AbortSignal,
): Promise<Token | undefined> {
  const { transport, hosts } = means;
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service,
    client_id: CLIENT_ID,
    scope: scopes.join(' '),
    refresh_token: identity,
  });
  const elsewhere = isElsewhere(realm, place);
  const hop: Hop = {
    method: 'POST',
    url: realm,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    tls: elsewhere ? hosts.tlsOf(realm) : place.tls,
    from: elsewhere && !hosts.isNamed(realm) ? transport.reachOf(place.base) : undefined,
    attempt: 1,
  };
  try {
    return await transport.send(hop, signal, async (reply) =>
      reply.status === 404 || reply.status === 405 ? undefined : await readToken(reply, means),
    );
  } catch (thrown) {
    // What is posted is not sent twice: the identity token may be good for one use only.
    throw thrown instanceof PassingFault ? thrown.error : thrown;
  }
}

async function readToken(reply: Reply, { surroundings }: TokenMeans): Promise<Token> {
  await checkStatus(reply, surroundings.now());
  if (reply.status !== 200) {
    const message = describeReply(reply, await readError(reply));
    throw new VerdictError(reply.status < 500 ? 'REGISTRY_DENIED' : 'REGISTRY_INVALID_RESPONSE', message);
  }
  const what = 'the token answer';
  const bytes = await readBody(reply, MAX_TOKEN_ANSWER, what);
  const value = parseJson(bytes, `${what} of ${reply.url.host}`, 'REGISTRY_INVALID_RESPONSE');
  const { token, access_token: accessToken, expires_in: expires } = isObject(value) ? value : {};
  const text = typeof token === 'string' && token !== '' ? token : accessToken;
  // It becomes a header: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) {
    throw new VerdictError('REGISTRY_INVALID_RESPONSE', `${what} of ${reply.url.host} holds no usable token`);
  }
  return { text, life: usableFor(expires) };
}

function usableFor(expiresIn: unknown): number {
  const said = typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn * 1000 : DEFAULT_LIFE;
  const life = Math.min(said, MAX_LIFE);
  return life - Math.min(MARGIN, life / 2);
}
