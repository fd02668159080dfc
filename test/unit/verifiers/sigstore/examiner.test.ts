import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createExaminer } from '../../../../src/verifiers/sigstore/examiner.ts';
import { bundle, bytesOf, preAuthEncoding } from '../../../support/sigstore/bundle.ts';
import { CODE_SIGNING, issue } from '../../../support/sigstore/certificate.ts';
import { examine, LATER, outcomes } from '../../../support/sigstore/examine.ts';
import { newKey } from '../../../support/sigstore/keys.ts';
import { newLog } from '../../../support/sigstore/log.ts';
import {
  certificatesTrust,
  email,
  ISSUER,
  keysTrust,
  logJson,
  newSigstore,
  sigstoreTrust,
  TIME,
  uri,
  WORKFLOW,
} from '../../../support/sigstore/sigstore.ts';
import { newTimestampAuthority } from '../../../support/sigstore/timestamp.ts';

const sigstore = newSigstore();
const { v1, v2, timestamps } = sigstore;
const root = sigstore.trustedRoot();
const trust = sigstoreTrust(root);
const signer = sigstore.identify();
const key = newKey();
const MESSAGE = Buffer.from('hello');
const SIGNED_AT = '2026-03-01T12:01:00.000Z';
const PASSED = { signature: 'passed', chain: 'passed', expiry: 'passed', transparency: 'passed', timestamp: 'passed' };

describe('a keyless signature', () => {
  it.each([
    ['v1, dsse', { logs: [v1] }],
    ['v1, hashedrekord', { logs: [v1], kind: 'hashedrekord' }],
    ['v1, intoto 0.0.1', { logs: [v1], kind: 'intoto/0.0.1' }],
    ['v1, intoto 0.0.2', { logs: [v1], kind: 'intoto/0.0.2' }],
    ['v1, a message', { logs: [v1], message: MESSAGE }],
    ['v2, hashedrekord', { logs: [v2], timestamps: [timestamps] }],
    ['v2, dsse', { logs: [v2], kind: 'dsse', timestamps: [timestamps] }],
    ['v2, a message', { logs: [v2], timestamps: [timestamps], message: MESSAGE }],
    ['form 0.1', { logs: [v1], version: '0.1' }],
    ['form 0.2', { logs: [v1], version: '0.2' }],
    ['both logs', { logs: [v1, v2], timestamps: [timestamps] }],
  ] as const)('is verified with an entry in a log: %s', async (_, options) => {
    const message = 'message' in options ? ({ kind: 'bytes', bytes: MESSAGE } as const) : undefined;
    const finding = await examine([trust], bundle({ signer, ...options }), message);
    expect(finding).toMatchObject({
      outcome: 'verified',
      relaxed: [],
      claimed: [],
      holds: undefined,
      error: undefined,
    });
    expect(outcomes(finding)).toEqual(PASSED);
    expect(finding.signers).toHaveLength(1);
  });

  it('tells who signed, and when', async () => {
    const { signers } = await examine([trust], bundle({ signer, logs: [v1] }));
    expect(signers[0]).toMatchObject({
      id: `keyless|${ISSUER}|${WORKFLOW}`,
      kind: 'keyless',
      trust: { name: 'release', scope: 'cluster' },
      key: { fingerprint: signer.key.fingerprint },
      san: [{ type: 'uri', value: WORKFLOW }],
      oidcIssuer: ISSUER,
      time: SIGNED_AT,
      timeSource: 'transparency-log',
      extensions: { sourceRepositoryURI: 'https://github.com/acme/app', issuer: ISSUER },
    });
  });

  it.each([
    ['an e-mail address', email('jo@example.com')],
    ['another name', { type: 'otherName', value: 'jo!example.com' }],
    ['a host', { type: 'dns', value: 'builder.example.com' }],
  ] as const)('may be of %s', async (_, name) => {
    const finding = await examine([trust], bundle({ signer: sigstore.identify({ names: [name] }), logs: [v1] }));
    expect(finding.signers[0]).toMatchObject({ id: `keyless|${ISSUER}|${name.value}`, san: [name] });
  });

  it.each(['P-384', 'P-521', 'RSA-2048', 'Ed25519'] as const)('may be made with a %s key', async (kind) => {
    const identified = sigstore.identify({ key: newKey(kind) });
    const entry = await examine([trust], bundle({ signer: identified, logs: [v1] }));
    expect(entry.outcome).toBe('verified');
    const message = bundle({ signer: identified, message: MESSAGE, logs: [v1] });
    expect((await examine([trust], message, { kind: 'bytes', bytes: MESSAGE })).outcome).toBe('verified');
  });

  it('takes the earliest of its times', async () => {
    const later = new Date(Number(TIME) + 5 * 60_000);
    const json = bundle({ signer, logs: [v1], time: later });
    const early = bundle({ signer, timestamps: [timestamps] });
    const signature = Buffer.from(json.dsseEnvelope?.signatures[0]?.sig ?? '', 'base64');
    json.verificationMaterial.timestampVerificationData = early.verificationMaterial.timestampVerificationData;
    const stamp = timestamps.stamp(signature, new Date(SIGNED_AT)).toString('base64');
    json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [{ signedTimestamp: stamp }];
    const finding = await examine([sigstoreTrust(root, { timestamp: 2 })], json);
    expect(finding.signers[0]).toMatchObject({ time: SIGNED_AT, timeSource: 'timestamp-authority' });
  });

  it('is nobody’s where its authority is not configured', async () => {
    const stranger = newSigstore();
    const finding = await examine([trust], bundle({ signer: stranger.identify(), logs: [stranger.v1] }));
    expect(finding).toMatchObject({ outcome: 'present', signers: [], relaxed: [], error: undefined });
    expect(finding.claimed[0]).toMatchObject({ kind: 'keyless', oidcIssuer: ISSUER });
    expect(outcomes(finding)).toEqual({ signature: 'skipped' });
  });
});

