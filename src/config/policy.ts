import { DEFAULT_METADATA_LIMIT, type MetadataLimit } from '../decision.ts';
import type { Config, Trust } from '../generated/config.ts';
import { type Canary, type CanaryScope, type CanaryTrust, canaries, runCanaries } from '../opa/canaries.ts';
import { createPolicy, type WasmPolicy } from '../opa/policy.ts';
import { Pool } from '../opa/pool.ts';
import { bundleOf } from './compile.ts';
import { allowedExamples } from './policy-examples.ts';

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
const canaryTrust = ([name, { type, identities }]: [string, Trust]): CanaryTrust => ({
  name,
  scope: 'cluster',
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

/** Loads and proves the configured policy. Its first worker starts before anything is read. */
export async function startPolicy(
  { policy: settings, trust, limits }: Config,
  { size, spares }: Workers = { size: 1, spares: 0 },
): Promise<ReadyPolicy> {
  const pool = new Pool({ size, spares, timeoutMs: limits.policyTime, memoryBytes: limits.policyMemory });
  try {
    const { name, bytes, directories, entrypoint } = await bundleOf(settings);
    const text = new TextEncoder().encode(JSON.stringify(settings.config));
    const data = [{ path: 'config', text }];
    const policy = await createPolicy({
      pool,
      name,
      scope: 'cluster',
      source: bytes,
      data,
      entrypoint,
      metadata: METADATA[settings.convention],
    });
    const close = async (): Promise<void> => {
      await policy.close();
      await pool.close();
    };
    return {
      policy,
      canaries: async (scope) => {
        const examples = [...policy.bundle.examples, ...directories.flatMap(allowedExamples)];
        const trusts = Object.entries(trust).map(canaryTrust);
        const allowed = await runCanaries(policy, canaries(trusts, scope, examples));
        return allowed.filter(({ accept }) => !isAccepted(accept, settings.accepts));
      },
      close,
    };
  } catch (fault) {
    await pool.close();
    throw fault;
  }
}
