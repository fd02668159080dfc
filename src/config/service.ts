import { digestOf } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import type { Means } from '../evaluate.ts';
import type { Fetcher } from '../fetcher.ts';
import type { Config } from '../generated/config.ts';
import type { WasmPolicy } from '../opa/policy.ts';
import type { Pool } from '../opa/pool.ts';
import { parseReference } from '../reference.ts';
import type { RequestEvent } from '../request-event.ts';
import type { Store } from '../store.ts';
import type { CacheSize } from '../stores/cached.ts';
import type { TrustScope } from '../trust.ts';
import type { Verifier } from '../verifier.ts';
import { createConfigured, meansOf } from './build.ts';
import { type ContentCache, type ContentOptions, withContentCaches } from './content.ts';
import type { LoadedConfig } from './load.ts';
import { openNetwork } from './network.ts';
import { openPolicy, openPool, type ReadyPolicy, type Workers } from './policy.ts';
import { packageVersion } from './resources.ts';
import { allSides, everybody, type Place, type Side, type Sides, sidesFor, sidesName } from './scopes.ts';
import { storeFor } from './store.ts';
import { revisionOf as trustRevisionOf } from './trust/revision.ts';
import { type TrustSurroundings, trustsOf } from './trusts.ts';

export type { Place };

/** A configuration at work: built whole, proved, and thrown away whole. */
export interface Service {
  readonly config: Config;
  /** Names all that decisions depend on but the input: policies, data, trust, configuration, Verdict itself. */
  readonly revision: string;
  /** What decides where no scope says otherwise; the Data API evaluates its policy. */
  readonly everybody: OpenSide;
  readonly sides: readonly OpenSide[];
  /** Who decides about an image for a namespace: both must allow. */
  readonly sidesFor: (place: Place) => OpenSides;
  /** What the caches of content hold, by their names. */
  readonly contentSizes: () => ReadonlyMap<ContentCache, CacheSize>;
  readonly close: () => Promise<void>;
}

/** One policy with what it may see. */
export interface OpenSide {
  readonly scope: TrustScope;
  readonly means: Means;
  readonly policy: WasmPolicy;
  readonly canaries: ReadyPolicy['canaries'];
  readonly convention: Config['policy']['convention'];
  /** An image it is for. */
  readonly example: Place;
}

export type OpenSides = readonly [everybody: OpenSide, own?: OpenSide];

export interface ServiceOptions extends ContentOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workers: Workers;
  readonly onRequest: (event: RequestEvent) => void;
  /** Decorates each verifier. */
  readonly observe: (verifier: Verifier) => Verifier;
}

/** Any image: the store is the same for all of them. */
const SOME_IMAGE = parseReference('registry.example/some/image');

/**
 * Builds everything that a service decides with. Throws CONFIG_INVALID, TRUST_INVALID, POLICY_…, BUNDLE_INVALID; then
 * nothing is left running.
 */
export async function openService(
  { config }: LoadedConfig,
  { environment, workers, onRequest, observe, ...contents }: ServiceOptions,
): Promise<Service> {
  const pool = openPool(config, workers);
  const closers: Array<() => Promise<void>> = [() => pool.close()];
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    const network = openNetwork(config, onRequest);
    closers.push(network.close);
    const registries = await storeFor(config, SOME_IMAGE, { evidence: [], environment, publicOnly: true }, onRequest);
    const { store, sizes } = withContentCaches(registries, config.server.cache, contents);
    closers.push(() => store.close());
    const surroundings = { environment, fetch: network.fetch };
    const open = new Map<string, Opened>();
    for (const sides of allSides(config)) {
      open.set(
        sidesName(sides),
        await openSide(sides.at(-1) ?? sides[0], { pool, store, surroundings, closers, observe }),
      );
    }
    return {
      config,
      revision: revisionOf(config, [...open.values()]),
      ...serving(config, open),
      contentSizes: sizes,
      close,
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** A side at work, with what names all that it decides with. */
interface Opened {
  readonly side: OpenSide;
  readonly revision: readonly string[];
}

interface Opening {
  readonly pool: Pool;
  readonly store: Store;
  readonly surroundings: TrustSurroundings & { readonly fetch: Fetcher };
  /** Gets what ends what was opened. */
  readonly closers: Array<() => Promise<void>>;
  readonly observe: ServiceOptions['observe'];
}

async function openSide(side: Side, { pool, store, surroundings, closers, observe }: Opening): Promise<Opened> {
  const { config, scope, example, ownTrusts } = side;
  const { policy, canaries, close } = await openPolicy(side, pool);
  closers.push(close);
  const trusts = await trustsOf(config, { ...surroundings, ownTrusts });
  const { verifiers, close: closeVerifiers } = await createConfigured(config, { ...surroundings, trusts });
  closers.push(closeVerifiers);
  const means = await meansOf(config, store, verifiers.map(observe));
  const { digest, data } = policy.info;
  return {
    side: { scope, means, policy, canaries, convention: config.policy.convention, example },
    revision: [digest, data, trustRevisionOf(trusts)],
  };
}

/** Everything is opened before anything is asked; without scopes there is one answer to who decides. */
function serving(config: Config, open: ReadonlyMap<string, Opened>): Pick<Service, 'everybody' | 'sides' | 'sidesFor'> {
  const sideOf = (sides: Sides): OpenSide => {
    const opened = open.get(sidesName(sides));
    if (opened === undefined) throw new VerdictError('INTERNAL', `no policy was opened for ${sidesName(sides)}`);
    return opened.side;
  };
  const first = sideOf([everybody(config)]);
  const sidesOf = (place: Place): OpenSides => {
    const chosen = sidesFor(config, place);
    const base = sideOf([chosen[0]]);
    return chosen[1] === undefined ? [base] : [base, sideOf(chosen)];
  };
  return {
    everybody: first,
    sides: [...open.values()].map(({ side }) => side),
    sidesFor: config.scopes.length === 0 ? () => [first] : sidesOf,
  };
}

const revisionOf = (config: Config, opened: readonly Opened[]): string =>
  digestOf(Buffer.from(JSON.stringify([packageVersion(), config, opened.map(({ revision }) => revision)])));
