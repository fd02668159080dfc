import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificate, pemCertificates } from '../../../src/crypto/certificate.ts';
import { MAX_TIMESTAMP_BYTES, type TimestampOptions, verifyTimestamp } from '../../../src/crypto/timestamp.ts';
import {
  basicConstraints,
  extendedKeyUsage,
  extension,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeTimestampLeaf,
  type Party,
} from '../../support/pki/certificates.ts';
import { codeOf } from '../../support/pki/codes.ts';
import { element, integer, octets, sequence } from '../../support/pki/der.ts';
import { accuracy, asBer, makeTimestamp, makeTimestampResponse, TIMESTAMP_TIME } from '../../support/pki/timestamps.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/timestamp');
const DATA = Buffer.from('signed bytes');
const BASELINE = '0.4.0.2023.1.1';

const root = makeAuthority('tsa root');
const authority = makeAuthority('tsa ca', { issuer: root });
const leaf = makeTimestampLeaf('tsa', authority);

const verify = (token: Uint8Array, certificates: readonly Party[] = [authority], options: TimestampOptions = {}) =>
  verifyTimestamp(
    token,
    DATA,
    [root.certificate],
    certificates.map(({ certificate }) => certificate),
    options,
  );
const outcome = (token: Uint8Array, certificates?: readonly Party[], options?: TimestampOptions) =>
  codeOf(() => verify(token, certificates, options));

describe('tokens of OpenSSL', () => {
  it.each(['rsa-2048-sha256', 'rsa-3072-sha384', 'rsa-4096-sha512', 'p256-sha256', 'p384-sha384'])(
    'verify as token and as response (%s)',
    async (name) => {
      const roots = pemCertificates(readFileSync(join(FIXTURES, `${name}.root.pem`), 'utf8')).map(parseCertificate);
      const signed = readFileSync(join(FIXTURES, 'signed.bin'));
      for (const form of ['token', 'tsr']) {
        const found = await verifyTimestamp(readFileSync(join(FIXTURES, `${name}.${form}`)), signed, roots);
        expect(found.certificates.map(({ subjectName }) => subjectName)).toEqual([
          `CN=${name} authority,O=Verdict tests,C=US`,
          `CN=${name} root,O=Verdict tests,C=US`,
        ]);
        expect(found).toMatchObject({ accuracy: 1000, policy: BASELINE });
        expect(found.time.toISOString()).toMatch(/^2026-11-21T14:2/);
      }
    },
  );

  it('do not verify over other bytes, nor under the root of another', async () => {
    const token = readFileSync(join(FIXTURES, 'p256-sha256.token'));
    const read = (name: string) => pemCertificates(readFileSync(join(FIXTURES, name), 'utf8')).map(parseCertificate);
    expect(await codeOf(() => verifyTimestamp(token, DATA, read('p256-sha256.root.pem')))).toBe('SIGNATURE_INVALID');
    const signed = readFileSync(join(FIXTURES, 'signed.bin'));
    expect(await codeOf(() => verifyTimestamp(token, signed, read('p384-sha384.root.pem')))).toBe(
      'CERTIFICATE_INVALID',
    );
  });
});

