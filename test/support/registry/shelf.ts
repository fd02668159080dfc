import type { Descriptor } from '../../../src/descriptor.ts';
import { MEDIA_TYPES } from '../../../src/descriptor.ts';
import { type Made, toBytes, written } from './content.ts';

/** The content of one repository. */
export class Shelf {
  readonly blobs = new Map<string, Uint8Array>();
  readonly manifests = new Map<string, { readonly mediaType: string; readonly bytes: Uint8Array }>();
  readonly tags = new Map<string, string>();
  /** What the Referrers API lists, by digest of the subject; entries may be anything. */
  readonly lists = new Map<string, unknown[]>();
  /** The same for the lists behind fallback tags. */
  readonly tagLists = new Map<string, unknown[]>();

  put(made: Made, tag = ''): void {
    for (const [digest, bytes] of made.blobs) this.blobs.set(digest, bytes);
    this.manifests.set(made.digest, { mediaType: made.descriptor.mediaType, bytes: made.bytes });
    if (tag !== '') this.tags.set(tag, made.digest);
  }

  list(subject: string, entry: unknown): void {
    this.lists.set(subject, [...(this.lists.get(subject) ?? []), entry]);
  }

  /** Adds to the list behind the fallback tag, whose index is written anew. */
  listByTag(subject: string, entry: unknown, put: (bytes: Uint8Array) => Made): void {
    const entries = [...(this.tagLists.get(subject) ?? []), entry];
    this.tagLists.set(subject, entries);
    this.put(put(listBytes(entries)), fallbackTag(subject));
  }

  /** A manifest by tag or digest. */
  manifest(
    reference: string,
  ): { readonly digest: string; readonly mediaType: string; readonly bytes: Uint8Array } | undefined {
    const digest = this.tags.get(reference) ?? reference;
    const found = this.manifests.get(digest);
    return found && { digest, ...found };
  }
}

/** An image index as bytes, whatever its entries are. */
export const listBytes = (entries: readonly unknown[]): Uint8Array =>
  toBytes(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: entries }));

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema */
export function fallbackTag(digest: string): string {
  const [algorithm = '', encoded = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`;
}

/** How a list speaks of a manifest. */
export const listEntry = (made: Made, changed: Partial<Descriptor>): unknown =>
  written({ ...made.descriptor, ...changed });
