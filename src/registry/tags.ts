import { type Descriptor, descriptor, isIndexType } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { type Listed, type Listing, listed } from '../store.ts';
import type { Client, FoundManifest } from './client.ts';
import type { Place } from './hosts.ts';
import { answerOf, failed, parseEntries } from './list.ts';

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** Characters of a digest's parts that go into a fallback tag. */
const MAX_TAG_ALGORITHM = 32;
const MAX_TAG_ENCODED = 64;

const COSIGN_SUFFIXES = ['.sig', '.att', '.sbom'] as const;

/**
 * The index behind the tag that stands in for the API. That there is none is an answer. Never throws.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
export async function referrersTag(
  client: Client,
  place: Place,
  digest: string,
  signal: AbortSignal,
): Promise<Listing> {
  try {
    const found = await manifestOrNone(client, place, fallbackTag(digest), signal);
    if (found === undefined || !isIndexType(found.mediaType)) return listed([]);
    return answerOf(parseEntries(found.bytes));
  } catch (thrown) {
    return failed([], asVerdictError(thrown));
  }
}

/** Algorithm and encoded part, cut to size, joined by a dash; what a tag cannot hold becomes a dash. */
export function fallbackTag(digest: string): string {
  const colon = digest.indexOf(':');
  const algorithm = digest.slice(0, colon).slice(0, MAX_TAG_ALGORITHM);
  const encoded = digest.slice(colon + 1).slice(0, MAX_TAG_ENCODED);
  return `${algorithm}-${encoded}`.replaceAll(/[^a-zA-Z0-9._-]/g, '-');
}

/**
 * The tags under which cosign puts signatures, attestations and SBOMs, all asked at once. Never throws.
 * https://github.com/sigstore/cosign/blob/v3.1.3/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
export async function cosignTags(client: Client, place: Place, digest: string, signal: AbortSignal): Promise<Listing> {
  const tags = COSIGN_SUFFIXES.map((suffix) => digest.replace(':', '-') + suffix);
  // sha512 digests make tags that no registry takes: there can be nothing under them.
  const possible = tags.filter((tag) => TAG.test(tag));
  const answers = await Promise.allSettled(possible.map((tag) => manifestOrNone(client, place, tag, signal)));
  const entries = answers.flatMap((answer) =>
    answer.status === 'fulfilled' && answer.value !== undefined ? [inHand(answer.value)] : [],
  );
  const refused = answers.find((answer) => answer.status === 'rejected');
  return refused === undefined ? listed(entries) : failed(entries, asVerdictError(refused.reason));
}

const inHand = ({ bytes, mediaType, digest }: FoundManifest): Listed => {
  const own: Descriptor = descriptor(mediaType, digest, bytes.byteLength);
  return { descriptor: own, manifest: bytes, form: 'manifest' };
};

async function manifestOrNone(
  client: Client,
  place: Place,
  tag: string,
  signal: AbortSignal,
): Promise<FoundManifest | undefined> {
  try {
    return await client.manifest(place, tag, signal);
  } catch (thrown) {
    if (thrown instanceof VerdictError && thrown.code === 'NOT_FOUND') return undefined;
    throw thrown;
  }
}
