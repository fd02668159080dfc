import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/descriptor.ts';
import type { Signed } from '../../../../src/verifiers/sigstore/finding.ts';
import {
  MAX_ANNOTATION_LENGTH,
  MAX_CHAIN_CERTIFICATES,
  MAX_SIGNATURE_BYTES,
} from '../../../../src/verifiers/sigstore/legacy.ts';
import {
  base64,
  bytes,
  envelope,
  examine,
  fakeExaminer,
  json,
  OTHER,
  only,
  SUBJECT,
  SUBJECT_512,
  sigLayer,
  simpleSigning,
  statement,
  TARGET,
  TYPES,
  text,
} from './exhibit.ts';

const PAYLOAD = json(simpleSigning());
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const LOG = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

const pem = (content: string) => `-----BEGIN CERTIFICATE-----\n${base64(content)}\n-----END CERTIFICATE-----\n`;
const body = base64('{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}');
const answer = (payload: object = {}, top: object = {}) =>
  JSON.stringify({
    SignedEntryTimestamp: base64('promise'),
    Payload: { body, integratedTime: 1700000000, logIndex: 42, logID: 'ab'.repeat(32), ...payload },
    ...top,
  });

/** The bundle made of one layer. */
async function made(
  annotations: Readonly<Record<string, string>>,
  payload = PAYLOAD,
): Promise<Signed & { readonly value: unknown }> {
  const seen: Signed[] = [];
  await only(sigLayer(payload, 'good', annotations), { examiner: fakeExaminer(seen) });
  const [first] = seen;
  if (first === undefined) throw new Error('nothing was examined');
  return { ...first, value: JSON.parse(text(first.bundle)) };
}

