import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isIssuedBy,
  isSelfSigned,
  isValidAt,
  MAX_CERTIFICATE_BYTES,
  parseCertificate,
  pemCertificates,
} from '../../../src/crypto/certificate.ts';
import { VerdictError } from '../../../src/errors.ts';
import {
  basicConstraints,
  digest,
  dnsName,
  emailName,
  extendedKeyUsage,
  extension,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeLeaf,
  NOT_AFTER,
  NOT_BEFORE,
  pem,
  subjectAlternativeName,
  uriName,
} from '../../support/pki/certificates.ts';
import { codeOf } from '../../support/pki/codes.ts';
import { boolean, integer, octets, oid, sequence, tagged, utf8 } from '../../support/pki/der.ts';

const root = makeAuthority('root', { subject: 'C=US, O=Acme, CN=root', pathLength: 2 });
const leaf = makeLeaf('leaf', root, { subject: 'C=US, O=Acme, CN=leaf', serialNumber: 0x0abcdef0 });

describe('a certificate', () => {
  it('says who it is and until when', () => {
    expect(leaf.certificate).toMatchObject({
      fingerprint: `sha256:${Buffer.from(digest('sha256', leaf.der)).toString('hex')}`,
      subjectName: 'CN=leaf,O=Acme,C=US',
      issuerName: 'CN=root,O=Acme,C=US',
      serialNumber: '0abcdef0',
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
      signatureAlgorithm: '1.2.840.10045.4.3.2',
      basicConstraints: undefined,
    });
    expect(leaf.certificate.publicKey().kind).toEqual({ name: 'ec', curve: 'P-256' });
  });

  it('says what it may be used for', () => {
    expect(root.certificate.basicConstraints).toEqual({ critical: true, ca: true, pathLength: 2 });
    expect(root.certificate.keyUsage).toEqual({ critical: true, usages: new Set(['keyCertSign', 'cRLSign']) });
    expect(leaf.certificate.extendedKeyUsage).toEqual({ critical: false, purposes: ['1.3.6.1.5.5.7.3.3'] });
    const plain = makeCertificate('plain', { extensions: [basicConstraints(false), keyUsage([], false)] }).certificate;
    expect(plain.basicConstraints).toEqual({ critical: true, ca: false, pathLength: undefined });
    expect(plain.keyUsage).toEqual({ critical: false, usages: new Set() });
    const critical = makeCertificate('critical', { extensions: [extendedKeyUsage(['1.2.3', '2.5.29.37.0'], true)] });
    expect(critical.certificate.extendedKeyUsage).toEqual({ critical: true, purposes: ['1.2.3', '2.5.29.37.0'] });
  });

  it('gives its alternative names of four kinds, others not', () => {
    const other = tagged(0, oid('1.3.6.1.4.1.57264.1.7'), tagged(0, utf8('somebody')));
    const names = [uriName('https://a.test/b'), emailName('a@b.test'), dnsName('c.test'), other];
    const address = Buffer.from('8704c0000201', 'hex');
    // An object identifier is tagged 6, as a URI is, but universally.
    const made = makeCertificate('names', { extensions: [subjectAlternativeName(...names, address, oid('1.2.3'))] });
    expect(made.certificate.subjectAlternativeNames).toEqual([
      { type: 'uri', value: 'https://a.test/b' },
      { type: 'email', value: 'a@b.test' },
      { type: 'dns', value: 'c.test' },
      { type: 'otherName', value: 'somebody' },
    ]);
  });

  it('keeps every extension as it is', () => {
    const made = makeCertificate('own', {
      extensions: [extension('1.2.3.4', true, utf8('x')), extension('1.2.3.5', false, integer(5))],
    });
    expect([...made.certificate.extensions]).toMatchObject([
      ['1.2.3.4', { critical: true }],
      ['1.2.3.5', { critical: false }],
    ]);
    expect(Buffer.from(made.certificate.extensions.get('1.2.3.4')?.value ?? [])).toEqual(Buffer.from(utf8('x')));
  });

  it('is valid from notBefore to notAfter, both included', () => {
    for (const time of [NOT_BEFORE, NOT_AFTER]) expect(isValidAt(leaf.certificate, time)).toBe(true);
    expect(isValidAt(leaf.certificate, new Date(NOT_BEFORE.getTime() - 1))).toBe(false);
    expect(isValidAt(leaf.certificate, new Date(NOT_AFTER.getTime() + 1))).toBe(false);
  });

  it.each([
    ['empty', new Uint8Array()],
    ['PEM', Buffer.from(leaf.pem)],
    ['followed by something', Buffer.concat([leaf.der, Buffer.from([0])])],
    ['cut short', leaf.der.subarray(0, -1)],
    ['too large', Buffer.alloc(MAX_CERTIFICATE_BYTES + 1, 0x30)],
    [
      'with an extension twice',
      makeCertificate('twice', { extensions: [keyUsage([]), keyUsage(['keyCertSign'])] }).der,
    ],
    [
      'with malformed constraints',
      makeCertificate('bad', { extensions: [extension('2.5.29.19', true, boolean(true).subarray(1))] }).der,
    ],
    [
      'with a malformed key usage',
      makeCertificate('bad', { extensions: [extension('2.5.29.15', true, octets(Buffer.from('x')))] }).der,
    ],
    ['another structure', sequence(integer(1))],
  ])('is none if it is %s', async (_, bytes) => {
    expect(await codeOf(() => parseCertificate(bytes))).toBe('CERTIFICATE_INVALID');
  });

  it('refuses its key where that is weak or of a kind that is not trusted', async () => {
    for (const key of ['rsa-1024', 'secp256k1'] as const) {
      const { certificate } = makeCertificate('weak', { key });
      expect(await codeOf(() => certificate.publicKey())).toBe('KEY_INVALID');
    }
  });

  it('refuses a key that OpenSSL cannot read', async () => {
    const bytes = Buffer.from(leaf.der);
    // The object identifier of P-256 becomes that of no curve.
    const at = bytes.indexOf(Buffer.from('06082a8648ce3d030107', 'hex'));
    bytes[at + 9] = 0x7f;
    const certificate = parseCertificate(bytes);
    expect(await codeOf(() => certificate.publicKey())).toBe('KEY_INVALID');
    expect(isIssuedBy(leaf.certificate, certificate)).toBe(false);
    expect(isSelfSigned(certificate)).toBe(false);
  });
});

