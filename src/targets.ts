import { type Descriptor, isIndexType, knownSize, MEDIA_TYPES, type Platform } from './descriptor.ts';
import { type Discovery, gap } from './discovery.ts';
import { asVerdictError, VerdictError } from './errors.ts';
import type { Evidence } from './generated/evidence.ts';
import { isObject, parseJson } from './json.ts';
import type { Limits } from './limits.ts';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './manifest.ts';
import type { Reader } from './reader.ts';
import type { Listed } from './store.ts';
import type { Subject } from './subject.ts';

/** Config media types that are image configs; others are an artifact's own content, of unknown shape. */
const IMAGE_CONFIGS: ReadonlySet<string> = new Set([MEDIA_TYPES.ociConfig, MEDIA_TYPES.dockerConfig]);

/** One manifest that a runtime could choose. */
export interface Target {
  readonly descriptor: Descriptor;
}

/** An attestation manifest that an index holds, and the digest its entry says it is about. */
export interface IndexAttestation {
  readonly descriptor: Descriptor;
  readonly about: string;
}

export interface Targets {
  /** Never empty, never cut. */
  readonly targets: readonly Target[];
  readonly attestations: readonly IndexAttestation[];
  /** Digests of entries that name a platform nobody asked for: what the index holds about them is left out with them. */
  readonly excluded: readonly string[];
}

/**
 * BuildKit's attestation storage.
 * https://github.com/moby/buildkit/blob/v0.32.2/docs/attestations/attestation-storage.md#examples
 */
const REFERENCE_TYPE = 'vnd.docker.reference.type';
const REFERENCE_DIGEST = 'vnd.docker.reference.digest';
const ATTESTATION = 'attestation-manifest';

const isUnknown = (platform: Platform | undefined): boolean =>
  platform !== undefined && platform.os === 'unknown' && platform.architecture === 'unknown';

/** Whether a configured platform rules an entry out: only if the entry names another one. */
function isOther(platform: Platform | undefined, wanted: readonly Platform[]): boolean {
  if (platform === undefined || wanted.length === 0) return false;
  const differs = (mine: string, theirs: string): boolean => mine !== '' && theirs !== '' && mine !== theirs;
  return wanted.every(
    (one) =>
      differs(platform.os, one.os) ||
      differs(platform.architecture, one.architecture) ||
      differs(platform.variant, one.variant),
  );
}

/**
 * What the decision must hold for: every entry of the index, nested ones flattened, unless its platform is exactly
 * `unknown/unknown` or names one that is not wanted. Anything but an index is its own target. `read` fetches a nested
 * index. Throws TARGETS_UNKNOWN when the list would be empty or incomplete: there is no decision about a part.
 */
export async function findTargets(
  subject: Subject,
  platforms: readonly Platform[],
  limits: Pick<Limits, 'targets' | 'indexDepth'>,
  read: (descriptor: Descriptor) => Promise<Uint8Array>,
): Promise<Targets> {
  if (subject.manifest?.kind !== 'index')
    return { targets: [{ descriptor: subject.resolved.descriptor }], attestations: [], excluded: [] };
  let nestedIndexes = 0;
  const found = await flatten(subject.manifest, 1);
  const targets = [
    ...new Map([...found.targets].reverse().map((one) => [one.descriptor.digest, one])).values(),
  ].reverse();
  if (targets.length === 0) {
    throw new VerdictError(
      'TARGETS_UNKNOWN',
      'the index has no entry that a runtime could choose (for the platforms asked for)',
    );
  }
  if (targets.length > limits.targets) {
    throw new VerdictError('TARGETS_UNKNOWN', `the index has more than ${limits.targets} targets (limits.targets)`);
  }
  return { targets, attestations: found.attestations, excluded: found.excluded };

  async function flatten(index: Manifest & { kind: 'index' }, depth: number): Promise<Targets> {
    if (depth > limits.indexDepth) {
      throw new VerdictError(
        'TARGETS_UNKNOWN',
        `indexes nest deeper than ${limits.indexDepth} levels (limits.indexDepth)`,
      );
    }
    const parts = await Promise.all(index.manifests.map((entry) => part(entry, depth)));
    return {
      targets: parts.flatMap((one) => one.targets),
      attestations: parts.flatMap((one) => one.attestations),
      excluded: parts.flatMap((one) => one.excluded),
    };
  }

  async function part(entry: Descriptor, depth: number): Promise<Targets> {
    const attestations =
      entry.annotations[REFERENCE_TYPE] === ATTESTATION
        ? [{ descriptor: entry, about: entry.annotations[REFERENCE_DIGEST] ?? '' }]
        : [];
    if (isUnknown(entry.platform)) return { targets: [], attestations, excluded: [] };
    if (!isIndexType(entry.mediaType)) {
      return isOther(entry.platform, platforms)
        ? { targets: [], attestations, excluded: [entry.digest] }
        : { targets: [{ descriptor: entry }], attestations, excluded: [] };
    }
    nestedIndexes++;
    if (nestedIndexes > limits.targets) {
      throw new VerdictError('TARGETS_UNKNOWN', `the index nests more than ${limits.targets} indexes (limits.targets)`);
    }
    const nested = await flatten(await readIndex(entry), depth + 1);
    return { ...nested, attestations: [...attestations, ...nested.attestations] };
  }

  async function readIndex(entry: Descriptor): Promise<Manifest & { kind: 'index' }> {
    try {
      const manifest = parseManifest(await read(entry), entry.mediaType);
      if (manifest.kind === 'index') return manifest;
      throw new VerdictError('MANIFEST_INVALID', 'it is not an index');
    } catch (thrown) {
      const error = asVerdictError(thrown);
      throw new VerdictError('TARGETS_UNKNOWN', `cannot read the nested index ${entry.digest}: ${error.message}`, {
        cause: error,
        retryable: error.retryable,
      });
    }
  }
}

