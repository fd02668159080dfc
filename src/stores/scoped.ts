import { asVerdictError, VerdictError } from '../errors.ts';
import type { Reference } from '../reference.ts';
import { type Store, UNSUPPORTED } from '../store.ts';

/** Which store answers for which references. What has no store is refused. */
export interface Scopes {
  /**
   * By `registry` or `registry/repository` prefix, in whole components: `registry.example/team` is about
   * `registry.example/team/app`, not about `registry.example/teams`. The longest that fits counts; `''` fits all.
   */
  readonly registries: ReadonlyMap<string, Store>;
  readonly layout?: Store;
  readonly file?: Store;
}

/** One store for all references. Its sources are those of all stores; a store without one answers `unsupported`. */
export function scoped(scopes: Scopes): Store {
  const stores = [...new Set([...scopes.registries.values(), scopes.layout, scopes.file])].filter(
    (store) => store !== undefined,
  );
  return {
    sources: [...new Set(stores.flatMap((store) => store.sources))],
    resolve: async (reference, signal, trace) => await choose(scopes, reference).resolve(reference, signal, trace),
    async referrers(reference, source, digest, signal, trace) {
      try {
        const store = choose(scopes, reference);
        return store.sources.includes(source)
          ? await store.referrers(reference, source, digest, signal, trace)
          : UNSUPPORTED;
      } catch (thrown) {
        return { outcome: 'failed', entries: [], limit: '', error: asVerdictError(thrown) };
      }
    },
    fetch: async (reference, kind, descriptor, limit, signal, trace) =>
      await choose(scopes, reference).fetch(reference, kind, descriptor, limit, signal, trace),
    async close() {
      await closeAll(stores);
    },
  };
}

function choose(scopes: Scopes, reference: Reference): Store {
  switch (reference.kind) {
    case 'registry':
      return registryStore(scopes, `${reference.registry}/${reference.repository}`);
    case 'layout':
      return scopes.layout ?? refused('image layouts');
    case 'file':
    case 'digest':
      return scopes.file ?? refused('files');
  }
}

function registryStore({ registries }: Scopes, name: string): Store {
  for (let prefix = name; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')))) {
    const store = registries.get(prefix);
    if (store !== undefined) return store;
  }
  const store = registries.get('');
  if (store !== undefined) return store;
  throw new VerdictError('REGISTRY_NOT_ALLOWED', `no registry is configured for ${name}`);
}

function refused(what: string): never {
  throw new VerdictError('REFERENCE_INVALID', `${what} are not read here; name an image in a registry`);
}

/** Closes all, whatever one of them throws, and then throws that. */
async function closeAll(stores: readonly Store[]): Promise<void> {
  const results = await Promise.allSettled(stores.map((store) => store.close()));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
