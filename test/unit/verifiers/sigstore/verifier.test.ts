import { describe, expect, it } from 'vitest';
import { newBudget } from '../../../../src/budget.ts';
import { type Descriptor, digestOf } from '../../../../src/descriptor.ts';
import { VerdictError } from '../../../../src/errors.ts';
import { errored, failed } from '../../../../src/report.ts';
import { compileSchema } from '../../../../src/schema.ts';
import type { Signed } from '../../../../src/verifiers/sigstore/finding.ts';
import {
  attestation,
  base64,
  bundle,
  bytes,
  envelope,
  examine,
  exhibit,
  fakeExaminer,
  finding,
  json,
  type Layer,
  messageBundle,
  OTHER,
  only,
  SIGNER,
  SUBJECT,
  SUBJECT_512,
  SUBJECT_BYTES,
  sigLayer,
  simpleSigning,
  statement,
  TARGET,
  TIME,
  TYPES,
  text,
  verifier,
} from './exhibit.ts';

const outcomes = (testimonies: Awaited<ReturnType<typeof examine>>) => testimonies.map(({ report }) => report.outcome);

describe('the Sigstore verifier', () => {
  const accepts = (type: string, artifactType = '', mediaType?: string) =>
    verifier().accepts(
      exhibit([{ content: '', type }], mediaType === undefined ? { artifactType } : { artifactType, mediaType }),
    );

  it.each([
    'application/vnd.dev.sigstore.bundle+json;version=0.1',
    'application/vnd.dev.sigstore.bundle+json; version=0.2',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    'application/vnd.dev.sigstore.bundle.v0.3+jsonl',
    'Application/vnd.dev.sigstore.BUNDLE.v0.3+json',
    'application/vnd.dev.cosign.simplesigning.v1+json',
    'application/vnd.dev.cosign.artifact.sig.v1+json',
    'application/vnd.dev.cosign.artifact.att.v1+json',
    'application/vnd.dsse.envelope.v1+json',
    'application/vnd.dsse.envelope.v1+jsonl',
    'application/vnd.in-toto.provenance+dsse',
    'application/vnd.in-toto+dsse',
    'application/vnd.dev.sigstore.signature',
    'application/vnd.dev.cosign.blob-bundle+json',
  ])('takes %s, as type of a layer or of the artifact', (type) => {
    expect(accepts(type)).toBe(true);
    expect(accepts('application/octet-stream', type)).toBe(true);
  });

  it.each([
    'application/json',
    'application/spdx+json',
    'application/vnd.in-toto+json',
    'application/vnd.cncf.notary.signature',
    'application/jose+json',
    'application/vnd.dev.cosign.artifact.sbom.v1+json',
    'application/vnd.dev.sigstore.bundles.v0.3+json',
    'text/plain; application/vnd.dev.sigstore.bundle.v0.3+json',
    'application/vnd.dsse.envelope.v1+json+gzip',
    `application/vnd.dsse.envelope.v1+json;${'x'.repeat(300)}`,
    '',
  ])('leaves %.60s to others', (type) => {
    expect(accepts(type)).toBe(false);
    expect(accepts('application/octet-stream', type)).toBe(false);
  });

  it('leaves an index to others, whatever it calls itself', () => {
    expect(accepts('', TYPES.bundle, 'application/vnd.oci.image.index.v1+json')).toBe(false);
  });

  it('says that an artifact without content has failed', async () => {
    const [only] = await examine([], { artifactType: TYPES.bundle });
    expect(only?.report).toMatchObject({ outcome: 'failed', error: { code: 'SIGNATURE_INVALID' } });
  });
});

