import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { newBudget } from '../../../../src/budget.ts';
import { descriptor, digestOf, MEDIA_TYPES, UNKNOWN_SIZE } from '../../../../src/descriptor.ts';
import { VerdictError } from '../../../../src/errors.ts';
import { CHECKS, type CheckName, type Report } from '../../../../src/report.ts';
import type { Exhibit } from '../../../../src/verifier.ts';
import type { RevocationChecker, RevocationResult } from '../../../../src/verifiers/notation/revocation/checker.ts';
import { parseTrustPolicy } from '../../../../src/verifiers/notation/trust-policy.ts';
import {
  createNotationVerifier,
  DEFAULT_NOTATION_LIMITS,
  type NotationVerifierOptions,
} from '../../../../src/verifiers/notation/verifier.ts';
import {
  authority,
  cose,
  type EnvelopeParts,
  EXPIRY,
  jws,
  jwsMembers,
  TIMESTAMP,
} from '../../../support/notation/envelopes.ts';
import {
  ARTIFACT_TYPE,
  COSE,
  exhibit,
  JWS,
  REPOSITORY,
  SUBJECT,
  target,
  trust,
} from '../../../support/notation/exhibits.ts';
import { intermediate, LEAF_NAME, leaf, type Party, root } from '../../../support/notation/pki.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
/** After every certificate here. */
const LATER = new Date('2040-01-01T00:00:00Z');
const makers = { [JWS]: jws, [COSE]: cose };

let chain: readonly [Party, Party, Party];
let parts: EnvelopeParts;
let stranger: Party;

beforeAll(async () => {
  const top = await root();
  const middle = await intermediate(top);
  chain = [await leaf(middle), middle, top];
  parts = { chain, payload: target() };
  stranger = await root({ name: 'C=US, ST=WA, O=Other, CN=Root' });
});

/** Records what it was asked. */
function revocation(result: Partial<RevocationResult> = {}) {
  const asked: number[] = [];
  const checker: RevocationChecker = {
    check: async (certificates) => {
      asked.push(certificates.length);
      return { outcome: 'passed', message: '', until: undefined, ...result };
    },
  };
  return { asked, checker };
}

const verifier = (more: Partial<NotationVerifierOptions> = {}) =>
  createNotationVerifier({
    name: 'notary',
    trusts: [trust('acme', { ca: [chain[2]], signingAuthority: [chain[2]] }), trust('other', { ca: [stranger] })],
    trustPolicy: undefined,
    blobTrustPolicy: undefined,
    revocation: revocation().checker,
    ...more,
  });

async function examine(given: Exhibit, more: Partial<NotationVerifierOptions> = {}, time = NOW) {
  const [testimony, second] = await verifier(more).verify(given, time);
  if (testimony === undefined || second !== undefined) throw new Error('there is not one testimony');
  expectConsistent(testimony.report);
  return testimony;
}

/** What holds for every report. */
function expectConsistent(report: Report): void {
  expect(Object.keys(report.checks)).toEqual([...CHECKS]);
  expect(report.signers.length > 0).toBe(report.outcome === 'verified');
  const bad = CHECKS.filter((name) => ['failed', 'errored'].includes(report.checks[name].outcome));
  if (report.outcome === 'present') expect(bad).toEqual([]);
  if (report.outcome === 'verified') expect(bad.filter((name) => !report.relaxed.includes(name))).toEqual([]);
  if (report.outcome === 'verified') {
    for (const name of ['signature', 'chain', 'subject', 'payloadType', 'schema', 'digest'] as const) {
      expect(report.checks[name].outcome).toBe('passed');
    }
  }
}

const outcomes = (report: Report, ...names: CheckName[]) => names.map((name) => report.checks[name].outcome);

interface Policy {
  readonly level?: string;
  readonly override?: Record<string, string>;
  readonly verifyTimestamp?: string;
  readonly stores?: readonly string[];
  readonly identities?: readonly string[];
  readonly scopes?: readonly string[];
}