describe('thresholds', () => {
  it('count each operator once', async () => {
    const other = newLog('https://rekor2.example');
    const json = bundle({ signer, logs: [v1, other] });
    const two = (operator?: string) =>
      sigstoreTrust(
        sigstore.trustedRoot(({ tlogs }) => {
          tlogs.push(logJson(other.url, other.key));
          for (const log of tlogs) if (operator !== undefined) log.operator = operator;
        }),
        { transparencyLog: 2 },
      );
    expect((await examine([two()], json)).outcome).toBe('verified');
    const finding = await examine([two('example')], json);
    expect(finding.outcome).toBe('failed');
    expect(outcomes(finding)).toEqual({ ...PASSED, transparency: 'failed' });
  });

  it('count the same entry and the same timestamp once', async () => {
    const json = bundle({ signer, logs: [v1], timestamps: [timestamps] });
    const { tlogEntries, timestampVerificationData } = json.verificationMaterial;
    tlogEntries.push(...tlogEntries);
    timestampVerificationData.rfc3161Timestamps.push(...timestampVerificationData.rfc3161Timestamps);
    expect((await examine([trust], json)).outcome).toBe('verified');
    const finding = await examine([sigstoreTrust(root, { transparencyLog: 2, timestamp: 3 })], json);
    expect(outcomes(finding)).toEqual({ ...PASSED, transparency: 'failed', timestamp: 'failed' });
  });

  it('count the promises of one certificate log once', async () => {
    const twice = sigstore.identify({ promisedBy: [sigstore.certificateLog, sigstore.certificateLog] });
    const json = bundle({ signer: twice, logs: [v1] });
    expect((await examine([trust], json)).outcome).toBe('verified');
    expect(outcomes(await examine([sigstoreTrust(root, { sct: 2 })], json))).toEqual({ ...PASSED, chain: 'failed' });
  });

  it('are of no use where one of the times is not within the certificate’s validity', async () => {
    const json = bundle({ signer, logs: [v1] });
    const signature = Buffer.from(json.dsseEnvelope?.signatures[0]?.sig ?? '', 'base64');
    const late = timestamps.stamp(signature, new Date(Number(TIME) + 3_600_000)).toString('base64');
    json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [{ signedTimestamp: late }];
    expect(outcomes(await examine([trust], json))).toEqual({ ...PASSED, expiry: 'failed' });
  });

  it('pass over what strangers say', async () => {
    const stranger = newSigstore('stranger');
    const json = bundle({
      signer: sigstore.identify({ promisedBy: [stranger.certificateLog, sigstore.certificateLog] }),
      logs: [stranger.v1, v1],
      timestamps: [stranger.timestamps, timestamps],
    });
    expect((await examine([sigstoreTrust(root, { timestamp: 2 })], json)).outcome).toBe('verified');
  });

  it('are not met by strangers', async () => {
    const stranger = newSigstore('stranger');
    const json = bundle({
      signer: sigstore.identify({ promisedBy: [stranger.certificateLog] }),
      logs: [stranger.v1],
      timestamps: [stranger.timestamps],
    });
    const finding = await examine([trust], json);
    expect(finding.outcome).toBe('failed');
    expect(outcomes(finding)).toEqual({
      signature: 'passed',
      chain: 'failed',
      expiry: 'skipped',
      transparency: 'failed',
      timestamp: 'failed',
    });
  });

  it('of 0 waive, which is said', async () => {
    const waived = sigstoreTrust(root, { transparencyLog: 0, sct: 0, timestamp: 0 });
    const bare = bundle({ signer: sigstore.identify({ promisedBy: [] }) });
    const finding = await examine([waived], bare, undefined, new Date(SIGNED_AT));
    expect(finding).toMatchObject({ outcome: 'verified', relaxed: ['sct', 'timestamp', 'transparency'] });
    expect(outcomes(finding)).toEqual({ ...PASSED, transparency: 'skipped', timestamp: 'skipped' });
    expect(finding.signers[0]).toMatchObject({ time: '', timeSource: 'none' });
    const full = await examine([waived], bundle({ signer, logs: [v1] }));
    expect(full).toMatchObject({ outcome: 'verified', relaxed: [], holds: undefined });
    expect(outcomes(full)).toEqual(PASSED);
  });

  it('of 0 let pass what is bad, which is said too', async () => {
    const waived = sigstoreTrust(root, { transparencyLog: 0, timestamp: 0 });
    const json = bundle({ signer, logs: [v1] });
    for (const entry of json.verificationMaterial.tlogEntries)
      entry.inclusionPromise = { signedEntryTimestamp: 'AAAA' };
    const finding = await examine([waived], json, undefined, new Date(SIGNED_AT));
    expect(finding).toMatchObject({ outcome: 'verified', relaxed: ['timestamp', 'transparency'] });
    expect(outcomes(finding)).toEqual({ ...PASSED, transparency: 'failed', timestamp: 'skipped' });
  });
});

