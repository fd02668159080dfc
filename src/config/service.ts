import { digestOf } from '../descriptor.ts';
import type { VerdictError } from '../errors.ts';
import type { Means } from '../evaluate.ts';
import type { Config } from '../generated/config.ts';
import type { WasmPolicy } from '../opa/policy.ts';
import { parseReference } from '../reference.ts';
import type { RequestEvent } from '../request-event.ts';
import type { Store } from '../store.ts';
import { type CacheSize, cached } from '../stores/cached.ts';
import { Disk, type DiskEvent } from '../stores/disk/disk.ts';
import { onDisk } from '../stores/on-disk.ts';
import { buildVerifiers, meansOf } from './build.ts';
import type { LoadedConfig } from './load.ts';
import { openNetwork } from './network.ts';
import { type ReadyPolicy, startPolicy, type Workers } from './policy.ts';
import { packageVersion } from './resources.ts';
import { storeFor } from './store.ts';
import { revisionOf } from './trust/revision.ts';
import { trustsOf } from './trusts.ts';

/** A configuration at work: built whole, proved, and thrown away whole. */
export interface Service {
  readonly config: Config;
  /** Names all that decisions depend on but the input: policy, data, trust, configuration, Verdict itself. */
  readonly revision: string;
  readonly means: Means;
  readonly policy: WasmPolicy;
  readonly canaries: ReadyPolicy['canaries'];
  /** What the caches of content hold, by their names. */
  readonly contentSizes: () => ReadonlyMap<ContentCache, CacheSize>;
  readonly close: () => Promise<void>;
}

/** Where content is kept: in memory, on the disk. */
export type ContentCache = 'content' | 'disk';
export type ContentEvent = DiskEvent | 'joined';

export interface ServiceOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workers: Workers;
  readonly onRequest: (event: RequestEvent) => void;
  readonly onCache: (cache: ContentCache, event: ContentEvent) => void;
  /** The directory of the cache cannot be used: it is done without. */
  readonly onCacheFault: (error: VerdictError) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Any image: the store is the same for all of them. */
const SOME_IMAGE = parseReference('registry.example/some/image');

/**
 * Builds everything that a service decides with. Throws CONFIG_INVALID, TRUST_INVALID, POLICY_…, BUNDLE_INVALID; then
 * nothing is left running.
 */
export async function openService({ config }: LoadedConfig, options: ServiceOptions): Promise<Service> {
  const { environment, workers, onRequest } = options;
  const network = openNetwork(config, onRequest);
  const surroundings = { environment, fetch: network.fetch };
  const closers: Array<() => Promise<void>> = [network.close];
  const close = async (): Promise<void> => void (await Promise.all(closers.map((end) => end())));
  try {
    const ready = await startPolicy(config, workers);
    closers.push(ready.close);
    const { verifiers, close: closeVerifiers } = await buildVerifiers(config, surroundings);
    closers.push(closeVerifiers);
    const registries = await storeFor(config, SOME_IMAGE, { evidence: [], environment, publicOnly: true }, onRequest);
    const { store, sizes } = withContentCaches(registries, config.server.cache, options);
    closers.push(() => store.close());
    const trusts = revisionOf(await trustsOf(config, surroundings));
    const { digest, data } = ready.policy.info;
    const parts = [packageVersion(), config, digest, data, trusts];
    return {
      config,
      revision: digestOf(Buffer.from(JSON.stringify(parts))),
      means: await meansOf(config, store, verifiers),
      policy: ready.policy,
      canaries: ready.canaries,
      contentSizes: sizes,
      close,
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** Memory over disk over registries. */
function withContentCaches(
  registries: Store,
  { contentBytes, directory, directoryBytes }: Config['server']['cache'],
  { now, onCache, onCacheFault }: ServiceOptions,
): { readonly store: Store; readonly sizes: Service['contentSizes'] } {
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
