import { MEDIA_TYPES } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { MAX_MANIFEST_BYTES } from '../manifest.ts';
import { type Listed, type Listing, MAX_PAGES, MAX_REFERRERS, UNSUPPORTED } from '../store.ts';
import { readBody } from './body.ts';
import type { Client } from './client.ts';
import type { Place } from './hosts.ts';
import { answerOf, type Entries, failed, parseEntries, truncated } from './list.ts';
import { targetOf } from './redirects.ts';
import type { Reply } from './transport.ts';
import { contentType, describeReply, nextLink, readError, unexpected, wrongType } from './wire.ts';

/**
 * GET /v2/<name>/referrers/<digest>, page after page. Never throws.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function referrersApi(
  client: Client,
  place: Place,
  digest: string,
  signal: AbortSignal,
): Promise<Listing> {
  const found: Listed[] = [];
  const seen = new Set<string>();
  let fault: VerdictError | undefined;
  let url: URL | undefined = new URL(`referrers/${digest}`, place.base);
  try {
    while (url !== undefined) {
      if (seen.has(url.href) || seen.size === MAX_PAGES)
        return fault ? failed(found, fault) : truncated(found, 'pages');
      seen.add(url.href);
      const page: Page | 'unsupported' = await client.page(place, url, signal, (reply) =>
        readPage(reply, place, seen.size === 1),
      );
      if (page === 'unsupported') return UNSUPPORTED;
      found.push(...page.entries);
      fault ??= page.fault;
      url = found.length > MAX_REFERRERS ? undefined : page.next;
    }
  } catch (thrown) {
    return failed(found, asVerdictError(thrown));
  }
  return answerOf({ entries: found, fault });
}

interface Page extends Entries {
  readonly next: URL | undefined;
}

async function readPage(reply: Reply, place: Place, isFirst: boolean): Promise<Page | 'unsupported'> {
  if (isFirst && (await isUnsupported(reply))) return 'unsupported';
  if (reply.status !== 200) throw unexpected(reply, await readError(reply));
  if (contentType(reply) !== MEDIA_TYPES.ociIndex) throw wrongType(reply, 'a list of referrers');
  const next = nextLink(reply);
  if (next !== undefined && next.origin !== place.base.origin) {
    throw new VerdictError('REGISTRY_INVALID_RESPONSE', `${reply.url.host} continues its list on another host`);
  }
  return { ...parseEntries(await readBody(reply, MAX_MANIFEST_BYTES, 'a list of referrers')), next };
}

/** Statuses that registries without the API give: not there, no such method, no such type, not made. */
const UNSUPPORTED_STATUSES: ReadonlySet<number> = new Set([404, 405, 406, 501]);

/** Whether the first answer means that the registry has no Referrers API. Throws NOT_FOUND if it has no such repository. */
async function isUnsupported(reply: Reply): Promise<boolean> {
  // Another host answers for the API: seen where a website stands in for it.
  if (targetOf(reply) !== undefined) return true;
  // A page of the same site, whatever path is asked for.
  if (reply.status === 200) return contentType(reply) !== MEDIA_TYPES.ociIndex;
  const error = await readError(reply);
  if (reply.status === 404 && error.code === 'NAME_UNKNOWN') {
    throw new VerdictError('NOT_FOUND', describeReply(reply, error));
  }
  if (UNSUPPORTED_STATUSES.has(reply.status) || error.code === 'UNSUPPORTED') return true;
  throw unexpected(reply, error);
}
