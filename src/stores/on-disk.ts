import type { Store } from '../store.ts';
import { stopped, waitFor } from '../waiting.ts';
import type { Disk } from './disk/disk.ts';
import { fileNameOf } from './disk/names.ts';
import { placeOf } from './place.ts';

/**
 * A store whose content is also kept on a disk, by place and digest, beyond the life of the process. Where the disk does
 * not have it or fails, the store is asked. What may change (`resolve`, `referrers`) is always asked. Closes both.
 */
export function onDisk(store: Store, disk: Pick<Disk, 'read' | 'keep' | 'close'>): Store {
  return {
    sources: store.sources,
    resolve: (reference, signal, trace) => store.resolve(reference, signal, trace),
    referrers: (reference, source, digest, signal, trace) => store.referrers(reference, source, digest, signal, trace),
    async fetch(reference, kind, descriptor, limit, signal, trace) {
      const name = fileNameOf(placeOf(reference), descriptor.digest);
      if (name === undefined || descriptor.size < 0 || descriptor.size > limit)
        return await store.fetch(reference, kind, descriptor, limit, signal, trace);
      const known = await waitFor(
        () => disk.read(name, descriptor),
        signal,
        (ended) => stopped(ended, 'reading from the cache was stopped'),
      );
      if (known !== undefined) return known;
      const bytes = await store.fetch(reference, kind, descriptor, limit, signal, trace);
      disk.keep(name, bytes, descriptor);
      return bytes;
    },
    async close() {
      await Promise.all([disk.close(), store.close()]);
    },
  };
}
