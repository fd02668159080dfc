import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../../../src/descriptor.ts';
import { createLayoutStore } from '../../../src/layout/store.ts';
import { parseManifest } from '../../../src/manifest.ts';
import type { Reference } from '../../../src/reference.ts';
import type { Source } from '../../../src/store.ts';
import { archiveAt, directoryAt, never, pathOf, scratch } from './build.ts';

/** Layouts that other people's programs wrote; test/fixtures/layouts/README.md says how. */
const LAYOUTS = resolve(import.meta.dirname, '../../fixtures/layouts');
const MIB = 1024 * 1024;
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const SBOM = 'application/vnd.cyclonedx+json';

const directory = scratch();
const store = createLayoutStore();

/** A layout as it is, and packed by GNU tar. */
function bothForms(name: string, rest = ''): readonly Reference[] {
  const path = join(LAYOUTS, name);
  const tar = join(mkdtempSync(join(directory, 'f-')), 'layout.tar');
  execFileSync('tar', ['-C', path, '-cf', tar, '.']);
  return [directoryAt(path, rest), archiveAt(tar, rest)];
}

/** Artifact types, as the manifests say, of what one source lists for a digest; every answer must be a whole one. */
async function typesIn(reference: Reference, source: Source, digest: string): Promise<readonly string[]> {
  const listing = await store.referrers(reference, source, digest, never);
  expect(listing).toMatchObject({ outcome: 'ok', limit: '', error: undefined });
  const types = listing.entries.map(async ({ descriptor }) => {
    const bytes = await store.fetch(reference, 'manifest', descriptor, 4 * MIB, never);
    return parseManifest(bytes, descriptor.mediaType).artifactType;
  });
  return (await Promise.all(types)).sort();
}

const subjectOf = async (reference: Reference): Promise<string> =>
  (await store.resolve(reference, never)).descriptor.digest;

describe('evidence in layouts of other programs', () => {
  it.each<[string, string, Partial<Record<Source, readonly string[]>>]>([
    ['cosign-bundle', ':1.0', { layout: [BUNDLE, BUNDLE, BUNDLE, BUNDLE] }],
    ['cosign-bundle-save', '', { layout: [BUNDLE, BUNDLE, BUNDLE, BUNDLE] }],
    ['cosign-legacy', ':1.0', { 'cosign-tag': [MEDIA_TYPES.ociConfig, MEDIA_TYPES.ociConfig, MEDIA_TYPES.ociConfig] }],
    ['cosign-legacy-save', '', { 'cosign-tag': [MEDIA_TYPES.ociConfig, MEDIA_TYPES.ociConfig] }],
    [
      'cosign-oci-1-1',
      '',
      {
        layout: ['application/vnd.dev.cosign.artifact.sbom.v1+json', 'application/vnd.dev.cosign.artifact.sig.v1+json'],
      },
    ],
    ['referrer-forms', '', { layout: [SBOM, SBOM, SBOM] }],
    ['nested-referrers', '', { layout: ['application/spdx+json'] }],
    ['docker-schema2', ':1.0', { layout: [SBOM] }],
    ['docker-schema2', ':amd64', { layout: [SBOM] }],
    ['nested-index', ':arm64', { layout: ['application/spdx+json'] }],
    [
      'referrers-tag-oras',
      '',
      {
        layout: ['application/spdx+json', 'application/vnd.openvex+json'],
        'referrers-tag': ['application/spdx+json', 'application/vnd.openvex+json'],
      },
    ],
    ['referrers-tag-ggcr', '', { layout: [BUNDLE, BUNDLE], 'referrers-tag': [BUNDLE, BUNDLE] }],
    // The tag of 2.0 lists what names 1.0 as its subject: the tag says so, the scan does not.
    ['referrers-tag-foreign', ':2.0', { 'referrers-tag': ['application/spdx+json'] }],
    [
      'referrers-tag-foreign',
      ':1.0',
      { layout: ['application/spdx+json'], 'referrers-tag': ['application/spdx+json'] },
    ],
    ['buildkit-image-config', '', {}],
    ['missing-blob', ':sparse', {}],
  ])('of %s%s is found', async (name, rest, expected) => {
    for (const reference of bothForms(name, rest)) {
      const digest = await subjectOf(reference);
      for (const source of store.sources) {
        expect(await typesIn(reference, source, digest)).toEqual(expected[source] ?? []);
      }
    }
  });

  it('is followed from an SBOM to its signature to a note on that', async () => {
    const [reference] = bothForms('nested-referrers');
    if (reference === undefined) throw new Error('no layout');
    const seen: string[] = [];
    for (let digest = await subjectOf(reference); digest !== ''; ) {
      const { entries } = await store.referrers(reference, 'layout', digest, never);
      seen.push(...entries.map((entry) => entry.descriptor.artifactType));
      digest = entries[0]?.descriptor.digest ?? '';
    }
    expect(seen).toEqual(['application/spdx+json', BUNDLE, 'application/vnd.acme.note+json']);
  });
});