const policy = (given: Policy = {}) =>
  parseTrustPolicy(
    {
      version: '1.0',
      trustPolicies: [
        {
          name: 'one',
          registryScopes: given.scopes ?? [REPOSITORY],
          signatureVerification: {
            level: given.level ?? 'strict',
            ...(given.override === undefined ? {} : { override: given.override }),
            ...(given.verifyTimestamp === undefined ? {} : { verifyTimestamp: given.verifyTimestamp }),
          },
          ...(given.level === 'skip'
            ? {}
            : { trustStores: given.stores ?? ['ca:acme'], trustedIdentities: given.identities ?? ['*'] }),
        },
      ],
    },
    'oci',
  );

describe('accepts', () => {
  const accepts = (artifactType: string, ...types: string[]): boolean =>
    verifier().accepts({
      descriptor: descriptor(MEDIA_TYPES.ociManifest, SUBJECT.digest, 1, { artifactType }),
      layers: types.map((type) => descriptor(type, SUBJECT.digest, 1)),
    });

  it('takes what is a signature by its artifact type, whatever its layers are', () => {
    expect(accepts(ARTIFACT_TYPE, JWS)).toBe(true);
    expect(accepts(ARTIFACT_TYPE)).toBe(true);
    expect(accepts(ARTIFACT_TYPE, 'text/plain', COSE)).toBe(true);
  });

  it('takes envelopes of which nothing else says what they are', () => {
    expect(accepts('', COSE)).toBe(true);
    expect(accepts(MEDIA_TYPES.ociConfig, JWS)).toBe(true);
    expect(accepts('', 'application/json')).toBe(false);
    expect(accepts('')).toBe(false);
    expect(accepts('application/vnd.acme.token', JWS)).toBe(false);
  });
});