describe('without a trusted time', () => {
  const now = sigstoreTrust(root, { transparencyLog: 0, timestamp: 0 });
  const json = bundle({ signer });
  const END = new Date(Number(TIME) + 10 * 60_000);

  it('the certificate must be valid at the instant of the decision, and the finding holds as long', async () => {
    const finding = await examine([now], json, undefined, new Date(SIGNED_AT));
    expect(finding).toMatchObject({ outcome: 'verified', holds: { from: TIME, until: END } });
  });

  it.each([
    ['afterwards', LATER, { from: new Date(Number(END) + 1) }],
    ['before', new Date(Number(TIME) - 1), { until: new Date(Number(TIME) - 1) }],
  ])('it fails %s', async (_, time, holds) => {
    const finding = await examine([now], json, undefined, time);
    expect(finding).toMatchObject({ outcome: 'failed', holds });
    expect(outcomes(finding)).toMatchObject({ chain: 'passed', expiry: 'failed', signature: 'passed' });
  });
});

describe('a signature by a key', () => {
  it('is verified by the key that made it', async () => {
    const other = newKey('P-384');
    const finding = await examine([keysTrust([other, key])], bundle({ signer: key }));
    expect(finding).toMatchObject({ outcome: 'verified', relaxed: ['transparency'] });
    expect(finding.message).toContain('key-1.pub');
    expect(finding.signers[0]).toMatchObject({ id: `key|${key.fingerprint}`, kind: 'key', timeSource: 'none' });
  });

  it.each([
    ['P-256', {}],
    ['P-384', {}],
    ['P-384', { hash: 'sha256' }],
    ['P-521', {}],
    ['P-521', { hash: 'sha256' }],
    ['RSA-2048', {}],
    ['RSA-3072', { hash: 'sha512' }],
    ['RSA-2048', { variant: 'pss' }],
    ['RSA-PSS', { variant: 'pss', hash: 'sha384' }],
    ['Ed25519', {}],
    ['Ed25519', { variant: 'ph' }],
  ] as const)('may be of kind %s %j', async (kind, signing) => {
    const made = newKey(kind);
    const message = { kind: 'bytes', bytes: MESSAGE } as const;
    expect((await examine([keysTrust([made])], bundle({ signer: made, signing }))).outcome).toBe('verified');
    const json = bundle({ signer: made, signing, message: MESSAGE });
    expect((await examine([keysTrust([made])], json, message)).outcome).toBe('verified');
    const wrong = { kind: 'bytes', bytes: Buffer.from('hullo') } as const;
    expect((await examine([keysTrust([made])], json, wrong)).outcome).toBe('failed');
  });

  it.each([
    ['P-256', {}],
    ['P-384', {}],
    ['P-521', {}],
    ['RSA-2048', {}],
    ['RSA-2048', { variant: 'pss' }],
    ['RSA-3072', { hash: 'sha512' }],
  ] as const)('may be known by digests alone: %s %j', async (kind, signing) => {
    const made = newKey(kind);
    const digests = ['sha256', 'sha384', 'sha512'].map(
      (name) => `${name}:${createHash(name).update(MESSAGE).digest('hex')}`,
    );
    const json = bundle({ signer: made, signing, message: MESSAGE });
    expect((await examine([keysTrust([made])], json, { kind: 'digests', digests })).outcome).toBe('verified');
    const others = digests.map((digest) => digest.replace(/.$/, (last) => (last === '0' ? '1' : '0')));
    const finding = await examine([keysTrust([made])], json, { kind: 'digests', digests: others });
    expect(finding).toMatchObject({ outcome: 'failed', error: { code: 'SIGNATURE_INVALID' } });
  });

  it('cannot be told by a digest for Ed25519', async () => {
    const made = newKey('Ed25519');
    const digests = [`sha256:${createHash('sha256').update(MESSAGE).digest('hex')}`];
    const finding = await examine([keysTrust([made])], bundle({ signer: made, message: MESSAGE }), {
      kind: 'digests',
      digests,
    });
    expect(finding).toMatchObject({ outcome: 'errored', signers: [] });
    expect(outcomes(finding)).toEqual({ signature: 'errored' });
  });

  it('is nobody’s where the key is not configured', async () => {
    const finding = await examine([keysTrust([newKey()]), trust], bundle({ signer: key }));
    expect(finding).toMatchObject({ outcome: 'present', signers: [], claimed: [] });
  });

  it('fails where the hint names a configured key that did not make it', async () => {
    const hint = createHash('sha256').update(key.spki).digest('base64');
    const finding = await examine([keysTrust([key])], bundle({ signer: newKey(), hint }));
    expect(finding.outcome).toBe('failed');
    expect(outcomes(finding)).toMatchObject({ signature: 'failed' });
  });

  it.each([
    ['v1', { logs: [v1] }],
    ['v1, intoto', { logs: [v1], kind: 'intoto/0.0.2' }],
    ['v2', { logs: [v2], timestamps: [timestamps] }],
  ] as const)('may need an entry in a log: %s', async (_, options) => {
    const needy = keysTrust([key], { root, transparencyLog: 1, timestamp: 1 });
    const finding = await examine([needy], bundle({ signer: key, ...options }));
    expect(finding).toMatchObject({ outcome: 'verified', relaxed: [] });
    expect(finding.signers[0]?.time).toBe(SIGNED_AT);
    const unlogged = await examine([needy], bundle({ signer: key }));
    expect(unlogged.outcome).toBe('failed');
    expect(outcomes(unlogged)).toEqual({ signature: 'passed', transparency: 'failed', timestamp: 'failed' });
  });

  it('may come with a certificate for the key', async () => {
    const holder = issue({ name: 'somebody', key });
    const needy = keysTrust([key], { root, transparencyLog: 1 });
    expect((await examine([needy], bundle({ signer: holder, logs: [v1] }))).outcome).toBe('verified');
    const other = issue({ name: 'somebody' });
    expect((await examine([keysTrust([key])], bundle({ signer: other }))).outcome).toBe('present');
  });
});