describe('subjects in layouts of other programs', () => {
  it.each([
    ['buildkit-image-config', ':1.4.0', MEDIA_TYPES.ociIndex],
    ['buildkit-oci-artifact', '', MEDIA_TYPES.ociIndex],
    ['crane-pull', ':root', MEDIA_TYPES.ociIndex],
    ['docker-schema2', ':1.0', MEDIA_TYPES.dockerManifestList],
    ['docker-schema2', ':amd64', MEDIA_TYPES.dockerManifest],
    ['cosign-legacy', '', MEDIA_TYPES.ociManifest],
    ['sboms', '', MEDIA_TYPES.ociManifest],
    ['missing-blob', '', MEDIA_TYPES.ociIndex],
  ])('%s%s is found', async (name, rest, mediaType) => {
    for (const reference of bothForms(name, rest)) {
      expect((await store.resolve(reference, never)).descriptor.mediaType).toBe(mediaType);
    }
  });

  it('is the index that holds the image that crane wrote beside it', async () => {
    const path = join(LAYOUTS, 'crane-pull');
    expect(await subjectOf(directoryAt(path))).toBe(await subjectOf(directoryAt(path, ':root')));
  });

  it('says which of several is meant', async () => {
    await expect(subjectOf(directoryAt(join(LAYOUTS, 'nested-index')))).rejects.toMatchObject({
      code: 'REFERENCE_AMBIGUOUS',
      message: expect.stringMatching(/:arm64.*:root|:root.*:arm64/),
    });
  });
});

describe('a layout of another program in which every byte can be changed', () => {
  const original = join(LAYOUTS, 'cosign-bundle');
  const blobs = readdirSync(join(original, 'blobs/sha256'));

  it.each(blobs)('shows it for blob %s', async (name) => {
    const path = mkdtempSync(join(directory, 'c-'));
    cpSync(original, path, { recursive: true });
    const digest = `sha256:${name}`;
    const file = join(path, pathOf(digest));
    const bytes = readFileSync(file);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const wanted = {
      mediaType: '',
      digest,
      size: bytes.length,
      artifactType: '',
      annotations: {},
      platform: undefined,
      data: '',
    };
    const read = createLayoutStore().fetch(directoryAt(path), 'blob', wanted, 64 * MIB, never);
    await expect(read).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('never lists less and calls it whole', async () => {
    const before = await store.referrers(
      directoryAt(original),
      'layout',
      await subjectOf(directoryAt(original)),
      never,
    );
    for (const { descriptor } of before.entries) {
      const path = mkdtempSync(join(directory, 'c-'));
      cpSync(original, path, { recursive: true });
      for (const content of ['', '{}', 'x'.repeat(descriptor.size)]) {
        writeFileSync(join(path, pathOf(descriptor.digest)), content);
        const reference = directoryAt(path, ':1.0');
        const after = await createLayoutStore().referrers(reference, 'layout', await subjectOf(reference), never);
        expect(after.outcome).toBe('failed');
        expect(after.entries).toHaveLength(before.entries.length - 1);
      }
    }
  });
});
