import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDescriptor } from '../../../src/descriptor.ts';
import { VerdictError } from '../../../src/errors.ts';
import type { Container } from '../../../src/layout/container.ts';
import { directorySource } from '../../../src/layout/directory.ts';
import { Layout } from '../../../src/layout/layout.ts';
import { scan } from '../../../src/layout/scan.ts';
import { createLayoutStore } from '../../../src/layout/store.ts';
import { directoryAt, LayoutDraft, never, pathOf, scratch } from './build.ts';

const directory = scratch();
const fresh = (): string => mkdtempSync(join(directory, 'l-'));
const open = (draft: LayoutDraft): Promise<Container> => directorySource(draft.write(fresh())).open();

describe('a scan', () => {
  it('stops at a number of bytes and says so, entries of the index first', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const entry = draft.image({ subject: image, artifactType: 'a/b' });
    for (let n = 0; n < 20; n++) draft.image({ subject: image, artifactType: 'a/b', annotations: { n: `${n}` } });
    draft.entry(entry);
    const found = await scan(await open(draft), draft.entries.map(parseDescriptor), entry.size + 1);
    expect(found.limit).toBe('layoutScanBytes');
    const digests = found.bySubject.get(image.digest)?.map((one) => one.digest) ?? [];
    expect(digests[0]).toBe(entry.digest);
    expect(digests.length).toBeLessThan(20);
  });

  it('looks at what indexes contain before other blobs', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const child = draft.image({ subject: image, artifactType: 'a/b' });
    const index = draft.index([child]);
    for (let n = 0; n < 200; n++) draft.blob({ n, filler: 'x'.repeat(1000) });
    draft.entry(index);
    const found = await scan(await open(draft), draft.entries.map(parseDescriptor), index.size + 1);
    expect(found.bySubject.get(image.digest)).toMatchObject([{ digest: child.digest }]);
  });

  it('reports a blob that cannot be read, since it may be attached to anything', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const other = draft.image({ annotations: { n: '2' } });
    const container = await open(draft);
    const broken: Container = {
      blobs: () => container.blobs(),
      open: (path) =>
        path === pathOf(other.digest)
          ? Promise.reject(new VerdictError('FILE_UNREADABLE', 'EACCES'))
          : container.open(path),
    };
    expect((await scan(broken, [image])).error).toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('is tried again after the list of blobs could not be read', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.image({ subject: image, artifactType: 'a/b' });
    const container = await open(draft);
    let asked = 0;
    const flaky: Container = {
      blobs: () => (asked++ === 0 ? Promise.reject(new VerdictError('FILE_UNREADABLE', 'EMFILE')) : container.blobs()),
      open: (path) => container.open(path),
    };
    const layout = new Layout(flaky, [image]);
    await expect(layout.attachments()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    expect((await layout.attachments()).bySubject.get(image.digest)).toHaveLength(1);
    await layout.attachments();
    expect(asked).toBe(2);
  });
});

describe('a layout store', () => {
  it('reads any number of layouts one after the other, and keeps few', async () => {
    const store = createLayoutStore();
    const drafts = Array.from({ length: 12 }, (_, n) => {
      const draft = new LayoutDraft();
      const image = draft.image({ annotations: { n: `${n}` } });
      return { image, reference: directoryAt(draft.entry(image).write(fresh())) };
    });
    for (const { image, reference } of [...drafts, ...drafts]) {
      expect((await store.resolve(reference, never)).descriptor.digest).toBe(image.digest);
    }
  });

  it('does not remember that a layout could not be read', async () => {
    const store = createLayoutStore();
    const path = fresh();
    await expect(store.resolve(directoryAt(path), never)).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
    const draft = new LayoutDraft();
    const image = draft.image();
    draft.entry(image).write(path);
    expect((await store.resolve(directoryAt(path), never)).descriptor.digest).toBe(image.digest);
  });

  it('answers many questions at once out of one reading', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    for (let n = 0; n < 50; n++) draft.image({ subject: image, artifactType: 'a/b', annotations: { n: `${n}` } });
    const reference = directoryAt(draft.entry(image).write(fresh()));
    const store = createLayoutStore();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => store.referrers(reference, 'layout', image.digest, never)),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.entries).toHaveLength(50);
  });

  it('sees a layout that was written anew in the same place', async () => {
    const store = createLayoutStore();
    const path = fresh();
    for (const tag of ['one', 'another']) {
      const draft = new LayoutDraft();
      const image = draft.image({ annotations: { tag } });
      draft.tag(image, tag).write(path);
      expect((await store.resolve(directoryAt(path), never)).descriptor.digest).toBe(image.digest);
    }
  });
});