describe('a token', () => {
  it('gives time, policy and the whole chain', async () => {
    const found = await verify(makeTimestamp(leaf, DATA, { policy: '1.2.3', certificates: [leaf, authority] }), []);
    expect(found.time).toEqual(TIMESTAMP_TIME);
    expect(found).toMatchObject({ accuracy: 0, policy: '1.2.3' });
    expect(found.certificates.map(({ subjectName }) => subjectName)).toEqual(['CN=tsa', 'CN=tsa ca', 'CN=tsa root']);
  });

  it.each([
    ['P-256', 'sha256', false],
    ['P-384', 'sha384', false],
    ['P-521', 'sha512', false],
    ['rsa-2048', 'sha256', true],
    ['rsa-3072', 'sha384', true],
    ['rsa-3072', 'sha512', false],
  ] as const)('verifies with %s, %s, PSS %s', async (key, hash, pss) => {
    const signer = makeTimestampLeaf(`tsa ${key}`, authority, { key });
    expect(await outcome(makeTimestamp(signer, DATA, { hash, pss }))).toBe('ok');
  });

  it('verifies in BER, as stream writers encode it', async () => {
    expect(await outcome(asBer(makeTimestamp(leaf, DATA)))).toBe('ok');
  });

  it('may name its signer by key identifier', async () => {
    const id = Buffer.from('a key identifier');
    const signer = makeTimestampLeaf('tsa by key', authority, {
      extensions: [extension('2.5.29.14', false, octets(id))],
    });
    expect(await outcome(makeTimestamp(signer, DATA, { keyIdentifier: id }))).toBe('ok');
    expect(await outcome(makeTimestamp(signer, DATA, { keyIdentifier: Buffer.from('another') }))).toBe(
      'CERTIFICATE_INVALID',
    );
  });

  it('states its accuracy, and under the baseline policy has one second without', async () => {
    const of = async (options: Parameters<typeof makeTimestamp>[2]) =>
      (await verify(makeTimestamp(leaf, DATA, options))).accuracy;
    expect(await of({ accuracy: accuracy(2, 5, 1) })).toBe(2006);
    expect(await of({ accuracy: accuracy(0, 100), policy: BASELINE })).toBe(100);
    expect(await of({ policy: BASELINE })).toBe(1000);
    expect(await of({ accuracy: accuracy(0), policy: BASELINE })).toBe(1000);
    expect(await of({})).toBe(0);
    expect(await outcome(makeTimestamp(leaf, DATA, { accuracy: accuracy(100_000) }))).toBe('SIGNATURE_INVALID');
  });

  it('comes in a response that was granted, with modifications or without', async () => {
    const token = makeTimestamp(leaf, DATA);
    expect(await outcome(makeTimestampResponse(token))).toBe('ok');
    expect(await outcome(makeTimestampResponse(token, 1))).toBe('ok');
    for (const status of [2, 3, 4, 5])
      expect(await outcome(makeTimestampResponse(token, status))).toBe('SIGNATURE_INVALID');
    expect(await outcome(sequence(sequence(integer(0))))).toBe('SIGNATURE_INVALID');
  });

  const token = makeTimestamp(leaf, DATA);
  it.each([
    ['over other bytes', makeTimestamp(leaf, Buffer.from('other bytes'))],
    ['with SHA-1', makeTimestamp(leaf, DATA, { hash: 'sha1' })],
    ['of another content type', makeTimestamp(leaf, DATA, { contentType: '1.2.840.113549.1.7.1' })],
    ['whose attribute states another content type', makeTimestamp(leaf, DATA, { statedType: '1.2.840.113549.1.7.1' })],
    ['whose attribute states another digest', makeTimestamp(leaf, DATA, { statedDigest: Buffer.alloc(32) })],
    ['with two signers', makeTimestamp(leaf, DATA, { signers: 2 })],
    ['with no signer', makeTimestamp(leaf, DATA, { signers: 0 })],
    ['of another version', makeTimestamp(leaf, DATA, { version: 2 })],
    ['that does not name its certificate', makeTimestamp(leaf, DATA, { signingCertificate: 'none' })],
    ['that names its certificate by SHA-1', makeTimestamp(leaf, DATA, { signingCertificate: 'v1' })],
    ['that names another certificate', makeTimestamp(leaf, DATA, { named: authority })],
    ['with a critical extension', makeTimestamp(leaf, DATA, { extensions: [extension('1.2.3', true, integer(1))] })],
    ['with something behind it', Buffer.concat([token, Buffer.from([0])])],
    ['cut short', token.subarray(0, -1)],
    ['that is empty', new Uint8Array()],
    ['that is too large', Buffer.alloc(MAX_TIMESTAMP_BYTES + 1)],
    ['that is BER without an end', asBer(token).subarray(0, -2)],
    ['that nests without end', Buffer.from('3080'.repeat(50_000), 'hex')],
    ['that is another structure', element(0x04, token)],
  ])('%s is malformed', async (_, bytes) => {
    expect(await outcome(bytes)).toBe('SIGNATURE_INVALID');
  });

  it('may name its certificate by SHA-1 where that is asked for', async () => {
    const options = { requireSigningCertificateV2: false };
    expect(await outcome(makeTimestamp(leaf, DATA, { signingCertificate: 'v1' }), [authority], options)).toBe('ok');
    expect(await outcome(makeTimestamp(leaf, DATA, { signingCertificate: 'none' }), [authority], options)).toBe(
      'SIGNATURE_INVALID',
    );
    const other = makeTimestamp(leaf, DATA, { signingCertificate: 'v1', named: authority });
    expect(await outcome(other, [authority], options)).toBe('SIGNATURE_INVALID');
  });

  it('is not signed by whoever shares the name and number of the authority', async () => {
    const double = makeTimestampLeaf('double', authority, { subject: 'CN=tsa', serialNumber: leaf.serialNumber });
    expect(await outcome(makeTimestamp(double, DATA, { certificates: [leaf], named: leaf }))).toBe('SIGNATURE_INVALID');
  });

  it('without certificate verifies with one that is given', async () => {
    const bare = makeTimestamp(leaf, DATA, { certificates: [] });
    expect(await outcome(bare)).toBe('CERTIFICATE_INVALID');
    expect(await outcome(bare, [leaf, authority])).toBe('ok');
  });
});

