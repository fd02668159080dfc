import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/crypto/certificate.ts';
import {
  type Crl,
  isCrlOf,
  isDeltaOf,
  isInScope,
  MAX_CRL_BYTES,
  parseCrl,
  revokingEntry,
  staleness,
} from '../../../src/crypto/crl.ts';
import { VerdictError } from '../../../src/errors.ts';
import {
  extension,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeLeaf,
  type Party,
  pem,
} from '../../support/pki/certificates.ts';
import { codeOf } from '../../support/pki/codes.ts';
import { bits, element, implicit, integer, sequence, tagged } from '../../support/pki/der.ts';
import { makeCrl, NEXT_UPDATE, type RevokedEntry, THIS_UPDATE } from '../../support/pki/revocation.ts';

const TIME = new Date('2026-01-15T00:00:00Z');
const root = makeAuthority('root');
const ca = makeAuthority('ca', { issuer: root });
const leaf = makeLeaf('leaf', ca, { serialNumber: 0x1234 });

const revoked = (entries: readonly RevokedEntry[], party: Party = leaf, signedAt?: Date) =>
  revokingEntry(party.certificate, parseCrl(makeCrl(ca, { entries })), undefined, signedAt);
const scope = (...fields: readonly Uint8Array[]) => extension('2.5.29.28', true, sequence(...fields));
const point = (url: string) => tagged(0, tagged(0, implicit(6, Buffer.from(url))));
const TRUE = Buffer.from([0xff]);

describe('a list', () => {
  it('is read from DER and PEM alike', () => {
    const der = makeCrl(ca, {
      number: 7,
      entries: [{ serialNumber: 1 }, { serialNumber: 2 }],
      freshest: ['http://crl.test/delta'],
    });
    for (const bytes of [der, Buffer.from(`comment\n${pem('X509 CRL', der)}`)]) {
      const list = parseCrl(bytes);
      expect(list).toMatchObject({ number: 7n, baseNumber: undefined, deltas: ['http://crl.test/delta'] });
      expect(list).toMatchObject({ thisUpdate: THIS_UPDATE, nextUpdate: NEXT_UPDATE });
      expect(list.entries.length).toBe(2);
    }
  });

  it('is its issuer’s by name, key and usage', () => {
    const list = parseCrl(makeCrl(ca));
    expect(isCrlOf(list, ca.certificate)).toBe(true);
    expect(isCrlOf(list, root.certificate)).toBe(false);
    const namesake = makeAuthority('namesake', { subject: 'CN=ca', issuer: root });
    expect(isCrlOf(list, namesake.certificate)).toBe(false);
    const renamed = makeAuthority('renamed', { key: ca.key, issuer: root });
    expect(isCrlOf(list, renamed.certificate)).toBe(false);
    const unable = makeCertificate('ca', { key: ca.key, issuer: root, extensions: [keyUsage(['keyCertSign'])] });
    expect(isCrlOf(list, unable.certificate)).toBe(false);
    const unsaid = makeCertificate('ca', { key: ca.key, issuer: root });
    expect(isCrlOf(list, unsaid.certificate)).toBe(true);
  });

  it('is not its issuer’s once a byte was changed', () => {
    const bytes = Buffer.from(makeCrl(ca, { entries: [{ serialNumber: 0x1234 }] }));
    const at = bytes.indexOf(Buffer.from('02021234', 'hex'));
    bytes[at + 3] = 0x35;
    expect(isCrlOf(parseCrl(bytes), ca.certificate)).toBe(false);
  });

  it('is verified with RSA and Ed25519 too', () => {
    for (const key of ['rsa-2048', 'ed25519', 'P-384'] as const) {
      const party = makeAuthority(`ca ${key}`, { key });
      expect(isCrlOf(parseCrl(makeCrl(party)), party.certificate)).toBe(true);
    }
  });

  it('holds from thisUpdate until before nextUpdate', () => {
    const list = parseCrl(makeCrl(ca));
    expect(staleness(list, THIS_UPDATE)).toBeUndefined();
    expect(staleness(list, new Date(NEXT_UPDATE.getTime() - 1))).toBeUndefined();
    expect(staleness(list, NEXT_UPDATE)).toBeDefined();
    expect(staleness(list, new Date(THIS_UPDATE.getTime() - 1))).toBeDefined();
    expect(staleness(parseCrl(makeCrl(ca, { nextUpdate: null })), TIME)).toBeDefined();
  });

  const whole = makeCrl(ca, { entries: [{ serialNumber: 1, reason: 1 }] });
  it.each([
    ['is cut short', whole.subarray(0, -1)],
    ['has something behind it', Buffer.concat([whole, Buffer.from([0])])],
    ['is empty', new Uint8Array()],
    ['is text', Buffer.from('not a list')],
    ['is PEM of something else', Buffer.from(pem('X509 CRL', integer(1)))],
    ['stands with another in one file', Buffer.from(pem('X509 CRL', whole).repeat(2))],
    ['is signed with SHA-1', makeCrl(ca, { hash: 'sha1' })],
    ['has a critical extension that nobody knows', makeCrl(ca, { extensions: [extension('1.2.3', true, integer(1))] })],
    ['has an extension twice', makeCrl(ca, { extensions: [extension('2.5.29.20', false, integer(1))] })],
    ['is indirect', makeCrl(ca, { extensions: [scope(implicit(4, TRUE))] })],
    [
      'lists some reasons only',
      makeCrl(ca, { extensions: [scope(implicit(3, bits(Buffer.from([0x40]), 6).subarray(2)))] }),
    ],
    ['is about attribute certificates', makeCrl(ca, { extensions: [scope(implicit(5, TRUE))] })],
    [
      'has an entry of another issuer',
      makeCrl(ca, {
        entries: [{ serialNumber: 1, extensions: [extension('2.5.29.29', true, sequence(tagged(4, root.subject)))] }],
      }),
    ],
    ['has an entry without number', sequence(sequence(integer(1)), bits(new Uint8Array(1)))],
  ])('is not read if it %s', async (_, bytes) => {
    expect(await codeOf(() => parseCrl(bytes))).toBe('CERTIFICATE_INVALID');
  });

  it('is not read above the limit', async () => {
    expect(await codeOf(() => parseCrl(Buffer.alloc(MAX_CRL_BYTES + 1, 0x30)))).toBe('CERTIFICATE_INVALID');
  });
});

