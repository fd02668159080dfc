import { bareMediaType, type Descriptor } from './descriptor.ts';
import { VerdictError } from './errors.ts';
import type { Manifest } from './manifest.ts';
import type { Artifact, Binding, Referrer } from './referrer.ts';

/** Something that evidence is looked for: the subject, a target, or an artifact found. */
export interface Anchor {
  readonly digest: string;
  readonly descriptor: Descriptor;
  /** Every digest computed of its content, its own first. */
  readonly digests: readonly string[];
  /** 0 for the subject and its targets. */
  readonly depth: number;
  /** Whether it is the subject: evidence files that the user gives are about that alone. */
  readonly isSubject: boolean;
  /** Digests of this anchor and of those above it: a tag can make an artifact its own evidence. */
  readonly above: readonly string[];
}

/**
 * Why an artifact does not belong where it was found. A manifest with a subject belongs to that subject only; one
 * without belongs where a pinned index contains it, or where a cosign tag names it. Lists prove nothing: whoever may
 * push writes the fallback tag.
 */
export function bindingFault(referrer: Referrer, anchor: Anchor, manifest: Manifest): VerdictError | undefined {
  if (manifest.subject !== '') {
    if (anchor.digests.includes(manifest.subject)) return undefined;
    return new VerdictError(
      'SUBJECT_MISMATCH',
      `it is attached to ${manifest.subject}, but was found at ${anchor.digest}`,
    );
  }
  const { sources } = referrer;
  if (sources.includes('image-index') || sources.includes('cosign-tag')) return undefined;
  return new VerdictError('SUBJECT_MISMATCH', `it is listed for ${anchor.digest}, but its manifest names no subject`);
}

function binding(referrer: Referrer, anchor: Anchor, manifest: Manifest | undefined): Binding {
  if (referrer.listed.form === 'document') return 'file';
  if (manifest !== undefined && anchor.digests.includes(manifest.subject)) return 'manifest';
  return referrer.sources.includes('image-index') ? 'index' : 'tag';
}

/** The artifact as a list shows it. */
export function listedArtifact(referrer: Referrer, anchor: Anchor, collected?: 'collected'): Artifact {
  const { descriptor } = referrer.listed;
  return {
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    artifactType: descriptor.artifactType,
    size: descriptor.size,
    annotations: descriptor.annotations,
    subject: anchor.digest,
    binding: binding(referrer, anchor, undefined),
    sources: referrer.sources,
    depth: anchor.depth + 1,
    collected: collected !== undefined,
    reports: [],
  };
}

/** As {@link listedArtifact}, with what its own manifest says. An index entry's annotations are pinned with the index. */
export function readArtifact(referrer: Referrer, anchor: Anchor, manifest: Manifest): Artifact {
  const pinned = referrer.sources.includes('image-index') ? referrer.listed.descriptor.annotations : {};
  return {
    ...listedArtifact(referrer, anchor, 'collected'),
    mediaType: bareMediaType(manifest.mediaType),
    artifactType: manifest.artifactType,
    annotations: { ...pinned, ...manifest.annotations },
    binding: binding(referrer, anchor, manifest),
  };
}