describe('an attestation in a bundle', () => {
  it('is verified, bound by its statement, its predicate handed over', async () => {
    const content = attestation();
    const { report, document } = await only({ content });
    expect(report).toMatchObject({
      verifier: { name: 'release-keys', type: 'sigstore' },
      layer: digestOf(content),
      entry: 0,
      outcome: 'verified',
      type: 'https://slsa.dev/provenance/v1',
      statement: { type: 'https://in-toto.io/Statement/v1', predicateType: 'https://slsa.dev/provenance/v1' },
      subjects: [SUBJECT],
      payload: digestOf(json(statement())),
      read: true,
      signers: [SIGNER],
      claimed: { signers: [] },
    });
    expect(report.checks).toMatchObject({
      digest: { outcome: 'passed' },
      signature: { outcome: 'passed' },
      subject: { outcome: 'passed' },
      payloadType: { outcome: 'passed' },
      revocation: { outcome: 'skipped' },
    });
    expect(report.document).toBe(digestOf(bytes('{"buildDefinition":{}}')));
    expect(text(document)).toBe('{"buildDefinition":{}}');
  });

  it('is handed to the examiner as it is', async () => {
    const seen: Signed[] = [];
    const content = attestation();
    await only({ content }, { examiner: fakeExaminer(seen) });
    expect(seen).toEqual(
      [{ bundle: content, message: undefined }].map((one) => ({ ...one, bundle: new Uint8Array(content) })),
    );
  });

  it('of a signature by cosign has the empty predicate as its document', async () => {
    const sign = { predicateType: 'https://sigstore.dev/cosign/sign/v1', predicate: {} };
    const { report, document } = await only({ content: attestation('good', sign) });
    expect(report).toMatchObject({ outcome: 'verified', type: sign.predicateType, read: true });
    expect(text(document)).toBe('{}');
  });

  it('without a predicate is verified and has no document', async () => {
    const { report } = await only({ content: attestation('good', { predicate: undefined }) });
    expect(report).toMatchObject({ outcome: 'verified', read: true, document: '' });
  });

  it('may speak of a target', async () => {
    const subject = [{ digest: { sha256: TARGET.slice(7) } }, { digest: { sha512: SUBJECT_512.slice(7) } }];
    const { report } = await only({ content: attestation('good', { subject }) });
    expect(report).toMatchObject({ outcome: 'verified', subjects: [SUBJECT, TARGET].sort() });
  });

  it('that nobody here trusts is present, with its document and without signers', async () => {
    const { report } = await only({ content: attestation('stranger') });
    expect(report).toMatchObject({ outcome: 'present', read: true, signers: [], claimed: { signers: [SIGNER] } });
    expect(report.document).not.toBe('');
  });

  it('with a bad signature has failed, with all that is known and without its document', async () => {
    const { report } = await only({ content: attestation('bad') });
    expect(report).toMatchObject({ outcome: 'failed', subjects: [SUBJECT], read: false, document: '', signers: [] });
    expect(report.checks).toMatchObject({ signature: { outcome: 'failed' }, subject: { outcome: 'passed' } });
    expect(report.statement.predicateType).toBe('https://slsa.dev/provenance/v1');
  });

  it('about something else has failed, though its signature is good', async () => {
    const subject = [{ digest: { sha256: OTHER.slice(7) } }];
    const { report } = await only({ content: attestation('good', { subject }) });
    expect(report).toMatchObject({ outcome: 'failed', subjects: [], signers: [], claimed: { signers: [SIGNER] } });
    expect(report.checks).toMatchObject({ signature: { outcome: 'passed' }, subject: { outcome: 'failed' } });
    expect(report.error?.code).toBe('SUBJECT_MISMATCH');
  });

  it.each([
    ['is no statement', '{"a":1}', 'STATEMENT_INVALID'],
    ['is of an unknown version', json(statement({ _type: 'https://in-toto.io/Statement/v9' })), 'STATEMENT_INVALID'],
    ['has no subjects', json(statement({ subject: undefined })), 'STATEMENT_INVALID'],
    ['is no JSON', 'SPDXVersion: SPDX-2.3', 'DOCUMENT_INVALID'],
    ['has a key twice', '{"_type":"https://in-toto.io/Statement/v1","_type":"a"}', 'DOCUMENT_INVALID'],
    ['has something after it', `${JSON.stringify(statement())}{}`, 'DOCUMENT_INVALID'],
    ['is empty', '', 'DOCUMENT_INVALID'],
  ])('whose payload %s has failed', async (_, payload, code) => {
    const { report } = await only({ content: json(bundle({ dsseEnvelope: envelope(payload) })) });
    expect(report).toMatchObject({ outcome: 'failed', error: { code }, signers: [] });
    expect(report.checks).toMatchObject({ payloadType: { outcome: 'failed' }, signature: { outcome: 'passed' } });
  });

  it.each([
    'application/json',
    'application/vnd.in-toto.provenance+json',
    'application/vnd.in-toto+json; a=b',
    'APPLICATION/vnd.in-toto+json',
  ])('whose payload is a statement and calls itself %s has failed', async (payloadType) => {
    const content = json(bundle({ dsseEnvelope: envelope(json(statement()), ['good'], payloadType) }));
    const { report } = await only({ content });
    expect(report).toMatchObject({ outcome: 'failed', checks: { payloadType: { outcome: 'failed' } } });
  });

  it('of something that names no subject is not verified, whoever signed it', async () => {
    const content = json(
      bundle({ dsseEnvelope: envelope('{"spdxVersion":"SPDX-2.3"}', ['good'], 'application/spdx+json') }),
    );
    const { report, document } = await only({ content });
    expect(report).toMatchObject({ outcome: 'present', type: 'application/spdx+json', read: true, signers: [] });
    expect(report.checks.subject.outcome).toBe('skipped');
    expect(text(document)).toBe('{"spdxVersion":"SPDX-2.3"}');
  });

  it('of tag-value SPDX that cannot be taken is bound and unread', async () => {
    const predicate = 'SPDXVersion: SPDX-2.3\nPackageName';
    const content = attestation('good', { predicateType: 'https://spdx.dev/Document', predicate });
    const { report } = await only({ content });
    expect(report).toMatchObject({
      outcome: 'verified',
      read: false,
      document: '',
      error: { code: 'DOCUMENT_INVALID' },
    });
  });

  it('whose document does not fit its schema has failed', async () => {
    const schemas = new Map([
      ['https://slsa.dev/provenance/v1', compileSchema({ type: 'object', required: ['runDetails'] }, 'slsa')],
    ]);
    const { report } = await only({ content: attestation() }, { schemas });
    expect(report).toMatchObject({ outcome: 'failed', signers: [], checks: { schema: { outcome: 'failed' } } });
    const fits = attestation('good', { predicate: { runDetails: {} } });
    expect((await only({ content: fits }, { schemas })).report.checks.schema.outcome).toBe('passed');
  });

  it('says what was waived, and when it holds', async () => {
    const holds = { from: TIME, until: TIME };
    const checks = { ...finding('verified').checks, transparency: failed('no log') };
    const examiner = {
      examine: async () => finding('verified', { relaxed: ['transparency'], holds, checks }),
      close: async () => {},
    };
    const testimony = await only({ content: attestation() }, { examiner });
    expect(testimony.report).toMatchObject({ outcome: 'verified', relaxed: ['transparency'] });
    expect(testimony.report.checks.transparency.outcome).toBe('failed');
    expect(testimony.holds).toEqual(holds);
  });

  it('that could not be told is errored, but failed where it is about something else', async () => {
    const error = new VerdictError('TRUST_UNAVAILABLE', 'no answer').toFacts();
    const examiner = {
      examine: async () => finding('errored', { checks: { chain: errored('?') }, error }),
      close: async () => {},
    };
    const { report } = await only({ content: attestation() }, { examiner });
    expect(report).toMatchObject({ outcome: 'errored', error: { code: 'TRUST_UNAVAILABLE' }, document: '' });
    const other = await only({ content: attestation('good', { subject: [] }) }, { examiner });
    expect(other.report).toMatchObject({ outcome: 'failed', error: { code: 'SUBJECT_MISMATCH' } });
  });

  it('is errored if the examiner breaks', async () => {
    const examiner = {
      examine: async () => {
        throw new TypeError('x is undefined');
      },
      close: async () => {},
    };
    const { report } = await only({ content: attestation() }, { examiner });
    expect(report).toMatchObject({ outcome: 'errored', error: { code: 'INTERNAL' }, signers: [] });
  });
});

