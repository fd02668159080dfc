import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';
import { cacheDirectory, findModule } from '../rego/module.ts';
import type { Fault } from '../rego/source.ts';
import { createToolchain, type Outcome, type Toolchain } from '../rego/toolchain.ts';
import { compileRatify, RATIFY_BUNDLE, RATIFY_ENTRYPOINT, withAdapter } from './ratify.ts';
import { resourcePath } from './resources.ts';
import {
  both,
  inlineSources,
  type PolicySources,
  ratifySources,
  readSources,
  starterSources,
  withoutTests,
} from './sources.ts';

/** The compiled starter policy: a test rebuilds it and compares. */
export const STARTER_BUNDLE = 'policies/starter.tar.gz';

/** Every fault of a policy's sources at once. */
export class PolicyFaults extends VerdictError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const list = faults.map(
      ({ file, line, column, message, code }) =>
        `${file === '' ? '' : `${file}:${line}:${column}: `}${message} [${code}]`,
    );
    super('POLICY_INVALID', list.join('\n'));
    this.faults = faults;
  }
}

/** What a policy is compiled from: the starter with rules beside it, or sources of one's own. */
export function sourcesOf(policy: Pick<Config['policy'], 'rules' | 'sources' | 'inline'>): PolicySources {
  if (policy.inline !== undefined) return inlineSources(policy.inline);
  if (policy.sources.length > 0) return readSources(policy.sources);
  return policy.rules.map((path) => readSources([path])).reduce(both, starterSources());
}

/** A policy to load. */
export interface PolicySource {
  readonly name: string;
  /** bundle.tar.gz or policy.wasm. */
  readonly bytes: Uint8Array;
  /** Directories with examples beside the sources. */
  readonly directories: readonly string[];
  /** Rule that decides. */
  readonly entrypoint: string;
}

/** The bundle that the configuration asks for. Throws PolicyFaults, FILE_UNREADABLE. */
export async function bundleOf(policy: Config['policy']): Promise<PolicySource> {
  const entrypoint = entrypointOf(policy);
  if (policy.bundle !== undefined) {
    const name = policy.bundle.split('/').at(-1) ?? '';
    return { name, bytes: await readBundle(policy.bundle), directories: [], entrypoint };
  }
  switch (policy.convention) {
    case 'verdict':
      return { ...(await verdictBundle(policy)), entrypoint };
    case 'ratify':
      return { ...(await ratifyBundle(policy)), entrypoint };
  }
}

/** Rule that decides: of another convention, that of its adapter. */
export function entrypointOf({ convention, entrypoint }: Config['policy']): string {
  switch (convention) {
    case 'verdict':
      return entrypoint;
    case 'ratify':
      return RATIFY_ENTRYPOINT;
  }
}

async function verdictBundle(policy: Config['policy']): Promise<Omit<PolicySource, 'entrypoint'>> {
  const starter = resourcePath('policies');
  const isOwn = policy.inline !== undefined || policy.sources.length > 0;
  if (policy.rules.length === 0 && !isOwn) {
    return { name: 'starter', bytes: await readBundle(resourcePath(STARTER_BUNDLE)), directories: [starter] };
  }
  return {
    name: isOwn ? 'own' : 'starter with own rules',
    bytes: await compiled(sourcesOf(policy), [policy.entrypoint], (toolchain, sources) =>
      build(toolchain, sources, { entrypoints: [policy.entrypoint] }),
    ),
    directories: isOwn ? policy.sources : [starter, ...policy.rules],
  };
}

async function ratifyBundle(policy: Config['policy']): Promise<Omit<PolicySource, 'entrypoint'>> {
  const isOwn = policy.inline !== undefined || policy.sources.length > 0;
  const bytes = isOwn
    ? await compiled(withAdapter(sourcesOf(policy)), [RATIFY_ENTRYPOINT], buildRatify)
    : await readBundle(resourcePath(RATIFY_BUNDLE));
  return { name: 'ratify', bytes, directories: policy.sources };
}

async function readBundle(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new VerdictError('FILE_UNREADABLE', `cannot read the policy bundle ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * The bundle of sources, compiled once for each state of them: it is kept in the cache under the digest of everything
 * that goes into it. Throws PolicyFaults.
 */
async function compiled(
  sources: PolicySources,
  entrypoints: readonly string[],
  make: (toolchain: Toolchain, sources: PolicySources) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const { files, data } = withoutTests(sources);
  const { sha256 } = await findModule();
  const key = createHash('sha256')
    .update(JSON.stringify([sha256, files, data, entrypoints]))
    .digest('hex');
  const directory = join(cacheDirectory(), 'policies');
  const path = join(directory, `${key}.tar.gz`);
  const known = await readFile(path).catch(() => undefined);
  if (known !== undefined) return known;
  const toolchain = createToolchain();
  try {
    const bytes = await make(toolchain, sources);
    await keep(directory, path, bytes).catch(() => undefined);
    return bytes;
  } finally {
    await toolchain.close();
  }
}

/** Compiles sources, tests left out. Throws PolicyFaults. */
export async function build(
  toolchain: Toolchain,
  sources: PolicySources,
  options: { readonly entrypoints: readonly string[]; readonly revision?: string; readonly regoVersion?: 0 | 1 },
): Promise<Uint8Array> {
  const { files, data, faults } = withoutTests(sources);
  if (faults.length > 0) throw new PolicyFaults(faults);
  return bundleIn(await toolchain.build({ files, data, ...options }));
}

/** Compiles a policy written for Ratify, its adapter included. Throws PolicyFaults. */
export async function buildRatify(toolchain: Toolchain, sources: PolicySources): Promise<Uint8Array> {
  if (sources.faults.length > 0) throw new PolicyFaults(sources.faults);
  return bundleIn(await compileRatify(toolchain, sources));
}

function bundleIn(outcome: Outcome<{ readonly bundle: Uint8Array }>): Uint8Array {
  if (!outcome.ok) throw new PolicyFaults(outcome.faults);
  return outcome.bundle;
}

/** The bundles that come with Verdict, compiled from their sources, by their paths. Throws PolicyFaults. */
export async function buildShipped(): Promise<ReadonlyMap<string, Uint8Array>> {
  const toolchain = createToolchain();
  try {
    const starter = await build(toolchain, starterSources(), { entrypoints: ['verdict/decision'] });
    const ratify = await buildRatify(toolchain, withoutTests(ratifySources()));
    return new Map([
      [STARTER_BUNDLE, starter],
      [RATIFY_BUNDLE, ratify],
    ]);
  } finally {
    await toolchain.close();
  }
}

/** Under a temporary name first: another process never sees half a file. A cache that cannot be written only costs time. */
async function keep(directory: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, bytes, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
