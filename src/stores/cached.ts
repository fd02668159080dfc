import { VerdictError } from '../errors.ts';
import type { Store } from '../store.ts';
import { Contents } from './contents.ts';
import { Flights } from './flights.ts';
import { placeOf } from './place.ts';

export interface CacheOptions {
  /** Bytes of content kept; what was used longest ago goes first. */
  readonly maxBytes: number;
  /** How each read was met; `joined`: another had begun the same. */
  readonly onEvent?: (event: 'hit' | 'miss' | 'joined') => void;
}

/** What a cache holds. */
export interface CacheSize {
  readonly entries: number;
  readonly bytes: number;
}

/** A store that keeps content, and how much. */
export interface CachedStore extends Store {
  readonly size: () => CacheSize;
}

/**
 * A store whose content is kept in memory by place and digest, for as long as the process lives: a digest always names
 * the same bytes. What may change (`resolve`, `referrers`) is always asked. Those who want the same content at the same
 * time share one read, which belongs to the trace of the first; a wrong size or kind fails by itself. Nobody may change the bytes.
 */
export function cached(store: Store, { maxBytes, onEvent = () => undefined }: CacheOptions): CachedStore {
  const contents = new Contents(maxBytes);
  const flights = new Flights<Uint8Array>();
  return {
    sources: store.sources,
    resolve: (reference, signal, trace) => store.resolve(reference, signal, trace),
    referrers: (reference, source, digest, signal, trace) => store.referrers(reference, source, digest, signal, trace),
    async fetch(reference, kind, descriptor, limit, signal, trace) {
      const { digest, size } = descriptor;
      if (size > limit) throw new VerdictError('LIMIT_EXCEEDED', `${digest} has ${size} bytes, more than ${limit}`);
      const place = placeOf(reference);
      const content = JSON.stringify([...place, digest]);
      const known = contents.get(content);
      if (known?.length === size) {
        onEvent('hit');
        return known;
      }
      const read = JSON.stringify([...place, kind, digest, size]);
      onEvent(flights.has(read) ? 'joined' : 'miss');
      return await flights.join(read, signal, async (shared) => {
        const bytes = await store.fetch(reference, kind, descriptor, limit, shared, trace);
        contents.set(content, bytes);
        return bytes;
      });
    },
    size: () => contents.size,
    async close() {
      contents.clear();
      await store.close();
    },
  };
}