describe('a bundle', () => {
  it.each([
    ['of nothing', bundle({}), 'SIGNATURE_INVALID'],
    ['of both', bundle({ dsseEnvelope: envelope('{}'), messageSignature: { signature: 'YQ==' } }), 'SIGNATURE_INVALID'],
    [
      'with two signatures',
      bundle({ dsseEnvelope: envelope(json(statement()), ['good', 'good too']) }),
      'SIGNATURE_INVALID',
    ],
    ['without signature', bundle({ dsseEnvelope: envelope(json(statement()), []) }), 'SIGNATURE_INVALID'],
    ['of an envelope without type', bundle({ dsseEnvelope: { payload: '', signatures: [] } }), 'STATEMENT_INVALID'],
    ['of a list', bundle({ dsseEnvelope: [] }), 'STATEMENT_INVALID'],
    ['of a message without signature', bundle({ messageSignature: {} }), 'SIGNATURE_INVALID'],
    ['of a message signed by a number', bundle({ messageSignature: { signature: 1 } }), 'SIGNATURE_INVALID'],
    [
      'of a message with an unknown digest',
      bundle({ messageSignature: { signature: 'YQ==', messageDigest: { algorithm: 'MD5', digest: '' } } }),
      'SIGNATURE_INVALID',
    ],
    [
      'of a message with a signature that is not base64',
      bundle({ messageSignature: { signature: 'a b' } }),
      'SIGNATURE_INVALID',
    ],
    [
      'of a message without end',
      bundle({ messageSignature: { signature: 'A'.repeat(1024 * 1024) } }),
      'SIGNATURE_INVALID',
    ],
  ])('%s has failed', async (_, value, code) => {
    const { report } = await only({ content: json(value) });
    expect(report).toMatchObject({ outcome: 'failed', error: { code }, read: false, subjects: [SUBJECT] });
    expect(report.checks).toMatchObject({ digest: { outcome: 'passed' }, signature: { outcome: 'failed' } });
  });

  it.each([
    ['broken', '{"mediaType":'],
    ['empty', ''],
    ['a list', '[]'],
    ['XML', '<bundle/>'],
    ['with a key twice', `{"mediaType":"${TYPES.bundle}","mediaType":"${TYPES.bundle}"}`],
    ['with a second value after it', Buffer.concat([attestation(), bytes('x')])],
    ['nested without end', '['.repeat(100_000)],
  ])('that is %s has failed', async (_, content) => {
    const { report } = await only({ content });
    expect(report.outcome).toBe('failed');
    expect(['DOCUMENT_INVALID', 'SIGNATURE_INVALID']).toContain(report.error?.code);
  });

  it('is told by its content, whatever signature the layer announces', async () => {
    expect((await only({ content: attestation(), type: TYPES.envelope })).report.outcome).toBe('verified');
    expect((await only({ content: json(envelope(json(statement()))), type: TYPES.bundle })).report.outcome).toBe(
      'verified',
    );
  });

  it('is told by the type of the artifact where the layer is of none', async () => {
    const { report } = await only(
      { content: attestation(), type: 'application/octet-stream' },
      { artifactType: TYPES.bundle },
    );
    expect(report.outcome).toBe('verified');
  });

  it('that writes null for what is not there is read', async () => {
    const content = json(bundle({ dsseEnvelope: envelope(json(statement())), messageSignature: null }));
    expect((await only({ content })).report.outcome).toBe('verified');
  });
});

