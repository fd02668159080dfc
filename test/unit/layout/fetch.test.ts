import { mkdtempSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { descriptor, digestOf } from '../../../src/descriptor.ts';
import { VerdictError } from '../../../src/errors.ts';
import { archiveSource } from '../../../src/layout/archive.ts';
import { createLayoutStore } from '../../../src/layout/store.ts';
import { parseReference, type Reference } from '../../../src/reference.ts';
import { archiveAt, bytesOf, directoryAt, LayoutDraft, never, pathOf, scratch, tarEntry, tarOf } from './build.ts';

const directory = scratch();
const fresh = (): string => mkdtempSync(join(directory, 'l-'));
const MIB = 1024 * 1024;

async function lowestFree(): Promise<number> {
  const handle = await open('/dev/null');
  try {
    return handle.fd;
  } finally {
    await handle.close();
  }
}

function write(draft: LayoutDraft, form: 'directory' | 'archive'): Reference {
  const path = fresh();
  if (form === 'directory') return directoryAt(draft.write(path));
  writeFileSync(join(path, 'layout.tar'), tarOf(draft.all()));
  return archiveAt(join(path, 'layout.tar'));
}

describe.each(['directory', 'archive'] as const)('reading from a layout as %s', (form) => {
  it('hands on content that is what its digest says', async () => {
    const draft = new LayoutDraft();
    const small = draft.blob('hello');
    const empty = draft.blob('');
    const large = draft.blob(Buffer.alloc(3 * MIB + 7, 'abc'), 'a/b', 'sha512');
    const reference = write(draft, form);
    const store = createLayoutStore();
    for (const wanted of [small, empty, large]) {
      const bytes = await store.fetch(reference, 'blob', wanted, 4 * MIB, never);
      expect(digestOf(bytes, wanted.digest.split(':')[0])).toBe(wanted.digest);
    }
  });

  it.each([
    ['changed', Buffer.from('hellO'), 'DIGEST_MISMATCH'],
    ['shortened', Buffer.from('hell'), 'SIZE_MISMATCH'],
    ['lengthened', Buffer.from('hello '), 'SIZE_MISMATCH'],
  ])('refuses content that was %s', async (_, content, code) => {
    const draft = new LayoutDraft();
    const wanted = draft.blob('hello');
    draft.files.set(pathOf(wanted.digest), content);
    await expect(createLayoutStore().fetch(write(draft, form), 'blob', wanted, MIB, never)).rejects.toMatchObject({
      code,
    });
  });

  it('refuses what is larger than the limit before reading it', async () => {
    const draft = new LayoutDraft();
    const wanted = draft.blob('hello');
    draft.files.delete(pathOf(wanted.digest));
    await expect(createLayoutStore().fetch(write(draft, form), 'blob', wanted, 4, never)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });

  it.each([
    ['sha256:../../../../etc/passwd', 'DESCRIPTOR_INVALID'],
    ['../sha256:abc', 'DESCRIPTOR_INVALID'],
    [`sha256:${'A'.repeat(64)}`, 'DESCRIPTOR_INVALID'],
    [`sha256:${'a'.repeat(63)}`, 'DESCRIPTOR_INVALID'],
    [`blake3:${'a'.repeat(64)}`, 'DIGEST_UNSUPPORTED'],
    ['constructor:abc', 'DIGEST_UNSUPPORTED'],
    [`sha256:${'a'.repeat(64)}`, 'NOT_FOUND'],
  ])('lets no digest like %s near a path', async (digest, code) => {
    const wanted = descriptor('a/b', digest, 1);
    const draft = new LayoutDraft();
    await expect(createLayoutStore().fetch(write(draft, form), 'blob', wanted, MIB, never)).rejects.toMatchObject({
      code,
    });
  });

  it('ends when its caller no longer waits, with the reason it was given', async () => {
    const draft = new LayoutDraft();
    const wanted = draft.blob('hello');
    const reference = write(draft, form);
    const store = createLayoutStore();
    const reason = new VerdictError('DEADLINE_EXCEEDED', 'mine');
    await expect(store.fetch(reference, 'blob', wanted, MIB, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(store.resolve(reference, AbortSignal.abort())).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(store.referrers(reference, 'layout', wanted.digest, AbortSignal.abort())).resolves.toMatchObject({
      outcome: 'failed',
      error: { code: 'DEADLINE_EXCEEDED' },
    });
    const controller = new AbortController();
    const read = store.fetch(reference, 'blob', wanted, MIB, controller.signal);
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('sees what was added since it was last asked', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const reference = write(draft.tag(image, 'latest'), form);
    const store = createLayoutStore();
    const found = async () => (await store.referrers(reference, 'layout', image.digest, never)).entries.length;
    expect(await found()).toBe(0);
    draft.image({ subject: image, artifactType: 'a/b' });
    if (reference.kind !== 'layout') throw new Error('not a layout');
    if (form === 'directory') {
      // A new blob changes the time of its directory; the test sets it, because both may happen within one tick.
      draft.write(reference.path);
      utimesSync(join(reference.path, 'blobs/sha256'), 1_000_000_000, 1_000_000_000);
    }
    if (form === 'archive') writeFileSync(reference.path, tarOf(draft.all()));
    expect(await found()).toBe(1);
  });

  it('gives back every file handle', async () => {
    const draft = new LayoutDraft();
    const image = draft.image();
    const wanted = draft.blob('hello');
    const reference = write(draft.tag(image, 'latest'), form);
    const before = await lowestFree();
    const store = createLayoutStore();
    for (let n = 0; n < 50; n++) {
      await store.resolve(reference, never);
      await store.referrers(reference, 'layout', image.digest, never);
      await store.fetch(reference, 'blob', wanted, MIB, never);
      await store.fetch(reference, 'blob', { ...wanted, size: 4 }, MIB, never).catch(() => undefined);
    }
    await store.close();
    // Others in this process may hold a few more by now, but not two hundred.
    expect(await lowestFree()).toBeLessThan(before + 20);
  });
});

describe('archives', () => {
  it('refuses one that was replaced between listing and reading', async () => {
    const draft = new LayoutDraft();
    const wanted = draft.blob('hello');
    const path = join(fresh(), 'layout.tar');
    writeFileSync(path, tarOf(draft.all()));
    const store = createLayoutStore();
    await store.fetch(archiveAt(path), 'blob', wanted, MIB, never);
    const container = await archiveSource(path).open();
    writeFileSync(`${path}.new`, readFileSync(path));
    renameSync(`${path}.new`, path);
    await expect(container.open('index.json')).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', retryable: true });
    await expect(store.fetch(archiveAt(path), 'blob', wanted, MIB, never)).resolves.toHaveLength(5);
  });

  it('refuses a size that reaches over the next entries', async () => {
    const draft = new LayoutDraft();
    const wanted = draft.blob('hello');
    draft.tag(draft.image(), 'latest');
    const path = join(fresh(), 'layout.tar');
    const lying = tarEntry({ path: pathOf(wanted.digest), size: 2048 }, bytesOf('hello'));
    draft.files.delete(pathOf(wanted.digest));
    writeFileSync(path, Buffer.concat([lying, tarOf(draft.all())]));
    const read = createLayoutStore().fetch(archiveAt(path), 'blob', wanted, MIB, never);
    await expect(read).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });

  it('says that a compressed archive must be unpacked', async () => {
    const path = join(fresh(), 'layout.tar.gz');
    writeFileSync(path, Buffer.from('1f8b0800000000000003', 'hex'));
    await expect(createLayoutStore().resolve(archiveAt(path), never)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });
});

describe('other references', () => {
  it('are its caller’s mistake', async () => {
    const image = parseReference('registry.example/app:1');
    await expect(createLayoutStore().resolve(image, never)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