describe('an entry', () => {
  it('revokes the certificate whose number it has, and no other', () => {
    expect(revoked([{ serialNumber: 0x1234 }])).toMatchObject({ revocationDate: THIS_UPDATE, reason: 0 });
    expect(revoked([{ serialNumber: 0x1235 }, { serialNumber: 0x12 }, { serialNumber: 0x123412 }])).toBeUndefined();
    expect(revoked([])).toBeUndefined();
  });

  it('is found by its place, not by bytes that stand elsewhere', () => {
    const number = Buffer.from('02021234', 'hex');
    const decoy = { serialNumber: 0x99, extensions: [extension('1.2.3', false, element(0x04, number))] };
    expect(revoked([decoy])).toBeUndefined();
    expect(revoked([{ serialNumber: BigInt('0x02021234') }])).toBeUndefined();
    expect(revoked([decoy, { serialNumber: 0x1234, reason: 1 }])).toMatchObject({ reason: 1 });
  });

  it('revokes large numbers as they are encoded', () => {
    const large = makeLeaf('large', ca, { serialNumber: (1n << 158n) + 5n });
    expect(revoked([{ serialNumber: (1n << 158n) + 5n }], large)).toBeDefined();
    expect(revoked([{ serialNumber: (1n << 158n) + 4n }], large)).toBeUndefined();
  });

  it('counts where one of two with the same number is final', () => {
    expect(
      revoked([
        { serialNumber: 0x1234, reason: 8 },
        { serialNumber: 0x1234, reason: 1 },
      ]),
    ).toMatchObject({ reason: 1 });
    expect(
      revoked([
        { serialNumber: 0x1234, reason: 1 },
        { serialNumber: 0x1234, reason: 8 },
      ]),
    ).toMatchObject({ reason: 1 });
  });

  it('does not count for signatures made before its invalidity date, when that is known', () => {
    const entries = [{ serialNumber: 0x1234, invalidityDate: new Date('2025-06-01T00:00:00Z') }];
    expect(revoked(entries, leaf, new Date('2025-05-31T23:59:59Z'))).toBeUndefined();
    expect(revoked(entries, leaf, new Date('2025-06-01T00:00:00Z'))).toBeDefined();
    expect(revoked(entries, leaf)).toBeDefined();
    expect(revoked([{ serialNumber: 0x1234 }], leaf, new Date('2021-01-01T00:00:00Z'))).toBeDefined();
  });
});

