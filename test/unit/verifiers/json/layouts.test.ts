import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newBudget } from '../../../../src/budget.ts';
import { checkContent, type Descriptor, descriptor } from '../../../../src/descriptor.ts';
import { isObject, scanJson } from '../../../../src/json.ts';
import { parseManifest } from '../../../../src/manifest.ts';
import type { Exhibit, Testimony } from '../../../../src/verifier.ts';
import { TIME, verifier } from './exhibit.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const layouts = [
  'examples/images',
  ...readdirSync(join(ROOT, 'test/fixtures/layouts')).map((name) => `test/fixtures/layouts/${name}`),
]
  .map((path) => join(ROOT, path))
  .filter((path) => existsSync(join(path, 'index.json')));

/** An artifact of a layout that says by itself, or by its cosign tag, what it is attached to; and nothing else counts. */
function exhibitOf(layout: string, digest: string, tagged: string): Exhibit | undefined {
  const read = ({ digest: of }: Pick<Descriptor, 'digest'>) =>
    readFileSync(join(layout, 'blobs', of.replace(':', '/')));
  const bytes = read({ digest });
  let raw: unknown;
  try {
    raw = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(raw) || (raw.schemaVersion !== 2 && raw.mediaType !== 'application/vnd.oci.artifact.manifest.v1+json'))
    return undefined;
  const manifest = parseManifest(bytes, typeof raw.mediaType === 'string' ? raw.mediaType : '');
  const subject = manifest.subject || tagged;
  if (manifest.kind !== 'image' || subject === '') return undefined;
  return {
    descriptor: descriptor(manifest.mediaType, digest, bytes.byteLength, { artifactType: manifest.artifactType }),
    layers: manifest.layers,
    subject: descriptor(manifest.mediaType, subject, 1),
    repository: '',
    budget: newBudget(),
    signal: new AbortController().signal,
    about: new Map([[subject, subject]]),
    fetch: async (layer) => {
      const content = read(layer);
      checkContent(content, layer);
      return content;
    },
    fetchSubject: async () => read({ digest: subject }),
  };
}

/** Digests by what a tag `sha256-….att` says that they are attached to. */
function tags(layout: string): ReadonlyMap<string, string> {
  const index = readFileSync(join(layout, 'index.json'), 'utf8');
  const { manifests } = JSON.parse(index) as {
    manifests: Array<{ digest: string; annotations?: Record<string, string> }>;
  };
  return new Map(
    manifests.flatMap(({ digest, annotations = {} }) => {
      const [, hex] =
        /sha256-([0-9a-f]{64})\.(?:sig|att|sbom)$/.exec(annotations['org.opencontainers.image.ref.name'] ?? '') ?? [];
      return hex === undefined ? [] : [[digest, `sha256:${hex}`] as const];
    }),
  );
}

const found = await Promise.all(
  layouts.flatMap((layout) => {
    const tagged = tags(layout);
    return readdirSync(join(layout, 'blobs/sha256')).map(async (hex) => {
      const exhibit = exhibitOf(layout, `sha256:${hex}`, tagged.get(`sha256:${hex}`) ?? '');
      const testimonies = exhibit === undefined ? [] : await verifier().verify(exhibit, TIME);
      return testimonies.map((one) => ({ layout: relative(ROOT, layout), ...one }));
    });
  }),
);
const all: ReadonlyArray<Testimony & { readonly layout: string }> = found.flat();
const of = (layout: string) => all.filter((one) => one.layout.endsWith(layout)).map(({ report }) => report);
const errorsOf = (layout: string) => of(layout).flatMap(({ error }) => error?.code ?? []);

describe('what other programs attached', () => {
  it('is there to be read', () => {
    expect(all.length).toBeGreaterThan(40);
    expect(all.filter(({ report }) => report.outcome === 'verified' || report.outcome === 'errored')).toEqual([]);
  });

  it('is read, each document one that a policy can take, but for XML, signatures and what was tampered with or is about another', () => {
    const unread = all
      .filter(({ report }) => !report.read)
      .map(({ report }) => [report.outcome, report.error?.code ?? report.type]);
    expect(new Set(unread.map((one) => one.join(' ')))).toEqual(
      new Set([
        'present application/vnd.cyclonedx+xml',
        'present application/cose',
        'failed DIGEST_MISMATCH',
        'failed SUBJECT_MISMATCH',
      ]),
    );
    for (const { report, document } of all) {
      expect(report.document === '').toBe(document === undefined);
      if (document !== undefined) scanJson(document);
    }
  });

  it('and speaks of another artifact has failed, and so has what was changed', () => {
    expect(errorsOf('examples/images').sort()).toEqual(expect.arrayContaining(['DIGEST_MISMATCH', 'SUBJECT_MISMATCH']));
  });

  it('is bound by its statement, in bundles and in the attestations of cosign and BuildKit', () => {
    for (const layout of ['cosign-bundle', 'cosign-legacy', 'buildkit-oci-artifact', 'envelopes']) {
      const statements = of(layout).filter(({ statement }) => statement.type !== '');
      expect(statements.length).toBeGreaterThan(1);
      expect(statements.map(({ checks }) => checks.subject.outcome)).toEqual(statements.map(() => 'passed'));
    }
  });

  it('looks the same raw and packed', () => {
    const spdx = of('sboms').filter(({ type }) => type === 'application/spdx+json');
    const documents = spdx.map(({ document }) => document);
    expect(new Set(spdx.map(({ layer }) => layer)).size).toBe(spdx.length);
    expect(new Set(documents).size).toBeLessThan(documents.length);
  });
});
