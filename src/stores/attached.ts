import { asVerdictError } from '../errors.ts';
import type { Store } from '../store.ts';

/**
 * A store with evidence files beside it: source `file` is answered by `files` (a store whose source `file` lists
 * them), all else by `store`. What only `files` has is read there; its content is named by digest like any other.
 * Closes both.
 */
export function attached(store: Store, files: Store): Store {
  return {
    sources: [...new Set([...store.sources, 'file' as const])],
    resolve: (reference, signal) => store.resolve(reference, signal),
    referrers: (reference, source, digest, signal) =>
      (source === 'file' ? files : store).referrers(reference, source, digest, signal),
    async fetch(reference, kind, descriptor, limit, signal) {
      if (kind === 'manifest') return await store.fetch(reference, kind, descriptor, limit, signal);
      try {
        return await files.fetch(reference, kind, descriptor, limit, signal);
      } catch (thrown) {
        if (asVerdictError(thrown).code !== 'NOT_FOUND') throw thrown;
        return await store.fetch(reference, kind, descriptor, limit, signal);
      }
    },
    async close() {
      await Promise.all([store.close(), files.close()]);
    },
  };
}
