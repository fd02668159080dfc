/**
 * Verdict as a library: gather the evidence of an artifact, let a policy decide.
 *
 * @example
 * const { config } = await loadConfig(undefined, process.cwd());
 * const reference = parseReference('oci:examples/images:allowed');
 * const { means } = await buildMeans(config, reference, { evidence: [], environment: process.env });
 * const { policy } = await startPolicy(config);
 * const { answer } = await evaluate({ reference, time: new Date(), caller: 'api', namespace: '', parameters: {} }, means, policy);
 */
export { type Built, buildMeans } from './config/build.ts';
export { type LoadedConfig, loadConfig } from './config/load.ts';
export { type ReadyPolicy, startPolicy } from './config/policy.ts';
export { type ErrorCode, VerdictError } from './errors.ts';
export { evaluate, gather, type Means, type Request, type Verdict } from './evaluate.ts';
export { type Evidence, type EvidenceSet, serialize } from './evidence.ts';
export { createFileStore } from './files/store.ts';
export type { Answer, Decision } from './generated/decision.ts';
export { createLayoutStore } from './layout/store.ts';
export type { Policy } from './policy.ts';
export { parseReference, type Reference } from './reference.ts';
export { createRegistryStore } from './registry/store.ts';
export type { Report } from './report.ts';
export type { Store } from './store.ts';
export { attached } from './stores/attached.ts';
export { cached } from './stores/cached.ts';
export { scoped } from './stores/scoped.ts';
export type { Verifier } from './verifier.ts';
