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
    resolve: (reference, signal, trace) => store.resolve(reference, signal, trace),
    referrers: (reference, source, digest, signal, trace) =>
      (source === 'file' ? files : store).referrers(reference, source, digest, signal, trace),
    async fetch(reference, kind, descriptor, limit, signal, trace) {
      if (kind === 'manifest') return await store.fetch(reference, kind, descriptor, limit, signal, trace);
      try {
        return await files.fetch(reference, kind, descriptor, limit, signal);
      } catch (thrown) {
        if (asVerdictError(thrown).code !== 'NOT_FOUND') throw thrown;
        return await store.fetch(reference, kind, descriptor, limit, signal, trace);
      }
    },
    async close() {
      await Promise.all([store.close(), files.close()]);
    },
  };
}
