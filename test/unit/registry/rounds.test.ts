import { afterEach, describe, expect, it } from 'vitest';
import { type OpenStore, openStore, patience, referenceTo } from '../../support/registry/open.ts';
import {
  startRegistry,
  TEST_TLS,
  type TestRegistry,
  type TestRegistryOptions,
} from '../../support/registry/registry.ts';

/** Milliseconds; long enough that of what goes out together the next arrives before. */
const LATENCY = 40;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function begin(options: TestRegistryOptions = {}): Promise<{ registry: TestRegistry; opened: OpenStore }> {
  const registry = await startRegistry({ latency: LATENCY, lockstep: true, ...options });
  const hosts = options.tls === true ? { [registry.host]: { ca: TEST_TLS.ca } } : {};
  const opened = openStore({ hosts, credentials: async () => undefined });
  closing.push(
    () => opened.store.close(),
    () => registry.close(),
  );
  return { registry, opened };
}

/** Resolves a tag, asks about it in every form, reads every manifest and every layer. */
async function readEverything({ registry, opened }: { registry: TestRegistry; opened: OpenStore }): Promise<number> {
  const { store } = opened;
  const reference = referenceTo(registry, 'v1');
  const { descriptor } = await store.resolve(reference, patience());
  const asked = store.sources.map((source) => store.referrers(reference, source, descriptor.digest, patience()));
  const listings = await Promise.all(asked);
  const contents = listings.flatMap(({ entries }) =>
    entries.map(
      async ({ manifest, descriptor: listed }) =>
        manifest ?? (await store.fetch(reference, 'manifest', listed, 1e6, patience())),
    ),
  );
  return (await Promise.all(contents)).length;
}

describe('the depth of reading', () => {
  const transports: ReadonlyArray<readonly [string, TestRegistryOptions]> = [
    ['plain HTTP', {}],
    ['TLS', { tls: true }],
    ['HTTP/2', { tls: true, http2: true }],
  ];
  it.each(transports)('is three round trips for 50 referrers, over %s', async (_, options) => {
    const world = await begin(options);
    const { digest } = world.registry.image({ tag: 'v1' });
    for (let number = 0; number < 50; number++) {
      world.registry.attach(digest, { artifactType: 'application/x', annotations: { number: String(number) } });
    }
    world.registry.attach(digest, { via: 'cosign-tag:.sig' });
    expect(await readEverything(world)).toBe(51);
    expect(world.registry.rounds).toBe(3);
    expect(world.registry.requests).toHaveLength(1 + 1 + 1 + 3 + 50);
  });

  it('is two more for the first token, and no more for those after', async () => {
    const world = await begin({ auth: { kind: 'bearer' } });
    const { digest } = world.registry.image({ tag: 'v1' });
    world.registry.attach(digest, { artifactType: 'application/x' });
    expect(await readEverything(world)).toBe(1);
    expect(world.registry.rounds).toBe(5);
    world.registry.forget();
    expect(await readEverything(world)).toBe(1);
    expect(world.registry.rounds).toBe(3);
  });

  it('takes one connection where one thing comes after another', async () => {
    const { registry, opened } = await begin({ auth: { kind: 'bearer' } });
    const { layers, digest } = registry.image({ tag: 'v1' });
    registry.file('/moved', 'a small layer');
    registry.fault({ route: 'blob' }, { kind: 'redirect', to: '/moved' });
    const reference = referenceTo(registry, 'v1');
    await opened.store.resolve(reference, patience());
    await opened.store.referrers(reference, 'referrers-tag', digest, patience());
    for (const layer of layers) await opened.store.fetch(reference, 'blob', layer, 1000, patience());
    expect(registry.requests.map(({ status }) => status)).toEqual([401, 200, 200, 404, 307, 200]);
    expect(new Set(registry.requests.map(({ connection }) => connection)).size).toBe(1);
  });
});
