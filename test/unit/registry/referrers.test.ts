import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../../src/descriptor.ts';
import { fallbackTag as tagOf } from '../../../src/registry/tags.ts';
import { type Listing, MAX_PAGES, MAX_REFERRERS, type Source } from '../../../src/store.ts';
import { type OpenStore, openStore, patience, referenceTo } from '../../support/registry/open.ts';
import {
  type Fault,
  type Made,
  startRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from '../../support/registry/registry.ts';

let registry: TestRegistry;
let open: OpenStore;
let image: Made;

async function begin(options: TestRegistryOptions = {}): Promise<void> {
  registry = await startRegistry(options);
  open = openStore();
  image = registry.image({ tag: 'v1' });
}
async function end(): Promise<void> {
  await open.store.close();
  await registry.close();
}
async function again(options: TestRegistryOptions): Promise<void> {
  await end();
  await begin(options);
}
beforeEach(() => begin());
afterEach(end);

const ask = (source: Source, digest = image.digest): Promise<Listing> =>
  open.store.referrers(referenceTo(registry, 'v1'), source, digest, patience());
const digests = ({ entries }: Listing): string[] => entries.map(({ descriptor }) => descriptor.digest);
const attach = (via: 'referrers-api' | 'referrers-tag', number = 0, more: object = {}): Made =>
  registry.attach(image.digest, {
    via,
    artifactType: 'application/x',
    annotations: { number: String(number) },
    ...more,
  });
const ok = { outcome: 'ok', limit: '', error: undefined };
const failedWith = (code: string) => ({ outcome: 'failed', error: expect.objectContaining({ code }) });

describe('the Referrers API', () => {
  it('lists what is attached, in one request', async () => {
    const attached = [attach('referrers-api', 1), attach('referrers-api', 2)];
    const listing = await ask('referrers-api');
    expect(listing).toMatchObject(ok);
    expect(listing.entries).toMatchObject([
      {
        form: 'manifest',
        manifest: undefined,
        descriptor: { artifactType: 'application/x', annotations: { number: '1' } },
      },
      { descriptor: { annotations: { number: '2' } } },
    ]);
    expect(digests(listing)).toEqual(attached.map(({ digest }) => digest));
    expect(registry.requests.map(({ path }) => path)).toEqual([`/v2/team/app/referrers/${image.digest}`]);
  });

  it('answers that there is nothing', async () => {
    expect(await ask('referrers-api')).toMatchObject({ ...ok, entries: [] });
  });

  it('hands on what the list says, even where it lies', async () => {
    const made = attach('referrers-api', 0, { listedAs: { artifactType: 'application/lie' }, subject: '' });
    const listing = await ask('referrers-api');
    expect(listing.entries[0]?.descriptor).toMatchObject({ digest: made.digest, artifactType: 'application/lie' });
  });

  it('keeps entries whose digest nobody here can compute', async () => {
    const digest = `blake3:${'a'.repeat(64)}`;
    registry.list(image.digest, { mediaType: MEDIA_TYPES.ociManifest, digest, size: 1 }, 'referrers-api');
    expect(await ask('referrers-api')).toMatchObject({ ...ok, entries: [{ descriptor: { digest } }] });
  });

  it('reads an absent list and null as an empty one', async () => {
    for (const body of ['{"schemaVersion":2}', '{"schemaVersion":2,"manifests":null}']) {
      registry.fault({ route: 'referrers' }, { kind: 'answer', status: 200, body, contentType: MEDIA_TYPES.ociIndex });
      expect(await ask('referrers-api')).toMatchObject({ ...ok, entries: [] });
    }
  });

  const unsupported: ReadonlyArray<readonly [string, Fault]> = [
    ['404', { kind: 'answer', status: 404, body: '404 page not found' }],
    ['404 with another code', { kind: 'answer', status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' }],
    ['405', { kind: 'answer', status: 405 }],
    ['406', { kind: 'answer', status: 406 }],
    ['501', { kind: 'answer', status: 501 }],
    ['the code UNSUPPORTED', { kind: 'answer', status: 400, body: '{"errors":[{"code":"UNSUPPORTED"}]}' }],
    ['a web page', { kind: 'html' }],
    ['another type', { kind: 'headers', headers: { 'content-type': 'application/json' } }],
    ['a redirect to another host', { kind: 'redirect', to: 'https://website.test/login', status: 303 }],
  ];
  it.each(unsupported)('is not there where the registry answers with %s, and is not asked again', async (_, fault) => {
    attach('referrers-api');
    registry.fault({ route: 'referrers' }, fault);
    expect(await ask('referrers-api')).toMatchObject({ outcome: 'unsupported', entries: [] });
    expect(await ask('referrers-api', digestOf(new Uint8Array()))).toMatchObject({ outcome: 'unsupported' });
    expect(registry.requests).toHaveLength(1);
  });

  it('is asked again after a while, and in other repositories', async () => {
    registry.fault({ route: 'referrers' }, { kind: 'answer', status: 404 }, { times: 1 });
    expect(await ask('referrers-api')).toMatchObject({ outcome: 'unsupported' });
    const elsewhere = referenceTo(registry, 'v1', 'team/other');
    expect(await open.store.referrers(elsewhere, 'referrers-api', image.digest, patience())).toMatchObject(ok);
    open.advance(10 * 60_000);
    expect(await ask('referrers-api')).toMatchObject(ok);
  });

  const failures: ReadonlyArray<readonly [string, Fault, string]> = [
    [
      'an unknown repository',
      { kind: 'answer', status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' },
      'NOT_FOUND',
    ],
    ['400', { kind: 'answer', status: 400 }, 'REGISTRY_INVALID_RESPONSE'],
    ['a refusal', { kind: 'answer', status: 403 }, 'REGISTRY_DENIED'],
    ['server errors', { kind: 'answer', status: 500 }, 'REGISTRY_UNAVAILABLE'],
    ['too many requests', { kind: 'rate-limit' }, 'REGISTRY_RATE_LIMITED'],
    [
      'a list that is none',
      { kind: 'answer', status: 200, body: '[]', contentType: MEDIA_TYPES.ociIndex },
      'REGISTRY_INVALID_RESPONSE',
    ],
    [
      'a broken list',
      { kind: 'answer', status: 200, body: '{"manifests":[', contentType: MEDIA_TYPES.ociIndex },
      'REGISTRY_INVALID_RESPONSE',
    ],
    [
      'a list with duplicate keys',
      { kind: 'answer', status: 200, body: '{"manifests":[],"manifests":[]}', contentType: MEDIA_TYPES.ociIndex },
      'REGISTRY_INVALID_RESPONSE',
    ],
    [
      'a list of another form',
      { kind: 'answer', status: 200, body: '{"manifests":{}}', contentType: MEDIA_TYPES.ociIndex },
      'REGISTRY_INVALID_RESPONSE',
    ],
    [
      'a list beyond every limit',
      { kind: 'answer', status: 200, body: ' '.repeat(4 * 1024 * 1024 + 1), contentType: MEDIA_TYPES.ociIndex },
      'LIMIT_EXCEEDED',
    ],
    ['a redirect to itself', { kind: 'redirect', to: 'v1', status: 302 }, 'REGISTRY_INVALID_RESPONSE'],
    [
      'an unreadable link',
      { kind: 'headers', headers: { link: '<http://[>; rel="next"' } },
      'REGISTRY_INVALID_RESPONSE',
    ],
  ];
  it.each(failures)('has failed where the registry answers with %s, and is asked again', async (_, fault, code) => {
    registry.fault({ route: 'referrers' }, fault);
    expect(await ask('referrers-api')).toMatchObject(failedWith(code));
    registry.clearFaults();
    expect(await ask('referrers-api')).toMatchObject(ok);
  });

  it('has failed where one entry is malformed, and keeps the good ones', async () => {
    const good = [attach('referrers-api', 1)];
    for (const bad of [null, 'text', { digest: 'sha256:x' }, { mediaType: 'a/b', digest: 'none', size: 1 }]) {
      registry.list(image.digest, bad, 'referrers-api');
    }
    good.push(attach('referrers-api', 2));
    const listing = await ask('referrers-api');
    expect(listing).toMatchObject(failedWith('DESCRIPTOR_INVALID'));
    expect(digests(listing)).toEqual(good.map(({ digest }) => digest));
  });

  it('is asked nothing about what is not a digest', async () => {
    expect(await ask('referrers-api', 'sha256:../../../token')).toMatchObject(failedWith('DESCRIPTOR_INVALID'));
    expect(registry.requests).toHaveLength(0);
  });
});

describe('pages of the Referrers API', () => {
  it('are read to the last', async () => {
    await again({ pageSize: 2 });
    const attached = [1, 2, 3, 4, 5].map((number) => attach('referrers-api', number));
    const listing = await ask('referrers-api');
    expect(listing).toMatchObject(ok);
    expect(digests(listing)).toEqual(attached.map(({ digest }) => digest));
    expect(registry.requests).toHaveLength(3);
  });

  it('end the list as truncated where they name themselves', async () => {
    const { digest } = attach('referrers-api');
    registry.fault({ route: 'referrers' }, { kind: 'pages', form: 'loop' });
    const listing = await ask('referrers-api');
    expect(listing).toMatchObject({ outcome: 'truncated', limit: 'pages' });
    expect(digests(listing)).toEqual([digest]);
    expect(registry.requests).toHaveLength(1);
  });

  it('end the list as truncated where they never end', async () => {
    registry.fault({ route: 'referrers' }, { kind: 'pages', form: 'endless' });
    expect(await ask('referrers-api')).toMatchObject({ outcome: 'truncated', limit: 'pages' });
    expect(registry.requests).toHaveLength(MAX_PAGES);
  });

  it('keep what was found where a later one fails', async () => {
    await again({ pageSize: 1 });
    const first = attach('referrers-api', 1);
    attach('referrers-api', 2);
    for (const status of [404, 500]) {
      registry.clearFaults();
      registry.fault({ route: 'referrers' }, { kind: 'answer', status }, { after: 1 });
      const listing = await ask('referrers-api');
      expect(listing.outcome).toBe('failed');
      expect(digests(listing)).toEqual([first.digest]);
    }
  });

  it('that never end do not hide a malformed entry', async () => {
    registry.list(image.digest, null, 'referrers-api');
    registry.fault({ route: 'referrers' }, { kind: 'pages', form: 'loop' });
    expect(await ask('referrers-api')).toMatchObject(failedWith('DESCRIPTOR_INVALID'));
  });

  it('must all be lists', async () => {
    await again({ pageSize: 1 });
    attach('referrers-api', 1);
    attach('referrers-api', 2);
    registry.fault({ route: 'referrers' }, { kind: 'html' }, { after: 1 });
    expect(await ask('referrers-api')).toMatchObject({
      ...failedWith('REGISTRY_INVALID_RESPONSE'),
      entries: { length: 1 },
    });
  });

  it('are not followed to another host', async () => {
    const other = await startRegistry();
    const { digest } = attach('referrers-api');
    registry.fault(
      { route: 'referrers' },
      { kind: 'headers', headers: { link: `<${other.url}/v2/x/referrers/y>; rel="next"` } },
    );
    const listing = await ask('referrers-api');
    expect(listing).toMatchObject(failedWith('REGISTRY_INVALID_RESPONSE'));
    expect(other.requests).toHaveLength(0);
    await other.close();
    expect(digest).toMatch(/^sha256:/);
  });

  it('list no more than there may be', async () => {
    await again({ pageSize: MAX_REFERRERS - 100 });
    const entry = (index: number) => ({ mediaType: 'a/b', digest: digestOf(Buffer.from(String(index))), size: 1 });
    for (let index = 0; index < MAX_REFERRERS; index++) registry.list(image.digest, entry(index), 'referrers-api');
    expect(await ask('referrers-api')).toMatchObject({ ...ok, entries: { length: MAX_REFERRERS } });
    registry.list(image.digest, entry(MAX_REFERRERS), 'referrers-api');
    expect(await ask('referrers-api')).toMatchObject({
      outcome: 'truncated',
      limit: 'referrers',
      entries: { length: MAX_REFERRERS },
    });
  });
});

describe('the fallback tag', () => {
  beforeEach(() => again({ referrersApi: false }));

  it('lists what its index lists, in one request', async () => {
    const attached = [attach('referrers-tag', 1), attach('referrers-tag', 2)];
    expect(digests(await ask('referrers-tag'))).toEqual(attached.map(({ digest }) => digest));
    expect(registry.requests.map(({ reference }) => reference)).toEqual([image.digest.replace(':', '-')]);
  });

  it('answers that there is nothing where there is no such tag, or no index behind it', async () => {
    expect(await ask('referrers-tag')).toMatchObject({ ...ok, entries: [] });
    registry.image({ tag: image.digest.replace(':', '-') });
    expect(await ask('referrers-tag')).toMatchObject({ ...ok, entries: [] });
  });

  it('is asked although the Referrers API answers', async () => {
    await again({ referrersApi: true });
    const { digest } = attach('referrers-tag');
    expect(await ask('referrers-api')).toMatchObject({ ...ok, entries: [] });
    expect(digests(await ask('referrers-tag'))).toEqual([digest]);
  });

  it('is made of the cut digest for long algorithms', async () => {
    const made = registry.image({ algorithm: 'sha512' });
    expect(await ask('referrers-tag', made.digest)).toMatchObject(ok);
    expect(registry.requests[0]?.reference).toBe(`sha512-${made.digest.slice(7, 7 + 64)}`);
    expect(tagOf(`${'a'.repeat(40)}+b:x=y`)).toBe(`${'a'.repeat(32)}-x-y`);
  });

  it('keeps good entries beside a malformed one', async () => {
    const { digest } = attach('referrers-tag');
    registry.list(image.digest, { size: -1 }, 'referrers-tag');
    const listing = await ask('referrers-tag');
    expect(listing).toMatchObject(failedWith('DESCRIPTOR_INVALID'));
    expect(digests(listing)).toEqual([digest]);
  });

  it('lists no more than there may be', async () => {
    for (let index = 0; index <= MAX_REFERRERS; index++) {
      const digest = digestOf(Buffer.from(String(index)));
      registry.list(image.digest, { mediaType: 'a/b', digest, size: 1 }, 'referrers-tag');
    }
    expect(await ask('referrers-tag')).toMatchObject({ outcome: 'truncated', limit: 'referrers' });
  });

  const failures: ReadonlyArray<readonly [string, Fault, string]> = [
    ['altered bytes', { kind: 'altered' }, 'DIGEST_MISMATCH'],
    ['a web page', { kind: 'html' }, 'REGISTRY_INVALID_RESPONSE'],
    ['a refusal', { kind: 'answer', status: 401 }, 'REGISTRY_DENIED'],
    ['a server error', { kind: 'answer', status: 503 }, 'REGISTRY_UNAVAILABLE'],
    [
      'a broken index',
      { kind: 'answer', status: 200, body: '{', contentType: MEDIA_TYPES.ociIndex },
      'REGISTRY_INVALID_RESPONSE',
    ],
  ];
  it.each(failures)('has failed where the registry answers with %s', async (_, fault, code) => {
    attach('referrers-tag');
    registry.fault({ route: 'manifest' }, fault);
    expect(await ask('referrers-tag')).toMatchObject(failedWith(code));
  });
});

describe('the tags of cosign', () => {
  it('are asked together, and bring their manifests', async () => {
    const sig = registry.attach(image.digest, { via: 'cosign-tag:.sig' });
    const sbom = registry.attach(image.digest, { via: 'cosign-tag:.sbom', annotations: { other: '1' } });
    const listing = await ask('cosign-tag');
    expect(listing).toMatchObject(ok);
    expect(listing.entries.map(({ manifest, form }) => ({ manifest, form }))).toEqual([
      { manifest: sig.bytes, form: 'manifest' },
      { manifest: sbom.bytes, form: 'manifest' },
    ]);
    expect(digests(listing)).toEqual([sig.digest, sbom.digest]);
    const hex = image.digest.slice('sha256:'.length);
    const asked = registry.requests.map(({ reference }) => reference);
    expect(asked.sort()).toEqual(['att', 'sbom', 'sig'].map((suffix) => `sha256-${hex}.${suffix}`));
  });

  it('answer that there is nothing', async () => {
    expect(await ask('cosign-tag')).toMatchObject({ ...ok, entries: [] });
    expect(registry.requests).toHaveLength(3);
  });

  it('have failed where one of them fails, and keep the others', async () => {
    const sig = registry.attach(image.digest, { via: 'cosign-tag:.sig' });
    registry.attach(image.digest, { via: 'cosign-tag:.att' });
    const reference = `${image.digest.replace(':', '-')}.att`;
    registry.fault({ reference }, { kind: 'altered' });
    const listing = await ask('cosign-tag');
    expect(listing).toMatchObject(failedWith('DIGEST_MISMATCH'));
    expect(digests(listing)).toEqual([sig.digest]);
  });

  it('are not asked for where the digest is too long for a tag', async () => {
    const made = registry.image({ algorithm: 'sha512' });
    expect(await ask('cosign-tag', made.digest)).toMatchObject({ ...ok, entries: [] });
    expect(registry.requests).toHaveLength(0);
  });
});

describe('forms that a registry does not have', () => {
  it('are unsupported', async () => {
    for (const source of ['image-index', 'layout', 'file'] as const) {
      expect(await ask(source)).toMatchObject({ outcome: 'unsupported' });
    }
    expect(registry.requests).toHaveLength(0);
  });
});