describe('a layer of a .sig artifact', () => {
  it('is verified, bound by its payload, which is the document', async () => {
    const { report, document } = await only(sigLayer(PAYLOAD));
    expect(report).toMatchObject({
      outcome: 'verified',
      type: TYPES.simpleSigning,
      subjects: [SUBJECT],
      payload: digestOf(PAYLOAD),
      document: digestOf(PAYLOAD),
      read: true,
    });
    expect(report.checks).toMatchObject({
      signature: { outcome: 'passed' },
      subject: { outcome: 'passed' },
      payloadType: { outcome: 'passed' },
    });
    expect(document).toEqual(PAYLOAD);
  });

  it('becomes a bundle of the oldest version, its message the bytes of the layer', async () => {
    const { value, message } = await made({});
    expect(message).toEqual({ kind: 'bytes', bytes: new Uint8Array(PAYLOAD) });
    expect(value).toEqual({
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
      verificationMaterial: {
        publicKey: { hint: '' },
        tlogEntries: [],
        timestampVerificationData: { rfc3161Timestamps: [] },
      },
      messageSignature: {
        messageDigest: {
          algorithm: 'SHA2_256',
          digest: Buffer.from(digestOf(PAYLOAD).slice(7), 'hex').toString('base64'),
        },
        signature: base64('good'),
      },
    });
  });

  it('with certificate, chain, log and timestamp becomes a bundle with all of them', async () => {
    const { value } = await made({
      [CERTIFICATE]: pem('leaf'),
      [CHAIN]: pem('intermediate') + pem('root'),
      [LOG]: answer(),
      [TIMESTAMP]: JSON.stringify({ SignedRFC3161Timestamp: base64('token') }),
    });
    expect(value).toMatchObject({
      verificationMaterial: {
        x509CertificateChain: {
          certificates: ['leaf', 'intermediate', 'root'].map((one) => ({ rawBytes: base64(one) })),
        },
        tlogEntries: [
          {
            logIndex: '42',
            logId: { keyId: Buffer.from('ab'.repeat(32), 'hex').toString('base64') },
            kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
            integratedTime: '1700000000',
            inclusionPromise: { signedEntryTimestamp: base64('promise') },
            canonicalizedBody: body,
          },
        ],
        timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: base64('token') }] },
      },
    });
  });

  it.each([
    ['chain', { [CERTIFICATE]: 'no PEM' }],
    ['chain', { [CERTIFICATE]: pem('one') + pem('two') }],
    ['chain', { [CERTIFICATE]: pem('leaf'), [CHAIN]: pem('ca').repeat(MAX_CHAIN_CERTIFICATES + 1) }],
    ['transparency', { [LOG]: 'no JSON' }],
    ['transparency', { [LOG]: '[]' }],
    ['transparency', { [LOG]: `${answer()}{}` }],
    ['transparency', { [LOG]: answer().replace('"Payload"', '"Payload":{},"Payload"') }],
    ['transparency', { [LOG]: answer({}, { Payload: undefined }) }],
    ['transparency', { [LOG]: answer({}, { SignedEntryTimestamp: undefined }) }],
    ['transparency', { [LOG]: answer({ integratedTime: '1700000000' }) }],
    ['transparency', { [LOG]: answer({ integratedTime: 1e300 }) }],
    ['transparency', { [LOG]: answer({ logIndex: -1 }) }],
    ['transparency', { [LOG]: answer({ logIndex: 1.5 }) }],
    ['transparency', { [LOG]: answer({ logID: 'abc' }) }],
    ['transparency', { [LOG]: answer({ logID: '' }) }],
    ['transparency', { [LOG]: answer({ body: 'no base64' }) }],
    ['transparency', { [LOG]: answer({ body: base64('no JSON') }) }],
    ['transparency', { [LOG]: answer({ body: base64('{"kind":1}') }) }],
    ['timestamp', { [TIMESTAMP]: '{}' }],
    ['timestamp', { [TIMESTAMP]: '{"SignedRFC3161Timestamp":""}' }],
    ['timestamp', { [TIMESTAMP]: '{"SignedRFC3161Timestamp":["YQ=="]}' }],
  ])('whose %s is malformed has failed: %#', async (check, annotations) => {
    const { report } = await only(sigLayer(PAYLOAD, 'good', annotations));
    expect(report).toMatchObject({
      outcome: 'failed',
      subjects: [SUBJECT],
      document: '',
      checks: { [check]: { outcome: 'failed' } },
    });
    expect(report.checks).toMatchObject({ subject: { outcome: 'passed' }, payloadType: { outcome: 'passed' } });
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['one that is not base64', 'a b'],
    ['one with something after it', `${base64('good')}!`],
    ['one without end', 'A'.repeat(2 * MAX_SIGNATURE_BYTES)],
  ])('that has as its signature %s has failed', async (_, signature) => {
    const annotations = signature === undefined ? {} : { 'dev.cosignproject.cosign/signature': signature };
    const { report } = await only({ content: PAYLOAD, type: TYPES.simpleSigning, annotations });
    expect(report).toMatchObject({
      outcome: 'failed',
      error: { code: 'SIGNATURE_INVALID' },
      checks: { signature: { outcome: 'failed' } },
    });
  });

  it('with an annotation beyond all measure is errored', async () => {
    for (const name of [CERTIFICATE, LOG, TIMESTAMP, 'dev.cosignproject.cosign/signature']) {
      const { report } = await only(sigLayer(PAYLOAD, 'good', { [name]: 'A'.repeat(MAX_ANNOTATION_LENGTH + 1) }));
      expect(report).toMatchObject({ outcome: 'errored', error: { code: 'LIMIT_EXCEEDED' } });
    }
  });

  it('listed twice with two signatures is reported twice', async () => {
    const said = await examine([
      sigLayer(PAYLOAD, 'good'),
      sigLayer(PAYLOAD, 'bad'),
      sigLayer(PAYLOAD, 'good too'),
      sigLayer(PAYLOAD, 'bad'),
    ]);
    expect(said.map(({ report }) => [report.entry, report.outcome])).toEqual([
      [0, 'verified'],
      [1, 'failed'],
      [2, 'verified'],
    ]);
  });

  it('attached as a referrer, with a type of the artifact only, is the same', async () => {
    const layer = { ...sigLayer(PAYLOAD), type: 'application/octet-stream' };
    const { report } = await only(layer, { artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json' });
    expect(report).toMatchObject({ outcome: 'verified', type: TYPES.simpleSigning });
  });
});

