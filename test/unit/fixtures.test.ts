import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const layouts = join(root, 'test/fixtures/layouts');
const documents = join(root, 'test/fixtures/documents');

/** The names in each layout's index, sorted. What a layout is for stands in the README beside it. */
const TAGS: Readonly<Record<string, readonly string[]>> = {
  'examples/images': [
    'allowed',
    'index',
    'licence-denied',
    'no-provenance',
    'notary',
    'tampered',
    'unsigned',
    'vulnerable',
    'wrong-signer',
    'wrong-subject',
  ],
  'test/fixtures/layouts/buildkit-image-config': ['1.4.0'],
  'test/fixtures/layouts/buildkit-oci-artifact': ['1.4.0'],
  'test/fixtures/layouts/cosign-bundle': ['1.0'],
  'test/fixtures/layouts/cosign-bundle-save': [],
  'test/fixtures/layouts/cosign-legacy': ['1.0', 'sha256-….att', 'sha256-….sbom', 'sha256-….sig'],
  'test/fixtures/layouts/cosign-legacy-save': [],
  'test/fixtures/layouts/cosign-oci-1-1': ['1.0'],
  'test/fixtures/layouts/crane-pull': ['registry.example/nested/app:root'],
  'test/fixtures/layouts/docker-schema2': ['1.0', 'amd64'],
  'test/fixtures/layouts/envelopes': ['1.0'],
  'test/fixtures/layouts/missing-blob': ['sparse'],
  'test/fixtures/layouts/nested-index': ['arm64', 'root'],
  'test/fixtures/layouts/nested-referrers': ['1.0'],
  'test/fixtures/layouts/referrer-forms': ['1.0'],
  'test/fixtures/layouts/referrers-tag-foreign': ['1.0', '2.0', 'sha256-…', 'sha256-…'],
  'test/fixtures/layouts/referrers-tag-ggcr': ['1.0', 'sha256-…'],
  'test/fixtures/layouts/referrers-tag-oras': ['1.0', 'sha256-…'],
  'test/fixtures/layouts/reports': ['1.0'],
  'test/fixtures/layouts/sboms': ['1.0'],
};

/** All that is committed here together; small enough to be cloned by everybody. */
const MAX_TOTAL_BYTES = 6 * 1024 * 1024;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

/** Every manifest and index there is, in one shape. */
interface Manifest {
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly blobs?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
  readonly subject?: Descriptor;
}

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Manifest;

const files = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const blobPath = (layout: string, digest: string) => join(layout, 'blobs', digest.replace(':', '/'));

