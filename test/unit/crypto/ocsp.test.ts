import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/crypto/certificate.ts';
import { ocspRequest, verifyOcspResponse } from '../../../src/crypto/ocsp.ts';
import { MAX_OCSP_BYTES } from '../../../src/crypto/ocsp-response.ts';
import { VerdictError } from '../../../src/errors.ts';
import {
  crlDistributionPoints,
  extendedKeyUsage,
  extension,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeLeaf,
  ocspNoCheck,
  type Party,
} from '../../support/pki/certificates.ts';
import { integer, sequence } from '../../support/pki/der.ts';
import {
  makeOcspRefusal,
  makeOcspResponse,
  NEXT_UPDATE,
  type OcspOptions,
  THIS_UPDATE,
} from '../../support/pki/revocation.ts';

const TIME = new Date('2026-01-15T00:00:00Z');
const root = makeAuthority('root');
const ca = makeAuthority('ca', { issuer: root });
const leaf = makeLeaf('leaf', ca, { serialNumber: 0xabcd });
const OCSP_SIGNING = extendedKeyUsage(['1.3.6.1.5.5.7.3.9']);
const responderOf = (issuer: Party, ...extensions: readonly Uint8Array[]) =>
  makeCertificate('responder', { issuer, extensions: [keyUsage(['digitalSignature']), OCSP_SIGNING, ...extensions] });

function read(bytes: Uint8Array, time = TIME, certificate = leaf) {
  try {
    return verifyOcspResponse(bytes, certificate.certificate, ca.certificate, time);
  } catch (thrown) {
    if (thrown instanceof VerdictError) return thrown.code;
    throw thrown;
  }
}
const answer = (options: OcspOptions = {}) => read(makeOcspResponse(leaf, ca, options));

describe('an answer', () => {
  it('is good until its nextUpdate', () => {
    expect(answer()).toEqual({ kind: 'good', until: NEXT_UPDATE });
    expect(answer({ byKey: true })).toEqual({ kind: 'good', until: NEXT_UPDATE });
  });

  it.each(['sha1', 'sha256', 'sha384', 'sha512'] as const)('may know the certificate by %s', (idHash) => {
    expect(answer({ idHash })).toMatchObject({ kind: 'good' });
  });

  it('says when a certificate was revoked, and since when its key is not to be trusted', () => {
    const invalidityDate = new Date('2025-01-01T00:00:00Z');
    expect(answer({ status: { revoked: THIS_UPDATE } })).toMatchObject({
      kind: 'revoked',
      revocationDate: THIS_UPDATE,
    });
    expect(answer({ status: { revoked: THIS_UPDATE, invalidityDate } })).toMatchObject({
      kind: 'revoked',
      invalidityDate,
    });
  });

  it('may be that the responder does not know it', () => {
    expect(answer({ status: 'unknown' })).toEqual({ kind: 'unknown' });
  });

  it('holds from thisUpdate, clocks being minutes apart, until before nextUpdate', () => {
    const bytes = makeOcspResponse(leaf, ca);
    expect(read(bytes, new Date(THIS_UPDATE.getTime() - 4 * 60_000))).toMatchObject({ kind: 'good' });
    expect(read(bytes, new Date(THIS_UPDATE.getTime() - 6 * 60_000))).toBe('CERTIFICATE_INVALID');
    expect(read(bytes, new Date(NEXT_UPDATE.getTime() - 1))).toMatchObject({ kind: 'good' });
    expect(read(bytes, NEXT_UPDATE)).toBe('CERTIFICATE_INVALID');
  });

  it('without nextUpdate holds for an hour', () => {
    const bytes = makeOcspResponse(leaf, ca, { nextUpdate: null });
    expect(read(bytes, new Date(THIS_UPDATE.getTime() + 59 * 60_000))).toMatchObject({ kind: 'good' });
    expect(read(bytes, new Date(THIS_UPDATE.getTime() + 60 * 60_000))).toBe('CERTIFICATE_INVALID');
  });
});

