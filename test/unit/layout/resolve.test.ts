import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../../src/descriptor.ts';
import { createLayoutStore } from '../../../src/layout/store.ts';
import type { Reference } from '../../../src/reference.ts';
import { archiveAt, bytesOf, directoryAt, LayoutDraft, never, pathOf, scratch, tarOf } from './build.ts';

const directory = scratch();
const fresh = (): string => mkdtempSync(join(directory, 'l-'));

/** Writes a draft in both forms; every rule must hold for both. */
const FORMS = ['directory', 'archive'] as const;
function write(draft: LayoutDraft, form: (typeof FORMS)[number], rest = ''): Reference {
  const path = fresh();
  if (form === 'directory') return directoryAt(draft.write(path), rest);
  writeFileSync(join(path, 'layout.tar'), tarOf(draft.all()));
  return archiveAt(join(path, 'layout.tar'), rest);
}

const resolve = (reference: Reference) => createLayoutStore().resolve(reference, never);
const digestAt = async (reference: Reference): Promise<string> => (await resolve(reference)).descriptor.digest;

describe.each(FORMS)('resolving in a layout as %s', (form) => {
  it('finds the only image and computes every digest of its manifest', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const resolved = await resolve(write(draft.tag(image, 'latest'), form));
    const bytes = draft.files.get(pathOf(image.digest)) ?? Buffer.alloc(0);
    expect(resolved.descriptor).toMatchObject({
      digest: image.digest,
      size: image.size,
      mediaType: MEDIA_TYPES.ociManifest,
    });
    expect(resolved.descriptor.annotations).toEqual({});
    expect(Buffer.from(resolved.manifest ?? [])).toEqual(bytes);
    expect(resolved.digests).toEqual(['sha256', 'sha384', 'sha512'].map((algorithm) => digestOf(bytes, algorithm)));
  });

  it('finds an image by its ref name', async () => {
    const draft = new LayoutDraft();
    const first = draft.image({ annotations: { n: '1' } });
    const second = draft.image({ annotations: { n: '2' } });
    draft.tag(first, 'one').tag(second, 'two').tag(second, 'also-two');
    await expect(digestAt(write(draft, form, ':two'))).resolves.toBe(second.digest);
    await expect(digestAt(write(draft, form, ':also-two'))).resolves.toBe(second.digest);
  });

  it('finds a manifest by digest that only an index names, and says its media type', async () => {
    const draft = new LayoutDraft();
    const child = draft.image();
    draft.tag(draft.index([child]), 'multi');
    const resolved = await resolve(write(draft, form, `@${child.digest}`));
    expect(resolved.descriptor).toMatchObject({
      digest: child.digest,
      size: child.size,
      mediaType: MEDIA_TYPES.ociManifest,
    });
  });

  it('lets the digest decide where both are given', async () => {
    const draft = new LayoutDraft();
    const first = draft.image({ annotations: { n: '1' } });
    const second = draft.image({ annotations: { n: '2' } });
    draft.tag(first, 'one').tag(second, 'two');
    await expect(digestAt(write(draft, form, `:one@${second.digest}`))).resolves.toBe(second.digest);
  });

  it('puts the digest that was asked for first', async () => {
    const draft = new LayoutDraft();
    const image = draft.image({ algorithm: 'sha512' });
    const resolved = await resolve(write(draft.tag(image, 'latest'), form));
    expect(resolved.digests[0]).toBe(image.digest);
    expect(resolved.digests.map((digest) => digest.split(':')[0])).toEqual(['sha512', 'sha256', 'sha384']);
  });

  it('says which tags there are when one is not', async () => {
    const draft = new LayoutDraft();
    const reference = write(draft.tag(draft.image(), '1.0'), form, ':2.0');
    await expect(resolve(reference)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(':1.0'),
    });
  });

  it('refuses a manifest that was changed', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const bytes = Buffer.from(draft.files.get(pathOf(image.digest)) ?? []);
    bytes[bytes.length - 2] = 0x20;
    draft.files.set(pathOf(image.digest), bytes);
    draft.tag(image, 'latest');
    await expect(resolve(write(draft, form, ':latest'))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(resolve(write(draft, form, `@${image.digest}`))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('refuses a manifest of another size than its entry says', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const reference = write(draft.tag({ ...image, size: image.size + 1 }, 'latest'), form, ':latest');
    await expect(resolve(reference)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  it('refuses a manifest larger than a manifest may be', async () => {
    const draft = new LayoutDraft();
    const image = draft.image({ annotations: { long: 'x'.repeat(5_000_000) } });
    draft.tag(image, 'latest');
    await expect(resolve(write(draft, form, ':latest'))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await expect(
      resolve(write(draft, form, `@${draft.image({ annotations: { long: 'y'.repeat(5_000_000) } }).digest}`)),
    ).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('says what is missing where an entry has no blob', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.files.delete(pathOf(image.digest));
    await expect(resolve(write(draft.tag(image, 'latest'), form, ':latest'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(resolve(write(draft, form, `@sha256:${'a'.repeat(64)}`))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses a blob that is no manifest', async () => {
    const draft = new LayoutDraft();
    const layer = draft.blob('not JSON');
    draft.tag(draft.image(), 'latest').tag(layer, 'layer');
    await expect(resolve(write(draft, form, `@${layer.digest}`))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    await expect(resolve(write(draft, form, ':layer'))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('refuses an entry that calls an index an image', async () => {
    const draft = new LayoutDraft();
    const index = draft.index([]);
    const reference = write(draft.tag({ ...index, mediaType: MEDIA_TYPES.ociManifest }, 'latest'), form, ':latest');
    await expect(resolve(reference)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });
});

describe('names in a layout', () => {
  it.each([
    ['the full name that crane writes', { 'org.opencontainers.image.ref.name': 'registry.example:5000/team/app:1.4' }],
    [
      'the name that containerd writes',
      { 'io.containerd.image.name': 'docker.io/library/app:1.4', 'org.opencontainers.image.ref.name': 'other' },
    ],
  ])('takes the tag of %s', async (_, annotations) => {
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.entry(image, annotations).tag(draft.image({ annotations: { n: '2' } }), 'x');
    await expect(digestAt(write(draft, 'directory', ':1.4'))).resolves.toBe(image.digest);
  });

  it('does not take a port for a tag', async () => {
    const draft = new LayoutDraft();
    draft.tag(draft.image(), 'registry.example:5000');
    draft.tag(draft.image({ annotations: { n: '2' } }), 'registry.example:5000/app');
    await expect(resolve(write(draft, 'directory', ':app'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('prefers a ref name to the end of a full name', async () => {
    const draft = new LayoutDraft();
    const exact = draft.image();
    draft.tag(draft.image({ annotations: { n: '2' } }), 'a.example/x:1.4').tag(exact, '1.4');
    await expect(digestAt(write(draft, 'directory', ':1.4'))).resolves.toBe(exact.digest);
  });

  it.each([
    ['ref names', '1.4', '1.4'],
    ['full names', 'a.example/x:1.4', 'b.example/y:1.4'],
  ])('refuses to choose between equal %s', async (_, one, two) => {
    const draft = new LayoutDraft();
    draft.tag(draft.image(), one).tag(draft.image({ annotations: { n: '2' } }), two);
    await expect(resolve(write(draft, 'directory', ':1.4'))).rejects.toMatchObject({ code: 'REFERENCE_AMBIGUOUS' });
  });

  it('asks which one of several images, naming their tags', async () => {
    const draft = new LayoutDraft();
    draft.tag(draft.image(), 'one').tag(draft.image({ annotations: { n: '2' } }), 'two');
    const fault = { code: 'REFERENCE_AMBIGUOUS', message: expect.stringMatching(/:one.*:two/) };
    await expect(resolve(write(draft, 'directory'))).rejects.toMatchObject(fault);
  });

  it('keeps the message short where there are thousands', async () => {
    const draft = new LayoutDraft();
    for (let n = 0; n < 2000; n++) draft.tag(draft.image({ annotations: { n: `${n}` } }), `tag-${n}`);
    const fault: unknown = await resolve(write(draft, 'directory')).catch((thrown: unknown) => thrown);
    expect(fault).toMatchObject({ code: 'REFERENCE_AMBIGUOUS' });
    expect((fault as Error).message.length).toBeLessThan(4000);
    expect((fault as Error).message).toContain('1980 more');
  });

  it('finds the image among its referrers, cosign tags, fallback tag and the parts that oras lists', async () => {
    const draft = new LayoutDraft();
    const child = draft.image({ annotations: { n: 'child' } });
    const index = draft.index([child]);
    const referrer = draft.image({ subject: index, artifactType: 'application/spdx+json' });
    const hex = index.digest.slice('sha256:'.length);
    draft.entry(child).entry(index).entry(referrer);
    draft.tag(draft.image({ annotations: { n: 'signature' } }), `sha256-${hex}.sig`);
    draft.tag(draft.index([referrer]), `sha256-${hex}`);
    draft.entry(draft.blob('{}', 'application/json'));
    await expect(digestAt(write(draft, 'directory'))).resolves.toBe(index.digest);
  });

  it('does not call an image part of an index that has a tag of its own', async () => {
    const draft = new LayoutDraft();
    const child = draft.image();
    draft.tag(child, 'amd64').tag(draft.index([child]), 'multi');
    await expect(resolve(write(draft, 'directory'))).rejects.toMatchObject({ code: 'REFERENCE_AMBIGUOUS' });
  });

  it('resolves what cosign saved to the image', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.entry(draft.image({ annotations: { n: 'sigs' } }), { kind: 'dev.cosignproject.cosign/sigs' });
    draft.entry(image, { kind: 'dev.cosignproject.cosign/image' });
    await expect(digestAt(write(draft, 'directory'))).resolves.toBe(image.digest);
  });

  it.each([
    ['nothing', (draft: LayoutDraft) => draft],
    ['evidence alone', (draft: LayoutDraft) => draft.entry(draft.image({ subject: draft.image() }))],
  ])('says that there is no image where there is %s', async (_, fill) => {
    await expect(resolve(write(fill(new LayoutDraft()), 'directory'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is not led round in a circle by a changed index that contains itself', async () => {
    const draft = new LayoutDraft();
    const one = draft.index([], { annotations: { n: '1' } });
    const two = draft.index([one]);
    draft.files.set(pathOf(one.digest), draft.files.get(pathOf(two.digest)) ?? Buffer.alloc(0));
    draft.entry(one).entry(two);
    await expect(digestAt(write(draft, 'directory'))).resolves.toBe(two.digest);
  });
});

describe('refusing what is no layout', () => {
  const invalid = { code: 'LAYOUT_INVALID' };

  it.each([
    ['without oci-layout', (draft: LayoutDraft) => draft.files.delete('oci-layout')],
    [
      'of another version',
      (draft: LayoutDraft) => draft.files.set('oci-layout', bytesOf({ imageLayoutVersion: '2.0.0' })),
    ],
    ['whose oci-layout is no object', (draft: LayoutDraft) => draft.files.set('oci-layout', bytesOf('"1.0.0"'))],
    [
      'whose oci-layout says its version twice',
      (draft: LayoutDraft) =>
        draft.files.set('oci-layout', bytesOf('{"imageLayoutVersion":"2.0.0","imageLayoutVersion":"1.0.0"}')),
    ],
    ['whose index is no JSON', (draft: LayoutDraft) => draft.files.set('index.json', bytesOf('{'))],
    ['whose index is a list', (draft: LayoutDraft) => draft.files.set('index.json', bytesOf('[]'))],
    [
      'whose index is an image',
      (draft: LayoutDraft) => draft.files.set('index.json', bytesOf({ schemaVersion: 2, layers: [] })),
    ],
    [
      'whose index has a member twice',
      (draft: LayoutDraft) => draft.files.set('index.json', bytesOf('{"manifests":[],"manifests":[]}')),
    ],
    [
      'whose index is both index and image',
      (draft: LayoutDraft) => draft.files.set('index.json', bytesOf({ manifests: [], layers: [] })),
    ],
    [
      'with a digest that leads out',
      (draft: LayoutDraft) =>
        draft.entries.push({ mediaType: MEDIA_TYPES.ociManifest, digest: 'sha256:../../../etc/passwd', size: 1 }),
    ],
    [
      'with a negative size',
      (draft: LayoutDraft) =>
        draft.entries.push({ mediaType: MEDIA_TYPES.ociManifest, digest: `sha256:${'a'.repeat(64)}`, size: -1 }),
    ],
  ])('refuses a layout %s', async (_, spoil) => {
    const draft = new LayoutDraft();
    draft.tag(draft.image(), 'latest');
    spoil(draft);
    await expect(resolve(write(draft, 'directory'))).rejects.toMatchObject(invalid);
    await expect(resolve(write(draft, 'archive'))).rejects.toMatchObject(invalid);
  });

  it('refuses an archive of docker save that is no layout yet', async () => {
    const path = join(fresh(), 'old.tar');
    writeFileSync(
      path,
      tarOf([
        ['manifest.json', bytesOf('[]')],
        ['abc/layer.tar', bytesOf('x')],
      ]),
    );
    await expect(resolve(archiveAt(path))).rejects.toMatchObject(invalid);
  });

  it.each([
    ['oci-layout', bytesOf(`{"imageLayoutVersion":"1.0.0"${' '.repeat(5000)}}`)],
    ['index.json', bytesOf(`{"manifests":[]${' '.repeat(5_000_000)}}`)],
    [
      'index.json',
      bytesOf({ manifests: Array(10_001).fill({ mediaType: 'a/b', digest: `sha256:${'a'.repeat(64)}`, size: 1 }) }),
    ],
  ])('refuses a layout with a huge %s', async (path, bytes) => {
    const draft = new LayoutDraft();
    draft.files.set(path, bytes);
    await expect(resolve(write(draft, 'directory'))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('reads an index.json with ten thousand entries, most of them missing', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.tag(image, 'latest');
    for (let n = 0; n < 9_999; n++) draft.entry({ ...image, digest: digestOf(bytesOf(`${n}`)) }, { n: `${n}` });
    await expect(digestAt(write(draft, 'directory', ':latest'))).resolves.toBe(image.digest);
    await expect(resolve(write(draft, 'directory'))).rejects.toMatchObject({ code: 'REFERENCE_AMBIGUOUS' });
  });

  it('says that a path is not there', async () => {
    await expect(resolve(directoryAt(join(directory, 'nowhere')))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    await expect(resolve(archiveAt(join(directory, 'nowhere.tar')))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('does not take a file for a directory, nor the reverse', async () => {
    const path = join(fresh(), 'file');
    writeFileSync(path, 'x');
    await expect(resolve(directoryAt(path))).rejects.toMatchObject(invalid);
    await expect(resolve(archiveAt(fresh()))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('does not wait for a fifo', async () => {
    const path = join(fresh(), 'fifo');
    execFileSync('mkfifo', [path]);
    await expect(resolve(archiveAt(path))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.files.delete(pathOf(image.digest));
    const layout = draft.tag(image, 'latest').write(fresh());
    execFileSync('mkfifo', [join(layout, pathOf(image.digest))]);
    await expect(resolve(directoryAt(layout, ':latest'))).rejects.toMatchObject(invalid);
  });
});

describe('links in a layout', () => {
  it.each([
    ['a blob', pathOf],
    ['the blobs of an algorithm', () => 'blobs/sha256'],
    ['all blobs', () => 'blobs'],
    ['index.json', () => 'index.json'],
  ])('refuses %s that leads out', async (_, pathIn) => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const layout = draft.tag(image, 'latest').write(fresh());
    const inside = join(layout, pathIn(image.digest));
    const outside = join(fresh(), 'outside');
    renameSync(inside, outside);
    symlinkSync(outside, inside);
    await expect(resolve(directoryAt(layout, ':latest'))).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
  });

  it('follows one that stays inside', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const layout = draft.tag(image, 'latest').write(fresh());
    mkdirSync(join(layout, 'other'));
    renameSync(join(layout, pathOf(image.digest)), join(layout, 'other/manifest'));
    symlinkSync('../../other/manifest', join(layout, pathOf(image.digest)));
    await expect(digestAt(directoryAt(layout, ':latest'))).resolves.toBe(image.digest);
  });

  it('follows one to the layout itself, since the user named it', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const path = join(fresh(), 'link');
    symlinkSync(draft.tag(image, 'latest').write(fresh()), path);
    await expect(digestAt(directoryAt(path))).resolves.toBe(image.digest);
  });

  it('refuses one that leads in a circle', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const layout = draft.tag(image, 'latest').write(fresh());
    rmSync(join(layout, pathOf(image.digest)));
    symlinkSync(join(layout, pathOf(image.digest)), join(layout, pathOf(image.digest)));
    await expect(resolve(directoryAt(layout, ':latest'))).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
  });
});
