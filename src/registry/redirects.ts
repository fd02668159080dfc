import { VerdictError } from '../errors.ts';
import type { Trace } from '../trace.ts';
import type { Hosts, TlsIdentity } from './hosts.ts';
import type { Hop, Reply, Transport } from './transport.ts';

/** Redirects followed for one request: registries use one or two, to their storage. */
const MAX_REDIRECTS = 5;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A GET that may be sent elsewhere. */
export interface Journey {
  readonly url: URL;
  readonly tls: TlsIdentity;
  readonly headers: Readonly<Record<string, string>>;
  /** Value of `Authorization`, for this origin only; empty: none. */
  readonly authorization: string;
  /** `stay`: an answer that leads to another origin is given to `read` as it is. */
  readonly abroad: 'follow' | 'stay';
  /** Whether the first URL was chosen by a server, not by us. */
  readonly sent: boolean;
  /** Whose location decides where servers may send us. */
  readonly home: URL;
  readonly attempt: number;
  /** What it belongs to; who answers is told only as long as that is the first origin. */
  readonly trace?: Trace | undefined;
}

export interface Arrival {
  readonly reply: Reply;
  /** Whether a credential may be shown to whoever answered. */
  readonly isHome: boolean;
}

type Step<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'onward'; readonly url: URL };

/**
 * Sends a GET and follows where it leads. The credential is for one origin only: once scheme, host or port change it
 * is gone for good. Throws REGISTRY_NOT_ALLOWED for a target that nobody should be sent to.
 */
export async function travel<T>(
  journey: Journey,
  { transport, hosts }: { readonly transport: Transport; readonly hosts: Hosts },
  signal: AbortSignal,
  read: (arrival: Arrival) => Promise<T>,
): Promise<T> {
  const { url: start, authorization } = journey;
  let url = start;
  let isHome = true;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const ours: Readonly<Record<string, string>> = isHome && authorization !== '' ? { authorization } : {};
    const isAsked = isHome && !journey.sent;
    const hop: Hop = {
      method: 'GET',
      url,
      headers: { ...journey.headers, ...ours },
      tls: url.origin === start.origin ? journey.tls : hosts.tlsOf(url),
      from: hosts.isNamed(url) ? undefined : isAsked ? hosts.outset : transport.reachOf(journey.home),
      attempt: journey.attempt,
      trace: journey.trace,
      isTold: isHome,
    };
    const step: Step<T> = await transport.send(hop, signal, async (reply) => {
      const target = targetOf(reply);
      const stays = target !== undefined && journey.abroad === 'stay' && target.origin !== start.origin;
      if (target === undefined || stays) return { kind: 'done', value: await read({ reply, isHome }) };
      checkTarget(target, reply.url, hosts);
      return { kind: 'onward', url: target };
    });
    if (step.kind === 'done') return step.value;
    isHome &&= step.url.origin === start.origin;
    url = step.url;
  }
  throw new VerdictError('REGISTRY_INVALID_RESPONSE', `${start.host} redirects more than ${MAX_REDIRECTS} times`);
}

/** Where an answer leads; undefined where it does not. Throws REGISTRY_INVALID_RESPONSE. */
export function targetOf(reply: Reply): URL | undefined {
  if (!REDIRECTS.has(reply.status)) return undefined;
  const location = reply.header('location');
  if (location !== '' && URL.canParse(location, reply.url.href)) return new URL(location, reply.url);
  throw new VerdictError('REGISTRY_INVALID_RESPONSE', `${reply.url.host} redirects without saying where to`);
}

function checkTarget(target: URL, from: URL, hosts: Hosts): void {
  const refused = (why: string): VerdictError =>
    new VerdictError('REGISTRY_NOT_ALLOWED', `${from.host} redirects to ${target.protocol}//${target.host}: ${why}`);
  if (target.protocol !== 'https:' && target.protocol !== 'http:') throw refused('that is not HTTP');
  if (target.username !== '' || target.password !== '') throw refused('the URL brings a credential of its own');
  if (target.protocol === 'https:') return;
  if (from.protocol === 'https:') throw refused('from TLS to plain HTTP');
  if (!hosts.allowsPlain(target)) throw refused('plain HTTP is not allowed for this host');
}
