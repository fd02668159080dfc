import { homedir } from 'node:os';
import { extname } from 'node:path';
import type { Config, Registry, Trust, Verifier } from '../generated/config.ts';
import { credentialFiles } from '../registry/credentials.ts';
import { cacheDirectory } from '../rego/module.ts';
import { EXAMPLE_ENDING } from './policy-examples.ts';
import { isPolicyFile, MAX_DEPTH } from './sources.ts';
import { CERTIFICATE_FILES } from './trust/certificates.ts';
import { copyPath } from './trust/copy.ts';
import { CRL_FILES } from './trust/crls.ts';
import { KEY_FILES } from './trust/keys.ts';
import { PUBLIC_GOOD, sourceOf } from './trust/source.ts';

/** A file or directory that a configuration reads. */
export interface Dependency {
  /** Absolute. */
  readonly path: string;
  /** Which files are read where it is a directory; undefined: it is a file. */
  readonly files?: FileChoice;
}

export interface FileChoice {
  /** By the file's own name. Hidden ones are never read. */
  readonly takes: (name: string) => boolean;
  /** How deep directories below it are looked at; 0: not at all. */
  readonly depth: number;
}

/**
 * Everything on the disk that decisions depend on besides the configuration's own file, whether it is there or not: the
 * policy, trust material, what verifiers read, certificates and credentials for registries. Not what comes with Verdict.
 */
export async function dependenciesOf(
  { policy, trust, verifiers, scopes, registries, credentialFile }: Config,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Dependency[]> {
  const sides = [{ policy, trust, verifiers }, ...scopes];
  const decisive = await Promise.all(sides.map((side) => ofSide(side, cacheDirectory(environment))));
  return distinct([
    ...decisive.flat(),
    ...Object.values(registries).flatMap(ofRegistry),
    ...plain([credentialFile, ...credentialFiles({ HOME: homedir(), ...environment })]),
  ]);
}

async function ofSide(
  { policy, trust = {}, verifiers = [] }: Partial<Pick<Config, 'policy' | 'trust' | 'verifiers'>>,
  cache: string,
): Promise<readonly Dependency[]> {
  const trusts = await Promise.all(Object.values(trust).map((one) => ofTrust(one, cache)));
  return [...(policy === undefined ? [] : ofPolicy(policy)), ...trusts.flat(), ...verifiers.flatMap(ofVerifier)];
}

const POLICY: FileChoice = {
  takes: (name) => isPolicyFile(name) || name.endsWith(EXAMPLE_ENDING),
  depth: MAX_DEPTH,
};

/** Files with one of the extensions, in the directory itself. */
const withExtension = (extensions: readonly string[]): FileChoice => ({
  takes: (name) => extensions.includes(extname(name).toLowerCase()),
  depth: 0,
});

const plain = (paths: ReadonlyArray<string | undefined>): readonly Dependency[] =>
  paths.flatMap((path) => (path === undefined ? [] : [{ path }]));

const chosen = (paths: readonly string[], files: FileChoice): readonly Dependency[] =>
  paths.map((path) => ({ path, files }));

const ofPolicy = ({ bundle, rules, sources }: Config['policy']): readonly Dependency[] => [
  ...plain([bundle]),
  ...chosen([...rules, ...sources], POLICY),
];

async function ofTrust(trust: Trust, cache: string): Promise<readonly Dependency[]> {
  const { keys, ca, signingAuthority, tsa, root, update, passwordFile } = trust;
  const paths = (settings: readonly string[]): readonly string[] =>
    settings.filter((setting) => sourceOf(setting).kind === 'path');
  return [
    ...chosen(paths(keys), withExtension(KEY_FILES)),
    ...chosen(paths([...ca, ...signingAuthority, ...tsa]), withExtension(CERTIFICATE_FILES)),
    ...plain([root === PUBLIC_GOOD ? undefined : root, passwordFile, update?.initialRoot]),
    // Without a readable `initialRoot`, which is watched itself, there is no such place.
    ...plain([update && (await copyPath(update, cache).catch(() => undefined))]),
  ];
}

const ofVerifier = ({
  schemas,
  trustPolicy,
  blobTrustPolicy,
  revocation,
  command,
}: Verifier): readonly Dependency[] => [
  ...plain(Object.values(schemas).filter((schema) => schema !== 'starter')),
  ...plain([typeof trustPolicy === 'string' ? trustPolicy : undefined, blobTrustPolicy, command]),
  ...chosen(revocation.crls, withExtension(CRL_FILES)),
];

const ofRegistry = ({ ca, cert, key, credential }: Registry): readonly Dependency[] =>
  plain([ca, cert, key, credential?.passwordFile]);

/** Each once; the same path read in two ways is both. */
function distinct(all: readonly Dependency[]): readonly Dependency[] {
  const byPath = Map.groupBy(all, ({ path }) => path);
  return [...byPath].map(([path, same]) => {
    const choices = same.flatMap(({ files }) => (files === undefined ? [] : [files]));
    if (choices.length === 0) return { path };
    const takes = (name: string): boolean => choices.some((choice) => choice.takes(name));
    return { path, files: { takes, depth: Math.max(...choices.map(({ depth }) => depth)) } };
  });
}