describe('the payload of a simple signature', () => {
  const told = async (payload: unknown) =>
    (await only(sigLayer(typeof payload === 'string' ? bytes(payload) : json(payload)))).report;

  it('may name a target, and any digest of what it was found at', async () => {
    expect(await told(simpleSigning(TARGET))).toMatchObject({ outcome: 'verified', subjects: [TARGET] });
    expect(await told(simpleSigning(SUBJECT_512))).toMatchObject({ outcome: 'verified', subjects: [SUBJECT] });
  });

  it('may spell its digest as the specification does', async () => {
    const image = { 'Docker-manifest-digest': SUBJECT };
    expect(await told(simpleSigning('', { image }))).toMatchObject({ outcome: 'verified', subjects: [SUBJECT] });
  });

  it('of another image has failed, though the signature is good', async () => {
    const report = await told(simpleSigning(OTHER));
    expect(report).toMatchObject({ outcome: 'failed', subjects: [], signers: [], error: { code: 'SUBJECT_MISMATCH' } });
    expect(report.checks).toMatchObject({ signature: { outcome: 'passed' }, subject: { outcome: 'failed' } });
  });

  it.each([
    [
      'two digests',
      simpleSigning('', { image: { 'docker-manifest-digest': SUBJECT, 'Docker-manifest-digest': SUBJECT } }),
    ],
    ['a digest in other case', simpleSigning('', { image: { 'DOCKER-manifest-digest': SUBJECT } })],
    [
      'a second digest in other case',
      simpleSigning('', { image: { 'docker-manifest-digest': SUBJECT, 'docker-manifest-DIGEST': OTHER } }),
    ],
    [
      'a second digest with a Kelvin sign',
      simpleSigning('', { image: { 'docker-manifest-digest': SUBJECT, 'doc\u212aer-manifest-digest': OTHER } }),
    ],
    [
      'a second digest with a long s',
      simpleSigning('', { image: { 'docker-manifest-digest': SUBJECT, 'docker-manife\u017ft-digest': OTHER } }),
    ],
    ['a second image', simpleSigning(SUBJECT, { Image: { 'docker-manifest-digest': OTHER } })],
    ['a second identity', simpleSigning(SUBJECT, { identity: { a: 1, A: 2 } })],
    ['a second critical part', simpleSigning(SUBJECT, {}, { Critical: {} })],
    ['another type', simpleSigning(SUBJECT, { type: 'atomic container signature' })],
    ['a list of types', simpleSigning(SUBJECT, { type: ['cosign container image signature'] })],
    ['no type', simpleSigning(SUBJECT, { type: undefined })],
    ['a type in other case', simpleSigning(SUBJECT, { type: 'Cosign container image signature' })],
    ['a list of digests', simpleSigning('', { image: { 'docker-manifest-digest': [SUBJECT] } })],
    ['no digest', simpleSigning('', { image: {} })],
    ['an image that is a text', simpleSigning('', { image: SUBJECT })],
    ['no critical part', { optional: {} }],
    ['a critical part that is a list', { critical: [simpleSigning().critical] }],
    ['members of another object', JSON.stringify(simpleSigning()).replace('"critical"', '"__proto__"')],
    ['a list', [simpleSigning()]],
    ['a text', '"text"'],
    ['nothing', ''],
    ['something after it', `${JSON.stringify(simpleSigning())}\n{}`],
    ['a key twice', JSON.stringify(simpleSigning()).replace('"image"', '"image":{},"image"')],
    ['a key twice, once escaped', JSON.stringify(simpleSigning()).replace('"image"', '"im\\u0061ge":{},"image"')],
  ])('that has %s has failed', async (_, payload) => {
    const report = await told(payload);
    expect(report).toMatchObject({
      outcome: 'failed',
      signers: [],
      document: '',
      checks: { payloadType: { outcome: 'failed' } },
    });
  });

  it('may say anything in its optional part, in any case', async () => {
    expect((await told(simpleSigning(SUBJECT, {}, { optional: { a: 1, A: 2 } }))).outcome).toBe('verified');
  });

  it('of two megabytes is errored', async () => {
    const report = await told(simpleSigning(SUBJECT, {}, { optional: { text: 'x'.repeat(2 * 1024 * 1024) } }));
    expect(report).toMatchObject({ outcome: 'errored', error: { code: 'LIMIT_EXCEEDED' } });
  });

  it('never makes the verifier throw, nor counts for another image', async () => {
    const part = fc.oneof(fc.jsonValue(), fc.constantFrom(SUBJECT, OTHER, TARGET));
    const payloads = fc.oneof(
      fc.string(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc
        .record({ image: part, type: part, identity: part, 'docker-manifest-digest': part })
        .map((critical) => JSON.stringify({ critical })),
    );
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        expect((await told(payload)).outcome).not.toBe('verified');
      }),
    );
  });
});

