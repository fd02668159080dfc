import { describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../../src/descriptor.ts';
import { MAX_MANIFEST_ENTRIES, parseManifest } from '../../src/manifest.ts';
import { json } from '../support/memory-store.ts';

const digest = `sha256:${'1'.repeat(64)}`;
const entry = (mediaType: string) => ({ mediaType, digest, size: 1 });
const { ociManifest, ociIndex, dockerManifest, dockerManifestList, artifactManifest, ociEmpty } = MEDIA_TYPES;

describe('a manifest', () => {
  it('of an image has its config type as artifact type', () => {
    const bytes = json({
      schemaVersion: 2,
      mediaType: ociManifest,
      config: entry('application/x.config'),
      layers: [entry('a/b')],
    });
    expect(parseManifest(bytes, ociManifest)).toMatchObject({
      kind: 'image',
      artifactType: 'application/x.config',
      layers: [{ mediaType: 'a/b' }],
      subject: '',
    });
  });

  it('of an artifact has its own type, and the digest of its subject', () => {
    const bytes = json({
      mediaType: ociManifest,
      artifactType: 'application/spdx+json',
      config: entry(ociEmpty),
      layers: [],
      subject: entry(ociManifest),
    });
    expect(parseManifest(bytes, ociManifest)).toMatchObject({ artifactType: 'application/spdx+json', subject: digest });
  });

  it.each([
    ['an index', { mediaType: ociIndex, manifests: [entry(ociManifest)] }, ociIndex, 'index'],
    [
      "Docker's list",
      { mediaType: dockerManifestList, manifests: [entry(dockerManifest)] },
      dockerManifestList,
      'index',
    ],
    ["Docker's manifest", { mediaType: dockerManifest, config: entry('c/c'), layers: [] }, dockerManifest, 'image'],
    ['an OCI manifest without media type', { config: entry('c/c'), layers: [] }, ociManifest, 'image'],
    [
      'a type with parameters',
      { mediaType: ociManifest, config: entry('c/c'), layers: [] },
      `${ociManifest}; charset=utf-8`,
      'image',
    ],
  ])('%s is read', (_, value, declared, kind) => {
    expect(parseManifest(json(value), declared).kind).toBe(kind);
  });

  it('of the deprecated artifact type has its blobs as layers', () => {
    const bytes = json({ mediaType: artifactManifest, artifactType: 'a/t', blobs: [entry('a/b')] });
    expect(parseManifest(bytes, artifactManifest)).toMatchObject({
      kind: 'image',
      artifactType: 'a/t',
      layers: [{ mediaType: 'a/b' }],
    });
  });

  it.each([
    ['is not JSON', 'nonsense', ociManifest],
    ['is a list', [], ociManifest],
    ['calls itself otherwise than announced', { mediaType: ociIndex, manifests: [] }, ociManifest],
    ['is both kinds at once', { mediaType: ociIndex, manifests: [], layers: [] }, ociIndex],
    ['is an index under an image type', { manifests: [] }, ociManifest],
    ['is an image under an index type', { config: entry('c/c'), layers: [] }, ociIndex],
    ['is of schema 1', { schemaVersion: 1, fsLayers: [] }, ''],
    [
      'names a subject without digest',
      { mediaType: ociManifest, config: entry('c/c'), layers: [], subject: {} },
      ociManifest,
    ],
    ['has layers that are no list', { mediaType: ociManifest, config: entry('c/c'), layers: {} }, ociManifest],
  ])('that %s is refused', (_, value, declared) => {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : json(value);
    expect(() => parseManifest(bytes, declared)).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }));
  });

  it('with a key twice is refused, because two readers could see two manifests', () => {
    const bytes = new TextEncoder().encode(`{"mediaType":"${ociManifest}","layers":[],"layers":[]}`);
    expect(() => parseManifest(bytes, ociManifest)).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }));
  });

  it('with more entries than the limit is refused', () => {
    const layers = Array.from({ length: MAX_MANIFEST_ENTRIES + 1 }, () => entry('a/b'));
    expect(() => parseManifest(json({ mediaType: ociManifest, layers }), ociManifest)).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });
});
