import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signed } from '../../../../src/verifiers/sigstore/finding.ts';
import {
  base64,
  envelope,
  examine,
  fakeExaminer,
  json,
  only,
  SUBJECT,
  SUBJECT_512,
  statement,
  TYPES,
  text,
} from './exhibit.ts';

const type = TYPES.detached;

describe('a signature that stands alone', () => {
  it('is verified against the subject', async () => {
    const seen: Signed[] = [];
    const { report } = await only({ content: base64('good'), type }, { examiner: fakeExaminer(seen) });
    expect(report).toMatchObject({
      outcome: 'verified',
      type,
      subjects: [SUBJECT],
      payload: SUBJECT,
      document: '',
      read: true,
    });
    expect(seen[0]?.message).toEqual({ kind: 'digests', digests: [SUBJECT, SUBJECT_512] });
    expect(JSON.parse(text(seen[0]?.bundle))).toMatchObject({
      verificationMaterial: { publicKey: { hint: '' } },
      messageSignature: {
        messageDigest: { algorithm: 'SHA2_256', digest: Buffer.from(SUBJECT.slice(7), 'hex').toString('base64') },
        signature: base64('good'),
      },
    });
  });

  it('may be written in lines, as OpenSSL does', async () => {
    const lines = base64(`good${'.'.repeat(200)}`).replace(/(.{64})/g, '$1\r\n');
    expect((await only({ content: `\n${lines}\n`, type })).report.outcome).toBe('verified');
  });

  it('may be DER', async () => {
    const seen: Signed[] = [];
    const examiner = fakeExaminer(seen);
    const short = Buffer.from([0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]);
    const long = Buffer.concat([Buffer.from([0x30, 0x81, 0x88]), Buffer.alloc(0x88, 2)]);
    for (const content of [short, long]) await only({ content, type }, { examiner });
    expect(seen.map(({ bundle }) => JSON.parse(text(bundle)).messageSignature.signature)).toEqual(
      [short, long].map(base64),
    );
  });

  it.each([
    ['empty', ''],
    ['blank', ' \n'],
    ['text', 'this is no signature'],
    ['of both alphabets', 'ab+_'],
    ['PGP', '-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n'],
    ['DER with something after it', Buffer.from([0x30, 0x03, 0x02, 0x01, 0x01, 0xff])],
    ['DER cut off', Buffer.from([0x30, 0x04, 0x02, 0x01, 0xff])],
    ['too long', 'A'.repeat(1024 * 1024)],
  ])('that is %s has failed', async (_, content) => {
    const { report } = await only({ content, type });
    expect(report).toMatchObject({ outcome: 'failed', type, error: { code: 'SIGNATURE_INVALID' } });
  });
});

describe("cosign's old bundle of a file", () => {
  const blob = (more: object = {}) => json({ base64Signature: base64('good'), ...more });
  const bundleType = TYPES.blobBundle;
  const pem = `-----BEGIN CERTIFICATE-----\n${base64('leaf')}\n-----END CERTIFICATE-----\n`;
  const rekorBundle = {
    SignedEntryTimestamp: base64('promise'),
    Payload: {
      body: base64('{"apiVersion":"0.0.1","kind":"hashedrekord"}'),
      integratedTime: 1,
      logIndex: 2,
      logID: 'ab',
    },
  };

  it('is verified against the subject, with certificate and log', async () => {
    for (const cert of [pem, base64(pem)]) {
      const seen: Signed[] = [];
      const { report } = await only(
        { content: blob({ cert, rekorBundle }), type: bundleType },
        { examiner: fakeExaminer(seen) },
      );
      expect(report).toMatchObject({ outcome: 'verified', type: bundleType, subjects: [SUBJECT], payload: SUBJECT });
      expect(JSON.parse(text(seen[0]?.bundle)).verificationMaterial).toMatchObject({
        x509CertificateChain: { certificates: [{ rawBytes: base64('leaf') }] },
        tlogEntries: [{ logIndex: '2', integratedTime: '1', kindVersion: { kind: 'hashedrekord' } }],
      });
    }
  });

  it('of a key brings the key along, which says nothing', async () => {
    const seen: Signed[] = [];
    const cert = base64('-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n');
    await only({ content: blob({ cert, rekorBundle: null }), type: bundleType }, { examiner: fakeExaminer(seen) });
    expect(JSON.parse(text(seen[0]?.bundle)).verificationMaterial).toMatchObject({
      publicKey: { hint: '' },
      tlogEntries: [],
    });
  });

  it('of an attestation holds its envelope', async () => {
    const content = blob({ base64Signature: base64(json(envelope(json(statement())))) });
    const { report } = await only({ content, type: bundleType });
    expect(report).toMatchObject({ outcome: 'verified', type: 'https://slsa.dev/provenance/v1', subjects: [SUBJECT] });
  });

  it.each([
    ['no signature', { base64Signature: undefined }],
    ['a signature that is no text', { base64Signature: ['YQ=='] }],
    ['a signature that is not base64', { base64Signature: '?' }],
    ['an empty signature', { base64Signature: '' }],
    ['a certificate that is no text', { cert: {} }],
    ['a certificate that is none', { cert: 'leaf' }],
    ['a log that is none', { rekorBundle: 'log' }],
    ['an empty log', { rekorBundle: {} }],
  ])('with %s has failed', async (_, more) => {
    const { report } = await only({ content: blob(more), type: bundleType });
    expect(report).toMatchObject({ outcome: 'failed', document: '' });
  });

  it('is told by its content', async () => {
    expect((await only({ content: blob(), type: TYPES.bundle })).report.outcome).toBe('verified');
  });
});

describe('any content', () => {
  it('under any announced type never makes the verifier throw, and is not verified', async () => {
    const content = fc.oneof(
      fc.uint8Array(),
      fc.jsonValue().map(json),
      fc
        .record(
          {
            mediaType: fc.constantFrom(TYPES.bundle, 'a/b'),
            dsseEnvelope: fc.jsonValue(),
            messageSignature: fc.jsonValue(),
            verificationMaterial: fc.jsonValue(),
            payload: fc.oneof(fc.base64String(), fc.jsonValue()),
            payloadType: fc.oneof(fc.string(), fc.jsonValue()),
            signatures: fc.oneof(fc.array(fc.record({ sig: fc.base64String() })), fc.jsonValue()),
            base64Signature: fc.jsonValue(),
            cert: fc.jsonValue(),
            rekorBundle: fc.jsonValue(),
          },
          { requiredKeys: [] },
        )
        .map(json),
    );
    await fc.assert(
      fc.asyncProperty(content, fc.constantFrom(...Object.values(TYPES)), async (bytes, announced) => {
        const said = await examine([{ content: bytes, type: announced }]);
        expect(said.length).toBeGreaterThan(0);
        expect(said.map(({ report }) => report.outcome)).not.toContain('verified');
      }),
      { numRuns: 500 },
    );
  });
});
