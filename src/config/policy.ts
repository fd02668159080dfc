import { DEFAULT_METADATA_LIMIT, type MetadataLimit } from '../decision.ts';
import type { Config, Trust } from '../generated/config.ts';
import { type Canary, type CanaryScope, type CanaryTrust, canaries, runCanaries } from '../opa/canaries.ts';
import { createPolicy, type WasmPolicy } from '../opa/policy.ts';
import { Pool } from '../opa/pool.ts';
import { bundleOf } from './compile.ts';
import { allowedExamples } from './policy-examples.ts';
import { everybody, type Side } from './scopes.ts';

export type { CanaryScope };

/** A policy that can decide, and what it lets pass that it should not. */
export interface ReadyPolicy {
  readonly policy: WasmPolicy;
  /** Names of the canaries that it allows and the configuration does not accept. */
  readonly canaries: (scope: CanaryScope) => Promise<readonly Canary[]>;
  readonly close: () => Promise<void>;
}

/** What nobody signed may be used: then what a stranger signed may be too. */
const isAccepted = (accept: Canary['accept'], accepts: Config['policy']['accepts']): boolean =>
  accepts.includes(accept) || (accept === 'stranger' && accepts.includes('unsigned'));

const KINDS = { keys: 'key', sigstore: 'keyless', certificates: 'certificate' } as const;

/** A key names who holds it; authorities name everybody, unless the trust says whom it means. */
const canaryTrust = ([name, { type, identities }]: [string, Trust], ownTrusts: readonly string[]): CanaryTrust => ({
  name,
  scope: ownTrusts.includes(name) ? 'namespace' : 'cluster',
  kind: KINDS[type],
  namesSigners: type === 'keys' || identities.length > 0,
});

/** What the metadata of decisions may have: Ratify's reports of an image stand there, all or no answer. */
const METADATA: Readonly<Record<Config['policy']['convention'], MetadataLimit>> = {
  verdict: DEFAULT_METADATA_LIMIT,
  ratify: { bytes: 8 * 1024 * 1024, beyond: 'denied' },
};

/** How many workers run the policy: one command needs one. */
export interface Workers {
  readonly size: number;
  /** Started ahead, for workers that are given up after a large input. */
  readonly spares: number;
}

/** Where policies run. Make it before anything is read: its first worker starts at once. */
export const openPool = ({ limits }: Config, { size, spares }: Workers): Pool =>
  new Pool({ size, spares, timeoutMs: limits.policyTime, memoryBytes: limits.policyMemory });

/** Loads and proves a side's policy; closing it leaves the pool running. */
export async function openPolicy(
  { name, scope, ownTrusts, config: { policy: settings, trust } }: Side,
  pool: Pool,
): Promise<ReadyPolicy> {
  const { name: bundle, bytes, directories, entrypoint } = await bundleOf(settings);
  const text = new TextEncoder().encode(JSON.stringify(settings.config));
  const data = [{ path: 'config', text }];
  const metadata = METADATA[settings.convention];
  const policy = await createPolicy({ pool, name: name || bundle, scope, source: bytes, data, entrypoint, metadata });
  return {
    policy,
    canaries: async (place) => {
      const examples = [...policy.bundle.examples, ...directories.flatMap(allowedExamples)];
      const trusts = Object.entries(trust).map((one) => canaryTrust(one, ownTrusts));
      const allowed = await runCanaries(policy, canaries(trusts, place, examples));
      return allowed.filter(({ accept }) => !isAccepted(accept, settings.accepts));
    },
    close: () => policy.close(),
  };
}

/** Loads and proves the policy for everybody, in a pool of its own. Scopes are left aside: see `sidesFor`. */
export async function startPolicy(config: Config, workers: Workers = { size: 1, spares: 0 }): Promise<ReadyPolicy> {
  const pool = openPool(config, workers);
  try {
    const ready = await openPolicy(everybody(config), pool);
    const close = async (): Promise<void> => {
      await ready.close();
      await pool.close();
    };
    return { ...ready, close };
  } catch (fault) {
    await pool.close();
    throw fault;
  }
}
