import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, MANIFEST_TYPES, MEDIA_TYPES } from '../../../src/descriptor.ts';
import { parseReference } from '../../../src/reference.ts';
import { type OpenStore, openStore, patience, referenceTo } from '../../support/registry/open.ts';
import type { Fault, Made, Route, TestRegistry } from '../../support/registry/registry.ts';
import { startRegistry } from '../../support/registry/registry.ts';

const MIB = 1024 * 1024;

let registry: TestRegistry;
let open: OpenStore;
let image: Made;

beforeEach(async () => {
  registry = await startRegistry();
  open = openStore();
  image = registry.image({ tag: 'v1', layers: [{ mediaType: 'text/plain', bytes: 'x'.repeat(100_000) }] });
});
afterEach(async () => {
  await open.store.close();
  await registry.close();
});

const resolve = (tagOrDigest: string) => open.store.resolve(referenceTo(registry, tagOrDigest), patience());
const fetchLayer = (made = image, limit = MIB, change: object = {}) => {
  const [layer] = made.layers;
  if (layer === undefined) throw new Error('no layer');
  const reference = referenceTo(registry, made.digest);
  return open.store.fetch(reference, 'blob', { ...layer, ...change }, limit, patience());
};
const fetchManifest = (made = image, change: object = {}) => {
  const reference = referenceTo(registry, made.digest);
  return open.store.fetch(reference, 'manifest', { ...made.descriptor, ...change }, MIB, patience());
};
const code = (code: string) => expect.objectContaining({ code });

describe('resolve', () => {
  it('pins a tag in one request, with the digest computed by every algorithm', async () => {
    const { descriptor, manifest, digests } = await resolve('v1');
    expect(descriptor).toMatchObject({
      digest: image.digest,
      mediaType: MEDIA_TYPES.ociManifest,
      size: image.bytes.length,
    });
    expect(manifest).toEqual(image.bytes);
    expect(digests).toEqual(['sha256', 'sha384', 'sha512'].map((algorithm) => digestOf(image.bytes, algorithm)));
    expect(registry.requests).toHaveLength(1);
  });

  it('asks with every manifest type, and for the bytes as they are', async () => {
    await resolve('v1');
    const [request] = registry.requests;
    expect(request?.method).toBe('GET');
    expect(request?.headers.accept?.split(', ')).toEqual(MANIFEST_TYPES);
    expect(request?.headers['accept-encoding']).toBe('identity');
    expect(request?.headers.authorization).toBeUndefined();
  });

  it('goes by the digest where there are both', async () => {
    const other = registry.image({ tag: 'v1', annotations: { other: 'yes' } });
    const reference = parseReference(`${registry.host}/team/app:v1@${image.digest}`);
    const { descriptor } = await open.store.resolve(reference, patience());
    expect(descriptor.digest).toBe(image.digest);
    expect(descriptor.digest).not.toBe(other.digest);
  });

  it('knows a subject by the digest of the registry, whatever its algorithm', async () => {
    const made = registry.image({ tag: 'long', algorithm: 'sha512' });
    const { descriptor, digests } = await resolve('long');
    expect(descriptor.digest).toBe(made.digest);
    expect(digests).toEqual([made.digest, digestOf(made.bytes, 'sha256'), digestOf(made.bytes, 'sha384')]);
    expect((await resolve(made.digest)).descriptor.digest).toBe(made.digest);
  });

  it('computes the digest itself where the registry sends none, or one that nobody here can compute', async () => {
    for (const digest of ['', `blake3:${'a'.repeat(64)}`]) {
      registry.fault({ route: 'manifest' }, { kind: 'headers', headers: { 'docker-content-digest': digest } });
      expect((await resolve('v1')).descriptor.digest).toBe(image.digest);
    }
  });

  it('finds nothing where there is nothing', async () => {
    await expect(resolve('v2')).rejects.toThrow(code('NOT_FOUND'));
    await expect(resolve(digestOf(new Uint8Array()))).rejects.toThrow(code('NOT_FOUND'));
  });

  const faults: ReadonlyArray<readonly [string, Fault, string]> = [
    ['altered bytes', { kind: 'altered' }, 'DIGEST_MISMATCH'],
    ['a shorter body', { kind: 'short' }, 'DIGEST_MISMATCH'],
    ['a longer body', { kind: 'long' }, 'DIGEST_MISMATCH'],
    ['a web page', { kind: 'html' }, 'REGISTRY_INVALID_RESPONSE'],
    ['another type', { kind: 'headers', headers: { 'content-type': 'application/json' } }, 'REGISTRY_INVALID_RESPONSE'],
    ['no type', { kind: 'headers', headers: { 'content-type': '' } }, 'REGISTRY_INVALID_RESPONSE'],
    ['re-encoding', { kind: 'headers', headers: { 'content-encoding': 'gzip' } }, 'REGISTRY_INVALID_RESPONSE'],
    [
      'a digest that is none',
      { kind: 'headers', headers: { 'docker-content-digest': 'of course' } },
      'REGISTRY_INVALID_RESPONSE',
    ],
    [
      'another digest',
      { kind: 'headers', headers: { 'docker-content-digest': digestOf(new Uint8Array()) } },
      'DIGEST_MISMATCH',
    ],
    [
      'another digest of another algorithm',
      { kind: 'headers', headers: { 'docker-content-digest': digestOf(new Uint8Array(), 'sha512') } },
      'DIGEST_MISMATCH',
    ],
    ['a strange status', { kind: 'answer', status: 204 }, 'REGISTRY_INVALID_RESPONSE'],
    [
      'a body beyond every limit',
      { kind: 'answer', status: 200, body: 'x'.repeat(4 * MIB + 1), contentType: MEDIA_TYPES.ociManifest },
      'LIMIT_EXCEEDED',
    ],
  ];
  it.each(faults)('refuses %s, by tag and by digest, after one request', async (_, fault, expected) => {
    registry.fault({ route: 'manifest' }, fault);
    await expect(resolve('v1')).rejects.toThrow(code(expected));
    await expect(resolve(image.digest)).rejects.toThrow(code(expected));
    expect(registry.requests).toHaveLength(2);
  });

  it('does not read on where a body without a length passes the limit', async () => {
    const body = 'x'.repeat(6 * MIB);
    registry.fault(
      { route: 'manifest' },
      { kind: 'answer', status: 200, body, contentType: MEDIA_TYPES.ociManifest, headers: { 'content-length': '' } },
    );
    await expect(resolve('v1')).rejects.toThrow(code('LIMIT_EXCEEDED'));
    expect(open.events[0]?.bytes).toBeLessThan(5 * MIB);
  });

  it('refuses references of other stores', async () => {
    await expect(open.store.resolve(parseReference('oci:here'), patience())).rejects.toThrow(code('REFERENCE_INVALID'));
  });
});

