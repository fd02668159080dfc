import type { Decision } from '../../../src/generated/decision.ts';
import type { Evidence } from '../../../src/generated/evidence.ts';
import { createPolicy } from '../../../src/opa/policy.ts';
import { Pool } from '../../../src/opa/pool.ts';
import type { SourceFile } from '../../../src/rego/source.ts';
import { createToolchain } from '../../../src/rego/toolchain.ts';
import { complete } from './config.ts';
import { sources, withoutTests } from './policy.ts';

/** The starter policy, compiled from its sources and ready to decide in WASM and in OPA's own evaluator. */
export interface Starter {
  /** In WASM, with this configuration completed. */
  decide(evidence: Evidence, config: unknown): Promise<Decision>;
  /** A query in OPA's own evaluator over each evidence, with this configuration completed: JSON values, in their order. */
  query(query: string, evidences: readonly Evidence[], config: unknown): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

const encoder = new TextEncoder();

/** With rules of one's own beside it. */
export async function starter(own: readonly SourceFile[] = []): Promise<Starter> {
  const toolchain = createToolchain();
  const files = [...withoutTests(sources()), ...own];
  const built = await toolchain.build({ files, entrypoints: ['verdict/decision'] });
  if (!built.ok) throw new Error(JSON.stringify(built.faults));
  const pool = new Pool({ size: 1, spares: 0 });
  const data = (config: unknown): string => JSON.stringify({ config: complete(config).config });
  return {
    async decide(evidence, config) {
      const policy = await createPolicy({
        pool,
        name: 'starter',
        scope: 'cluster',
        source: built.bundle,
        data: [{ path: 'config', text: encoder.encode(JSON.stringify(complete(config).config)) }],
      });
      const input = encoder.encode(JSON.stringify(evidence));
      const decision = await policy.decide({ input, time: new Date(evidence.context.time) });
      await policy.close();
      return decision;
    },
    async query(query, evidences, config) {
      const answer = await toolchain.evaluate({
        query: `[value | some evidence in input; value := ${query} with input as evidence]`,
        files,
        data: [{ path: 'data.json', text: data(config) }],
        input: JSON.stringify(evidences),
      });
      if (!answer.ok) throw new Error(JSON.stringify(answer.faults));
      return JSON.parse(answer.values[0]?.json ?? '[]');
    },
    async close() {
      await Promise.all([toolchain.close(), pool.close()]);
    },
  };
}
