import { knownSize } from './descriptor.ts';
import type { Evidence } from './generated/evidence.ts';
import type { Manifest } from './manifest.ts';
import type { Reference } from './reference.ts';
import type { Resolved } from './store.ts';

/** A reference as asked for, and what it was found to be. */
export interface Subject {
  readonly reference: Reference;
  readonly resolved: Resolved;
  /** Undefined for a plain file. */
  readonly manifest: Manifest | undefined;
}

const baseName = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? '';

/** The canonical, pinned form: of a layout its ref name, of a file its base name, never a path; a digest as it is. */
export function canonical(reference: Reference, digest: string): string {
  switch (reference.kind) {
    case 'registry':
      return `${reference.registry}/${reference.repository}@${digest}`;
    case 'layout':
      return `oci:${reference.tag}@${digest}`;
    case 'file':
      return `file:${baseName(reference.path)}@${digest}`;
    case 'digest':
      return digest;
  }
}

/** The subject as it stands in the evidence. */
export function describe(
  { reference, resolved, manifest }: Subject,
  targets: Evidence['subject']['targets'],
): Evidence['subject'] {
  const { digest, mediaType, size } = resolved.descriptor;
  const place = reference.kind === 'registry' ? reference : { registry: '', repository: '' };
  return {
    reference: canonical(reference, digest),
    requested: requested(reference),
    registry: place.registry,
    repository: place.repository,
    tag: 'tag' in reference ? reference.tag : '',
    digest,
    mediaType: manifest?.mediaType ?? mediaType,
    artifactType: manifest?.artifactType ?? '',
    size: knownSize(size),
    annotations: manifest?.annotations ?? {},
    manifest: manifest?.raw ?? {},
    targets,
  };
}

/** As it was asked for, without paths: evidence must not tell where somebody keeps files. */
function requested(reference: Reference): string {
  switch (reference.kind) {
    case 'registry':
      return reference.requested;
    case 'layout':
      return `oci:${reference.tag === '' ? reference.digest : reference.tag}`;
    case 'file':
      return `file:${baseName(reference.path)}`;
    case 'digest':
      return reference.digest;
  }
}
