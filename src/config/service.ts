import { digestOf } from '../descriptor.ts';
import type { Means } from '../evaluate.ts';
import type { Config } from '../generated/config.ts';
import type { WasmPolicy } from '../opa/policy.ts';
import { parseReference } from '../reference.ts';
import type { RequestEvent } from '../request-event.ts';
import { cached } from '../stores/cached.ts';
import { meansOf, verifiersOf } from './build.ts';
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
  readonly close: () => Promise<void>;
}

export interface ServiceOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workers: Workers;
  readonly onRequest: (event: RequestEvent) => void;
}

/** Any image: the store is the same for all of them. */
const SOME_IMAGE = parseReference('registry.example/some/image');

/**
 * Builds everything that a service decides with. Throws CONFIG_INVALID, TRUST_INVALID, POLICY_…, BUNDLE_INVALID; then
 * nothing is left running.
 */
export async function openService(
  { config }: LoadedConfig,
  { environment, workers, onRequest }: ServiceOptions,
): Promise<Service> {
  const network = openNetwork(config, onRequest);
  const closers: Array<() => Promise<void>> = [network.close];
  const close = async (): Promise<void> => void (await Promise.all(closers.map((end) => end())));
  try {
    const ready = await startPolicy(config, workers);
    closers.push(ready.close);
    const trusts = await trustsOf(config, { environment, fetch: network.fetch });
    const { verifiers, close: closeVerifiers } = await verifiersOf(config, trusts, network.fetch);
    closers.push(closeVerifiers);
    const registries = await storeFor(config, SOME_IMAGE, { evidence: [], environment, publicOnly: true }, onRequest);
    const store = cached(registries, { maxBytes: config.server.cache.contentBytes });
    closers.push(() => store.close());
    const { digest, data } = ready.policy.info;
    const parts = [packageVersion(), config, digest, data, revisionOf(trusts)];
    return {
      config,
      revision: digestOf(Buffer.from(JSON.stringify(parts))),
      means: await meansOf(config, store, verifiers),
      policy: ready.policy,
      canaries: ready.canaries,
      close,
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}