describe('a signature of the subject itself', () => {
  it('is verified by the digests of the subject', async () => {
    const seen: Signed[] = [];
    const { report } = await only({ content: messageBundle() }, { examiner: fakeExaminer(seen) });
    expect(report).toMatchObject({
      outcome: 'verified',
      type: TYPES.bundle,
      subjects: [SUBJECT],
      payload: SUBJECT,
      read: true,
      document: '',
    });
    expect(report.checks.subject.outcome).toBe('passed');
    expect(seen.map(({ message }) => message)).toEqual([{ kind: 'digests', digests: [SUBJECT, SUBJECT_512] }]);
  });

  it('has the type of its bundle without version', async () => {
    const content = messageBundle('good', SUBJECT, {
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
    });
    expect((await only({ content })).report.type).toBe('application/vnd.dev.sigstore.bundle+json');
  });

  it('that says to be of something else has failed', async () => {
    for (const digest of [OTHER, TARGET]) {
      const { report } = await only({ content: messageBundle('good', digest) });
      expect(report).toMatchObject({
        outcome: 'failed',
        error: { code: 'SUBJECT_MISMATCH' },
        subjects: [],
        signers: [],
      });
    }
  });

  it('gets the bytes of the subject if its digests are not enough', async () => {
    const seen: Signed[] = [];
    const { report } = await only({ content: messageBundle('bytes') }, { examiner: fakeExaminer(seen) });
    expect(report.outcome).toBe('verified');
    expect(seen.map(({ message }) => message?.kind)).toEqual(['digests', 'bytes']);
    expect(seen[1]?.message).toEqual({ kind: 'bytes', bytes: SUBJECT_BYTES });
  });

  it('is errored where those cannot be had', async () => {
    const fetchSubject = async () => {
      throw new VerdictError('NOT_FOUND', 'only the digest was given');
    };
    const { report } = await only({ content: messageBundle('bytes') }, { fetchSubject });
    expect(report).toMatchObject({ outcome: 'errored', error: { code: 'NOT_FOUND' } });
  });
});

