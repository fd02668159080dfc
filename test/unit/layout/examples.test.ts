import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileStore } from '../../../src/files/store.ts';
import { createLayoutStore } from '../../../src/layout/store.ts';
import { parseManifest } from '../../../src/manifest.ts';
import { parseReference, type Reference } from '../../../src/reference.ts';
import type { Listed } from '../../../src/store.ts';
import { archiveAt, directoryAt, never, scratch } from './build.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../examples');
const MIB = 1024 * 1024;

const store = createLayoutStore();

async function attachedTo(reference: Reference): Promise<readonly Listed[]> {
  const { descriptor } = await store.resolve(reference, never);
  const listing = await store.referrers(reference, 'layout', descriptor.digest, never);
  expect(listing).toMatchObject({ outcome: 'ok', limit: '', error: undefined });
  return listing.entries;
}

/** The code with which reading an artifact's layers fails, if it does. */
async function faultOf(reference: Reference, { descriptor }: Listed): Promise<string> {
  const bytes = await store.fetch(reference, 'manifest', descriptor, 4 * MIB, never);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind === 'index') return '';
  try {
    for (const layer of manifest.layers) await store.fetch(reference, 'blob', layer, 16 * MIB, never);
    return '';
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

describe('the layout of the examples', () => {
  const images = join(EXAMPLES, 'images');
  const tar = join(mkdtempSync(join(scratch(), 'e-')), 'images.tar');
  execFileSync('tar', ['-C', images, '-cf', tar, '.']);

  it.each([
    [
      'allowed',
      [
        'application/spdx+json',
        'application/vnd.anchore.grype+json',
        'application/vnd.dev.sigstore.bundle.v0.3+json',
        'application/vnd.dev.sigstore.bundle.v0.3+json',
      ],
    ],
    [
      'licence-denied',
      [
        'application/vnd.anchore.grype+json',
        'application/vnd.cyclonedx+json',
        'application/vnd.dev.sigstore.bundle.v0.3+json',
        'application/vnd.dev.sigstore.bundle.v0.3+json',
      ],
    ],
    [
      'no-provenance',
      ['application/spdx+json', 'application/vnd.anchore.grype+json', 'application/vnd.dev.sigstore.bundle.v0.3+json'],
    ],
  ])('lists what is attached to %s, as directory and as archive', async (tag, types) => {
    for (const reference of [directoryAt(images, `:${tag}`), archiveAt(tar, `:${tag}`)]) {
      const entries = await attachedTo(reference);
      expect(entries.map((entry) => entry.descriptor.artifactType).sort()).toEqual(types);
      expect(await Promise.all(entries.map((entry) => faultOf(reference, entry)))).toEqual(types.map(() => ''));
    }
  });

  it('shows that an SBOM was changed', async () => {
    const reference = directoryAt(images, ':tampered');
    const entries = await attachedTo(reference);
    const faults = await Promise.all(
      entries.map(async (entry) => [entry.descriptor.artifactType, await faultOf(reference, entry)] as const),
    );
    expect(Object.fromEntries(faults)).toMatchObject({
      'application/spdx+json': 'DIGEST_MISMATCH',
      'application/vnd.anchore.grype+json': '',
    });
  });

  it('does not choose between its images', async () => {
    await expect(store.resolve(directoryAt(images), never)).rejects.toMatchObject({ code: 'REFERENCE_AMBIGUOUS' });
  });
});

describe('the files of the examples', () => {
  it('have their evidence beside them', async () => {
    const files = createFileStore({ evidence: [join(EXAMPLES, 'files/evidence')] });
    const reference = parseReference(`file:${join(EXAMPLES, 'files/acme-app-1.4.0.tgz')}`);
    const { descriptor } = await files.resolve(reference, never);
    const listing = await files.referrers(reference, 'file', descriptor.digest, never);
    expect(listing.outcome).toBe('ok');
    expect(listing.entries.map((entry) => entry.descriptor.mediaType).sort()).toEqual([
      'application/spdx+json',
      'application/vnd.dev.sigstore.bundle.v0.3+jsonl',
    ]);
    for (const entry of listing.entries) {
      await expect(files.fetch(reference, 'blob', entry.descriptor, MIB, never)).resolves.toHaveLength(
        entry.descriptor.size,
      );
    }
  });
});
