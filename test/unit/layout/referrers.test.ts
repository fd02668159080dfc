import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../../src/descriptor.ts';
import { createLayoutStore } from '../../../src/layout/store.ts';
import type { Listing, Source } from '../../../src/store.ts';
import {
  archiveAt,
  bytesOf,
  directoryAt,
  type ImageOptions,
  LayoutDraft,
  never,
  pathOf,
  scratch,
  tarOf,
} from './build.ts';

const directory = scratch();
const fresh = (): string => mkdtempSync(join(directory, 'l-'));

/** Asks a draft about a digest, as a directory and as an archive; both must answer the same. */
async function ask(draft: LayoutDraft, source: Source, digest: string): Promise<Listing> {
  const store = createLayoutStore();
  const path = fresh();
  writeFileSync(join(path, 'layout.tar'), tarOf(draft.all()));
  const [one, two] = [
    await store.referrers(directoryAt(draft.write(join(path, 'layout'))), source, digest, never),
    await store.referrers(archiveAt(join(path, 'layout.tar')), source, digest, never),
  ];
  expect(one).toEqual(two);
  return one;
}

const digests = (listing: Listing): string[] => listing.entries.map((entry) => entry.descriptor.digest).sort();
const sbom: ImageOptions = { artifactType: 'application/spdx+json', annotations: { made: 'by us' } };

