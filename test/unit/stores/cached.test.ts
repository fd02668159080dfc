import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../../src/errors.ts';
import { parseReference } from '../../../src/reference.ts';
import { cached } from '../../../src/stores/cached.ts';
import { blobOf, FakeStore, never } from './fake.ts';

const here = parseReference('registry.example/team/app:1');
const bytes = Buffer.from('hello');
const ten = (letter: string): Buffer => Buffer.from(letter.repeat(10));

const make = (contents: readonly Uint8Array[] = [bytes], maxBytes = 1000) => {
  const store = new FakeStore('store', ['referrers-api'], contents);
  return { store, cache: cached(store, { maxBytes }) };
};

describe('content kept by digest', () => {
  it('tells how each read was met', async () => {
    const events: string[] = [];
    const store = new FakeStore('store', ['referrers-api'], [bytes]);
    const cache = cached(store, { maxBytes: 1000, onEvent: (event) => events.push(event) });
    const read = (): Promise<Uint8Array> => cache.fetch(here, 'blob', blobOf(bytes), 10, never);
    await Promise.all([read(), read()]);
    await read();
    expect(events).toEqual(['miss', 'joined', 'hit']);
  });

  it('is read once, whatever tag names the place and whatever the kind', async () => {
    const { store, cache } = make();
    await expect(cache.fetch(here, 'blob', blobOf(bytes), 10, never)).resolves.toEqual(bytes);
    await expect(
      cache.fetch(parseReference('registry.example/team/app:2'), 'manifest', blobOf(bytes), 10, never),
    ).resolves.toEqual(bytes);
    expect(store.calls).toEqual(['fetch blob']);
  });

  it.each([
    'registry.example/team/other',
    'other.example/team/app',
    'oci:registry.example/team/app',
    'file:registry.example/team/app',
  ])('is not had from %s by naming its digest', async (text) => {
    const { store, cache } = make();
    await cache.fetch(here, 'blob', blobOf(bytes), 10, never);
    await cache.fetch(parseReference(text), 'blob', blobOf(bytes), 10, never);
    expect(store.calls).toHaveLength(2);
  });

  it('is not handed out for another size, nor beyond a limit', async () => {
    const { cache } = make();
    await cache.fetch(here, 'blob', blobOf(bytes), 10, never);
    await expect(cache.fetch(here, 'blob', { ...blobOf(bytes), size: 4 }, 10, never)).rejects.toMatchObject({
      code: 'SIZE_MISMATCH',
    });
    await expect(cache.fetch(here, 'blob', blobOf(bytes), 4, never)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('is not asked for at all beyond a limit', async () => {
    const { store, cache } = make();
    await expect(cache.fetch(here, 'blob', blobOf(bytes), 4, never)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(store.calls).toEqual([]);
  });

  it('leaves out what was used longest ago when there is no more room', async () => {
    const [a, b, c] = [ten('a'), ten('b'), ten('c')];
    const { store, cache } = make([a, b, c], 25);
    const read = async (content: Buffer): Promise<boolean> => {
      const before = store.calls.length;
      await cache.fetch(here, 'blob', blobOf(content), 100, never);
      return store.calls.length > before;
    };
    expect([await read(a), await read(b), await read(a), await read(c)]).toEqual([true, true, false, true]);
    expect([await read(a), await read(c), await read(b)]).toEqual([false, false, true]);
  });

  it('does not keep what is larger than all room there is, nor drop the rest for it', async () => {
    const [a, large] = [ten('a'), Buffer.alloc(26)];
    const { store, cache } = make([a, large], 25);
    for (const content of [a, large, large, a]) await cache.fetch(here, 'blob', blobOf(content), 100, never);
    expect(store.calls).toHaveLength(3);
  });

  it('is asked for again after a failure', async () => {
    const { store, cache } = make([]);
    for (let n = 0; n < 2; n++) {
      await expect(cache.fetch(here, 'blob', blobOf(bytes), 10, never)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(store.calls).toHaveLength(2);
  });

  it('is forgotten when the store is closed', async () => {
    const { store, cache } = make();
    await cache.fetch(here, 'blob', blobOf(bytes), 10, never);
    await cache.close();
    await cache.fetch(here, 'blob', blobOf(bytes), 10, never);
    expect(store.calls).toHaveLength(2);
    expect(store.closed).toBe(1);
  });

  it('is all that is kept: names are always asked', async () => {
    const { store, cache } = make();
    expect(cache.sources).toEqual(store.sources);
    for (let n = 0; n < 2; n++) {
      await cache.resolve(here, never);
      await cache.referrers(here, 'referrers-api', 'sha256:x', never);
    }
    expect(store.calls).toEqual(['resolve', 'referrers referrers-api', 'resolve', 'referrers referrers-api']);
  });
});

describe('reads at the same time', () => {
  it('are one read', async () => {
    const { store, cache } = make();
    const reads = Array.from({ length: 5 }, () => cache.fetch(here, 'blob', blobOf(bytes), 10, never));
    await expect(Promise.all(reads)).resolves.toEqual(Array(5).fill(bytes));
    expect(store.calls).toEqual(['fetch blob']);
  });

  it('are separate where size, kind or place differ', async () => {
    const { store, cache } = make();
    const reads = [
      cache.fetch(here, 'blob', { ...blobOf(bytes), size: 4 }, 10, never),
      cache.fetch(here, 'blob', blobOf(bytes), 10, never),
      cache.fetch(here, 'manifest', blobOf(bytes), 10, never),
      cache.fetch(parseReference('registry.example/b'), 'blob', blobOf(bytes), 10, never),
    ];
    const results = await Promise.allSettled(reads);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(store.calls).toHaveLength(4);
  });

  it('go on for the others when one no longer waits, and stop when nobody does', async () => {
    const { store, cache } = make();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = promise;
    const [one, two] = [new AbortController(), new AbortController()];
    const first = cache.fetch(here, 'blob', blobOf(bytes), 10, one.signal);
    const second = cache.fetch(here, 'blob', blobOf(bytes), 10, two.signal);
    one.abort();
    await expect(first).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(store.signals.map((signal) => signal.aborted)).toEqual([false]);
    const reason = new VerdictError('DEADLINE_EXCEEDED', 'mine');
    two.abort(reason);
    await expect(second).rejects.toBe(reason);
    expect(store.signals.map((signal) => signal.aborted)).toEqual([true]);
    resolve();
  });

  it('begin anew for whoever asks after all others have left', async () => {
    const { store, cache } = make();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = promise;
    const controller = new AbortController();
    const first = cache.fetch(here, 'blob', blobOf(bytes), 10, controller.signal);
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const second = cache.fetch(here, 'blob', blobOf(bytes), 10, never);
    resolve();
    await expect(second).resolves.toEqual(bytes);
    expect(store.calls).toHaveLength(2);
  });

  it('do not begin for one who has left already', async () => {
    const { store, cache } = make();
    await expect(cache.fetch(here, 'blob', blobOf(bytes), 10, AbortSignal.abort())).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(store.calls).toEqual([]);
  });

  it('do not disturb a read that is done', async () => {
    const { store, cache } = make();
    await cache.fetch(here, 'blob', blobOf(bytes), 10, never);
    expect(store.signals.map((signal) => signal.aborted)).toEqual([false]);
  });

  it('all fail when the one read fails', async () => {
    const { cache } = make([]);
    const reads = Array.from({ length: 3 }, () => cache.fetch(here, 'blob', blobOf(bytes), 10, never));
    const results = await Promise.allSettled(reads);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});
