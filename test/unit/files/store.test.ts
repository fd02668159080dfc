import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { descriptor, digestOf } from '../../../src/descriptor.ts';
import { VerdictError } from '../../../src/errors.ts';
import { createFileStore } from '../../../src/files/store.ts';
import { parseReference } from '../../../src/reference.ts';
import type { Listing, Store } from '../../../src/store.ts';

const directory = mkdtempSync(join(tmpdir(), 'verdict-files-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const never = new AbortController().signal;
const MIB = 1024 * 1024;
const ALGORITHMS = ['sha256', 'sha384', 'sha512'];
const OTHER = `sha256:${'0'.repeat(64)}`;

/** A directory with these files; a path may have directories of its own. */
function tree(files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(directory, 't-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const at = (path: string) => parseReference(`file:${path}`);
const subject = at('/does/not/matter');
const ask = (store: Store, digest = OTHER): Promise<Listing> => store.referrers(subject, 'file', digest, never);
const list = (...evidence: string[]): Promise<Listing> => ask(createFileStore({ evidence }));
const titles = (listing: Listing): (string | undefined)[] =>
  listing.entries.map((entry) => entry.descriptor.annotations['org.opencontainers.image.title']);

describe('resolving a file', () => {
  it.each([
    ['app.tgz', 'hello', 'application/x-tar+gzip'],
    ['empty', '', 'application/octet-stream'],
    ['large.bin', Buffer.alloc(3 * MIB + 5, 'xyz'), 'application/octet-stream'],
  ])('computes every digest of %s', async (name, content, mediaType) => {
    const root = tree({ [name]: content });
    const resolved = await createFileStore({ evidence: [] }).resolve(at(join(root, name)), never);
    const bytes = Buffer.from(content);
    expect(resolved.manifest).toBeUndefined();
    expect(resolved.descriptor).toEqual(descriptor(mediaType, digestOf(bytes), bytes.length));
    expect(resolved.digests).toEqual(ALGORITHMS.map((algorithm) => digestOf(bytes, algorithm)));
  });

  it('follows a link that the user names', async () => {
    const root = tree({ app: 'hello' });
    symlinkSync(join(root, 'app'), join(root, 'link'));
    const { descriptor: found } = await createFileStore({ evidence: [] }).resolve(at(join(root, 'link')), never);
    expect(found.digest).toBe(digestOf(Buffer.from('hello')));
  });

  it('refuses what is not a file: a directory, a device, a fifo, nothing', async () => {
    const root = tree({ app: 'hello' });
    execFileSync('mkfifo', [join(root, 'fifo')]);
    symlinkSync('loop', join(root, 'loop'));
    const store = createFileStore({ evidence: [] });
    for (const path of [
      root,
      '/dev/zero',
      join(root, 'fifo'),
      join(root, 'loop'),
      join(root, 'nowhere'),
      join(root, 'app/x'),
    ]) {
      await expect(store.resolve(at(path), never)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    }
  });

  it('ends when its caller no longer waits, with the reason it was given', async () => {
    const root = tree({ app: 'hello' });
    const store = createFileStore({ evidence: [] });
    const reason = new VerdictError('DEADLINE_EXCEEDED', 'mine');
    await expect(store.resolve(at(join(root, 'app')), AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(store.resolve(at(join(root, 'app')), AbortSignal.abort())).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  it.each([
    ['longer', (path: string) => appendFileSync(path, 'more')],
    ['shorter', (path: string) => truncateSync(path, 10)],
    ['other', (path: string) => utimesSync(path, 1_000_000_000, 1_000_000_000)],
  ])('refuses a file that becomes %s while it is read', async (_, change) => {
    const root = tree({ app: Buffer.alloc(3 * MIB) });
    const path = join(root, 'app');
    // The signal is looked at between two reads.
    const { signal } = new AbortController();
    let looks = 0;
    Object.defineProperty(signal, 'aborted', {
      get: () => {
        if (++looks === 2) change(path);
        return false;
      },
    });
    await expect(createFileStore({ evidence: [] }).resolve(at(path), signal)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      retryable: true,
    });
  });

  it('has no other references', async () => {
    const store = createFileStore({ evidence: [] });
    await expect(store.resolve(parseReference('registry.example/app'), never)).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });
});

describe('evidence files', () => {
  it('are listed as documents with digest, size, type and title', async () => {
    const root = tree({ 'app.spdx.json': '{"spdxVersion":"SPDX-2.3"}' });
    const listing = await list(join(root, 'app.spdx.json'));
    const bytes = Buffer.from('{"spdxVersion":"SPDX-2.3"}');
    const annotations = { 'org.opencontainers.image.title': 'app.spdx.json' };
    expect(listing).toEqual({
      outcome: 'ok',
      limit: '',
      error: undefined,
      entries: [
        {
          form: 'document',
          manifest: undefined,
          descriptor: descriptor('application/spdx+json', digestOf(bytes), bytes.length, { annotations }),
        },
      ],
    });
  });

  it('are found below a directory, sorted, without hidden ones', async () => {
    const root = tree({
      'b.txt': 'b',
      'a/z.txt': 'z',
      'a/c/d.txt': 'd',
      '.hidden': 'h',
      '.git/config': 'g',
      'c.txt': 'c',
    });
    const listing = await list(root);
    expect(listing.outcome).toBe('ok');
    expect(titles(listing)).toEqual(['d.txt', 'z.txt', 'b.txt', 'c.txt']);
  });

  it('are taken though their own name is hidden, if the user names them', async () => {
    const root = tree({ '.dir/.secret': 'h', '.dir/x.txt': 'x' });
    expect(titles(await list(join(root, '.dir'), join(root, '.dir/.secret')))).toEqual(['x.txt', '.secret']);
  });

  it('have the type of their content where the name leaves it open', async () => {
    const root = tree({ 'x.json': '{"bomFormat":"CycloneDX"}' });
    expect((await list(root)).entries[0]?.descriptor.mediaType).toBe('application/vnd.cyclonedx+json');
  });

  it('are listed once per content', async () => {
    const root = tree({ 'a.txt': 'same', 'b.txt': 'same' });
    expect(titles(await list(root, root, join(root, 'b.txt')))).toEqual(['a.txt']);
  });

  it('are never evidence about themselves', async () => {
    const root = tree({ 'app.bin': 'app', 'app.txt': 'text' });
    const store = createFileStore({ evidence: [root] });
    const { descriptor: own } = await store.resolve(at(join(root, 'app.bin')), never);
    expect(titles(await ask(store, own.digest))).toEqual(['app.txt']);
  });

  it('may be none', async () => {
    expect(await list()).toMatchObject({ outcome: 'ok', entries: [] });
    expect(await list(tree({}))).toMatchObject({ outcome: 'ok', entries: [] });
  });

  it('that are not there make the answer `failed`, and take nothing else down', async () => {
    const root = tree({ 'a.txt': 'a' });
    const listing = await list(join(root, 'nowhere'), root);
    expect(listing).toMatchObject({ outcome: 'failed', error: { code: 'FILE_UNREADABLE' } });
    expect(titles(listing)).toEqual(['a.txt']);
  });

  it('that are no regular files make the answer `failed`', async () => {
    const root = tree({ 'a.txt': 'a' });
    execFileSync('mkfifo', [join(root, 'fifo')]);
    const listing = await list(root);
    expect(listing).toMatchObject({ outcome: 'failed', error: { code: 'FILE_UNREADABLE' } });
    expect(titles(listing)).toEqual(['a.txt']);
    expect(await list('/dev/null')).toMatchObject({ outcome: 'failed', error: { code: 'FILE_UNREADABLE' } });
  });

  it('stay within the directory, whatever links say', async () => {
    const root = tree({ 'a.txt': 'a' });
    symlinkSync('/etc/passwd', join(root, 'b.txt'));
    const listing = await list(root);
    expect(listing).toMatchObject({ outcome: 'failed', error: { code: 'FILE_UNREADABLE' } });
    expect(titles(listing)).toEqual(['a.txt']);
  });

  it('do not stay within a directory whose name only begins the same', async () => {
    const root = tree({ 'dir/a.txt': 'a', 'dir-b/b.txt': 'b' });
    symlinkSync('../dir-b/b.txt', join(root, 'dir/b.txt'));
    expect(await list(join(root, 'dir'))).toMatchObject({ outcome: 'failed' });
  });

  it.each([
    ['dangle', 'nowhere'],
    ['lead in a circle', 'x.txt'],
  ])('that %s make the answer `failed`', async (_, target) => {
    const root = tree({ 'a.txt': 'a' });
    symlinkSync(target, join(root, 'x.txt'));
    expect(await list(root)).toMatchObject({ outcome: 'failed', error: { code: 'FILE_UNREADABLE' } });
  });

  it('may be links within the directory, as mounted config maps are', async () => {
    const root = tree({ '..2026/a.json': '{"bomFormat":"CycloneDX"}' });
    symlinkSync('..2026', join(root, '..data'));
    symlinkSync('..data/a.json', join(root, 'a.json'));
    const listing = await list(root);
    expect(listing.outcome).toBe('ok');
    expect(titles(listing)).toEqual(['a.json']);
  });

  it('end in spite of directories that contain themselves', async () => {
    const root = tree({ 'd/a.txt': 'a' });
    symlinkSync('..', join(root, 'd/up'));
    symlinkSync('.', join(root, 'self'));
    const listing = await list(root);
    expect(listing.outcome).toBe('ok');
    expect(titles(listing)).toEqual(['a.txt']);
  });

  it('are cut at a depth, and the answer says so', async () => {
    const root = tree({ '1/2/3/4/5/6/7/in.txt': 'in', '1/2/3/4/5/6/7/8/out.txt': 'out' });
    const listing = await list(root);
    expect(listing).toMatchObject({ outcome: 'truncated', limit: 'evidenceDepth' });
    expect(titles(listing)).toEqual(['in.txt']);
  });

  it('are cut at a number, and the answer says so', async () => {
    const root = tree(Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`${n}.txt`, `${n}`])));
    const listing = await list(root);
    expect(listing).toMatchObject({ outcome: 'truncated', limit: 'evidenceFiles' });
    expect(listing.entries).toHaveLength(1000);
  });

  it('are cut at a number of names, hidden ones included', async () => {
    const root = tree(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`.${n}`, ''])));
    expect(await list(root)).toMatchObject({ outcome: 'truncated', limit: 'evidenceFiles' });
  });

  it('are not there in any other form', async () => {
    const store = createFileStore({ evidence: [] });
    await expect(store.referrers(subject, 'referrers-api', OTHER, never)).resolves.toMatchObject({
      outcome: 'unsupported',
    });
  });

  it('are no longer looked for when nobody waits', async () => {
    const root = tree({ 'a.txt': 'a', 'b.txt': 'b' });
    const store = createFileStore({ evidence: [root] });
    const listing = await store.referrers(subject, 'file', OTHER, AbortSignal.abort());
    expect(listing).toMatchObject({ outcome: 'failed', entries: [], error: { code: 'DEADLINE_EXCEEDED' } });
  });
});

describe('reading a file', () => {
  it('hands on evidence and the subject, checked', async () => {
    const root = tree({ app: 'app', 'evidence/a.txt': 'text' });
    const store = createFileStore({ evidence: [join(root, 'evidence')] });
    const { descriptor: own } = await store.resolve(at(join(root, 'app')), never);
    const [entry] = (await ask(store, own.digest)).entries;
    expect(Buffer.from(await store.fetch(subject, 'blob', own, MIB, never)).toString()).toBe('app');
    expect(Buffer.from(await store.fetch(subject, 'blob', entry?.descriptor ?? own, MIB, never)).toString()).toBe(
      'text',
    );
  });

  it.each([
    ['changed', 'texT', 'DIGEST_MISMATCH'],
    ['shortened', 'tex', 'SIZE_MISMATCH'],
    ['lengthened', 'text ', 'SIZE_MISMATCH'],
    ['emptied', '', 'SIZE_MISMATCH'],
  ])('refuses a file that was %s since it was listed', async (_, content, code) => {
    const root = tree({ 'a.txt': 'text' });
    const store = createFileStore({ evidence: [root] });
    const wanted = (await ask(store)).entries[0]?.descriptor ?? descriptor('', OTHER, 0);
    writeFileSync(join(root, 'a.txt'), content);
    await expect(store.fetch(subject, 'blob', wanted, MIB, never)).rejects.toMatchObject({ code });
  });

  it('refuses a file that was removed or became a fifo since it was listed', async () => {
    const root = tree({ 'a.txt': 'text' });
    const store = createFileStore({ evidence: [root] });
    const wanted = (await ask(store)).entries[0]?.descriptor ?? descriptor('', OTHER, 0);
    rmSync(join(root, 'a.txt'));
    await expect(store.fetch(subject, 'blob', wanted, MIB, never)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    execFileSync('mkfifo', [join(root, 'a.txt')]);
    await expect(store.fetch(subject, 'blob', wanted, MIB, never)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('refuses what is larger than the limit, and what nobody gave', async () => {
    const root = tree({ 'a.txt': 'text' });
    const store = createFileStore({ evidence: [root] });
    const wanted = (await ask(store)).entries[0]?.descriptor ?? descriptor('', OTHER, 0);
    await expect(store.fetch(subject, 'blob', wanted, 3, never)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await expect(store.fetch(subject, 'blob', { ...wanted, digest: OTHER }, MIB, never)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await store.close();
    await expect(store.fetch(subject, 'blob', wanted, MIB, never)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses a descriptor with another size', async () => {
    const root = tree({ 'a.txt': 'text' });
    const store = createFileStore({ evidence: [root] });
    const wanted = (await ask(store)).entries[0]?.descriptor ?? descriptor('', OTHER, 0);
    await expect(store.fetch(subject, 'blob', { ...wanted, size: 2 }, MIB, never)).rejects.toMatchObject({
      code: 'SIZE_MISMATCH',
    });
  });
});