describe.each([JWS, COSE] as const)('a signature in %s', (mediaType) => {
  const make = (more: Partial<EnvelopeParts> = {}): Exhibit =>
    exhibit(makers[mediaType]({ ...parts, ...more }), mediaType);

  it('is verified where its root is in a store, with everything that was found out', async () => {
    const { report, document, holds } = await examine(make());
    expect(report).toMatchObject({
      outcome: 'verified',
      verifier: { name: 'notary', type: 'notation' },
      type: 'application/vnd.cncf.notary.payload.v1+json',
      subjects: [SUBJECT.digest],
      payload: digestOf(parts.payload),
      document: digestOf(parts.payload),
      read: true,
      relaxed: [],
      claimed: { signers: [] },
    });
    expect(Buffer.from(document ?? [])).toEqual(Buffer.from(parts.payload));
    const [signer] = report.signers;
    expect(signer).toMatchObject({
      kind: 'certificate',
      trust: { name: 'acme', scope: 'cluster' },
      timeSource: 'none',
      time: '',
      extensions: {},
    });
    expect(signer?.id.startsWith(`certificate|${digestOf(chain[2].der)}|CN=Signer,`)).toBe(true);
    expect(signer?.certificate.fingerprint).toBe(digestOf(chain[0].der));
    expect(outcomes(report, 'transparency', 'identity', 'expiry')).toEqual(['skipped', 'skipped', 'skipped']);
    expect(holds).toEqual({ from: new Date('2026-01-01'), until: new Date(Date.parse('2036-01-01') + 1) });
  });

  it('hands on user metadata in the document only', async () => {
    const { report, document } = await examine(make({ payload: target(SUBJECT, { 'acme.build': '7' }) }));
    expect(report.outcome).toBe('verified');
    expect(JSON.parse(Buffer.from(document ?? []).toString()).targetArtifact.annotations).toEqual({
      'acme.build': '7',
    });
    expect(report.signers[0]?.extensions).toEqual({});
  });

  it('names every trust that vouches, in configured order', async () => {
    const trusts = [trust('b', { ca: [chain[2]] }), trust('none', {}), trust('a', { ca: [chain[1], chain[2]] })];
    const { report } = await examine(make(), { trusts });
    expect(report.signers.map((signer) => signer.trust.name)).toEqual(['b', 'a']);
    expect(new Set(report.signers.map(({ id }) => id)).size).toBe(1);
  });

  it('is verified by an intermediate in a store, and not by the signer of a longer chain', async () => {
    const byMiddle = await examine(make(), { trusts: [trust('acme', { ca: [chain[1]] })] });
    expect(byMiddle.report.signers[0]?.id).toContain(digestOf(chain[1].der));
    const byLeaf = await examine(make(), { trusts: [trust('acme', { ca: [chain[0]] })] });
    expect(byLeaf.report.outcome).toBe('present');
  });

  it('is present where nobody configured here vouches for it', async () => {
    for (const trusts of [
      [],
      [trust('other', { ca: [stranger] })],
      [trust('acme', { signingAuthority: [chain[2]] })],
    ]) {
      const { report, document } = await examine(make(), { trusts });
      expect(report).toMatchObject({ outcome: 'present', read: true, signers: [] });
      expect(report.message).toContain('not signed by anyone configured here');
      expect(report.claimed.signers[0]?.certificate.distinguishedName).toBe('CN=Signer,OU=Build,O=Acme,ST=WA,C=US');
      expect(outcomes(report, 'signature', 'chain')).toEqual(['passed', 'skipped']);
      expect(document).toBeDefined();
    }
  });

  it('does not ask about revocation of a chain that is not trusted, nor of a broken signature', async () => {
    const { asked, checker } = revocation();
    await examine(make(), { trusts: [], revocation: checker });
    await examine(make(), { trusts: [trust('other', { ca: [stranger] })], revocation: checker });
    await examine(make({ signer: stranger }), { revocation: checker });
    await examine(make({ payload: target({ ...SUBJECT, size: 1 }) }), { revocation: checker });
    expect(asked).toEqual([]);
    await examine(make(), { revocation: checker });
    expect(asked).toEqual([3]);
  });

  it.each<[string, () => Partial<EnvelopeParts>]>([
    ['over other bytes', () => ({ toBeSigned: (bytes) => bytes.subarray(1) })],
    ['by another key', () => ({ signer: stranger })],
    ['by an authority of the chain', () => ({ signer: chain[1] })],
    [
      'with an unknown critical header',
      () => ({
        signed: { 'acme.note': 'x' },
        critical: ['io.cncf.notary.signingScheme', 'acme.note'],
      }),
    ],
    [
      'that needs a plugin',
      () => ({
        signed: { 'io.cncf.notary.verificationPlugin': 'hsm' },
        critical: ['io.cncf.notary.signingScheme', 'io.cncf.notary.verificationPlugin'],
      }),
    ],
    [
      'that names a plugin and does not call it critical',
      () => ({ signed: { 'io.cncf.notary.verificationPlugin': 'hsm' } }),
    ],
    [
      'that names only the version of a plugin',
      () => ({ signed: { 'io.cncf.notary.verificationPluginMinVersion': '1.0.0' } }),
    ],
    ['without crit', () => ({ critical: undefined })],
    ['whose scheme is not critical', () => ({ signed: { [EXPIRY]: LATER }, critical: [EXPIRY] })],
    ['whose end is not critical', () => ({ signed: { [EXPIRY]: LATER }, critical: ['io.cncf.notary.signingScheme'] })],
    [
      'that calls its claimed time critical',
      () => ({
        critical: ['io.cncf.notary.signingScheme', 'io.cncf.notary.signingTime'],
      }),
    ],
    ['without a time', () => ({ signed: { 'io.cncf.notary.signingTime': undefined } })],
    ['with a time that is none', () => ({ signed: { 'io.cncf.notary.signingTime': 'yesterday' } })],
    ['with a time that is null', () => ({ signed: { 'io.cncf.notary.signingTime': null } })],
    ['with the times of both schemes', () => ({ signed: { 'io.cncf.notary.authenticSigningTime': NOW } })],
    [
      'of an authority with a claimed time',
      () => ({
        signed: { ...authority(NOW), 'io.cncf.notary.signingTime': NOW },
      }),
    ],
    [
      'of an authority without its time',
      () => ({
        signed: { ...authority(NOW), 'io.cncf.notary.authenticSigningTime': undefined },
      }),
    ],
    [
      'of an authority whose time is not critical',
      () => ({
        signed: authority(NOW),
        critical: ['io.cncf.notary.signingScheme'],
      }),
    ],
    ['of an unknown scheme', () => ({ signed: { 'io.cncf.notary.signingScheme': 'notary.pgp' } })],
    ['without a scheme', () => ({ signed: { 'io.cncf.notary.signingScheme': undefined }, critical: ['x'] })],
    ['that ends before it was made', () => ({ signed: { [EXPIRY]: new Date('2020-01-01') } })],
    ['with a header in another case', () => ({ signed: { 'io.cncf.notary.Expiry': NOW } })],
    ['with a timestamp that is no bytes', () => ({ unsigned: { [TIMESTAMP]: 5 } })],
  ])('%s is failed, not trusted and not readable', async (_what, more) => {
    const { report, document } = await examine(make(more()));
    expect(report).toMatchObject({ outcome: 'failed', read: false, document: '', signers: [] });
    expect(outcomes(report, 'digest', 'signature')).toEqual(['passed', 'failed']);
    expect(document).toBeUndefined();
  });

  it('without certificates is failed', async () => {
    const { report } = await examine(
      make({ chain: [], signer: chain[0], algorithm: mediaType === JWS ? 'ES256' : -7 }),
    );
    expect([report.outcome, ...outcomes(report, 'signature')]).toEqual(['failed', 'failed']);
  });

  it('that needs a plugin names it', async () => {
    const { report } = await examine(
      make({
        signed: { 'io.cncf.notary.verificationPlugin': 'hsm' },
        critical: ['io.cncf.notary.signingScheme', 'io.cncf.notary.verificationPlugin'],
      }),
    );
    expect(report.checks.signature).toMatchObject({ outcome: 'failed', message: expect.stringContaining('"hsm"') });
  });

  it('takes headers that are not critical and that nobody knows', async () => {
    const { report } = await examine(make({ signed: { 'acme.note': 'x' }, unsigned: { 'acme.more': 1 } }));
    expect(report.outcome).toBe('verified');
  });

  it('with an algorithm that is not the one of the key fails the signature', async () => {
    for (const algorithm of mediaType === JWS ? ['PS256', 'ES384', 'none', 'HS256', 'RS256'] : [-37, -35, 5, -257]) {
      const { report } = await examine(make({ algorithm }));
      expect([report.outcome, ...outcomes(report, 'signature')]).toEqual(['failed', 'failed']);
    }
  });

  it('that brings another certificate than the signer fails the signature', async () => {
    const other = await leaf(chain[1], { name: 'C=US, ST=WA, O=Acme, CN=Another' });
    const { report } = await examine(make({ chain: [other, chain[1], chain[2]], signer: chain[0] }));
    expect([report.outcome, ...outcomes(report, 'signature', 'chain')]).toEqual(['failed', 'failed', 'passed']);
  });

  it('of another content type fails the payload type and tells the rest', async () => {
    const { report } = await examine(make({ contentType: 'application/vnd.acme+json' }));
    expect(report.outcome).toBe('failed');
    expect(outcomes(report, 'payloadType', 'signature', 'subject')).toEqual(['failed', 'passed', 'passed']);
  });

  it.each<[string, CheckName, Uint8Array]>([
    ['another digest', 'subject', target({ ...SUBJECT, digest: `sha256:${'00'.repeat(32)}` })],
    ['another size', 'subject', target({ ...SUBJECT, size: 529 })],
    ['another media type', 'subject', target({ ...SUBJECT, mediaType: MEDIA_TYPES.ociIndex })],
    ['a digest that is a list', 'subject', Buffer.from('{"targetArtifact":{"digest":["a"]}}')],
    ['a size that is text', 'subject', Buffer.from(JSON.stringify({ targetArtifact: { ...SUBJECT, size: '528' } }))],
    ['nothing', 'schema', Buffer.from('{}')],
    ['a list', 'schema', Buffer.from('[]')],
    ['no JSON', 'schema', Buffer.from('target')],
    ['two targets', 'schema', Buffer.from(`{"targetArtifact":{},"targetArtifact":${JSON.stringify(SUBJECT)}}`)],
    ['half a surrogate pair', 'schema', Buffer.from('{"targetArtifact":{"a":"\\ud800"}}')],
  ])('that speaks of %s fails the check %s', async (_what, name, payload) => {
    const { report } = await examine(make({ payload }));
    expect([report.outcome, ...outcomes(report, name, 'signature')]).toEqual(['failed', 'failed', 'passed']);
    expect(report.subjects).toEqual([]);
  });

  it('that speaks of something else is failed whoever signed it, and under every level', async () => {
    const payload = target({ ...SUBJECT, size: 529 });
    for (const level of ['strict', 'permissive', 'audit', 'skip']) {
      const { report } = await examine(make({ payload }), { trustPolicy: policy({ level }) });
      expect([report.outcome, ...outcomes(report, 'subject')]).toEqual(['failed', 'failed']);
    }
    const { report } = await examine(make({ payload }), { trusts: [] });
    expect(report.outcome).toBe('failed');
  });

  it('ends at its expiry, to the millisecond', async () => {
    const end = new Date('2026-12-01T00:00:00Z');
    const given = make({ signed: { [EXPIRY]: end } });
    const before = await examine(given, {}, new Date(end.getTime() - 1));
    expect([before.report.outcome, before.holds?.until]).toEqual(['verified', end]);
    const after = await examine(given, {}, end);
    expect([after.report.outcome, ...outcomes(after.report, 'expiry', 'timestamp')]).toEqual([
      'failed',
      'failed',
      'passed',
    ]);
  });

  it('by certificates that ended or have not begun fails the timestamp, not the expiry', async () => {
    for (const time of [new Date('2025-12-31T23:59:59Z'), LATER]) {
      const { report } = await examine(make(), {}, time);
      expect([report.outcome, ...outcomes(report, 'timestamp', 'expiry', 'chain')]).toEqual([
        'failed',
        'failed',
        'skipped',
        'passed',
      ]);
    }
  });

  it('of a signing authority counts by the time the authority states', async () => {
    const signedAt = new Date('2030-05-05T05:05:05Z');
    const good = await examine(make({ signed: authority(signedAt) }), {}, LATER);
    expect(good.report.signers[0]).toMatchObject({ time: signedAt.toISOString(), timeSource: 'signing-authority' });
    expect(good.holds).toBeUndefined();
    const early = await examine(make({ signed: authority(new Date('2020-01-01')) }), {}, NOW);
    expect([early.report.outcome, ...outcomes(early.report, 'timestamp')]).toEqual(['failed', 'failed']);
    const logged = await examine(make({ signed: authority(new Date('2020-01-01')) }), {
      trustPolicy: policy({ level: 'permissive', stores: ['signingAuthority:acme'] }),
    });
    expect(logged.report.signers[0]).toMatchObject({ time: '', timeSource: 'none' });
    const unknown = await examine(make({ signed: authority(signedAt) }), {
      trusts: [trust('acme', { ca: [chain[2]] })],
    });
    expect(unknown.report.outcome).toBe('present');
  });

  it('needs a timestamp where the trust has timestamp authorities', async () => {
    const trusts = [trust('acme', { ca: [chain[2]], tsa: [stranger.der] })];
    const missing = await examine(make(), { trusts });
    expect([missing.report.outcome, ...outcomes(missing.report, 'timestamp')]).toEqual(['failed', 'failed']);
    const token = new Uint8Array([0x30, 0]);
    const unsigned = { [TIMESTAMP]: mediaType === JWS ? Buffer.from(token).toString('base64') : token };
    const broken = await examine(make({ unsigned }), { trusts });
    expect([broken.report.outcome, ...outcomes(broken.report, 'timestamp')]).toEqual(['failed', 'failed']);
  });

  it("is not timed by another trust's authorities where no policy names them", async () => {
    const trusts = [trust('acme', { ca: [chain[2]] }), trust('other', { tsa: [stranger.der] })];
    expect((await examine(make(), { trusts })).report.outcome).toBe('verified');
  });

  it('needs a timestamp only once a certificate has ended where the policy says so', async () => {
    const trusts = [trust('acme', { ca: [chain[2]], tsa: [stranger.der] })];
    const given = { stores: ['ca:acme', 'tsa:acme'], verifyTimestamp: 'afterCertExpiry' };
    const before = await examine(make(), { trusts, trustPolicy: policy(given) });
    expect(before.report.outcome).toBe('verified');
    expect(before.holds?.until).toEqual(new Date(Date.parse('2036-01-01') + 1));
    const after = await examine(make(), { trusts, trustPolicy: policy(given) }, LATER);
    expect([after.report.outcome, ...outcomes(after.report, 'timestamp')]).toEqual(['failed', 'failed']);
  });

  it.each<[RevocationResult['outcome'], string, string, string]>([
    ['failed', 'strict', 'failed', 'failed'],
    ['errored', 'strict', 'errored', 'errored'],
    ['skipped', 'strict', 'verified', 'skipped'],
    ['failed', 'permissive', 'verified', 'failed'],
    ['errored', 'permissive', 'verified', 'errored'],
  ])('whose revocation %s under %s is %s', async (outcome, level, expected, check) => {
    const { checker } = revocation({ outcome, message: 'so it is' });
    const { report } = await examine(make(), { trustPolicy: policy({ level }), revocation: checker });
    expect([report.outcome, ...outcomes(report, 'revocation')]).toEqual([expected, check]);
    expect(report.relaxed).toEqual(level === 'permissive' ? ['revocation'] : []);
  });

  it('holds until its revocation must be asked again, and is errored where the checker throws', async () => {
    const until = new Date('2026-11-22T00:00:00Z');
    const { holds } = await examine(make(), { revocation: revocation({ until }).checker });
    expect(holds).toEqual({ from: NOW, until });
    const thrower: RevocationChecker = { check: () => Promise.reject(new TypeError('no')) };
    const { report } = await examine(make(), { revocation: thrower });
    expect([report.outcome, report.error?.code]).toEqual(['errored', 'TRUST_UNAVAILABLE']);
  });

  it('is not asked about revocation where the policy skips it, and says so', async () => {
    const { asked, checker } = revocation({ outcome: 'failed' });
    const trustPolicy = policy({ override: { revocation: 'skip' } });
    const { report } = await examine(make(), { trustPolicy, revocation: checker });
    expect([report.outcome, ...outcomes(report, 'revocation')]).toEqual(['verified', 'skipped']);
    expect(report.relaxed).toEqual(['revocation']);
    expect(asked).toEqual([]);
  });

  it('keeps what a level only logs as failed, and relaxed', async () => {
    const given = make({ signed: { [EXPIRY]: new Date('2026-11-01') } });
    const { report } = await examine(given, { trustPolicy: policy({ level: 'permissive' }) }, LATER);
    expect(report.outcome).toBe('verified');
    expect(outcomes(report, 'timestamp', 'expiry')).toEqual(['failed', 'failed']);
    expect(report.relaxed).toEqual(['timestamp', 'expiry']);
    const strict = await examine(given, { trustPolicy: policy({ level: 'strict', override: { expiry: 'log' } }) });
    expect([strict.report.outcome, strict.report.relaxed]).toEqual(['verified', ['expiry']]);
  });

  it('counts for trusted identities only', async () => {
    const good = policy({ identities: ['x509.subject: C=US, ST=WA, O=Acme, CN=Signer'] });
    const verified = await examine(make(), { trustPolicy: good });
    expect([verified.report.outcome, ...outcomes(verified.report, 'identity')]).toEqual(['verified', 'passed']);
    const bad = policy({ identities: ['x509.subject: C=US, ST=WA, O=Acme, CN=Sign'] });
    const failed = await examine(make(), { trustPolicy: bad });
    expect([failed.report.outcome, ...outcomes(failed.report, 'identity', 'chain')]).toEqual([
      'failed',
      'failed',
      'passed',
    ]);
  });

  it('is never verified by a level that only logs who signed', async () => {
    const identities = ['x509.subject: C=US, ST=WA, O=Acme, CN=Nobody'];
    const revoked = revocation({ outcome: 'failed', message: 'revoked' }).checker;
    const { report } = await examine(make({ signed: { [EXPIRY]: new Date('2026-11-01') } }), {
      trustPolicy: policy({ level: 'audit', identities }),
      revocation: revoked,
    });
    expect([report.outcome, ...outcomes(report, 'identity', 'expiry', 'revocation')]).toEqual([
      'present',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(report.checks.revocation.message).toContain('revoked');
    expect(report.relaxed).toEqual(['identity', 'expiry', 'revocation']);
    const unknown = await examine(make(), { trustPolicy: policy({ level: 'audit', stores: ['ca:other'] }) });
    expect([unknown.report.outcome, ...outcomes(unknown.report, 'chain')]).toEqual(['present', 'skipped']);
    const known = await examine(make(), { trustPolicy: policy({ level: 'audit' }) });
    expect(known.report.outcome).toBe('verified');
    const broken = await examine(make({ signer: stranger }), { trustPolicy: policy({ level: 'audit' }) });
    expect(broken.report.outcome).toBe('failed');
  });

  it('is only present where the policy skips verification', async () => {
    const trustPolicy = policy({ level: 'skip' });
    for (const given of [
      make(),
      make({ signer: stranger }),
      make({ signed: { 'io.cncf.notary.verificationPlugin': 'hsm' } }),
    ]) {
      const { report } = await examine(given, { trustPolicy });
      expect([report.outcome, ...outcomes(report, 'signature', 'chain', 'subject')]).toEqual([
        'present',
        'skipped',
        'skipped',
        'passed',
      ]);
      expect(report.relaxed).toContain('signature');
    }
  });

  it('is present where no statement of the policy applies', async () => {
    const { report } = await examine(make(), { trustPolicy: policy({ scopes: ['registry.example/other'] }) });
    expect(report.outcome).toBe('present');
    expect(report.message).toContain(REPOSITORY);
  });

  it('in a layout is judged by the global statement only', async () => {
    const given = { ...make(), repository: '' };
    const scoped = await examine(given, { trustPolicy: policy() });
    expect(scoped.report.outcome).toBe('present');
    const global = await examine(given, { trustPolicy: policy({ scopes: ['*'] }) });
    expect(global.report.outcome).toBe('verified');
  });

  it('over a file is judged by the policy for files, without its media type', async () => {
    const file = descriptor('application/octet-stream', SUBJECT.digest, SUBJECT.size);
    const given = {
      ...make({ payload: target({ ...SUBJECT, mediaType: 'application/x-tar' }) }),
      subject: file,
      repository: '',
    };
    const blob = (isGlobal: boolean) =>
      parseTrustPolicy(
        {
          version: '1.0',
          trustPolicies: [
            {
              name: 'files',
              globalPolicy: isGlobal,
              signatureVerification: { level: 'strict' },
              trustStores: ['ca:acme'],
              trustedIdentities: ['*'],
            },
          ],
        },
        'blob',
      );
    const outcomeOf = async (more: Partial<NotationVerifierOptions>, one: Exhibit = given) =>
      (await examine(one, more)).report.outcome;
    expect(await outcomeOf({})).toBe('verified');
    expect(await outcomeOf({ blobTrustPolicy: blob(true), trustPolicy: policy() })).toBe('verified');
    expect(await outcomeOf({ blobTrustPolicy: blob(false), trustPolicy: policy({ scopes: ['*'] }) })).toBe('present');
    expect(await outcomeOf({ trustPolicy: policy({ scopes: ['*'] }) })).toBe('verified');
    expect(await outcomeOf({ trustPolicy: policy() })).toBe('present');
    expect(await outcomeOf({}, { ...given, subject: { ...file, size: 1 } })).toBe('failed');
    // What a registry holds is no file, whatever type it gives itself.
    const held = { ...given, repository: REPOSITORY };
    expect(await outcomeOf({}, held)).toBe('failed');
    const typed = { ...held, subject: { ...file, mediaType: 'application/x-tar' } };
    expect(await outcomeOf({ trustPolicy: policy({ scopes: ['a.b/c'] }), blobTrustPolicy: blob(true) }, typed)).toBe(
      'present',
    );
    expect(await outcomeOf({ trustPolicy: policy(), blobTrustPolicy: blob(false) }, typed)).toBe('verified');
    expect(await outcomeOf({}, { ...given, subject: { ...file, size: UNKNOWN_SIZE } })).toBe('verified');
  });

  it('is failed for every byte that is changed, or says the same', async () => {
    const original = Buffer.from(makers[mediaType](parts));
    const good = await examine(exhibit(original, mediaType));
    await fc.assert(
      fc.asyncProperty(fc.nat(original.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const bytes = Buffer.from(original);
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const { report } = await examine(exhibit(bytes, mediaType));
        // A name of an unsigned header may change, and JSON may be written in more than one way.
        if (report.outcome === 'verified') {
          expect(report.payload).toBe(good.report.payload);
          expect(report.signers).toEqual(good.report.signers);
        } else expect(report.outcome).toBe('failed');
      }),
      { numRuns: 1500 },
    );
  });
});

describe('what is no signature', () => {
  it.each([0, 2])('a signature with %i layers is failed', async (count) => {
    const given = exhibit(jws(parts), JWS);
    const layers = Array.from({ length: count }, () => given.layers[0] ?? SUBJECT);
    const { report } = await examine({ ...given, layers });
    expect([report.outcome, ...outcomes(report, 'schema')]).toEqual(['failed', 'failed']);
    expect(report.error?.code).toBe('SIGNATURE_INVALID');
  });

  it('a layer of another media type is failed', async () => {
    const { report } = await examine(exhibit(jws(parts), 'application/json'));
    expect([report.outcome, ...outcomes(report, 'schema')]).toEqual(['failed', 'failed']);
  });

  it('an envelope beyond the limit is failed and not fetched', async () => {
    const given = exhibit(jws(parts), JWS);
    const layers = [descriptor(JWS, SUBJECT.digest, DEFAULT_NOTATION_LIMITS.envelopeBytes + 1)];
    let isFetched = false;
    const fetch = async () => {
      isFetched = true;
      return new Uint8Array();
    };
    const { report } = await examine({ ...given, layers, fetch });
    expect([report.outcome, report.error?.code, isFetched]).toEqual(['failed', 'LIMIT_EXCEEDED', false]);
  });

  it('what cannot be fetched is errored, and bytes that are not the layer are failed', async () => {
    const given = exhibit(jws(parts), JWS);
    const away = new VerdictError('REGISTRY_UNAVAILABLE', 'gone');
    const missing = await examine({ ...given, fetch: () => Promise.reject(away) });
    expect([missing.report.outcome, missing.report.error?.retryable]).toEqual(['errored', true]);
    const spent = new VerdictError('LIMIT_EXCEEDED', 'nothing more is read for this decision');
    expect((await examine({ ...given, fetch: () => Promise.reject(spent) })).report.outcome).toBe('errored');
    const other = new VerdictError('DIGEST_MISMATCH', 'other bytes');
    expect((await examine({ ...given, fetch: () => Promise.reject(other) })).report.outcome).toBe('failed');
  });

  it('counts down what a decision may use, and says what is left out', async () => {
    const given = exhibit(jws(parts), JWS);
    const size = given.layers[0]?.size ?? 0;
    const budget = { ...newBudget(), reports: 2, examinedBytes: size };
    expect((await examine({ ...given, budget })).report.outcome).toBe('verified');
    expect(budget).toMatchObject({ reports: 1, examinedBytes: 0 });
    for (const spent of [budget, { ...newBudget(), reports: 0 }]) {
      const { report } = await examine({ ...given, budget: spent });
      expect([report.outcome, report.error?.code]).toEqual(['errored', 'LIMIT_EXCEEDED']);
    }
  });

  it('garbage is failed, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(JWS, COSE), fc.uint8Array(), async (mediaType, bytes) => {
        expect((await examine(exhibit(bytes, mediaType))).report.outcome).toBe('failed');
      }),
    );
    const members = jwsMembers(parts);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(members)), fc.jsonValue(), async (name, value) => {
        const bytes = Buffer.from(JSON.stringify({ ...members, [name]: value }));
        expect((await examine(exhibit(bytes, JWS))).report.outcome).toBe('failed');
      }),
    );
  });

  it('an envelope of the other kind is failed', async () => {
    expect((await examine(exhibit(cose(parts), JWS))).report.outcome).toBe('failed');
    expect((await examine(exhibit(jws(parts), COSE))).report.outcome).toBe('failed');
  });
});

describe('createNotationVerifier', () => {
  it('refuses a policy that names stores which no trust fills', () => {
    for (const stores of [['ca:acme', 'ca:nobody'], ['tsa:acme', 'ca:acme'], ['signingAuthority:other']]) {
      expect(() => verifier({ trustPolicy: policy({ stores }) })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
  });

  it('refuses stores that hold no certificates', () => {
    const trusts = [{ ...trust('acme', {}), ca: [new Uint8Array([1, 2, 3])] }];
    expect(() => verifier({ trusts })).toThrow(expect.objectContaining({ code: 'TRUST_INVALID' }));
  });

  it('knows the name of the signer as RFC 4514 writes it', async () => {
    const { report } = await examine(exhibit(jws(parts), JWS));
    const expected = LEAF_NAME.split(', ').reverse().join(',');
    expect(report.signers[0]?.certificate.distinguishedName).toBe(expected);
  });
});