describe('a responder', () => {
  it('may be one that the issuer appointed', () => {
    expect(answer({ responder: responderOf(ca) })).toMatchObject({ kind: 'good' });
    expect(answer({ responder: responderOf(ca), byKey: true })).toMatchObject({ kind: 'good' });
  });

  it('needs no check of its own where its certificate says so', () => {
    const source = crlDistributionPoints('http://crl.test/');
    expect(answer({ responder: responderOf(ca, source, ocspNoCheck()) })).toMatchObject({ kind: 'good' });
    expect(answer({ responder: responderOf(ca, source) })).toBe('CERTIFICATE_INVALID');
  });

  it.each([
    ['a stranger', responderOf(makeAuthority('stranger'))],
    ['a stranger with the issuer’s name', makeAuthority('stranger', { subject: 'CN=ca' })],
    ['appointed by the issuer’s issuer', responderOf(root)],
    ['a leaf that was not appointed', makeLeaf('other', ca)],
    ['the certificate itself', leaf],
    [
      'not allowed to sign',
      makeCertificate('r', { issuer: ca, extensions: [keyUsage(['keyEncipherment']), OCSP_SIGNING] }),
    ],
    ['expired', makeCertificate('r', { issuer: ca, extensions: [OCSP_SIGNING], notAfter: THIS_UPDATE })],
    ['weak', makeCertificate('r', { issuer: ca, extensions: [OCSP_SIGNING], key: 'rsa-1024' })],
    ['restricted in a way nobody knows', responderOf(ca, extension('1.2.3', true, integer(1)))],
  ])('is not believed if it is %s', (_, responder) => {
    expect(answer({ responder, certificates: [responder] })).toBe('CERTIFICATE_INVALID');
  });

  it('is not believed if its certificate is not there', () => {
    expect(answer({ responder: responderOf(ca), certificates: [] })).toBe('CERTIFICATE_INVALID');
  });
});

describe('an answer that is of no use', () => {
  it.each([
    ['about another number', makeOcspResponse(leaf, ca, { serialNumber: 0xabcen })],
    ['about a namesake of another issuer', makeOcspResponse(leaf, makeAuthority('stranger'), { responder: ca })],
    [
      'about the same number of a namesake of the issuer',
      makeOcspResponse(leaf, makeAuthority('namesake', { subject: 'CN=ca' }), { responder: ca }),
    ],
    [
      'about the same number of another name of the issuer',
      makeOcspResponse(leaf, makeAuthority('renamed', { key: ca.key }), { responder: ca }),
    ],
    ['said twice', makeOcspResponse(leaf, ca, { times: 2 })],
    ['without content', makeOcspResponse(leaf, ca, { times: 0 })],
    ['with a critical extension', makeOcspResponse(leaf, ca, { extensions: [extension('1.2.3', true, integer(1))] })],
    ['refused', makeOcspRefusal(6)],
    ['a success without content', makeOcspRefusal(0)],
    ['empty', new Uint8Array()],
    ['another structure', sequence(integer(0))],
    ['too large', Buffer.alloc(MAX_OCSP_BYTES + 1, 0x30)],
    ['cut short', makeOcspResponse(leaf, ca).subarray(0, -1)],
  ])('is %s', (_, bytes) => {
    expect(read(bytes)).toBe('CERTIFICATE_INVALID');
  });

  it('may be any bytes changed: nothing else is thrown, and nothing changed passes', () => {
    const form = makeOcspResponse(leaf, ca, {
      responder: responderOf(ca, ocspNoCheck()),
      status: { revoked: THIS_UPDATE },
    });
    fc.assert(
      fc.property(fc.nat(form.length - 1), fc.nat(255), (at, to) => {
        const bytes = Buffer.from(form);
        bytes[at] = to;
        const found = read(bytes);
        if (typeof found === 'string') expect(found).toBe('CERTIFICATE_INVALID');
        else expect(found.kind).toBe('revoked');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('OpenSSL', () => {
  const FIXTURES = join(import.meta.dirname, '../../fixtures/revocation');
  const file = (name: string) => readFileSync(join(FIXTURES, name));
  const party = (name: string) => parseCertificate(file(name));
  const now = new Date('2030-01-01T00:00:00Z');

  it.each(['sha1', 'sha256'] as const)('writes the same request (%s)', (hash) => {
    const request = ocspRequest(party('good.der'), party('ca.der'), hash);
    expect(Buffer.from(request)).toEqual(file(`request.${hash}.der`));
  });

  it.each(['good', 'revoked', 'unknown'])('is understood when it answers (%s)', (kind) => {
    const certificate = party(`${kind}.der`);
    expect(verifyOcspResponse(file(`${kind}.ocsp`), certificate, party('ca.der'), now)).toMatchObject({ kind });
  });
});