describe('a signature by one’s own authority', () => {
  const authority = issue({ name: 'Corporate root', authority: true });
  const middle = issue({ name: 'Corporate signing', issuer: authority, authority: 0, key: newKey('RSA-2048') });
  const holder = issue({
    name: 'Release',
    issuer: middle,
    purposes: [CODE_SIGNING],
    names: [email('release@corp.example')],
  });
  const json = bundle({ signer: holder, version: '0.2', intermediates: [middle] });

  it('is verified, and holds as long as the chain is valid', async () => {
    const finding = await examine([certificatesTrust([authority])], json);
    expect(finding).toMatchObject({
      outcome: 'verified',
      relaxed: ['sct', 'timestamp', 'transparency'],
      holds: { from: new Date('2020-01-01'), until: new Date('2049-01-01') },
    });
    const fingerprint = `sha256:${createHash('sha256').update(authority.der).digest('hex')}`;
    expect(finding.signers[0]).toMatchObject({
      kind: 'certificate',
      id: `certificate|${fingerprint}|CN=Release`,
      oidcIssuer: '',
    });
  });

  it('is nobody’s without its intermediate, or under another authority', async () => {
    const bare = bundle({ signer: holder, version: '0.2' });
    expect((await examine([certificatesTrust([authority])], bare)).outcome).toBe('present');
    expect(
      (await examine([certificatesTrust([issue({ name: 'Corporate root', authority: true })])], json)).outcome,
    ).toBe('present');
  });

  it('may need a timestamp of an authority in the tsa store', async () => {
    const tsa = newTimestampAuthority('corp', newKey('RSA-3072'));
    const stamped = bundle({
      signer: holder,
      version: '0.2',
      intermediates: [middle],
      timestamps: [tsa],
      stamping: { hash: 'sha512' },
    });
    const needy = certificatesTrust([authority], { timestamp: 1, tsa: [tsa.root.der] });
    const finding = await examine([needy], stamped);
    expect(finding).toMatchObject({ outcome: 'verified', relaxed: ['sct', 'transparency'], holds: undefined });
    expect(finding.signers[0]).toMatchObject({ time: SIGNED_AT, timeSource: 'timestamp-authority' });
    expect((await examine([needy], json)).outcome).toBe('failed');
    const strange = bundle({
      signer: holder,
      version: '0.2',
      intermediates: [middle],
      timestamps: [newTimestampAuthority('other')],
    });
    expect(outcomes(await examine([needy], strange))).toMatchObject({ timestamp: 'failed', signature: 'passed' });
  });

  it('may be limited to identities', async () => {
    const only = (value: string) =>
      certificatesTrust([authority], { identities: [{ identity: { kind: 'exact', value }, issuer: undefined }] });
    expect((await examine([only('release@corp.example')], json)).outcome).toBe('verified');
    expect(outcomes(await examine([only('other@corp.example')], json))).toMatchObject({ identity: 'failed' });
  });
});

