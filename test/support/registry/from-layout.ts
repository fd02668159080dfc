import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../../src/descriptor.ts';
import { parseManifest } from '../../../src/manifest.ts';
import type { TestRegistry } from './registry.ts';

interface Entry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface PutOptions {
  /** What to do with blobs that are not what their digest says; default `put`. */
  readonly tampered?: 'put' | 'leave out';
}

/** Puts everything in an image layout into a repository of a test registry, under the layout's own tags. */
export function putLayout(registry: TestRegistry, directory: string, { tampered = 'put' }: PutOptions = {}): void {
  const blob = (digest: string): Uint8Array => readFileSync(join(directory, 'blobs', digest.replace(':', '/')));
  const index: { readonly manifests: readonly Entry[] } = JSON.parse(
    readFileSync(join(directory, 'index.json'), 'utf8'),
  );
  const seen = new Set<string>();
  const put = (entry: Entry, tag: string): void => {
    const bytes = blob(entry.digest);
    const manifest = parseManifest(bytes, entry.mediaType);
    const parts = manifest.kind === 'image' ? [...manifest.layers, ...(manifest.config ? [manifest.config] : [])] : [];
    const descriptor = {
      mediaType: manifest.mediaType,
      digest: entry.digest,
      size: bytes.byteLength,
      artifactType: manifest.artifactType,
      annotations: manifest.annotations,
      platform: undefined,
      data: '',
    };
    const blobs = new Map(parts.map(({ digest }) => [digest, blob(digest)]));
    const isTampered = [...blobs].some(([digest, content]) => digestOf(content) !== digest);
    if (isTampered && tampered === 'leave out') return;
    registry.put(
      { descriptor, digest: entry.digest, bytes, manifest: {}, layers: [], blobs },
      tag === '' ? {} : { tag },
    );
    if (seen.has(entry.digest)) return;
    seen.add(entry.digest);
    if (manifest.subject !== '') registry.list(manifest.subject, descriptor, 'referrers-api');
    if (manifest.kind === 'index') for (const child of manifest.manifests) put(child, '');
  };
  for (const entry of index.manifests) put(entry, entry.annotations?.['org.opencontainers.image.ref.name'] ?? '');
}
