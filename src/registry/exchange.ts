import { VerdictError } from '../errors.ts';
import type { Authenticator, Grant } from './auth.ts';
import type { Hosts, Place } from './hosts.ts';
import { travel } from './redirects.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import type { Reply, Transport } from './transport.ts';
import { checkStatus } from './wire.ts';

/** A GET to a registry. */
export interface Inquiry {
  readonly place: Place;
  readonly url: URL;
  /** Asked again before every attempt: a download goes on where it broke off. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** `stay`: a redirect to another origin is an answer, not to be followed. */
  readonly abroad: 'follow' | 'stay';
}

export interface ExchangeMeans extends RetryOptions {
  readonly transport: Transport;
  readonly hosts: Hosts;
  readonly auth: Authenticator;
}

/**
 * Times that a request answers a challenge: one for the first token, one for a token that has become worthless, one for
 * a scope that only the second challenge names.
 */
const MAX_CHALLENGES = 3;

type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'challenged'; readonly header: string };

/**
 * Asks a registry, with everything that takes: logging in, redirects, attempts. `read` gets every answer but 401, 403,
 * 408, 429 and server errors other than 501. Throws VerdictError.
 */
export async function ask<T>(
  inquiry: Inquiry,
  means: ExchangeMeans,
  signal: AbortSignal,
  read: (reply: Reply) => Promise<T>,
): Promise<T> {
  return await withRetries(means, signal, (attempt) => askOnce(inquiry, means, attempt, signal, read));
}

async function askOnce<T>(
  inquiry: Inquiry,
  means: ExchangeMeans,
  attempt: number,
  signal: AbortSignal,
  read: (reply: Reply) => Promise<T>,
): Promise<T> {
  const { place } = inquiry;
  const shown: Grant[] = [];
  let grant = await means.auth.known(place, signal);
  for (let challenges = 0; challenges <= MAX_CHALLENGES; challenges++) {
    if (grant !== undefined) shown.push(grant);
    const outcome = await show(grant, inquiry, means, attempt, signal, read);
    if (outcome.kind === 'done') return outcome.value;
    grant = await means.auth.answer(place, outcome.header, shown, signal);
  }
  throw new VerdictError('REGISTRY_DENIED', `${place.registry} asks again and again who we are`);
}

/** One round with a credential, or without. */
async function show<T>(
  grant: Grant | undefined,
  { place, url, headers, abroad }: Inquiry,
  means: ExchangeMeans,
  attempt: number,
  signal: AbortSignal,
  read: (reply: Reply) => Promise<T>,
): Promise<Outcome<T>> {
  const journey = {
    url,
    tls: place.tls,
    headers: headers(),
    authorization: grant?.authorization ?? '',
    abroad,
    sent: false,
    home: place.base,
    attempt,
    trace: place.trace,
  };
  return await travel<Outcome<T>>(journey, means, signal, async ({ reply, isHome }) => {
    // Only the registry itself may ask who we are, not a storage that it leads to.
    if (reply.status === 401 && isHome) return { kind: 'challenged', header: reply.header('www-authenticate') };
    await checkStatus(reply, means.surroundings.now());
    return { kind: 'done', value: await read(reply) };
  });
}
