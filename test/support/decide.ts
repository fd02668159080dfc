import { buildMeans } from '../../src/config/build.ts';
import { loadConfig, type Overrides } from '../../src/config/load.ts';
import { type ReadyPolicy, startPolicy } from '../../src/config/policy.ts';
import type { Decision } from '../../src/decision.ts';
import { gather } from '../../src/evaluate.ts';
import { type EvidenceSet, serialize } from '../../src/evidence.ts';
import { parseReference } from '../../src/reference.ts';

/** The repository's root, from where examples are named. */
export const ROOT = new URL('../..', import.meta.url).pathname;

/** The instant at which tests decide about the examples. */
export const TIME = new Date('2026-11-21T12:00:00.000Z');

/** The evidence of an example subject under the demo's configuration. */
export async function exampleEvidence(subject: string, evidence: readonly string[] = []): Promise<EvidenceSet> {
  const reference = parseReference(subject.replace('examples/', `${ROOT}examples/`));
  const files = evidence.map((path) => ROOT + path);
  const { config } = await loadConfig('examples/verdict.yaml', ROOT);
  const built = await buildMeans(config, reference, { evidence: files, environment: {} });
  try {
    return await gather({ reference, time: TIME, caller: 'cli', namespace: '', parameters: {} }, built.means);
  } finally {
    await built.close();
  }
}

/** The policy of the demo's configuration. */
export async function examplePolicy(overrides: Overrides = {}): Promise<ReadyPolicy> {
  return await startPolicy((await loadConfig('examples/verdict.yaml', ROOT, overrides)).config);
}

/** What the policy says of evidence as one JSON value. */
export async function decide({ policy }: ReadyPolicy, evidence: unknown): Promise<Decision> {
  const input = new Uint8Array(Buffer.from(JSON.stringify(evidence)));
  return await policy.decide({ input, time: TIME });
}

/** The evidence as one JSON value, documents included. */
export const plain = (evidence: EvidenceSet): Record<string, unknown> =>
  JSON.parse(Buffer.from(serialize(evidence)).toString('utf8'));
