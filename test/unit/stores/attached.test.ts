import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../../src/errors.ts';
import { parseReference } from '../../../src/reference.ts';
import { attached } from '../../../src/stores/attached.ts';
import { blobOf, FakeStore, never } from './fake.ts';

const reference = parseReference('registry.example/team/app');
const bytes = Buffer.from('evidence');
const pair = () => {
  const store = new FakeStore('store', ['referrers-api'], [Buffer.from('layer'), bytes]);
  const files = new FakeStore('files', ['file'], [bytes]);
  return { store, files, both: attached(store, files) };
};

describe('evidence files beside a store', () => {
  it('adds the source `file`, once', () => {
    expect(pair().both.sources).toEqual(['referrers-api', 'file']);
    expect(attached(pair().files, pair().files).sources).toEqual(['file']);
  });

  it('asks the files for source `file` alone', async () => {
    const { store, files, both } = pair();
    await both.resolve(reference, never);
    await both.referrers(reference, 'referrers-api', 'sha256:x', never);
    const { entries } = await both.referrers(reference, 'file', 'sha256:x', never);
    expect(entries[0]?.descriptor).toEqual(files.own);
    expect(store.calls).toEqual(['resolve', 'referrers referrers-api']);
    expect(files.calls).toEqual(['referrers file']);
  });

  it('reads a file where there is one, and everything else from the store', async () => {
    const { store, files, both } = pair();
    await expect(both.fetch(reference, 'blob', blobOf(bytes), 100, never)).resolves.toBe(
      files.contents.get(blobOf(bytes).digest),
    );
    expect(store.calls).toEqual([]);
    const layer = Buffer.from('layer');
    await expect(both.fetch(reference, 'blob', blobOf(layer), 100, never)).resolves.toEqual(layer);
    await expect(both.fetch(reference, 'blob', blobOf(Buffer.from('x')), 100, never)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('never takes a file for a manifest', async () => {
    const { files, both } = pair();
    await both.fetch(reference, 'manifest', blobOf(bytes), 100, never);
    expect(files.calls).toEqual([]);
  });

  it('does not turn to the store for a file that was changed', async () => {
    const { store, both } = pair();
    const wrong = { ...blobOf(bytes), size: 1 };
    await expect(both.fetch(reference, 'blob', wrong, 100, never)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    expect(store.calls).toEqual([]);
  });

  it('closes both', async () => {
    const { store, files, both } = pair();
    store.closeFault = new VerdictError('INTERNAL', 'stuck');
    await expect(both.close()).rejects.toBe(store.closeFault);
    expect([store.closed, files.closed]).toEqual([1, 1]);
  });
});
