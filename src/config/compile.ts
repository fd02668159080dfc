import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';
import { cacheDirectory, findModule } from '../rego/module.ts';
import type { Fault } from '../rego/source.ts';
import { createToolchain, type Toolchain } from '../rego/toolchain.ts';
import { resourcePath } from './resources.ts';
import { both, inlineSources, type PolicySources, readSources, starterSources, withoutTests } from './sources.ts';

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
}

/** The bundle that the configuration asks for. */
export async function bundleOf(policy: Config['policy']): Promise<PolicySource> {
  if (policy.bundle !== undefined) {
    return { name: policy.bundle.split('/').at(-1) ?? '', bytes: await readBundle(policy.bundle), directories: [] };
  }
  const starter = resourcePath('policies');
  const isOwn = policy.inline !== undefined || policy.sources.length > 0;
  if (policy.rules.length === 0 && !isOwn) {
    return { name: 'starter', bytes: await readBundle(resourcePath(STARTER_BUNDLE)), directories: [starter] };
  }
  return {
    name: isOwn ? 'own' : 'starter with own rules',
    bytes: await compiled(sourcesOf(policy), [policy.entrypoint]),
    directories: isOwn ? policy.sources : [starter, ...policy.rules],
  };
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
async function compiled(sources: PolicySources, entrypoints: readonly string[]): Promise<Uint8Array> {
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
    const bytes = await build(toolchain, sources, { entrypoints });
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
  const outcome = await toolchain.build({ files, data, ...options });
  if (!outcome.ok) throw new PolicyFaults(outcome.faults);
  return outcome.bundle;
}

/** The starter policy compiled from its sources, as it is committed. Throws PolicyFaults. */
export async function buildStarter(): Promise<Uint8Array> {
  const toolchain = createToolchain();
  try {
    return await build(toolchain, starterSources(), { entrypoints: ['verdict/decision'] });
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