describe('source layout', () => {
  it('lists manifests whose subject is the digest, listed in index.json or not', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const one = draft.image({ ...sbom, subject: image });
    const two = draft.image({ artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json', subject: image });
    draft.image({ ...sbom, subject: draft.image({ annotations: { n: 'other' } }) });
    const listing = await ask(draft.tag(image, 'latest').entry(one), 'layout', image.digest);
    expect(listing).toMatchObject({ outcome: 'ok', limit: '', error: undefined });
    expect(digests(listing)).toEqual([one.digest, two.digest].sort());
    const found = listing.entries.find((entry) => entry.descriptor.digest === one.digest);
    expect(found).toMatchObject({
      form: 'manifest',
      descriptor: {
        size: one.size,
        mediaType: MEDIA_TYPES.ociManifest,
        artifactType: sbom.artifactType,
        annotations: sbom.annotations,
      },
    });
  });

  it('finds evidence of evidence', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const one = draft.image({ ...sbom, subject: image });
    const two = draft.image({ artifactType: 'application/vnd.cncf.notary.signature', subject: one });
    expect(digests(await ask(draft.tag(image, 'latest'), 'layout', one.digest))).toEqual([two.digest]);
  });

  it('finds an index, an artifact manifest and a manifest without media type', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
    const index = draft.index([], { subject });
    const artifact = draft.blob({ mediaType: MEDIA_TYPES.artifactManifest, artifactType: 'a/b', blobs: [], subject });
    const plain = draft.image({ ...sbom, subject: image, raw: { mediaType: undefined } });
    draft.tag(image, 'latest');
    expect(digests(await ask(draft, 'layout', image.digest))).toEqual(
      [index.digest, artifact.digest, plain.digest].sort(),
    );
  });

  it('finds a manifest whose keys are spelt with escapes, and one that begins with white space', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const manifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: { mediaType: 'a/b', digest: image.digest, size: 2 },
      layers: [],
      subject: { mediaType: image.mediaType, digest: image.digest, size: image.size },
    };
    const text = JSON.stringify(manifest);
    const escaped = draft.blob(text.replace('"subject"', '"\\u0073ubject"'));
    const indented = draft.blob(`${' '.repeat(2000)}${text}`);
    expect(digests(await ask(draft.tag(image, 'latest'), 'layout', image.digest))).toEqual(
      [escaped.digest, indented.digest].sort(),
    );
  });

  it('takes no other JSON with a subject for a manifest', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.blob({ _type: 'https://in-toto.io/Statement/v1', subject: [{ digest: { sha256: image.digest.slice(7) } }] });
    draft.blob({ subject: { digest: image.digest }, matches: [] });
    draft.blob({ mediaType: 'application/json', subject: { digest: image.digest } });
    draft.blob(`{"subject":{"digest":"${image.digest}"},"layers":[],"layers":[]}`);
    expect(await ask(draft.tag(image, 'latest'), 'layout', image.digest)).toMatchObject({ outcome: 'ok', entries: [] });
  });

  it('lists what was changed, so that reading it fails where everyone sees it', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const changed = draft.image({ ...sbom, subject: image });
    const bytes = Buffer.from(draft.files.get(pathOf(changed.digest)) ?? []);
    draft.files.set(pathOf(changed.digest), Buffer.from(bytes.toString().replace('by us', 'by me')));
    const listing = await ask(draft.tag(image, 'latest'), 'layout', image.digest);
    expect(listing.entries).toMatchObject([
      { manifest: undefined, descriptor: { digest: changed.digest, artifactType: '', annotations: {} } },
    ]);
  });

  it.each([
    ['is missing', 'NOT_FOUND', undefined],
    ['was changed beyond recognition', 'MANIFEST_INVALID', 'garbage'],
    ['was changed to name no subject', 'DIGEST_MISMATCH', JSON.stringify({ schemaVersion: 2, layers: [] })],
    ['has a subject twice', 'MANIFEST_INVALID', '{"subject":{},"subject":{}}'],
    ['is too large', 'LIMIT_EXCEEDED', 'x'.repeat(5_000_000)],
  ])('does not know what is attached where an entry of index.json %s', async (_, code, content) => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const good = draft.image({ ...sbom, subject: image });
    const bad = draft.image({ artifactType: 'a/b', subject: image });
    if (content === undefined) draft.files.delete(pathOf(bad.digest));
    else draft.files.set(pathOf(bad.digest), bytesOf(content));
    const listing = await ask(draft.tag(image, 'latest').entry(bad), 'layout', image.digest);
    expect(listing).toMatchObject({ outcome: 'failed', error: { code } });
    expect(digests(listing)).toEqual([good.digest]);
  });

  it('does not mind missing parts of an index, other media types, nor files that are no blobs', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const missing = draft.image({ annotations: { n: 'missing' } });
    draft.files.delete(pathOf(missing.digest));
    draft.files.set('blobs/sha256/ingest-123', bytesOf('{"subject":'));
    draft.files.set('blobs/blake3/abc', bytesOf('{}'));
    draft.entry({ ...image, mediaType: 'application/xml', digest: digestOf(bytesOf('x')) });
    const strange = { ...missing, digest: `blake3:${'0'.repeat(64)}` };
    draft.tag(image, 'latest').entry(draft.index([missing, strange]));
    expect(await ask(draft, 'layout', image.digest)).toMatchObject({ outcome: 'ok', entries: [] });
  });

  it('does not know what an entry with an algorithm of its own is attached to', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.tag(image, 'latest').entry({ ...image, digest: `blake3:${'0'.repeat(64)}` });
    expect(await ask(draft, 'layout', image.digest)).toMatchObject({
      outcome: 'failed',
      error: { code: 'DIGEST_UNSUPPORTED' },
    });
  });

  it('ends in spite of indexes that contain themselves', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const index = draft.index([image]);
    draft.files.set(
      pathOf(index.digest),
      bytesOf({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [index] }),
    );
    const listing = await ask(draft.tag(image, 'latest').entry(index), 'layout', image.digest);
    expect(listing).toMatchObject({ outcome: 'failed', error: { code: 'DIGEST_MISMATCH' } });
  });

  it('says so where more is attached than a list may hold', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    for (let n = 0; n < 1001; n++) draft.image({ subject: image, artifactType: 'a/b', annotations: { n: `${n}` } });
    const listing = await ask(draft.tag(image, 'latest'), 'layout', image.digest);
    expect(listing).toMatchObject({ outcome: 'truncated', limit: 'referrers' });
    expect(listing.entries).toHaveLength(1000);
  });

  it('says so where a directory holds more files than are looked at', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const one = draft.image({ ...sbom, subject: image });
    draft.tag(image, 'latest').entry(one);
    for (let n = 0; n < 20_000; n++) draft.files.set(`blobs/sha256/junk-${n}`, Buffer.alloc(0));
    const listing = await createLayoutStore().referrers(
      directoryAt(draft.write(fresh())),
      'layout',
      image.digest,
      never,
    );
    expect(listing).toMatchObject({ outcome: 'truncated', limit: 'layoutFiles' });
    expect(digests(listing)).toEqual([one.digest]);
  });
});