describe('an envelope', () => {
  const type = TYPES.envelope;

  it('gives one report for each of its signatures, each as a bundle of its own', async () => {
    const seen: Signed[] = [];
    const content = json(envelope(json(statement()), ['good', 'bad', 'stranger']));
    const said = await examine([{ content, type }], { examiner: fakeExaminer(seen) });
    expect(said.map(({ report }) => [report.entry, report.outcome])).toEqual([
      [0, 'verified'],
      [1, 'failed'],
      [2, 'present'],
    ]);
    expect(JSON.parse(text(seen[1]?.bundle))).toEqual({
      mediaType: TYPES.bundle,
      verificationMaterial: {
        publicKey: { hint: 'key 1' },
        tlogEntries: [],
        timestampVerificationData: { rfc3161Timestamps: [] },
      },
      dsseEnvelope: {
        payload: base64(json(statement())),
        payloadType: 'application/vnd.in-toto+json',
        signatures: [{ keyid: 'key 1', sig: base64('bad') }],
      },
    });
  });

  it('that nobody signed is present', async () => {
    const { report } = await only({ content: json(envelope(json(statement()), [])), type });
    expect(report).toMatchObject({ outcome: 'present', subjects: [SUBJECT], read: true, signers: [] });
    expect(report.checks.signature.outcome).toBe('skipped');
  });

  it('that nobody signed, about something else, has failed', async () => {
    const { report } = await only({ content: json(envelope(json(statement({ subject: [] })), [])), type });
    expect(report.outcome).toBe('failed');
  });

  it('announced, but not there, has failed', async () => {
    for (const content of ['{}', '[]', 'null', JSON.stringify(statement()), '{"payload":"","payloadType":"a"}']) {
      expect((await only({ content, type })).report.outcome).toBe('failed');
    }
  });

  it('in URL-safe base64 is examined in the standard one', async () => {
    const seen: Signed[] = [];
    const payload = json(statement({ predicate: { text: '>>>???' } }));
    const value = { ...envelope(payload), payload: Buffer.from(payload).toString('base64url') };
    expect((await only({ content: json(value), type }, { examiner: fakeExaminer(seen) })).report.outcome).toBe(
      'verified',
    );
    expect(JSON.parse(text(seen[0]?.bundle)).dsseEnvelope.payload).toBe(base64(payload));
  });
});