describe('a delta list', () => {
  const base = (options: Parameters<typeof makeCrl>[1] = {}) => parseCrl(makeCrl(ca, { number: 5, ...options }));
  const delta = (options: Parameters<typeof makeCrl>[1] = {}) =>
    parseCrl(makeCrl(ca, { number: 6, baseNumber: 5, ...options }));
  const entry = (reason: number, date = THIS_UPDATE): RevokedEntry => ({ serialNumber: 0x1234, reason, date });
  const decide = (one: Crl, other: Crl) => revokingEntry(leaf.certificate, one, other, undefined)?.reason;

  it('extends a complete list of the same issuer, scope and range of numbers', () => {
    expect(isDeltaOf(delta(), base())).toBe(true);
    expect(isDeltaOf(delta(), base({ number: 4 }))).toBe(false);
    expect(isDeltaOf(delta(), base({ number: 7 }))).toBe(false);
    expect(isDeltaOf(delta(), base({ extensions: [scope(implicit(1, TRUE))] }))).toBe(false);
    expect(isDeltaOf(delta(), base({ issuer: root.subject }))).toBe(false);
    expect(isDeltaOf(base(), base())).toBe(false);
  });

  it('is never taken for a complete one', () => {
    expect(isInScope(delta(), leaf.certificate, [])).toBe(false);
    expect(isInScope(base(), leaf.certificate, [])).toBe(true);
  });

  it('revokes, holds and releases', () => {
    expect(decide(base(), delta({ entries: [entry(1)] }))).toBe(1);
    expect(decide(base(), delta({ entries: [entry(6)] }))).toBe(6);
    expect(decide(base({ entries: [entry(6)] }), delta({ entries: [entry(8)] }))).toBeUndefined();
    expect(decide(base({ entries: [entry(6)] }), delta())).toBe(6);
    expect(decide(base({ entries: [entry(1)] }), delta({ entries: [entry(8)] }))).toBe(1);
  });
});

describe('the scope of a list', () => {
  const list = (...fields: readonly Uint8Array[]) => parseCrl(makeCrl(ca, { extensions: [scope(...fields)] }));

  it('may be certificates of authorities, or of others', () => {
    expect(isInScope(list(implicit(1, TRUE)), leaf.certificate, [])).toBe(true);
    expect(isInScope(list(implicit(1, TRUE)), ca.certificate, [])).toBe(false);
    expect(isInScope(list(implicit(2, TRUE)), leaf.certificate, [])).toBe(false);
    expect(isInScope(list(implicit(2, TRUE)), ca.certificate, [])).toBe(true);
  });

  it('may be certificates that name its distribution point', () => {
    const part = list(point('http://crl.test/1'));
    expect(isInScope(part, leaf.certificate, ['http://crl.test/1'])).toBe(true);
    expect(isInScope(part, leaf.certificate, ['http://crl.test/2'])).toBe(false);
    expect(isInScope(part, leaf.certificate, [])).toBe(false);
  });
});

describe('lists of OpenSSL', () => {
  const FIXTURES = join(import.meta.dirname, '../../fixtures/revocation');
  const file = (name: string) => readFileSync(join(FIXTURES, name));

  it('are their issuer’s and name who was revoked', () => {
    const list = parseCrl(file('list.pem'));
    expect(isCrlOf(list, parseCertificate(file('ca.der')))).toBe(true);
    expect(revokingEntry(parseCertificate(file('good.der')), list, undefined, undefined)).toBeUndefined();
    expect(revokingEntry(parseCertificate(file('revoked.der')), list, undefined, undefined)).toMatchObject({
      reason: 1,
    });
  });
});

describe('large and hostile lists', () => {
  it('find the last of 100,000 entries', () => {
    const entries = Array.from({ length: 100_000 }, (_, index) => ({ serialNumber: 0x100000 + index, reason: 1 }));
    const list = parseCrl(makeCrl(ca, { entries }));
    expect(list.entries.length).toBe(100_000);
    const last = makeLeaf('last', ca, { serialNumber: 0x100000 + 99_999 });
    expect(revokingEntry(last.certificate, list, undefined, undefined)).toMatchObject({ reason: 1 });
    const none = makeLeaf('none', ca, { serialNumber: 0x100000 + 100_000 });
    expect(revokingEntry(none.certificate, list, undefined, undefined)).toBeUndefined();
  });

  it('never throw anything but an error of ours', () => {
    const form = makeCrl(ca, {
      entries: [{ serialNumber: 0x1234, reason: 1, invalidityDate: THIS_UPDATE }, { serialNumber: 2 }],
      freshest: ['http://crl.test/delta'],
      extensions: [scope(point('http://crl.test/1'), implicit(1, TRUE))],
    });
    fc.assert(
      fc.property(fc.nat(form.length - 1), fc.nat(255), fc.nat(form.length), (at, to, length) => {
        const bytes = Buffer.from(form).subarray(0, length < form.length / 10 ? length : form.length);
        bytes[at] = to;
        try {
          const list = parseCrl(bytes);
          const same = Buffer.from(form).equals(bytes);
          expect(isCrlOf(list, ca.certificate)).toBe(same);
        } catch (thrown) {
          if (!(thrown instanceof VerdictError)) throw thrown;
          expect(thrown.code).toBe('CERTIFICATE_INVALID');
        }
      }),
      { numRuns: 1500 },
    );
  });
});
