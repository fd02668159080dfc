import { compileRatify, RATIFY_ENTRYPOINT, withAdapter } from '../../../src/config/ratify.ts';
import { ownFaults } from '../../../src/config/resources.ts';
import type { Decision } from '../../../src/generated/decision.ts';
import { createPolicy } from '../../../src/opa/policy.ts';
import { Pool } from '../../../src/opa/pool.ts';
import { createToolchain, type Toolchain } from '../../../src/rego/toolchain.ts';

/** Ratify's own answer, as the adapter tells it. */
export interface RatifyAnswer {
  readonly version: string;
  readonly isSuccess: boolean;
  readonly verifierReports: readonly unknown[];
}

/** A policy written for Ratify, compiled with the adapter and run in WebAssembly. */
export interface RatifyPolicy {
  readonly decide: (evidence: unknown, config: unknown) => Promise<Decision>;
  readonly close: () => Promise<void>;
}

/** What is compiled and evaluated with, for many policies. */
export class RatifyBench {
  readonly toolchain: Toolchain = createToolchain();
  readonly #pool = new Pool({ size: 1, spares: 0 });

  /** With this text as the only file of the policy; without one, the adapter alone. */
  async policy(text?: string): Promise<RatifyPolicy> {
    const files = text === undefined ? [] : [{ path: 'policy.rego', text }];
    const built = await compileRatify(this.toolchain, withAdapter({ files, data: [], faults: [], places: new Map() }));
    if (!built.ok) throw new Error(JSON.stringify(built.faults));
    return {
      decide: async (evidence, config) => {
        const policy = await createPolicy({
          pool: this.#pool,
          name: 'ratify',
          scope: 'cluster',
          source: built.bundle,
          data: [{ path: 'config', text: Buffer.from(JSON.stringify(await completed(config))) }],
          entrypoint: RATIFY_ENTRYPOINT,
          metadata: { bytes: 8 * 1024 * 1024, beyond: 'denied' },
        });
        const { context } = evidence as { readonly context: { readonly time: string } };
        const input = new Uint8Array(Buffer.from(JSON.stringify(evidence)));
        const decision = await policy.decide({ input, time: new Date(context.time) });
        await policy.close();
        return decision;
      },
      close: async () => undefined,
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.toolchain.close(), this.#pool.close()]);
  }
}

/** A configuration with every default of its schema. */
async function completed(config: unknown): Promise<unknown> {
  const value = structuredClone(config);
  const faults = await ownFaults('ratify', value);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return value;
}

/** What a decision tells of Ratify's answer. */
export const answerOf = (decision: Decision): RatifyAnswer => decision.metadata.ratify as RatifyAnswer;