describe('lines', () => {
  const line = (value: unknown) => JSON.stringify(value);
  const good = (predicateType: string) => line(envelope(json(statement({ predicateType }))));

  it('of envelopes and bundles are each reported, and a bad one hides no other', async () => {
    const content = [good('a'), '', '{"broken":', text(attestation('stranger')), good('b'), ''].join('\n');
    const said = await examine([{ content, type: 'application/vnd.dsse.envelope.v1+jsonl' }]);
    expect(said.map(({ report }) => [report.entry, report.outcome])).toEqual([
      [0, 'verified'],
      [1, 'failed'],
      [2, 'present'],
      [3, 'verified'],
    ]);
  });

  it('may begin with a bad one', async () => {
    const content = ['{"broken":', good('a')].join('\n');
    expect(outcomes(await examine([{ content, type: 'application/vnd.dsse.envelope.v1+jsonl' }]))).toEqual([
      'failed',
      'verified',
    ]);
  });

  it('hold one value each', async () => {
    const said = await examine([
      { content: `${good('a')}${good('b')}\n${good('c')}`, type: 'application/vnd.dsse.envelope.v1+jsonl' },
    ]);
    expect(outcomes(said)).toEqual(['failed', 'verified']);
  });

  it('are found whatever the type says', async () => {
    expect(await examine([{ content: `${good('a')}\n${good('b')}`, type: TYPES.envelope }])).toHaveLength(2);
  });

  it('of an envelope written on several lines are none', async () => {
    const content = JSON.stringify(envelope(json(statement())), null, 2);
    for (const type of [TYPES.envelope, 'application/vnd.dsse.envelope.v1+jsonl']) {
      expect((await only({ content, type })).report.outcome).toBe('verified');
    }
  });
});

describe('what lies unsigned beside signatures', () => {
  const good: Layer = { content: attestation() };

  it('is present, its document handed over', async () => {
    const said = await examine([good, { content: '{"spdxVersion":"SPDX-2.3"}', type: 'application/spdx+json' }]);
    expect(outcomes(said)).toEqual(['verified', 'present']);
    expect(said[1]?.report).toMatchObject({
      type: 'application/spdx+json',
      read: true,
      signers: [],
      subjects: [SUBJECT],
    });
    expect(said[1]?.report.payload).toBe(said[1]?.report.document);
  });

  it('and about something else has failed', async () => {
    const said = await examine([
      good,
      { content: json(statement({ subject: [] })), type: 'application/vnd.in-toto+json' },
    ]);
    expect(outcomes(said)).toEqual(['verified', 'failed']);
  });

  it('and is not JSON is unread', async () => {
    const said = await examine([good, { content: '<bom/>', type: 'application/xml' }]);
    expect(said[1]?.report).toMatchObject({ outcome: 'present', read: false, error: { code: 'DOCUMENT_INVALID' } });
  });

  it('is examined where its content is a signature', async () => {
    const said = await examine([good, { content: attestation('stranger'), type: 'application/json' }]);
    expect(outcomes(said)).toEqual(['verified', 'present']);
    expect(said[1]?.report.type).toBe('https://slsa.dev/provenance/v1');
  });
});

