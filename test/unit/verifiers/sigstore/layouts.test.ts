import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newBudget } from '../../../../src/budget.ts';
import { parsePublicKey } from '../../../../src/crypto/keys.ts';
import { checkContent, type Descriptor, descriptor } from '../../../../src/descriptor.ts';
import { isObject } from '../../../../src/json.ts';
import { type Manifest, parseManifest } from '../../../../src/manifest.ts';
import type { KeysTrust } from '../../../../src/trust.ts';
import type { Exhibit, Testimony } from '../../../../src/verifier.ts';
import { createExaminer } from '../../../../src/verifiers/sigstore/examiner.ts';
import { createSigstoreVerifier } from '../../../../src/verifiers/sigstore/verifier.ts';
import { expectWellFormed, OTHER, TIME } from './exhibit.ts';

const LAYOUTS = resolve(import.meta.dirname, '../../../fixtures/layouts');
const KEY = parsePublicKey(readFileSync(join(LAYOUTS, 'release.pub'), 'utf8'));

const trust = (spki = KEY.spki, fingerprint = KEY.fingerprint): KeysTrust => ({
  kind: 'keys',
  name: 'release',
  scope: 'cluster',
  keys: [{ source: 'release.pub', spki, fingerprint }],
  root: undefined,
  transparencyLog: 0,
  timestamp: 0,
  sct: 0,
});
const verifier = createSigstoreVerifier({ name: 'release', examiner: createExaminer([trust()]), schemas: new Map() });

/** An artifact of a layout, as it was found. */
interface Found {
  readonly manifest: Manifest & { readonly kind: 'image' };
  readonly exhibit: Exhibit;
}

/** Everything in a layout that is attached to something: by its manifest, or by the name of its tag. */
function found(layout: string): readonly Found[] {
  const root = join(LAYOUTS, layout);
  const read = (digest: string) => readFileSync(join(root, 'blobs', digest.replace(':', '/')));
  const index: unknown = JSON.parse(readFileSync(join(root, 'index.json'), 'utf8'));
  const entries = isObject(index) && Array.isArray(index.manifests) ? index.manifests : [];
  const tags = new Map<string, string>(
    entries.flatMap(({ digest, annotations = {} }) => {
      const [, hex] =
        /sha256-([0-9a-f]{64})\.(?:sig|att|sbom)$/.exec(annotations['org.opencontainers.image.ref.name'] ?? '') ?? [];
      return hex === undefined ? [] : [[digest, `sha256:${hex}`] as const];
    }),
  );
  return readdirSync(join(root, 'blobs/sha256')).flatMap((hex) => {
    const digest = `sha256:${hex}`;
    const bytes = read(digest);
    const manifest = manifestOf(bytes);
    const subject = manifest?.subject || (tags.get(digest) ?? '');
    if (manifest?.kind !== 'image' || subject === '') return [];
    const exhibit: Exhibit = {
      descriptor: descriptor(manifest.mediaType, digest, bytes.byteLength, { artifactType: manifest.artifactType }),
      layers: manifest.layers,
      subject: descriptor(manifest.mediaType, subject, 1),
      repository: '',
      budget: newBudget(),
      signal: new AbortController().signal,
      about: new Map([[subject, subject]]),
      fetch: async (layer) => {
        const content = read(layer.digest);
        checkContent(content, layer);
        return content;
      },
      fetchSubject: async () => read(subject),
    };
    return verifier.accepts(exhibit) ? [{ manifest, exhibit }] : [];
  });
}

function manifestOf(bytes: Buffer): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) && value.schemaVersion === 2 ? parseManifest(bytes, '') : undefined;
  } catch {
    return undefined;
  }
}

async function examine(
  layout: string,
  change: (exhibit: Exhibit) => Exhibit = (same) => same,
): Promise<readonly Testimony[]> {
  const said = await Promise.all(found(layout).map(({ exhibit }) => verifier.verify(change(exhibit), TIME)));
  expectWellFormed(said.flat());
  return said.flat();
}

const told = (testimonies: readonly Testimony[]) =>
  testimonies.map(({ report }) => `${report.outcome} ${report.type}`).sort();

/** Layers that somebody changed. */
const withLayers =
  (change: (layer: Descriptor, index: number, layers: readonly Descriptor[]) => Descriptor) => (exhibit: Exhibit) => ({
    ...exhibit,
    layers: exhibit.layers.map(change),
  });

