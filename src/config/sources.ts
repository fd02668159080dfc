import { type Dirent, opendirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { VerdictError } from '../errors.ts';
import { decodeSource, type Fault, type SourceFile, TOOLCHAIN_LIMITS } from '../rego/source.ts';
import { resourcePath } from './resources.ts';

/** Rego and data files as the toolchain takes them. */
export interface PolicySources {
  /** `*.rego`, tests included. */
  readonly files: readonly SourceFile[];
  /** `data.json`, `data.yaml`. */
  readonly data: readonly SourceFile[];
  /** Files that are not text. */
  readonly faults: readonly Fault[];
  /** Where each file is on disk, by its path in the policy. */
  readonly places: ReadonlyMap<string, string>;
}

/** Deeper directories than this are somebody's home, not a policy. */
export const MAX_DEPTH = 32;

const IS_DATA = /^data\.(?:json|ya?ml)$/;

/** Below `policies/`: policies written for something else than Verdict, which are no part of the starter. */
const CONVENTIONS = 'conventions/';
/** Whether a file in a policy's directory is read, by its name. */
export const isPolicyFile = (name: string): boolean => name.endsWith('.rego') || IS_DATA.test(name);

/** Whether a file or directory in a policy's directory is a tool's business, by its name. */
export const isPassedOver = (name: string): boolean => name.startsWith('.') || name === 'node_modules';

/** The starter policy's own sources: the package's `policies/`. */
export const starterSources = (): PolicySources => shipped((path) => !path.startsWith(CONVENTIONS));

/** The adapter of policies written for Ratify v1: the package's `policies/conventions/ratify/`. */
export const ratifySources = (): PolicySources => shipped((path) => path.startsWith(`${CONVENTIONS}ratify/`));

function shipped(isWanted: (path: string) => boolean): PolicySources {
  const { files, data, faults, places } = readSources([resourcePath('policies')]);
  return {
    files: files.filter(({ path }) => isWanted(path)),
    data: data.filter(({ path }) => isWanted(path)),
    faults: faults.filter(({ file }) => isWanted(file)),
    places: new Map([...places].filter(([path]) => isWanted(path))),
  };
}

/**
 * Reads Rego files and directories of them. Paths in messages are relative to the directory given; a file has its name
 * alone. Two files of one path are a fault of the policy. Throws FILE_UNREADABLE or LIMIT_EXCEEDED.
 */
export function readSources(paths: readonly string[]): PolicySources {
  const found = paths.flatMap((path) => listed(resolve(path)));
  if (found.length > TOOLCHAIN_LIMITS.files) {
    throw new VerdictError(
      'LIMIT_EXCEEDED',
      `more than ${TOOLCHAIN_LIMITS.files} policy files: is ${paths.join(', ')} a policy?`,
    );
  }
  const files: SourceFile[] = [];
  const data: SourceFile[] = [];
  const faults: Fault[] = [];
  for (const { path, name } of found) {
    const source = decodeSource(name, read(path));
    if ('code' in source) faults.push(source);
    else (name.endsWith('.rego') ? files : data).push(source);
  }
  return { files, data, faults, places: new Map(found.map(({ name, path }) => [name, path])) };
}

/** The file that messages name for a policy that stands in the configuration itself. */
const INLINE = 'policy.rego';

/** One module, as text. */
export const inlineSources = (text: string): PolicySources => ({
  files: [{ path: INLINE, text }],
  data: [],
  faults: [],
  places: new Map(),
});

/** Without the tests: what becomes policy.wasm. */
export const withoutTests = (sources: PolicySources): PolicySources => ({
  ...sources,
  files: sources.files.filter(({ path }) => !path.endsWith('_test.rego')),
});

export const both = (a: PolicySources, b: PolicySources): PolicySources => ({
  files: [...a.files, ...b.files],
  data: [...a.data, ...b.data],
  faults: [...a.faults, ...b.faults],
  places: new Map([...a.places, ...b.places]),
});

interface Found {
  readonly path: string;
  readonly name: string;
}

function listed(path: string): readonly Found[] {
  const stat = attempt(path, () => statSync(path));
  if (!stat.isDirectory()) return [{ path, name: basename(path) }];
  return walk(path, 0, `${attempt(path, () => realpathSync(path))}${sep}`)
    .map((file) => ({ path: file, name: relative(path, file) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Hidden directories are left alone: they are tools' business. So are links, which may lead anywhere, but for links to
 * files within the directory: that is how config maps are mounted. `inside`: how paths in it begin.
 */
function walk(directory: string, depth: number, inside: string): readonly string[] {
  if (depth > MAX_DEPTH)
    throw new VerdictError('LIMIT_EXCEEDED', `${directory} nests deeper than ${MAX_DEPTH} directories`);
  const found: string[] = [];
  const entries = attempt(directory, () => opendirSync(directory));
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
      const path = join(directory, entry.name);
      if (isPassedOver(entry.name)) continue;
      if (entry.isDirectory()) found.push(...walk(path, depth + 1, inside));
      else if (isPolicyFile(entry.name) && isFileWithin(entry, path, inside)) found.push(path);
      if (found.length > TOOLCHAIN_LIMITS.files) break;
    }
  } finally {
    entries.closeSync();
  }
  return found;
}

const isFileWithin = (entry: Dirent, path: string, inside: string): boolean =>
  entry.isFile() || (entry.isSymbolicLink() && attempt(path, () => isLinkWithin(path, inside)));

function isLinkWithin(path: string, inside: string): boolean {
  const real = realpathSync(path);
  return real.startsWith(inside) && statSync(real).isFile();
}

const read = (path: string): Uint8Array => attempt(path, () => readFileSync(path));

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof VerdictError) throw cause;
    throw new VerdictError('FILE_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