describe('an artifact of many signatures', () => {
  it('has each reported, in order, and a bad one hides no other', async () => {
    const layers = Array.from({ length: 100 }, (_, index) => ({
      content: attestation(index % 3 === 0 ? 'good' : index % 3 === 1 ? 'bad' : 'stranger', {
        predicateType: `${index}`,
      }),
    }));
    const said = await examine(layers);
    expect(outcomes(said)).toEqual(layers.map((_, index) => ['verified', 'failed', 'present'][index % 3]));
    expect(said.map(({ report }) => report.type)).toEqual(layers.map((_, index) => `${index}`));
  });

  it('has those reported whose layers could be had', async () => {
    const error = new VerdictError('REGISTRY_UNAVAILABLE', 'no answer');
    const tampered = new VerdictError('DIGEST_MISMATCH', 'other bytes');
    const said = await examine([
      { content: 'a', error },
      { content: 'b', error: tampered },
      { content: attestation() },
    ]);
    expect(said.map(({ report }) => [report.outcome, report.checks.digest.outcome])).toEqual([
      ['errored', 'errored'],
      ['failed', 'failed'],
      ['verified', 'passed'],
    ]);
  });

  it('has the same one reported once', async () => {
    const seen: Signed[] = [];
    const content = attestation();
    const said = await examine(
      [{ content }, { content }, { content: json(envelope(json(statement()))), type: TYPES.envelope }],
      {
        examiner: fakeExaminer(seen),
      },
    );
    expect(outcomes(said)).toEqual(['verified']);
    expect(seen).toHaveLength(2);
  });

  it('has the same one reported twice where it proves two signers', async () => {
    const examiner = {
      examine: async (signed: Signed) => {
        const id = text(signed.bundle).includes('"one"') ? 'keyless|issuer|one' : 'keyless|issuer|two';
        return finding('verified', { signers: [{ ...SIGNER, id }] });
      },
      close: async () => {},
    };
    const dsseEnvelope = envelope(json(statement()));
    const by = (hint: string) => ({
      content: json(bundle({ dsseEnvelope }, { verificationMaterial: { publicKey: { hint } } })),
    });
    const said = await examine([by('one'), by('two'), by('three')], { examiner });
    expect(said.map(({ report }) => report.signers.map(({ id }) => id))).toEqual([
      ['keyless|issuer|one'],
      ['keyless|issuer|two'],
    ]);
  });

  it('is not spoiled by a copy that goes with something bad', async () => {
    const payload = json(simpleSigning());
    const bad = sigLayer(payload, 'good', { 'dev.sigstore.cosign/bundle': 'no JSON' });
    for (const layers of [
      [bad, sigLayer(payload)],
      [sigLayer(payload), bad],
    ]) {
      expect(outcomes(await examine(layers))).toEqual(['verified']);
    }
  });

  it('is read up to a thousand layers, and says so', async () => {
    const fetched: Descriptor[] = [];
    const payload = json(simpleSigning());
    const layers = Array.from({ length: 10_000 }, (_, index) => sigLayer(payload, `good ${index}`));
    const said = await examine(layers, { fetched, limits: { reports: 5000 } });
    expect(fetched).toHaveLength(1000);
    expect(said).toHaveLength(1001);
    expect(said.at(-1)?.report).toMatchObject({ outcome: 'errored', error: { code: 'LIMIT_EXCEEDED' } });
  });

  it('is reported up to a limit, of the artifact and of the decision', async () => {
    const layers = Array.from({ length: 5 }, (_, index) => ({
      content: attestation('good', { predicateType: `${index}` }),
    }));
    const ofOne = await examine(layers, { limits: { reports: 3 } });
    expect(outcomes(ofOne)).toEqual(['verified', 'verified', 'verified', 'errored']);
    const budget = { ...newBudget(), reports: 7 };
    const both = { ...exhibit(layers), budget };
    expect(outcomes(await verifier().verify(both, TIME))).toHaveLength(5);
    expect(outcomes(await verifier().verify(both, TIME))).toEqual(['verified', 'verified', 'errored']);
  });

  it('is examined up to so many bytes, each signature of an envelope counted', async () => {
    const content = json(
      envelope(
        json(statement({ predicate: 'x'.repeat(10_000) })),
        Array.from({ length: 100 }, (_, n) => `good ${n}`),
      ),
    );
    const said = await examine([{ content, type: TYPES.envelope }], {
      budget: { ...newBudget(), examinedBytes: content.byteLength * 10 },
    });
    expect(outcomes(said).filter((outcome) => outcome === 'verified')).toHaveLength(10);
    expect(new Set(said.slice(10).map(({ report }) => report.error?.code))).toEqual(new Set(['LIMIT_EXCEEDED']));
    expect(said).toHaveLength(100);
  });

  it('may not have one of 33 MiB, and the others are still examined', async () => {
    const large = json(
      bundle({ dsseEnvelope: envelope(json(statement({ predicate: 'x'.repeat(25 * 1024 * 1024) }))) }),
    );
    expect(large.byteLength).toBeGreaterThan(33 * 1024 * 1024);
    const fetched: Descriptor[] = [];
    const said = await examine([{ content: large }, { content: attestation() }], { fetched });
    expect(outcomes(said)).toEqual(['errored', 'verified']);
    expect(said[0]?.report.error?.code).toBe('LIMIT_EXCEEDED');
    expect(fetched).toHaveLength(1);
    const lines = Buffer.concat([large, bytes('\n'), attestation()]);
    const ofLines = await examine([{ content: lines, type: 'application/vnd.dev.sigstore.bundle.v0.3+jsonl' }]);
    expect(outcomes(ofLines)).toEqual(['errored', 'verified']);
  });
});