const digestOf = (path: string) => `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;

const isManifest = ({ mediaType }: Descriptor) => /manifest|image\.index/.test(mediaType);

/** Follows every descriptor from the layout's index; subjects are followed too, because these layouts hold what is attached and to what. */
function reachable(layout: string): { present: Descriptor[]; missing: Descriptor[] } {
  const found = { present: [] as Descriptor[], missing: [] as Descriptor[] };
  const seen = new Set<string>();
  const queue: Descriptor[] = [...(readJson(join(layout, 'index.json')).manifests ?? [])];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (seen.has(next.digest)) continue;
    seen.add(next.digest);
    if (!existsSync(blobPath(layout, next.digest))) {
      found.missing.push(next);
      continue;
    }
    found.present.push(next);
    if (!isManifest(next)) continue;
    const { config, layers = [], blobs = [], manifests = [], subject } = readJson(blobPath(layout, next.digest));
    queue.push(...layers, ...blobs, ...manifests);
    if (config !== undefined) queue.push(config);
    if (subject !== undefined) queue.push(subject);
  }
  return found;
}

/** Names of blobs whose content has another digest. */
const wrong = (layout: string) =>
  files(join(layout, 'blobs'))
    .map((path) => ({ name: relative(join(layout, 'blobs'), path).replace('/', ':'), actual: digestOf(path) }))
    .filter(({ name, actual }) => name !== actual)
    .map(({ name }) => name);

const tagged = (layout: string, tag: string): string => {
  const entry = readJson(join(layout, 'index.json')).manifests?.find(
    ({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === tag,
  );
  if (entry === undefined) throw new Error(`${layout} has no ${tag}`);
  return entry.digest;
};

/** Digests of the layers of what names `subject` as its subject and has this artifact type. */
const attached = (layout: string, subject: string, artifactType: string) =>
  reachable(layout)
    .present.filter(isManifest)
    .map(({ digest }) => readJson(blobPath(layout, digest)))
    .filter((manifest) => manifest.subject?.digest === subject && manifest.artifactType === artifactType)
    .flatMap(({ layers = [] }) => layers.map(({ digest }) => digest));

describe('the committed image layouts', () => {
  it('are the ones listed here, with these names', () => {
    const found = [join(root, 'examples/images'), ...readdirSync(layouts).map((name) => join(layouts, name))]
      .filter((directory) => existsSync(join(directory, 'oci-layout')))
      .map((directory) => [
        relative(root, directory),
        (readJson(join(directory, 'index.json')).manifests ?? [])
          .flatMap(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] ?? [])
          .map((tag) => tag.replace(/^sha256-[0-9a-f]{64}/, 'sha256-…'))
          .sort(),
      ]);
    expect(Object.fromEntries(found)).toEqual(TAGS);
  });

  it.each(Object.keys(TAGS).filter((name) => name !== 'examples/images'))(
    'have blobs with the digests of their names: %s',
    (name) => expect(wrong(join(root, name))).toEqual([]),
  );

  it('have one tampered blob: the SBOM of examples/images:tampered, as long as it was', () => {
    const layout = join(root, 'examples/images');
    const sbom = attached(layout, tagged(layout, 'tampered'), 'application/spdx+json');
    expect(sbom).toHaveLength(1);
    expect(wrong(layout)).toEqual(sbom);
  });

  it.each(Object.keys(TAGS))('have every descriptor with its true size: %s', (name) => {
    const layout = join(root, name);
    const { present, missing } = reachable(layout);
    expect(present.filter(({ digest, size }) => statSync(blobPath(layout, digest)).size !== size)).toEqual([]);
    expect(missing.map(({ platform }) => platform)).toEqual(
      name.endsWith('/missing-blob') ? [{ os: 'linux', architecture: 'arm', variant: 'v7' }] : [],
    );
  });

  it('attach what wrong-subject is about: all bundles speak of allowed', () => {
    const layout = join(root, 'examples/images');
    const bundles = attached(
      layout,
      tagged(layout, 'wrong-subject'),
      'application/vnd.dev.sigstore.bundle.v0.3+json',
    ).map(
      (digest) => JSON.parse(readFileSync(blobPath(layout, digest), 'utf8')) as { dsseEnvelope: { payload: string } },
    );
    const subjects = bundles.map(({ dsseEnvelope }) => {
      const text = Buffer.from(dsseEnvelope.payload, 'base64').toString();
      return (JSON.parse(text) as { subject: { digest: Record<string, string> }[] }).subject.map(
        ({ digest }) => digest,
      );
    });
    const allowed = [{ sha256: tagged(layout, 'allowed').replace('sha256:', '') }];
    expect(subjects).toEqual([allowed, allowed, allowed]);
  });
});

describe('the committed documents', () => {
  it('are JSON where their names say so', () => {
    const paths = files(documents).filter((path) => path.endsWith('.json'));
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) expect(() => readJson(path), path).not.toThrow();
  });

  it('are small, together with the layouts', () => {
    const all = [...files(join(root, 'examples')), ...files(layouts), ...files(documents)];
    expect(all.reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(MAX_TOTAL_BYTES);
  });

  it('and the layouts name no folder of the machine they were made on', () => {
    const made = [
      ...Object.keys(TAGS).flatMap((name) => files(join(root, name))),
      ...files(join(root, 'examples/files')),
      ...files(documents),
    ];
    expect(made.filter((path) => /["'=:]\/(tmp|root|home|work|Users)\//.test(readFileSync(path, 'latin1')))).toEqual(
      [],
    );
  });
});