describe('fetch', () => {
  it('reads a blob and a manifest in one request each', async () => {
    expect(Buffer.from(await fetchLayer()).toString()).toBe('x'.repeat(100_000));
    expect(await fetchManifest()).toEqual(image.bytes);
    expect(registry.requests.map(({ route }) => route)).toEqual(['blob', 'manifest']);
  });

  it('uses content that the descriptor carries, without a request', async () => {
    const made = registry.image({ layers: [{ mediaType: 'text/plain', bytes: 'inline', inline: true }] });
    const [layer] = made.layers;
    expect(Buffer.from(await fetchLayer(made, MIB, { data: layer?.data })).toString()).toBe('inline');
    expect(registry.requests).toHaveLength(0);
  });

  it('asks the registry where the content in the descriptor is another', async () => {
    const made = registry.image({ layers: [{ mediaType: 'text/plain', bytes: 'honest' }] });
    for (const data of [
      'bGlhcnM=',
      '!',
      Buffer.from('nonest').toString('base64'),
      Buffer.from('honest!').toString('base64'),
    ]) {
      expect(Buffer.from(await fetchLayer(made, MIB, { data })).toString()).toBe('honest');
    }
    expect(registry.requests).toHaveLength(4);
  });

  it('decides by the descriptor whether content is too large, before any request', async () => {
    await expect(fetchLayer(image, 99_999)).rejects.toThrow(code('LIMIT_EXCEEDED'));
    expect(registry.requests).toHaveLength(0);
  });

  it('asks for nothing whose digest nobody can compute or read', async () => {
    await expect(fetchLayer(image, MIB, { digest: `blake3:${'a'.repeat(64)}` })).rejects.toThrow(
      code('DIGEST_UNSUPPORTED'),
    );
    await expect(fetchLayer(image, MIB, { digest: 'sha256:../../x' })).rejects.toThrow(code('DESCRIPTOR_INVALID'));
    await expect(fetchLayer(image, MIB, { digest: `sha256:${'A'.repeat(64)}` })).rejects.toThrow(
      code('DESCRIPTOR_INVALID'),
    );
    expect(registry.requests).toHaveLength(0);
  });

  it('takes no memory on the word of a descriptor', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const promised = fetchLayer(image, 8 * 1024 * MIB, { size: 4 * 1024 * MIB });
    await expect(promised).rejects.toThrow(code('SIZE_MISMATCH'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MIB);
  });

  it('reads empty content', async () => {
    const made = registry.image({ layers: [{ mediaType: 'text/plain', bytes: '' }] });
    expect(await fetchLayer(made)).toHaveLength(0);
  });

  it('reads a manifest of a type that only its descriptor names', async () => {
    const mediaType = 'application/vnd.example.manifest+json';
    const made = registry.manifest('{}', mediaType);
    expect(await fetchManifest(made)).toEqual(made.bytes);
  });

  const faults: ReadonlyArray<readonly [string, Route, Fault, string]> = (['blob', 'manifest'] as const).flatMap(
    (route) => [
      ['altered bytes', route, { kind: 'altered' }, 'DIGEST_MISMATCH'],
      ['a shorter body', route, { kind: 'short' }, 'SIZE_MISMATCH'],
      ['a longer body', route, { kind: 'long' }, 'SIZE_MISMATCH'],
      ['a web page', route, { kind: 'html' }, 'REGISTRY_INVALID_RESPONSE'],
      ['re-encoding', route, { kind: 'headers', headers: { 'content-encoding': 'zstd' } }, 'REGISTRY_INVALID_RESPONSE'],
      ['a missing content', route, { kind: 'answer', status: 404 }, 'NOT_FOUND'],
      ['a range nobody asked for', route, { kind: 'answer', status: 206 }, 'REGISTRY_INVALID_RESPONSE'],
    ],
  );
  it.each(faults)('refuses %s of a %s after one request', async (_, route, fault, expected) => {
    registry.fault({ route }, fault);
    await expect(route === 'blob' ? fetchLayer() : fetchManifest()).rejects.toThrow(code(expected));
    expect(registry.requests).toHaveLength(1);
  });

  it('refuses a longer body whose length was not announced', async () => {
    const body = 'x'.repeat(100_001);
    registry.fault({ route: 'blob' }, { kind: 'answer', status: 200, body, headers: { 'content-length': '' } });
    await expect(fetchLayer()).rejects.toThrow(code('SIZE_MISMATCH'));
  });

  it('refuses a manifest whose own header contradicts its descriptor', async () => {
    const headers = { 'docker-content-digest': digestOf(new Uint8Array()) };
    registry.fault({ route: 'manifest' }, { kind: 'headers', headers });
    await expect(fetchManifest()).rejects.toThrow(code('DIGEST_MISMATCH'));
  });
});