describe('the certificate of an authority', () => {
  const usage = keyUsage(['digitalSignature']);
  const purpose = extendedKeyUsage(['1.3.6.1.5.5.7.3.8'], true);
  const make = (name: string, ...extensions: readonly Uint8Array[]) =>
    makeCertificate(name, { issuer: authority, extensions });
  it.each([
    ['lacks timeStamping', make('t1', usage)],
    ['has a purpose that is not critical', make('t2', usage, extendedKeyUsage(['1.3.6.1.5.5.7.3.8']))],
    [
      'has another purpose beside',
      make('t3', usage, extendedKeyUsage(['1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.3'], true)),
    ],
    ['has any purpose', make('t4', usage, extendedKeyUsage(['2.5.29.37.0'], true))],
    ['has no key usage', make('t5', purpose)],
    ['has another key usage', make('t6', keyUsage(['keyEncipherment']), purpose)],
    ['was not valid then', makeTimestampLeaf('t7', authority, { notAfter: new Date('2026-01-14T00:00:00Z') })],
    ['is not valid yet', makeTimestampLeaf('t8', authority, { notBefore: new Date('2026-01-16T00:00:00Z') })],
    ['has a weak key', makeTimestampLeaf('t9', authority, { key: 'rsa-1024' })],
    ['has a curve that is not trusted', makeTimestampLeaf('t10', authority, { key: 'secp256k1' })],
    ['is signed with SHA-1', makeTimestampLeaf('t11', authority, { hash: 'sha1' })],
    ['has a critical extension that nobody knows', make('t12', usage, purpose, extension('1.2.3.4', true, integer(1)))],
    ['is of a stranger', makeTimestampLeaf('t13', makeAuthority('stranger'))],
  ])('is not fit if it %s', async (_, signer) => {
    expect(await outcome(makeTimestamp(signer, DATA))).toBe('CERTIFICATE_INVALID');
  });

  it('may have nonRepudiation instead of digitalSignature', async () => {
    expect(await outcome(makeTimestamp(make('t14', keyUsage(['nonRepudiation']), purpose), DATA))).toBe('ok');
  });

  it('is not issued by an authority restricted to another purpose', async () => {
    const restricted = makeAuthority('web ca', { issuer: root, extensions: [extendedKeyUsage(['1.3.6.1.5.5.7.3.1'])] });
    expect(await outcome(makeTimestamp(makeTimestampLeaf('t15', restricted), DATA), [restricted])).toBe(
      'CERTIFICATE_INVALID',
    );
  });

  it('is not issued by a leaf', async () => {
    const fake = makeCertificate('fake ca', { issuer: root, extensions: [basicConstraints(false), usage] });
    expect(await outcome(makeTimestamp(makeTimestampLeaf('t16', fake), DATA), [fake])).toBe('CERTIFICATE_INVALID');
  });
});

describe('hostile bytes', () => {
  const forms = [
    makeTimestamp(leaf, DATA, { certificates: [leaf, authority] }),
    makeTimestampResponse(makeTimestamp(leaf, DATA)),
  ];

  it('never throw anything but an error of ours, nor pass with a changed time', async () => {
    const mutation = fc.record({
      form: fc.constantFrom(...forms),
      changes: fc.array(fc.record({ at: fc.nat(), to: fc.nat(255) }), { minLength: 1, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ form, changes }) => {
        const bytes = Buffer.from(form);
        for (const { at, to } of changes) bytes[at % bytes.length] = to;
        try {
          expect((await verify(bytes)).time).toEqual(TIMESTAMP_TIME);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: expect.stringMatching(/^(?:SIGNATURE|CERTIFICATE)_INVALID$/) });
        }
      }),
      { numRuns: 600 },
    );
  });

  it('of any kind are malformed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await outcome(bytes)).toBe('SIGNATURE_INVALID');
      }),
      { numRuns: 500 },
    );
  });
});