describe('what cosign signed', () => {
  it.each([
    [
      'cosign-legacy',
      [
        'verified application/vnd.dev.cosign.simplesigning.v1+json',
        'verified https://slsa.dev/provenance/v1',
        'verified https://spdx.dev/Document',
      ],
    ],
    [
      'cosign-bundle',
      [
        'verified https://cosign.sigstore.dev/attestation/vuln/v1',
        'verified https://cyclonedx.org/bom',
        'verified https://sigstore.dev/cosign/sign/v1',
        'verified https://slsa.dev/provenance/v1',
      ],
    ],
    ['cosign-oci-1-1', ['verified application/vnd.dev.cosign.simplesigning.v1+json']],
    [
      'envelopes',
      [
        'verified https://cosign.sigstore.dev/attestation/vuln/v1',
        'verified https://slsa.dev/provenance/v1',
        'verified https://slsa.dev/provenance/v1',
      ],
    ],
  ])('in %s is verified by the key, with its document', async (layout, expected) => {
    const said = await examine(layout);
    expect(told(said)).toEqual(expected);
    for (const { report } of said) {
      expect(report.signers.map(({ key }) => key.fingerprint)).toEqual([KEY.fingerprint]);
      expect(report.document).not.toBe('');
      expect(report.subjects).toHaveLength(1);
    }
  });

  it('is nobody’s to another key: present', async () => {
    const [stranger] = found('cosign-bundle');
    const other = createSigstoreVerifier({ name: 'other', examiner: createExaminer([]), schemas: new Map() });
    const said = stranger === undefined ? [] : await other.verify(stranger.exhibit, TIME);
    expectWellFormed(said);
    expect(said.map(({ report }) => [report.outcome, report.signers])).toEqual([['present', []]]);
  });

  it('of one image is not verified at another', async () => {
    const moved = (exhibit: Exhibit): Exhibit => ({
      ...exhibit,
      subject: descriptor(exhibit.subject.mediaType, OTHER, 1),
      about: new Map([[OTHER, OTHER]]),
    });
    for (const layout of ['cosign-legacy', 'cosign-bundle', 'cosign-oci-1-1', 'envelopes']) {
      const said = await examine(layout, moved);
      expect(said.length).toBeGreaterThan(0);
      for (const { report } of said) {
        expect(report).toMatchObject({ outcome: 'failed', error: { code: 'SUBJECT_MISMATCH' }, signers: [] });
        expect(report.checks).toMatchObject({ signature: { outcome: 'passed' }, subject: { outcome: 'failed' } });
      }
    }
  });

  it('is not verified with the annotations of another layer', async () => {
    const signature = 'dev.cosignproject.cosign/signature';
    const [foreign] = found('cosign-oci-1-1').flatMap(({ exhibit }) => exhibit.layers);
    const said = await examine(
      'cosign-legacy',
      withLayers((layer) =>
        layer.annotations[signature] ? { ...layer, annotations: foreign?.annotations ?? {} } : layer,
      ),
    );
    const [image] = said.filter(({ report }) => report.type.includes('simplesigning'));
    expect(image?.report.outcome).not.toBe('verified');
    expect(image?.report).toMatchObject({ signers: [], checks: { subject: { outcome: 'passed' } } });
  });

  it('is not verified after a change of one bit of a signature or a payload', async () => {
    for (const layout of ['cosign-bundle', 'envelopes']) {
      const said = await examine(layout, (exhibit) => ({
        ...exhibit,
        fetch: async (layer) => {
          const content = Buffer.from(await exhibit.fetch(layer));
          const at = content.indexOf('"sig":"') + 30;
          content[at] = (content[at] ?? 0) === 0x41 ? 0x42 : 0x41;
          return content;
        },
      }));
      expect(said.length).toBeGreaterThan(0);
      for (const { report } of said) expect(report.outcome).not.toBe('verified');
    }
  });

  it('has failed if what was signed was changed: never verified', async () => {
    const said = await examine('cosign-legacy', (exhibit) => ({
      ...exhibit,
      fetch: async (layer) =>
        Buffer.from((await exhibit.fetch(layer)).toString().replace('"optional":null', '"optional":{} ')),
    }));
    const [image] = said.filter(({ report }) => report.type.includes('simplesigning'));
    expect(image?.report.outcome).not.toBe('verified');
    expect(image?.report.signers).toEqual([]);
  });
});
