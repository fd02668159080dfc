import type { VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';
import type { Store } from '../store.ts';
import { type CacheSize, cached } from '../stores/cached.ts';
import { Disk, type DiskEvent } from '../stores/disk/disk.ts';
import { onDisk } from '../stores/on-disk.ts';

/** Where content is kept: in memory, on the disk. */
export type ContentCache = 'content' | 'disk';
export type ContentEvent = DiskEvent | 'joined';

export interface ContentOptions {
  readonly onCache: (cache: ContentCache, event: ContentEvent) => void;
  /** The directory of the cache cannot be used: it is done without. */
  readonly onCacheFault: (error: VerdictError) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Memory over disk over registries. */
export function withContentCaches(
  registries: Store,
  { contentBytes, directory, directoryBytes }: Config['server']['cache'],
  { now, onCache, onCacheFault }: ContentOptions,
): { readonly store: Store; readonly sizes: () => ReadonlyMap<ContentCache, CacheSize> } {
  const disk =
    directory === undefined
      ? undefined
      : new Disk({
          directory,
          maxBytes: directoryBytes,
          now,
          onEvent: (event) => onCache('disk', event),
          onFault: onCacheFault,
        });
  const store = cached(disk === undefined ? registries : onDisk(registries, disk), {
    maxBytes: contentBytes,
    onEvent: (event) => onCache('content', event),
  });
  const sizes = (): ReadonlyMap<ContentCache, CacheSize> =>
    new Map([['content', store.size()], ...(disk === undefined ? [] : [['disk', disk.size()] as const])]);
  return { store, sizes };
}