describe('several trusts', () => {
  it('vouch in configured order, and what any of them waived is said', async () => {
    const trusts = [
      keysTrust([key]),
      sigstoreTrust(root, { name: 'a', sct: 0 }),
      sigstoreTrust(root, { name: 'b', transparencyLog: 0 }),
    ];
    const finding = await examine(trusts, bundle({ signer: sigstore.identify({ promisedBy: [] }), logs: [v1] }));
    expect(finding.signers.map((one) => one.trust.name)).toEqual(['a']);
    const both = await examine(trusts, bundle({ signer, timestamps: [timestamps], logs: [v1] }));
    expect(both.signers.map((one) => one.trust.name)).toEqual(['a', 'b']);
    expect(both.relaxed).toEqual([]);
    const relaxed = await examine(
      [sigstoreTrust(root, { transparencyLog: 0 }), sigstoreTrust(root, { sct: 0, transparencyLog: 0, name: 'c' })],
      bundle({ signer, timestamps: [timestamps] }),
    );
    expect(relaxed).toMatchObject({ outcome: 'verified', relaxed: ['transparency'] });
  });

  it('fail where none vouches and one finds fault: the first that does', async () => {
    const never = { identity: { kind: 'exact', value: 'nobody' }, issuer: undefined } as const;
    const trusts = [
      keysTrust([key]),
      sigstoreTrust(root, { name: 'a', identities: [never] }),
      sigstoreTrust(root, { name: 'b', transparencyLog: 2 }),
    ];
    const finding = await examine(trusts, bundle({ signer, logs: [v1] }));
    expect(finding).toMatchObject({ outcome: 'failed', signers: [], claimed: [{ trust: { name: 'a' } }] });
    expect(outcomes(finding)).toEqual({ ...PASSED, identity: 'failed' });
  });
});

