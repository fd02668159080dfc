import { afterEach, describe, expect, it } from 'vitest';
import { gather, type Means } from '../../src/evaluate.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { parseReference } from '../../src/reference.ts';
import { createRegistryStore, type RegistrySource } from '../../src/registry/store.ts';
import { createVerifiers } from '../../src/verifiers/table.ts';
import { type Made, startRegistry, type TestRegistry } from '../support/registry/registry.ts';

const SPDX = 'application/spdx+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** Milliseconds: long enough that a hundred requests of one round arrive before its first answer, on a busy machine too. */
const LATENCY = 250;

let registry: TestRegistry | undefined;
afterEach(() => registry?.close());

/** Gathers and counts dependent round trips and requests. */
async function cost(
  subject: string,
  sources?: readonly RegistrySource[],
): Promise<{ rounds: number; requests: number; complete: boolean }> {
  const store = createRegistryStore({ ...(sources && { sources }), credentials: async () => undefined });
  const means: Means = {
    store,
    verifiers: createVerifiers([{ type: 'json', name: 'json', schemas: new Map() }]).verifiers,
    collect: [],
    platforms: [],
    targets: { manifests: true, configs: false },
    limits: DEFAULT_LIMITS,
    validate: () => [],
  };
  registry?.forget();
  try {
    const request = {
      reference: parseReference(subject),
      time: new Date(0),
      caller: 'cli' as const,
      namespace: '',
      parameters: {},
    };
    const { head } = await gather(request, means);
    return { rounds: registry?.rounds ?? 0, requests: registry?.requests.length ?? 0, complete: head.complete };
  } finally {
    await store.close();
  }
}

function signed(subject: Made, count: number): void {
  for (let at = 0; at < count; at++) {
    registry?.attach(subject.digest, {
      artifactType: BUNDLE,
      layers: [{ mediaType: BUNDLE, bytes: JSON.stringify({ at, subject: subject.digest }) }],
    });
  }
}

/** A busy machine can only make rounds look more, never fewer. */
const NOISE = { retry: 2 };

describe.each([1, 50])('a cold decision with %i referrers', NOISE, (count) => {
  it('takes 4 dependent round trips for a tag, and 6 + 2 requests a referrer', async () => {
    registry = await startRegistry({ latency: LATENCY });
    signed(registry.image({ tag: 'v1' }), count);
    expect(await cost(registry.reference('v1'))).toEqual({ rounds: 4, requests: 6 + 2 * count, complete: true });
  });

  it('takes 3 for the digest of a single image', async () => {
    registry = await startRegistry({ latency: LATENCY });
    const image = registry.image();
    signed(image, count);
    expect(await cost(registry.reference(image.digest))).toEqual({
      rounds: 3,
      requests: 6 + 2 * count,
      complete: true,
    });
  });

  it('takes 4 for the digest of an index, and 6 requests more a child', async () => {
    registry = await startRegistry({ latency: LATENCY });
    const children = [registry.image(), registry.image({ layers: [{ mediaType: 'a/b', bytes: 'arm64' }] })];
    const index = registry.index(children);
    for (const child of children) signed(child, count);
    expect(await cost(registry.reference(index.digest))).toEqual({
      rounds: 4,
      requests: 6 + 2 * (6 + 2 * count),
      complete: true,
    });
  });

  it('takes 2 + 2 requests a referrer with the referrers API alone', async () => {
    registry = await startRegistry({ latency: LATENCY });
    signed(registry.image({ tag: 'v1' }), count);
    expect(await cost(registry.reference('v1'), ['referrers-api'])).toEqual({
      rounds: 4,
      requests: 2 + 2 * count,
      complete: true,
    });
  });
});

describe('evidence of evidence', NOISE, () => {
  it('takes one round trip more, and 5 requests for each artifact without a signature of its own', async () => {
    registry = await startRegistry({ latency: LATENCY });
    const image = registry.image({ tag: 'v1' });
    const sbom = registry.attach(image.digest, { artifactType: SPDX, layers: [{ mediaType: SPDX, bytes: '{}' }] });
    registry.attach(sbom.digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, bytes: '{"a":1}' }] });
    expect(await cost(registry.reference('v1'))).toEqual({ rounds: 5, requests: 6 + 2 + 5 + 2, complete: true });
  });

  it('takes two more where the list lies about types', async () => {
    registry = await startRegistry({ latency: LATENCY });
    const image = registry.image({ tag: 'v1' });
    const sbom = registry.attach(image.digest, {
      artifactType: SPDX,
      layers: [{ mediaType: SPDX, bytes: '{}' }],
      listedAs: { artifactType: BUNDLE },
    });
    registry.attach(sbom.digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, bytes: '{"a":1}' }] });
    expect(await cost(registry.reference('v1'))).toEqual({ rounds: 6, requests: 6 + 2 + 5 + 2, complete: true });
  });
});
