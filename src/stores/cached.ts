import { VerdictError } from '../errors.ts';
import type { Reference } from '../reference.ts';
import type { Store } from '../store.ts';
import { Contents } from './contents.ts';
import { Flights } from './flights.ts';

export interface CacheOptions {
  /** Bytes of content kept; what was used longest ago goes first. */
  readonly maxBytes: number;
  /** Told of every read: `hit`: it was kept; `miss`: it was fetched; `joined`: another caller was fetching it. */
  readonly onRead?: (event: 'hit' | 'miss' | 'joined') => void;
}

/**
 * A store whose content is kept in memory by place and digest, for as long as the process lives: a digest always names
 * the same bytes. The place belongs to it because registries grant access by repository: what one may read here must
 * not be had there by naming its digest. What may change (`resolve`, `referrers`) is always asked. Those who want the
 * same content at the same time share one read, which belongs to the trace of the first; a wrong size or kind fails by itself. Nobody may change the bytes.
 */
export function cached(store: Store, options: CacheOptions): Store {
  const { maxBytes, onRead = () => undefined } = options;
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
        onRead('hit');
        return known;
      }
      const read = JSON.stringify([...place, kind, digest, size]);
      onRead(flights.has(read) ? 'joined' : 'miss');
      return await flights.join(read, signal, async (shared) => {
        const bytes = await store.fetch(reference, kind, descriptor, limit, shared, trace);
        contents.set(content, bytes);
        return bytes;
      });
    },
    async close() {
      contents.clear();
      await store.close();
    },
  };
}

/** Where a reference says to look, whatever tag or digest it names there. */
function placeOf(reference: Reference): readonly string[] {
  switch (reference.kind) {
    case 'registry':
      return [reference.kind, reference.registry, reference.repository];
    case 'layout':
      return [reference.kind, reference.form, reference.path];
    case 'file':
      return [reference.kind, reference.path];
    case 'digest':
      return [reference.kind];
  }
}
