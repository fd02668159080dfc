import type { Reference } from '../reference.ts';

/**
 * Where a reference says to look, whatever tag or digest it names there. Content is kept by place and digest because
 * registries grant access by repository: what one may read here must not be had there by naming its digest.
 */
export function placeOf(reference: Reference): readonly string[] {
  switch (reference.kind) {
    case 'registry':
      return [reference.kind, reference.registry, reference.repository];
    case 'layout':
      return [reference.kind, reference.form, reference.path];
    case 'file':
      return [reference.kind, reference.path];
    case 'digest':
      return [reference.kind];
  }
}
