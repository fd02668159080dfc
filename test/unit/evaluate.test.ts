import { beforeEach, describe, expect, it } from 'vitest';
import { type Descriptor, digestOf } from '../../src/descriptor.ts';
import { VerdictError } from '../../src/errors.ts';
import { evaluate, gather, type Means } from '../../src/evaluate.ts';
import { type EvidenceSet, serialize } from '../../src/evidence.ts';
import type { Decision } from '../../src/generated/decision.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import type { Policy } from '../../src/policy.ts';
import { parseReference } from '../../src/reference.ts';
import { passed, report } from '../../src/report.ts';
import type { Exhibit, Testimony, Verifier } from '../../src/verifier.ts';
import { json, MemoryStore } from '../support/memory-store.ts';

const SPDX = 'application/spdx+json';
const time = new Date('2026-11-21T10:00:00.000Z');
const sbom = (name: string) => ({ artifactType: SPDX, layers: [{ mediaType: SPDX, bytes: json({ name }) }] });

/** Reads every layer as one unsigned document; remembers what it was shown. */
class Reading implements Verifier {
  readonly name = 'reading';
  readonly type = 'json';
  readonly exhibits: Exhibit[] = [];

  accepts(): boolean {
    return true;
  }

  async verify(exhibit: Exhibit): Promise<readonly Testimony[]> {
    this.exhibits.push(exhibit);
    return await Promise.all(
      exhibit.layers.map(async (layer) => {
        const document = await exhibit.fetch(layer);
        const origin = { verifier: { name: this.name, type: this.type }, layer: layer.digest };
        const more = {
          document: digestOf(document),
          read: true,
          subjects: [exhibit.subject.digest],
          checks: { digest: passed() },
        };
        return { report: report(origin, 'present', 'read', more), document };
      }),
    );
  }
}

let store: MemoryStore;
let verifier: Reading;
let image: Descriptor;