describe('source referrers-tag', () => {
  const tagFor = (digest: string): string => digest.replace(':', '-').slice(0, 'sha256-'.length + 64);

  it('lists the entries of the index with the fallback tag', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const one = draft.image({ ...sbom, subject: image });
    draft.tag(image, 'latest').tag(draft.index([one, one]), tagFor(image.digest));
    expect(digests(await ask(draft, 'referrers-tag', image.digest))).toEqual([one.digest]);
  });

  it('shortens a sha512 digest to 64 digits', async () => {
    const draft = new LayoutDraft();
    const image = draft.image({ algorithm: 'sha512' });
    const one = draft.image({ ...sbom, subject: image });
    draft.tag(image, 'latest').tag(draft.index([one]), tagFor(image.digest));
    expect(digests(await ask(draft, 'referrers-tag', image.digest))).toEqual([one.digest]);
  });

  it('answers with nothing where there is no such tag, or it is no index', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.tag(image, 'latest');
    expect(await ask(draft, 'referrers-tag', image.digest)).toMatchObject({ outcome: 'ok', entries: [] });
    draft.tag(draft.image({ annotations: { n: 'x' } }), tagFor(image.digest));
    expect(await ask(draft, 'referrers-tag', image.digest)).toMatchObject({ outcome: 'ok', entries: [] });
    expect(await ask(draft, 'referrers-tag', 'nonsense')).toMatchObject({ outcome: 'ok', entries: [] });
  });

  it('fails where the index was changed or there are two', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const one = draft.image({ ...sbom, subject: image });
    const index = draft.index([one]);
    draft.tag(image, 'latest').tag(index, tagFor(image.digest));
    draft.tag(draft.index([]), tagFor(image.digest));
    const twice = await ask(draft, 'referrers-tag', image.digest);
    expect(twice).toMatchObject({ outcome: 'failed', error: { code: 'REFERENCE_AMBIGUOUS' } });
    expect(digests(twice)).toEqual([one.digest]);
    draft.entries.pop();
    draft.files.set(pathOf(index.digest), Buffer.alloc(index.size, 0x20));
    expect(await ask(draft, 'referrers-tag', image.digest)).toMatchObject({
      outcome: 'failed',
      error: { code: 'DIGEST_MISMATCH' },
    });
  });
});

describe('source cosign-tag', () => {
  it('lists signatures, attestations and SBOMs by their tags', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const [sig, att, doc, other] = ['sig', 'att', 'sbom', 'zzz'].map((n) => draft.image({ annotations: { n } }));
    const tag = image.digest.replace(':', '-');
    for (const [entry, suffix] of [
      [sig, '.sig'],
      [att, '.att'],
      [doc, '.sbom'],
      [other, '.zzz'],
    ] as const) {
      if (entry !== undefined) draft.tag(entry, `${tag}${suffix}`);
    }
    draft.tag(image, 'latest');
    expect(digests(await ask(draft, 'cosign-tag', image.digest))).toEqual(
      [sig, att, doc].map((entry) => entry?.digest ?? '').sort(),
    );
    expect(digests(await ask(draft, 'cosign-tag', sig?.digest ?? ''))).toEqual([]);
  });

  it('finds such a tag at the end of a full name', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const sig = draft.image({ annotations: { n: 'sig' } });
    draft.tag(image, 'latest').tag(sig, `registry.example/app:${image.digest.replace(':', '-')}.sig`);
    expect(digests(await ask(draft, 'cosign-tag', image.digest))).toEqual([sig.digest]);
  });

  it('gives what cosign saved to the image it was saved with, and to nothing else', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const sig = draft.image({ annotations: { n: 'sig' } });
    const att = draft.image({ annotations: { n: 'att' } });
    draft.entry(image, { kind: 'dev.cosignproject.cosign/image' });
    draft.entry(sig, { kind: 'dev.cosignproject.cosign/sigs' }).entry(att, { kind: 'dev.cosignproject.cosign/atts' });
    expect(digests(await ask(draft, 'cosign-tag', image.digest))).toEqual([sig.digest, att.digest].sort());
    expect(digests(await ask(draft, 'cosign-tag', sig.digest))).toEqual([]);
  });

  it('cannot tell whose they are where several images were saved', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.entry(image, { kind: 'dev.cosignproject.cosign/image' });
    draft.entry(draft.image({ annotations: { n: '2' } }), { kind: 'dev.cosignproject.cosign/image' });
    draft.entry(draft.image({ annotations: { n: 'sig' } }), { kind: 'dev.cosignproject.cosign/sigs' });
    expect(await ask(draft, 'cosign-tag', image.digest)).toMatchObject({
      outcome: 'failed',
      entries: [],
      error: { code: 'LAYOUT_INVALID' },
    });
  });
});

describe('any source', () => {
  it.each(['referrers-api', 'image-index', 'file'] as const)('has no form %s', async (source) => {
    const draft = new LayoutDraft();
    const image = draft.image();
    expect(await ask(draft.tag(image, 'latest'), source, image.digest)).toMatchObject({ outcome: 'unsupported' });
  });

  it('answers `failed` instead of throwing', async () => {
    const nowhere = directoryAt(join(directory, 'nowhere'));
    const listing = await createLayoutStore().referrers(nowhere, 'layout', `sha256:${'a'.repeat(64)}`, never);
    expect(listing).toMatchObject({ outcome: 'failed', entries: [], error: { code: 'FILE_UNREADABLE' } });
  });
});