describe('a blob that breaks off', () => {
  const ranges = () => registry.requests.map(({ headers }) => headers.range ?? '');

  it('goes on where it stopped', async () => {
    registry.fault({ route: 'blob' }, { kind: 'reset', after: 40_000 }, { times: 1 });
    expect(await fetchLayer()).toHaveLength(100_000);
    expect(ranges()).toEqual(['', 'bytes=40000-']);
  });

  it('begins anew where the registry sends all of it again', async () => {
    registry.fault({ route: 'blob' }, { kind: 'answer', status: 200, body: 'x'.repeat(100_000) });
    registry.fault({ route: 'blob' }, { kind: 'reset', after: 40_000 }, { times: 1 });
    expect(await fetchLayer()).toHaveLength(100_000);
    expect(ranges()).toEqual(['', 'bytes=40000-']);
  });

  it('begins anew where the registry cannot go on from there', async () => {
    registry.fault({ route: 'blob' }, { kind: 'answer', status: 416 }, { times: 1 });
    registry.fault({ route: 'blob' }, { kind: 'reset', after: 40_000 }, { times: 1 });
    expect(await fetchLayer()).toHaveLength(100_000);
    expect(ranges()).toEqual(['', 'bytes=40000-', '']);
  });

  it('is given up when it breaks off twice', async () => {
    registry.fault({ route: 'blob' }, { kind: 'reset', after: 10_000 });
    await expect(fetchLayer()).rejects.toThrow(code('REGISTRY_UNAVAILABLE'));
    expect(ranges()).toEqual(['', 'bytes=10000-']);
  });

  it('is refused where another range comes than the one asked for', async () => {
    registry.fault({ route: 'blob' }, { kind: 'headers', headers: { 'content-range': 'bytes 0-59999/100000' } });
    registry.fault({ route: 'blob' }, { kind: 'reset', after: 40_000 }, { times: 1 });
    await expect(fetchLayer()).rejects.toThrow(code('REGISTRY_INVALID_RESPONSE'));
  });

  it('is refused where the rest belongs to other content', async () => {
    registry.fault({ route: 'blob' }, { kind: 'altered' });
    registry.fault({ route: 'blob' }, { kind: 'reset', after: 40_000 }, { times: 1 });
    await expect(fetchLayer()).rejects.toThrow(code('DIGEST_MISMATCH'));
  });

  it('is asked for as a whole again where it is a manifest', async () => {
    registry.fault({ route: 'manifest' }, { kind: 'reset', after: 10 }, { times: 2 });
    expect(await fetchManifest()).toEqual(image.bytes);
    expect(ranges()).toEqual(['', '', '']);
  });
});