beforeEach(() => {
  store = new MemoryStore();
  verifier = new Reading();
  image = store.push({ layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', bytes: json('layer') }] });
  store.tag('latest', image);
});

const means = (more: Partial<Means> = {}): Means => ({
  store,
  verifiers: [verifier],
  collect: [],
  platforms: [],
  targets: { manifests: true, configs: false },
  limits: DEFAULT_LIMITS,
  validate: () => [],
  ...more,
});

const gatherFrom = (requested: string, more: Partial<Means> = {}): Promise<EvidenceSet> =>
  gather({ reference: parseReference(requested), time, caller: 'cli', namespace: '', parameters: {} }, means(more));

const evidenceOf = async (more: Partial<Means> = {}, requested = 'registry.example/app:latest') =>
  (await gatherFrom(requested, more)).head;

const outcomes = (head: EvidenceSet['head']) =>
  head.artifacts.map(({ digest, subject, reports }) => [
    digest,
    subject,
    reports.map((one) => one.error?.code ?? one.outcome),
  ]);

describe('attachment', () => {
  it('takes an artifact whose own manifest names the subject', async () => {
    const attached = store.push({ ...sbom('a'), subject: image.digest });
    store.list('referrers-api', image.digest, attached);
    const head = await evidenceOf();
    expect(head.artifacts).toMatchObject([
      { digest: attached.digest, binding: 'manifest', sources: ['referrers-api'], depth: 1, collected: true },
    ]);
    expect(head.complete).toBe(true);
  });

  it('merges what several forms list, and remembers all of them', async () => {
    const attached = store.push({ ...sbom('a'), subject: image.digest });
    store.list('referrers-api', image.digest, attached);
    store.list('referrers-tag', image.digest, attached);
    const head = await evidenceOf();
    expect(head.artifacts.map((one) => one.sources)).toEqual([['referrers-api', 'referrers-tag']]);
    expect(store.asked.filter((one) => one === `manifest ${attached.digest}`)).toHaveLength(1);
  });

  it('reads nothing of an artifact that belongs to another subject, wherever it is listed', async () => {
    const old = store.push({ layers: [{ mediaType: 'x/y', bytes: json('old image') }] });
    const foreign = store.push({ ...sbom('clean'), subject: old.digest });
    for (const source of ['referrers-api', 'referrers-tag', 'cosign-tag'] as const)
      store.list(source, image.digest, foreign);
    const head = await evidenceOf();
    expect(outcomes(head)).toEqual([[foreign.digest, image.digest, ['SUBJECT_MISMATCH']]]);
    expect(head.artifacts[0]?.reports[0]).toMatchObject({
      outcome: 'failed',
      checks: { subject: { outcome: 'failed' } },
    });
    expect(verifier.exhibits).toEqual([]);
    expect(store.asked).not.toContain(`blob ${digestOf(json({ name: 'clean' }))}`);
  });

  it('does not believe a list about a manifest that names no subject', async () => {
    const loose = store.push(sbom('a'));
    store.list('referrers-api', image.digest, loose);
    store.list('referrers-tag', image.digest, loose);
    expect(outcomes(await evidenceOf())).toEqual([[loose.digest, image.digest, ['SUBJECT_MISMATCH']]]);
  });

  it('takes a manifest without a subject from a cosign tag, bound by the tag only', async () => {
    const att = store.push({ layers: [{ mediaType: 'application/vnd.dsse.envelope.v1+json', bytes: json({}) }] });
    store.list('cosign-tag', image.digest, att);
    expect((await evidenceOf()).artifacts).toMatchObject([
      { digest: att.digest, binding: 'tag', sources: ['cosign-tag'] },
    ]);
  });

  it('keeps an artifact that two subjects list at each of them', async () => {
    const other = store.push({ layers: [{ mediaType: 'x/y', bytes: json('arm64') }] });
    const index = store.pushIndex([image, other]);
    store.tag('latest', index);
    const attached = store.push({ ...sbom('a'), subject: image.digest });
    store.list('referrers-api', image.digest, attached);
    store.list('referrers-api', other.digest, attached);
    const found = outcomes(await evidenceOf());
    expect(found).toContainEqual([attached.digest, image.digest, ['present']]);
    expect(found).toContainEqual([attached.digest, other.digest, ['SUBJECT_MISMATCH']]);
  });
});

describe('evidence of evidence', () => {
  it('follows what is attached to an artifact', async () => {
    const attached = store.push({ ...sbom('a'), subject: image.digest });
    const signature = store.push({ artifactType: 'application/vnd.cncf.notary.signature', subject: attached.digest });
    store.list('referrers-api', image.digest, attached);
    store.list('referrers-api', attached.digest, signature);
    const head = await evidenceOf();
    expect(head.artifacts.map((one) => [one.digest, one.subject, one.depth])).toEqual([
      [attached.digest, image.digest, 1],
      [signature.digest, attached.digest, 2],
    ]);
  });

  it('asks nothing about an artifact that carries its own signature', async () => {
    const bundle = store.push({ artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json', subject: image.digest });
    store.list('referrers-api', image.digest, bundle);
    await evidenceOf();
    expect(store.asked.filter((one) => one.endsWith(bundle.digest))).toEqual([`manifest ${bundle.digest}`]);
  });

  it('ends where a tag makes an artifact its own evidence', async () => {
    const loop = store.push(sbom('loop'));
    store.list('cosign-tag', image.digest, loop);
    store.list('cosign-tag', loop.digest, loop);
    const head = await evidenceOf();
    expect(head.artifacts.map((one) => one.depth)).toEqual([1, 2]);
    expect(head.complete).toBe(true);
  });

  it('says that it stopped at the depth limit', async () => {
    const first = store.push({ ...sbom('1'), subject: image.digest });
    const second = store.push({ ...sbom('2'), subject: first.digest });
    const third = store.push({ ...sbom('3'), subject: second.digest });
    store.list('referrers-api', image.digest, first);
    store.list('referrers-api', first.digest, second);
    store.list('referrers-api', second.digest, third);
    const head = await evidenceOf({ limits: { ...DEFAULT_LIMITS, depth: 2 } });
    expect(head.artifacts.map((one) => one.depth)).toEqual([1, 2]);
    expect(head.discovery).toContainEqual(
      expect.objectContaining({ subject: second.digest, outcome: 'truncated', limit: 'depth' }),
    );
    expect(head.complete).toBe(false);
  });
});

describe('targets', () => {
  const platform = (os: string, architecture: string) => ({ platform: { os, architecture } });

  it('are all entries that a runtime could choose, whatever their annotations say', async () => {
    const arm = store.push({ layers: [{ mediaType: 'x/y', bytes: json('arm') }] });
    const bare = store.push({ layers: [{ mediaType: 'x/y', bytes: json('no platform') }] });
    const attestation = store.push({ layers: [{ mediaType: 'application/vnd.in-toto+json', bytes: json({ a: 1 }) }] });
    const hidden = { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': image.digest };
    const index = store.pushIndex([
      { ...image, ...platform('linux', 'amd64') },
      { ...arm, ...platform('linux', 'arm64'), annotations: hidden },
      { ...bare, platform: undefined },
      { ...attestation, ...platform('unknown', 'unknown'), annotations: hidden },
    ]);
    store.tag('latest', index);
    const head = await evidenceOf();
    expect(head.subject.targets.map((target) => target.digest)).toEqual([image.digest, arm.digest, bare.digest]);
    const found = head.artifacts.filter((one) => one.digest === attestation.digest);
    expect(found).toMatchObject([{ subject: image.digest, binding: 'index', sources: ['image-index'] }]);
  });

  it('are narrowed by configured platforms only where an entry names another one', async () => {
    const arm = store.push({ layers: [{ mediaType: 'x/y', bytes: json('arm') }] });
    const bare = store.push({ layers: [{ mediaType: 'x/y', bytes: json('none') }] });
    const index = store.pushIndex([
      { ...image, ...platform('linux', 'amd64') },
      { ...arm, ...platform('linux', 'arm64') },
      { ...bare, platform: undefined },
    ]);
    store.tag('latest', index);
    const head = await evidenceOf({ platforms: [{ os: 'linux', architecture: 'amd64', variant: '' }] });
    expect(head.subject.targets.map((target) => target.digest)).toEqual([image.digest, bare.digest]);
  });

  it('leave out with an entry what the index holds about it', async () => {
    const arm = store.push({ layers: [{ mediaType: 'x/y', bytes: json('arm') }] });
    const about = (image: Descriptor) => ({
      ...store.push({ ...sbom(image.digest), subject: image.digest }),
      ...platform('unknown', 'unknown'),
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': image.digest },
    });
    const [kept, left] = [about(image), about(arm)];
    const entries = [
      { ...image, ...platform('linux', 'amd64') },
      { ...arm, ...platform('linux', 'arm64') },
    ];
    store.tag('latest', store.pushIndex([...entries, kept, left]));
    const head = await evidenceOf({ platforms: [{ os: 'linux', architecture: 'amd64', variant: '' }] });
    expect(outcomes(head)).toEqual([[kept.digest, image.digest, ['present']]]);
    expect(store.asked.some((one) => one.includes(left.digest))).toBe(false);
  });

  it('flatten nested indexes', async () => {
    const inner = store.pushIndex([{ ...image, ...platform('linux', 'amd64') }]);
    store.tag('latest', store.pushIndex([inner]));
    expect((await evidenceOf()).subject.targets.map((target) => target.digest)).toEqual([image.digest]);
  });

  it.each([
    ['no entry is left', () => store.pushIndex([{ ...image, ...platform('unknown', 'unknown') }])],
    ['there is none', () => store.pushIndex([])],
    [
      'a nested index cannot be read',
      () => {
        const inner = store.pushIndex([image]);
        store.lose(inner.digest);
        return store.pushIndex([image, inner]);
      },
    ],
  ])('are unknown, and there is no decision, when %s', async (_, index) => {
    store.tag('latest', index());
    await expect(evidenceOf()).rejects.toMatchObject({ code: 'TARGETS_UNKNOWN' });
  });

  it('are unknown when there are more than the limit', async () => {
    store.tag('latest', store.pushIndex([image, store.push(sbom('x'))]));
    await expect(evidenceOf({ limits: { ...DEFAULT_LIMITS, targets: 1 } })).rejects.toMatchObject({
      code: 'TARGETS_UNKNOWN',
    });
  });

  it('that hide an index behind an image type make the evidence incomplete', async () => {
    const inner = store.pushIndex([image]);
    store.tag('latest', store.pushIndex([{ ...inner, mediaType: 'application/vnd.oci.image.manifest.v1+json' }]));
    const head = await evidenceOf();
    expect(head.complete).toBe(false);
    expect(head.discovery).toContainEqual(
      expect.objectContaining({ subject: inner.digest, source: 'image-index', outcome: 'failed' }),
    );
  });

  it('an attestation of the index that speaks of another image is listed and not read', async () => {
    const other = store.push({ layers: [{ mediaType: 'x/y', bytes: json('elsewhere') }] });
    const attestation = store.push({ ...sbom('a'), subject: other.digest });
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image.digest,
    };
    const index = store.pushIndex([image, { ...attestation, ...platform('unknown', 'unknown'), annotations }]);
    store.tag('latest', index);
    expect(outcomes(await evidenceOf())).toEqual([[attestation.digest, image.digest, ['SUBJECT_MISMATCH']]]);
  });
});

describe('completeness', () => {
  it('is lost when a source fails, and what was found is kept', async () => {
    const attached = store.push({ ...sbom('a'), subject: image.digest });
    store.list('referrers-api', image.digest, attached);
    const error = new VerdictError('REGISTRY_UNAVAILABLE', 'down');
    store.answer('cosign-tag', image.digest, { outcome: 'failed', entries: [], limit: '', error });
    const head = await evidenceOf();
    expect(head.complete).toBe(false);
    expect(head.artifacts).toHaveLength(1);
    expect(head.discovery).toContainEqual(
      expect.objectContaining({
        source: 'cosign-tag',
        outcome: 'failed',
        error: { code: 'REGISTRY_UNAVAILABLE', message: 'down', retryable: true },
      }),
    );
  });

  it('survives a store without such a form', async () => {
    store.answer('referrers-api', image.digest, { outcome: 'unsupported', entries: [], limit: '', error: undefined });
    expect((await evidenceOf()).complete).toBe(true);
  });

  it('is lost when an artifact cannot be read', async () => {
    const attached = store.push({ ...sbom('a'), subject: image.digest });
    store.list('referrers-api', image.digest, attached);
    store.lose(attached.digest);
    const head = await evidenceOf();
    expect(head.artifacts[0]?.reports).toMatchObject([{ outcome: 'errored', error: { code: 'REGISTRY_UNAVAILABLE' } }]);
    expect(head.complete).toBe(false);
  });

  it('is lost when a verifier breaks, and its fault is a report', async () => {
    store.list('referrers-api', image.digest, store.push({ ...sbom('a'), subject: image.digest }));
    const broken: Verifier = {
      name: 'broken',
      type: 'json',
      accepts: () => true,
      verify: () => Promise.reject(new TypeError('boom')),
    };
    const head = await evidenceOf({ verifiers: [broken] });
    expect(head.artifacts[0]?.reports).toMatchObject([
      { outcome: 'errored', verifier: { name: 'broken' }, error: { code: 'INTERNAL' } },
    ]);
    expect(head.complete).toBe(false);
  });

  it('is lost when documents pass the byte limit, unsigned ones first', async () => {
    store.list('referrers-api', image.digest, store.push({ ...sbom('a'), subject: image.digest }));
    const head = await evidenceOf({ limits: { ...DEFAULT_LIMITS, evidenceBytes: 3 } });
    expect(head.artifacts[0]?.reports).toMatchObject([
      { read: false, document: '', error: { code: 'LIMIT_EXCEEDED' } },
    ]);
    expect(head.complete).toBe(false);
  });

  it('is lost when downloads pass their limit', async () => {
    store.list('referrers-api', image.digest, store.push({ ...sbom('a'), subject: image.digest }));
    expect((await evidenceOf({ limits: { ...DEFAULT_LIMITS, downloadBytes: 10 } })).complete).toBe(false);
  });

  it('is lost when there are more artifacts than the limit', async () => {
    for (const name of ['a', 'b', 'c'])
      store.list('referrers-api', image.digest, store.push({ ...sbom(name), subject: image.digest }));
    const head = await evidenceOf({ limits: { ...DEFAULT_LIMITS, artifacts: 2 } });
    expect(head.artifacts).toHaveLength(2);
    expect(head.discovery).toContainEqual(
      expect.objectContaining({ outcome: 'truncated', limit: 'artifacts', found: 1, types: [SPDX] }),
    );
    expect(head.complete).toBe(false);
  });
});

describe('collect', () => {
  const scan = (name: string, created: string) =>
    store.push({
      artifactType: 'application/sarif+json',
      subject: image.digest,
      annotations: { created },
      layers: [{ mediaType: 'application/sarif+json', bytes: json({ name }) }],
    });

  it('fetches the newest and says what it left out', async () => {
    const scans = ['2026-01-01', '2026-03-01', '2026-02-01'].map((day) => scan(day, day));
    store.list('referrers-api', image.digest, ...scans);
    const head = await evidenceOf({
      collect: [{ type: 'application/sarif*', take: { kind: 'newest', count: 1, by: 'created' } }],
    });
    expect(head.artifacts.filter((one) => one.collected).map((one) => one.digest)).toEqual([scans[1]?.digest]);
    expect(head.discovery).toContainEqual({
      subject: image.digest,
      source: 'referrers-api',
      outcome: 'truncated',
      types: ['application/sarif+json'],
      found: 2,
      limit: 'collect',
    });
    expect(head.complete).toBe(false);
  });

  it('asks nothing about what is only listed, and stays complete', async () => {
    const left = scan('old', '2020-01-01');
    store.list('referrers-api', image.digest, left);
    const head = await evidenceOf({ collect: [{ type: 'application/sarif+json', take: { kind: 'none' } }] });
    expect(head.artifacts).toMatchObject([{ digest: left.digest, collected: false, reports: [] }]);
    expect(head.discovery).toContainEqual(
      expect.objectContaining({ outcome: 'skipped', types: ['application/sarif+json'] }),
    );
    expect(head.complete).toBe(true);
    expect(store.asked.filter((one) => one.includes(left.digest))).toEqual([]);
  });

  it('looks for what is attached to what it only follows, and reads nothing of it', async () => {
    const outer = store.push({ ...sbom('outer'), subject: image.digest });
    const inner = store.push({ ...sbom('inner'), artifactType: 'application/sarif+json', subject: outer.digest });
    store.list('referrers-api', image.digest, outer);
    store.list('referrers-api', outer.digest, inner);
    const head = await evidenceOf({ collect: [{ type: SPDX, take: { kind: 'follow' } }] });
    expect(head.artifacts).toMatchObject([
      { digest: outer.digest, collected: false, reports: [], depth: 1 },
      { digest: inner.digest, collected: true, subject: outer.digest, depth: 2 },
    ]);
    expect(head.artifacts[1]?.reports.length).toBeGreaterThan(0);
    expect(head.discovery).toContainEqual(expect.objectContaining({ outcome: 'skipped', types: [SPDX] }));
    expect(head.complete).toBe(true);
    expect(store.asked.filter((one) => one.startsWith('blob'))).toHaveLength(1);
  });

  it('judges by the manifest where the list does not tell the type', async () => {
    const left = scan('old', '2020-01-01');
    store.list('referrers-tag', image.digest, { ...left, artifactType: '', annotations: {} });
    const head = await evidenceOf({ collect: [{ type: 'application/sarif+json', take: { kind: 'none' } }] });
    expect(head.artifacts).toMatchObject([{ artifactType: 'application/sarif+json', collected: false, reports: [] }]);
  });

  it('judges by the manifest where the list lies about the type', async () => {
    const left = scan('old', '2020-01-01');
    store.list('referrers-tag', image.digest, { ...left, artifactType: SPDX });
    const head = await evidenceOf({ collect: [{ type: 'application/sarif+json', take: { kind: 'none' } }] });
    expect(head.artifacts).toMatchObject([{ artifactType: 'application/sarif+json', collected: false, reports: [] }]);
    expect(store.asked.filter((one) => one.startsWith('blob'))).toEqual([]);
  });
});

describe('the evidence', () => {
  it('is the same bytes whatever order the answers come in', async () => {
    const pushed = ['a', 'b', 'c', 'd'].map((name) => store.push({ ...sbom(name), subject: image.digest }));
    store.list('referrers-api', image.digest, ...pushed);
    const once = serialize(await gatherFrom('registry.example/app:latest'));
    store.answer('referrers-api', image.digest, { outcome: 'ok', entries: [], limit: '', error: undefined });
    store.list('referrers-api', image.digest, ...pushed.reverse());
    expect(Buffer.from(serialize(await gatherFrom('registry.example/app:latest'))).equals(Buffer.from(once))).toBe(
      true,
    );
  });

  it('holds documents verbatim', async () => {
    const bytes = new TextEncoder().encode('{ "big": 12345678901234567890.10 ,  "a":1 }');
    store.list(
      'referrers-api',
      image.digest,
      store.push({ artifactType: SPDX, subject: image.digest, layers: [{ mediaType: SPDX, bytes }] }),
    );
    const text = new TextDecoder().decode(serialize(await gatherFrom('registry.example/app:latest')));
    expect(text).toContain(`"documents":{"${digestOf(bytes)}":{ "big": 12345678901234567890.10 ,  "a":1 }}`);
    expect(JSON.parse(text).documents).toHaveProperty([digestOf(bytes), 'a'], 1);
  });

  it('has no half surrogate pair, wherever it came from', async () => {
    const error = new VerdictError('REGISTRY_UNAVAILABLE', 'says \ud800 and \\ud800');
    store.answer('cosign-tag', image.digest, { outcome: 'failed', entries: [], limit: '', error });
    const text = new TextDecoder().decode(serialize(await gatherFrom('registry.example/app:latest')));
    expect(text).toContain('says \\ufffd and \\\\ud800');
  });

  it('asks about a pinned digest before the subject is read', async () => {
    await gatherFrom(`registry.example/app@${image.digest}`);
    expect(store.asked.indexOf('resolve')).toBeGreaterThan(store.asked.indexOf(`referrers-api ${image.digest}`));
    expect(store.asked.filter((one) => one === `referrers-api ${image.digest}`)).toHaveLength(1);
  });

  it('lets statements name the subject by any digest that was computed', async () => {
    store.list('referrers-api', image.digest, store.push({ ...sbom('a'), subject: image.digest }));
    await gatherFrom('registry.example/app:latest');
    const [exhibit] = verifier.exhibits;
    expect([...(exhibit?.about.keys() ?? [])].map((digest) => digest.split(':')[0])).toEqual([
      'sha256',
      'sha384',
      'sha512',
    ]);
    expect(new Set(exhibit?.about.values())).toEqual(new Set([image.digest]));
  });

  it('that does not fit its schema is no evidence', async () => {
    await expect(evidenceOf({ validate: () => ['/subject: bad'] })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('the verdict', () => {
  const decision: Decision = {
    allow: true,
    violations: [],
    warnings: [],
    exceptions: [],
    expires: '',
    truncated: 0,
    metadata: {},
  };
  const asked: Array<{ input: unknown; time: Date }> = [];
  const policy: Policy = {
    info: { name: 'test', scope: 'cluster', revision: '1', digest: 'sha256:p', data: 'sha256:d' },
    decide: async (question) => {
      asked.push({ input: JSON.parse(new TextDecoder().decode(question.input)), time: question.time });
      return decision;
    },
    close: async () => undefined,
  };
  const request = {
    reference: parseReference('registry.example/app:latest'),
    time,
    caller: 'cli' as const,
    namespace: '',
    parameters: {},
  };

  it('comes from one evaluation over the evidence, at its instant', async () => {
    asked.length = 0;
    const { answer } = await evaluate(request, means(), policy);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      time,
      input: { context: { time: '2026-11-21T10:00:00.000Z' }, subject: { digest: image.digest } },
    });
    expect(answer).toMatchObject({
      decision,
      subject: { digest: image.digest, targets: [image.digest] },
      policies: [policy.info],
    });
  });

  it('has the same id for the same evidence, policy and time, and another for another time', async () => {
    const ids = await Promise.all(
      [time, time, new Date('2026-11-21T10:00:01.000Z')].map(
        async (at) => (await evaluate({ ...request, time: at }, means(), policy)).answer.id,
      ),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('does not come at all where the subject is unknown', async () => {
    const reference = parseReference('registry.example/app:gone');
    await expect(evaluate({ ...request, reference }, means(), policy)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