describe('issuing', () => {
  it('is told by name and signature', () => {
    expect(isIssuedBy(leaf.certificate, root.certificate)).toBe(true);
    expect(isIssuedBy(root.certificate, leaf.certificate)).toBe(false);
    const namesake = makeAuthority('namesake', { subject: 'C=US, O=Acme, CN=root' });
    expect(isIssuedBy(leaf.certificate, namesake.certificate)).toBe(false);
    const renamed = makeAuthority('renamed', { key: root.key });
    expect(isIssuedBy(leaf.certificate, renamed.certificate)).toBe(false);
  });

  it('of oneself is told of roots and of leaves that may sign no certificates', () => {
    expect(isSelfSigned(root.certificate)).toBe(true);
    const lone = makeCertificate('lone', { extensions: [keyUsage(['digitalSignature'])] });
    expect(isSelfSigned(lone.certificate)).toBe(true);
    expect(isSelfSigned(leaf.certificate)).toBe(false);
    const pretender = makeCertificate('pretender', { subject: 'C=US, O=Acme, CN=root', issuer: root });
    expect(isSelfSigned(pretender.certificate)).toBe(false);
  });
});

describe('PEM', () => {
  it('gives every certificate in order, whatever stands between', () => {
    const text = `first\r\n${root.pem.replaceAll('\n', '\r\n')}\n${pem('PRIVATE KEY', Buffer.from('x'))}${leaf.pem}last`;
    expect(pemCertificates(text).map((der) => Buffer.from(der))).toEqual([
      Buffer.from(root.der),
      Buffer.from(leaf.der),
    ]);
    expect(pemCertificates('nothing')).toEqual([]);
  });
});

describe('hostile bytes', () => {
  it('never throw anything but an error of ours', () => {
    const form = makeCertificate('form', {
      issuer: root,
      extensions: [
        basicConstraints(true, 3),
        keyUsage(['digitalSignature']),
        extendedKeyUsage(['1.2.3']),
        subjectAlternativeName(uriName('https://a.test/'), tagged(0, oid('1.2.3'), tagged(0, utf8('x')))),
      ],
    }).der;
    fc.assert(
      fc.property(fc.nat(form.length - 1), fc.nat(255), (at, to) => {
        const bytes = Buffer.from(form);
        bytes[at] = to;
        try {
          const certificate = parseCertificate(bytes);
          expect(isIssuedBy(certificate, root.certificate)).toBe(Buffer.from(form).equals(bytes));
          certificate.publicKey();
        } catch (thrown) {
          if (!(thrown instanceof VerdictError)) throw thrown;
          expect(['CERTIFICATE_INVALID', 'KEY_INVALID']).toContain(thrown.code);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