describe('a layer of an .att artifact', () => {
  const type = TYPES.envelope;
  const content = json(envelope(json(statement())));

  it('is verified with what its annotations carry, whatever predicate they name', async () => {
    const seen: Signed[] = [];
    const annotations = {
      'dev.cosignproject.cosign/signature': '',
      predicateType: 'https://example.com/lie',
      [CERTIFICATE]: pem('leaf'),
      [LOG]: answer(),
    };
    const { report } = await only({ content, type, annotations }, { examiner: fakeExaminer(seen) });
    expect(report).toMatchObject({ outcome: 'verified', type: 'https://slsa.dev/provenance/v1', subjects: [SUBJECT] });
    expect(JSON.parse(text(seen[0]?.bundle))).toMatchObject({
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
      verificationMaterial: {
        x509CertificateChain: { certificates: [{ rawBytes: base64('leaf') }] },
        tlogEntries: [{ logIndex: '42' }],
      },
      dsseEnvelope: { payload: base64(json(statement())) },
    });
  });

  it('has the certificate that stands in its signature', async () => {
    const seen: Signed[] = [];
    const value = {
      ...envelope(json(statement())),
      signatures: [{ keyid: '', sig: base64('good'), cert: pem('leaf') }],
    };
    await only({ content: json(value), type }, { examiner: fakeExaminer(seen) });
    expect(JSON.parse(text(seen[0]?.bundle)).verificationMaterial.x509CertificateChain).toEqual({
      certificates: [{ rawBytes: base64('leaf') }],
    });
  });

  it('is not signed by its annotation', async () => {
    const unsigned = json(envelope(json(statement()), []));
    const { report } = await only({
      content: unsigned,
      type,
      annotations: { 'dev.cosignproject.cosign/signature': base64('good') },
    });
    expect(report).toMatchObject({ outcome: 'present', signers: [] });
  });

  it('with the annotations of another has failed only where they are malformed', async () => {
    const { report } = await only({ content, type, annotations: { [LOG]: '{}' } });
    expect(report).toMatchObject({
      outcome: 'failed',
      checks: { transparency: { outcome: 'failed' }, subject: { outcome: 'passed' } },
    });
  });
});

describe('annotations', () => {
  it('of any kind never make the verifier throw', async () => {
    const value = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.jsonValue().map((one) => JSON.stringify(one)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(CERTIFICATE, CHAIN, LOG, TIMESTAMP), value),
        async (annotations) => {
          const { report } = await only(sigLayer(PAYLOAD, 'good', annotations));
          expect(['verified', 'failed']).toContain(report.outcome);
        },
      ),
    );
  });
});
