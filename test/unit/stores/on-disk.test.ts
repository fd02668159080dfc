import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseReference } from '../../../src/reference.ts';
import { cached } from '../../../src/stores/cached.ts';
import { onDisk } from '../../../src/stores/on-disk.ts';
import { makeDirectory, openDisk, sampleOf, settled } from './disk/support.ts';
import { blobOf, FakeStore, never } from './fake.ts';

const here = parseReference('registry.example/team/app:1');
const bytes = Buffer.from('hello');

let directory: string;
beforeEach(() => {
  directory = makeDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const make = (contents: readonly Uint8Array[] = [bytes]) => {
  const store = new FakeStore('store', ['referrers-api'], contents);
  const opened = openDisk(directory);
  return { store, ...opened, kept: onDisk(store, opened.disk) };
};
const name = sampleOf('hello').name;

describe('a store over a disk', () => {
  it('is asked for a content once, also by the next process', async () => {
    const first = make();
    expect(await first.kept.fetch(here, 'blob', blobOf(bytes), 10, never)).toEqual(bytes);
    await settled(directory, name);
    await first.kept.close();
    const second = make();
    const again = parseReference('registry.example/team/app:2');
    expect(await second.kept.fetch(again, 'manifest', blobOf(bytes), 10, never)).toEqual(new Uint8Array(bytes));
    expect([first.store.calls, second.store.calls]).toEqual([['fetch blob'], []]);
    expect(first.store.closed).toBe(1);
    await second.kept.close();
  });

  it.each(['registry.example/team/other', 'other.example/team/app'])('asks %s for itself', async (text) => {
    const { store, kept } = make();
    await kept.fetch(here, 'blob', blobOf(bytes), 10, never);
    await settled(directory, name);
    await kept.fetch(parseReference(text), 'blob', blobOf(bytes), 10, never);
    expect(store.calls).toHaveLength(2);
    await kept.close();
  });

  it('serves what the store has where the file was tampered with', async () => {
    writeFileSync(join(directory, name), 'hellO');
    const { store, kept, events } = make();
    expect(await kept.fetch(here, 'blob', blobOf(bytes), 10, never)).toEqual(bytes);
    expect({ calls: store.calls, events }).toEqual({ calls: ['fetch blob'], events: ['discarded'] });
    await kept.close();
  });

  it('keeps no failure, and no digest that nobody can verify', async () => {
    const { store, kept } = make([]);
    await expect(kept.fetch(here, 'blob', blobOf(bytes), 10, never)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const md5 = { ...blobOf(bytes), digest: 'md5:d41d8cd98f00b204e9800998ecf8427e' };
    await expect(kept.fetch(here, 'blob', md5, 10, never)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(store.calls).toHaveLength(2);
    await kept.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves sizes beyond the limit to the store, and does not wait for one who has left', async () => {
    const { store, kept } = make();
    await kept.fetch(here, 'blob', blobOf(bytes), 4, never);
    expect(store.calls).toHaveLength(1);
    await expect(kept.fetch(here, 'blob', blobOf(bytes), 10, AbortSignal.abort())).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(store.calls).toHaveLength(1);
    await kept.close();
  });

  it('lies below the memory: one read for all who ask at once', async () => {
    const { store, kept } = make();
    const events: string[] = [];
    const both = cached(kept, { maxBytes: 1000, onEvent: (event) => void events.push(event) });
    await Promise.all([1, 2, 3].map(() => both.fetch(here, 'blob', blobOf(bytes), 10, never)));
    await both.fetch(here, 'blob', blobOf(bytes), 10, never);
    expect({ calls: store.calls, events }).toEqual({
      calls: ['fetch blob'],
      events: ['miss', 'joined', 'joined', 'hit'],
    });
    expect(both.size()).toEqual({ entries: 1, bytes: 5 });
    await both.close();
  });

  it('always asks the store what names mean', async () => {
    const { store, kept } = make();
    for (let n = 0; n < 2; n++) {
      await kept.resolve(here, never);
      await kept.referrers(here, 'referrers-api', 'sha256:x', never);
    }
    expect(store.calls).toHaveLength(4);
    await kept.close();
  });
});