/** What the evidence says of targets beyond their descriptors. */
export interface TargetFacts {
  /** Fetch their manifests. */
  readonly manifests: boolean;
  /** Fetch their image configs. */
  readonly configs: boolean;
}

type TargetRecord = Evidence['subject']['targets'][number];

/** The targets as they stand in the evidence, and what of them could not be read. */
export async function readTargets(
  subject: Subject,
  { targets }: Targets,
  wanted: TargetFacts,
  reader: Pick<Reader, 'manifest' | 'blob'>,
): Promise<{ readonly targets: readonly TargetRecord[]; readonly gaps: readonly Discovery[] }> {
  const read = await Promise.all(targets.map(({ descriptor }) => readTarget(subject, descriptor, wanted, reader)));
  return { targets: read.map((one) => one.record), gaps: read.flatMap((one) => one.gaps) };
}

async function readTarget(
  subject: Subject,
  descriptor: Descriptor,
  wanted: TargetFacts,
  reader: Pick<Reader, 'manifest' | 'blob'>,
): Promise<{ record: TargetRecord; gaps: readonly Discovery[] }> {
  const { digest, mediaType, size, platform } = descriptor;
  const record: TargetRecord = {
    digest,
    mediaType,
    size: knownSize(size),
    platform: platform ?? { os: '', architecture: '', variant: '' },
    manifest: {},
    config: {},
  };
  const isSubject = digest === subject.resolved.descriptor.digest;
  if (!wanted.manifests && !wanted.configs && !isSubject) return { record, gaps: [] };
  try {
    const manifest = isSubject ? subject.manifest : parseManifest(await reader.manifest(descriptor), mediaType);
    if (manifest?.kind === 'index')
      throw new VerdictError('MANIFEST_INVALID', 'it is an index, but was listed as an image');
    const config = wanted.configs ? await readConfig(manifest?.config, reader) : {};
    return { record: { ...record, manifest: wanted.manifests ? (manifest?.raw ?? {}) : {}, config }, gaps: [] };
  } catch (thrown) {
    const error = asVerdictError(thrown).toFacts();
    return { record, gaps: [gap(digest, 'image-index', 'failed', { error })] };
  }
}

async function readConfig(
  config: Descriptor | undefined,
  reader: Pick<Reader, 'blob'>,
): Promise<Readonly<Record<string, unknown>>> {
  if (config === undefined || !IMAGE_CONFIGS.has(config.mediaType)) return {};
  if (config.size > MAX_MANIFEST_BYTES)
    throw new VerdictError('LIMIT_EXCEEDED', `the image config has ${config.size} bytes`);
  const value = parseJson(await reader.blob(config), 'the image config', 'MANIFEST_INVALID');
  return isObject(value) ? value : {};
}

/** Attestation manifests of the index that speak of a digest; at the index itself, those that speak of none of its images. */
export function attestationsAbout(
  digest: string,
  subject: Subject,
  { targets, attestations, excluded }: Targets,
): readonly Listed[] {
  const known = new Set([...targets.map((target) => target.descriptor.digest), ...excluded]);
  const isSubject = digest === subject.resolved.descriptor.digest;
  return attestations
    .filter(({ about }) => about === digest || (isSubject && !known.has(about)))
    .map(({ descriptor }) => ({ descriptor, manifest: undefined, form: 'manifest' }));
}
