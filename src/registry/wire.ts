import { bareMediaType, MANIFEST_TYPES } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import { peekBody } from './body.ts';
import { PassingFault } from './faults.ts';
import { parseRetryAfter } from './retry.ts';
import type { Reply } from './transport.ts';

/** Bytes of an error body that are looked at; what registries say in it fits in a few hundred. */
const MAX_ERROR_BODY = 16 * 1024;
/** Characters of a registry's own words that get into a message. */
const MAX_QUOTE = 200;
/** Longest `Link` header looked at. */
const MAX_LINK_LENGTH = 8 * 1024;

export const acceptHeader = (types: readonly string[] = MANIFEST_TYPES): string => types.join(', ');

/** The media type of an answer, without parameters. */
export const contentType = (reply: Reply): string => bareMediaType(reply.header('content-type'));

/** The registry's own words, on one line and without control characters: they end up in terminals and logs. */
const quote = (text: unknown): string =>
  typeof text === 'string' ? text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_QUOTE) : '';

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes */
export interface ErrorBody {
  /** Empty where the body is not of that form. */
  readonly code: string;
  /** Code and message, for people; empty likewise. */
  readonly text: string;
}

/** What an answer that is not a success says about itself. Never throws. */
export async function readError(reply: Reply): Promise<ErrorBody> {
  const bytes = await peekBody(reply, MAX_ERROR_BODY);
  try {
    const value = parseJson(bytes);
    const errors: unknown = isObject(value) ? value.errors : undefined;
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
    if (!isObject(first)) return { code: '', text: '' };
    const code = quote(first.code);
    return { code, text: [code, quote(first.message)].filter((part) => part !== '').join(': ') };
  } catch {
    return { code: '', text: '' };
  }
}

/** Host and status of an answer with what it says about itself, for messages. */
export const describeReply = ({ url, status }: Reply, { text }: ErrorBody): string =>
  `${url.host} answered ${status} to ${url.pathname}${text === '' ? '' : ` (${text})`}`;

/** Throws for a status that ends every request alike: no access, too many requests, server errors. `now`: see Surroundings. */
export async function checkStatus(reply: Reply, now: number): Promise<void> {
  const { status } = reply;
  const denied = status === 401 || status === 403;
  const limited = status === 429;
  const failing = status === 408 || (status >= 500 && status !== 501);
  if (!denied && !limited && !failing) return;
  const message = describeReply(reply, await readError(reply));
  if (denied) throw new VerdictError('REGISTRY_DENIED', message);
  const error = new VerdictError(limited ? 'REGISTRY_RATE_LIMITED' : 'REGISTRY_UNAVAILABLE', message);
  throw new PassingFault(error, { wait: parseRetryAfter(reply.header('retry-after'), now) });
}

/** An answer that the specification does not provide for. */
export const unexpected = (reply: Reply, error: ErrorBody = { code: '', text: '' }): VerdictError =>
  new VerdictError('REGISTRY_INVALID_RESPONSE', describeReply(reply, error));

/** An answer of the wrong type: a login page, a proxy's message. */
export const wrongType = (reply: Reply, wanted: string): VerdictError =>
  new VerdictError(
    'REGISTRY_INVALID_RESPONSE',
    `${reply.url.host} answered ${reply.url.pathname} with ${quote(contentType(reply)) || 'no content type'} instead of ${wanted}`,
  );

/**
 * The target of `Link: <…>; rel="next"`, resolved against the answer's URL; undefined where there is none.
 * https://www.rfc-editor.org/rfc/rfc8288#section-3. Throws REGISTRY_INVALID_RESPONSE for one that cannot be read.
 */
export function nextLink(reply: Reply): URL | undefined {
  const header = reply.header('link');
  if (header === '') return undefined;
  const invalid = (): VerdictError =>
    new VerdictError('REGISTRY_INVALID_RESPONSE', `${reply.url.host} sent a Link header that cannot be read`);
  if (header.length > MAX_LINK_LENGTH) throw invalid();
  // Targets cannot contain ">", so every "<" outside of quotes begins the next link.
  const links = header.matchAll(/<([^<>]*)>([^<]*)/g);
  for (const [, target = '', parameters = ''] of links) {
    if (!/;\s*rel\s*=\s*(?:next(?=[\s;,]|$)|"(?:[^"]*\s)?next(?:\s[^"]*)?")/i.test(parameters)) continue;
    if (!URL.canParse(target, reply.url.href)) throw invalid();
    return new URL(target, reply.url);
  }
  return undefined;
}