describe('trust that cannot be used', () => {
  it.each([
    [
      'a log without a beginning',
      (json: ReturnType<typeof JSON.parse>) => delete json.tlogs[0].publicKey.validFor.start,
    ],
    [
      'a certificate log without a beginning',
      (json: ReturnType<typeof JSON.parse>) => delete json.ctlogs[0].publicKey.validFor,
    ],
    [
      'a certificate that is none',
      (json: ReturnType<typeof JSON.parse>) =>
        (json.certificateAuthorities[0].certChain.certificates[0].rawBytes = 'AAAA'),
    ],
    ['a key that is none', (json: ReturnType<typeof JSON.parse>) => (json.tlogs[0].publicKey.rawBytes = 'AAAA')],
    ['no lists', (json: ReturnType<typeof JSON.parse>) => (json.tlogs = 3)],
  ])('is refused when the examiner is made: %s', (_, change) => {
    const bad = sigstore.trustedRoot(change);
    expect(() => createExaminer([sigstoreTrust(bad)])).toThrow(expect.objectContaining({ code: 'TRUST_INVALID' }));
  });

  it('is refused too as key, certificate or pattern', () => {
    const identities = [{ identity: { kind: 'pattern', value: 'a)|(?:b' }, issuer: undefined }] as const;
    const weak = newKey('RSA-1024');
    for (const bad of [
      sigstoreTrust(root, { identities }),
      keysTrust([weak]),
      certificatesTrust([], { ca: [new Uint8Array(3)] }),
      certificatesTrust([], { tsa: [new Uint8Array(3)] }),
    ]) {
      expect(() => createExaminer([bad])).toThrow(expect.objectContaining({ code: 'TRUST_INVALID' }));
    }
  });
});

it('verifies what was signed with the pre-authentication encoding of DSSE', async () => {
  const json = bundle({ signer: key, payload: Buffer.from('x'), payloadType: 'text/plain' });
  expect(preAuthEncoding('text/plain', Buffer.from('x')).toString()).toBe('DSSEv1 10 text/plain 1 x');
  const examiner = createExaminer([keysTrust([key])]);
  expect((await examiner.examine({ bundle: bytesOf(json), message: undefined }, TIME)).outcome).toBe('verified');
  await examiner.close();
});

it('matches another of the names of a certificate', async () => {
  const two = sigstore.identify({ names: [uri('https://a.example'), uri('https://b.example')] });
  const identities = [{ identity: { kind: 'exact', value: 'https://b.example' }, issuer: undefined }] as const;
  const finding = await examine([sigstoreTrust(root, { identities })], bundle({ signer: two, logs: [v1] }));
  expect(finding.signers[0]?.id).toBe(`keyless|${ISSUER}|https://b.example`);
});
