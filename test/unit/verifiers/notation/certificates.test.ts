import { beforeAll, describe, expect, it } from 'vitest';
import { EXTENDED_KEY_USAGE } from '../../../../src/crypto/certificate.ts';
import { createChainReader } from '../../../../src/verifiers/notation/certificates.ts';
import type { RevocationChecker } from '../../../../src/verifiers/notation/revocation/checker.ts';
import { createNotationVerifier } from '../../../../src/verifiers/notation/verifier.ts';
import { cose, jws } from '../../../support/notation/envelopes.ts';
import { COSE, exhibit, JWS, target, trust } from '../../../support/notation/exhibits.ts';
import {
  type CertificateOptions,
  EXTENSIONS,
  intermediate,
  leaf,
  type Party,
  ROOT_NAME,
  root,
} from '../../../support/notation/pki.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
const revocation: RevocationChecker = {
  check: async () => ({ outcome: 'passed', message: '', until: undefined }),
};
const { any, clientAuth, codeSigning, emailProtection, ocspSigning, serverAuth, timeStamping } = EXTENDED_KEY_USAGE;

let top: Party;
let middle: Party;
let end: Party;
beforeAll(async () => {
  top = await root();
  middle = await intermediate(top);
  end = await leaf(middle);
});

/** What is said of a chain whose every certificate is in the trust's store, in both envelopes. */
async function reportOf(chain: readonly Party[], signer?: Party) {
  const verifier = createNotationVerifier({
    name: 'notary',
    trusts: [trust('acme', { ca: chain })],
    trustPolicy: undefined,
    blobTrustPolicy: undefined,
    revocation,
  });
  const parts = { chain, payload: target(), ...(signer === undefined ? {} : { signer }) };
  const [inJws] = await verifier.verify(exhibit(jws(parts), JWS), NOW);
  const [inCose] = await verifier.verify(exhibit(cose(parts), COSE), NOW);
  expect(inCose?.report.outcome).toBe(inJws?.report.outcome);
  expect(inCose?.report.checks).toEqual(inJws?.report.checks);
  if (inJws === undefined) throw new Error('nothing was said');
  return inJws.report;
}

async function expectBad(chain: readonly Party[], signer?: Party): Promise<void> {
  const { outcome, checks, signers } = await reportOf(chain, signer);
  expect([outcome, checks.chain.outcome, signers]).toEqual(['failed', 'failed', []]);
}

async function expectGood(chain: readonly Party[]): Promise<void> {
  const { outcome, message } = await reportOf(chain);
  expect(outcome, message).toBe('verified');
}

describe('a chain', () => {
  it('may have one to ten certificates', async () => {
    await expectGood([await leaf(undefined)]);
    await expectGood([await leaf(top), top]);
    await expectGood([end, middle, top]);
    const chain = [top];
    for (let depth = 0; depth < 8; depth++) {
      chain.unshift(await intermediate(chain[0] ?? top, { name: `C=US, ST=WA, O=Acme, CN=Level ${depth}` }));
    }
    await expectGood([await leaf(chain[0]), ...chain]);
    const longer = await intermediate(chain[0] ?? top, { name: 'C=US, ST=WA, O=Acme, CN=Last' });
    const { outcome } = await reportOf([await leaf(longer), longer, ...chain]);
    expect(outcome).toBe('failed');
  });

  it('may be of every kind of key', async () => {
    for (const key of ['RSA-2048', 'RSA-3072', 'P-256', 'P-384', 'P-521'] as const) {
      const authority = await root({ key });
      await expectGood([await leaf(authority, { key }), authority]);
    }
  });

  it('may have authorities with EdDSA keys or RSASSA-PSS signatures', async () => {
    for (const key of ['Ed25519', 'RSA-2048-PSS'] as const) {
      const authority = await root({ key });
      await expectGood([await leaf(authority), authority]);
    }
  });

  it('may have a signer and a root of the same name', async () => {
    const authority = await root({ key: 'P-384', name: ROOT_NAME });
    await expectGood([await leaf(authority, { name: ROOT_NAME }), authority]);
  });

  it('must be in order, complete, and nothing too much', async () => {
    const other = await root({ name: 'C=US, ST=WA, O=Other, CN=Root' });
    await expectBad([end, top, middle]);
    await expectBad([end, top]);
    await expectBad([end, middle]);
    await expectBad([end]);
    await expectBad([end, middle, top, top]);
    await expectBad([end, middle, top, other]);
    await expectBad([end, end, middle, top]);
    await expectBad([end, middle, other]);
  });

  it('must not begin with another certificate than the signer’s', async () => {
    await expectBad([middle, top], end);
    await expectBad([top, middle, end], end);
  });

  it('must be issued by the next by signature, not by name alone', async () => {
    const impostor = await root({ key: 'P-384' });
    await expectBad([await leaf(impostor), top]);
    const selfMade = await leaf(undefined, { name: ROOT_NAME });
    await expectBad([selfMade, top]);
  });

  it('must be issued by the next by name, not by signature alone', async () => {
    const renamed: Party = { ...top, name: 'C=US, ST=WA, O=Acme, CN=Elsewhere' };
    await expectBad([await leaf(renamed), top]);
  });

  it('must not be signed with SHA-1, not even where only the parameters say so', async () => {
    for (const key of ['RSA-2048-SHA-1', 'RSA-2048-PSS-SHA-1'] as const) {
      const authority = await root({ key });
      await expectBad([await leaf(authority), authority]);
    }
  });
});

describe('a signer’s certificate', () => {
  const { ca, noCa, purpose, usage, usageNotCritical } = EXTENSIONS;
  const sign = () => usage('digitalSignature');

  it.each<[string, () => CertificateOptions['extensions']]>([
    ['code signing', () => [sign(), purpose(codeSigning)]],
    ['no purpose', () => [sign()]],
    ['a purpose of its own', () => [sign(), purpose('1.3.6.1.4.1.99999.1')]],
    ['non-repudiation too', () => [usage('digitalSignature', 'nonRepudiation')]],
    ['basic constraints that say it is no authority', () => [sign(), noCa()]],
  ])('may have %s', async (_what, extensions) => {
    await expectGood([await leaf(top, { extensions: extensions() ?? [] }), top]);
    await expectGood([await leaf(undefined, { extensions: extensions() ?? [] })]);
  });

  it.each<[string, () => CertificateOptions['extensions']]>([
    ['have no extensions', () => []],
    ['have no key usage', () => [purpose(codeSigning)]],
    ['have a key usage that is not critical', () => [usageNotCritical('digitalSignature')]],
    ['lack digitalSignature', () => [usage('nonRepudiation')]],
    ['encipher keys', () => [usage('digitalSignature', 'keyEncipherment')]],
    ['encipher data', () => [usage('digitalSignature', 'dataEncipherment')]],
    ['agree on keys', () => [usage('digitalSignature', 'keyAgreement')]],
    ['issue certificates', () => [usage('digitalSignature', 'keyCertSign')]],
    ['revoke certificates', () => [usage('digitalSignature', 'cRLSign')]],
    ['encipher only', () => [usage('digitalSignature', 'keyAgreement', 'encipherOnly')]],
    ['decipher only', () => [usage('digitalSignature', 'keyAgreement', 'decipherOnly')]],
    ['be an authority', () => [ca(), sign()]],
    ['be meant for servers', () => [sign(), purpose(codeSigning, serverAuth)]],
    ['be meant for clients', () => [sign(), purpose(clientAuth)]],
    ['be meant for mail', () => [sign(), purpose(emailProtection)]],
    ['be meant for timestamps', () => [sign(), purpose(codeSigning, timeStamping)]],
    ['be meant for OCSP', () => [sign(), purpose(ocspSigning)]],
    ['be meant for anything', () => [sign(), purpose(codeSigning, any)]],
  ])('must not %s', async (_what, extensions) => {
    await expectBad([await leaf(top, { extensions: extensions() ?? [] }), top]);
    await expectBad([await leaf(undefined, { extensions: extensions() ?? [] })]);
  });

  it('must not have a key that is weak or may not sign', async () => {
    for (const key of ['RSA-1024', 'Ed25519'] as const) {
      const report = await reportOf([await leaf(top, { key }), top]);
      expect([report.outcome, report.checks.signature.outcome, report.checks.chain.outcome]).toEqual([
        'failed',
        'failed',
        'failed',
      ]);
    }
  });
});

describe('extensions that the specification does not name', () => {
  it('are not evaluated, critical or not', async () => {
    const strange = EXTENSIONS.unknown;
    const authority = await root({ extensions: [EXTENSIONS.ca(), EXTENSIONS.usage('keyCertSign'), strange()] });
    await expectGood([
      await leaf(authority, { extensions: [EXTENSIONS.usage('digitalSignature'), strange()] }),
      authority,
    ]);
  });
});

describe('an authority', () => {
  const { ca, noCa, purpose, usage, usageNotCritical } = EXTENSIONS;
  const issues = () => usage('keyCertSign');

  it.each<[string, () => CertificateOptions['extensions']]>([
    ['no path length', () => [ca(), issues()]],
    ['a path length of 0', () => [ca(0), issues()]],
    ['a purpose', () => [ca(), issues(), purpose(codeSigning)]],
  ])('may have %s', async (_what, extensions) => {
    const between = await intermediate(top, { extensions: extensions() ?? [] });
    await expectGood([await leaf(between), between, top]);
  });

  it.each<[string, () => CertificateOptions['extensions']]>([
    ['have no extensions', () => []],
    ['have no basic constraints', () => [issues()]],
    ['say that it is none', () => [noCa(), issues()]],
    ['say so without being critical', () => [ca(undefined, false), issues()]],
    ['have no key usage', () => [ca()]],
    ['have a key usage that is not critical', () => [ca(), usageNotCritical('keyCertSign')]],
    ['lack keyCertSign', () => [ca(), usage('digitalSignature', 'cRLSign')]],
  ])('must not %s', async (_what, extensions) => {
    const between = await intermediate(top, { extensions: extensions() ?? [] });
    await expectBad([await leaf(between), between, top]);
    const above = await root({ extensions: extensions() ?? [] });
    await expectBad([await leaf(above), above]);
  });

  it('must not have more authorities below it than it allows', async () => {
    const short = await root({ extensions: [ca(0), issues()] });
    const between = await intermediate(short);
    await expectBad([await leaf(between), between, short]);
    await expectGood([await leaf(short), short]);
    const enough = await root({ extensions: [ca(1), issues()] });
    const below = await intermediate(enough);
    await expectGood([await leaf(below), below, enough]);
  });

  it('must not have a weak key', async () => {
    const weak = await root({ key: 'RSA-1024' });
    await expectBad([await leaf(weak), weak]);
  });
});

describe('the dates of a chain', () => {
  const ended = { from: '2026-01-01', until: '2026-06-01' };
  const early = { from: '2027-01-01', until: '2030-01-01' };

  it.each(['leaf', 'intermediate', 'root'] as const)('count for the %s', async (place) => {
    for (const dates of [ended, early]) {
      const above = await root(place === 'root' ? dates : {});
      const between = await intermediate(above, place === 'intermediate' ? dates : {});
      const { outcome, checks } = await reportOf([await leaf(between, place === 'leaf' ? dates : {}), between, above]);
      expect([outcome, checks.timestamp.outcome, checks.chain.outcome]).toEqual(['failed', 'failed', 'passed']);
    }
  });

  it('need not nest', async () => {
    const above = await root({ from: '2026-11-01', until: '2026-12-01' });
    await expectGood([await leaf(above, { from: '2020-01-01', until: '2050-01-01' }), above]);
  });
});

describe('certificates that are none', () => {
  it.each([
    ['garbage', () => new Uint8Array([1, 2, 3])],
    ['nothing', () => new Uint8Array()],
    ['one with something behind it', () => Buffer.concat([end.der, Buffer.of(0)])],
    [
      'PEM',
      () =>
        Buffer.from(
          `-----BEGIN CERTIFICATE-----\n${Buffer.from(end.der).toString('base64')}\n-----END CERTIFICATE-----\n`,
        ),
    ],
  ])('fail: %s', async (_what, der) => {
    for (const place of [0, 1]) {
      const chain = [end, middle, top].map((party, index) => (index === place ? { ...party, der: der() } : party));
      const verifier = createNotationVerifier({
        name: 'notary',
        trusts: [trust('acme', { ca: [top] })],
        trustPolicy: undefined,
        blobTrustPolicy: undefined,
        revocation,
      });
      for (const [envelope, type] of [
        [jws({ chain, payload: target() }), JWS],
        [cose({ chain, payload: target() }), COSE],
      ] as const) {
        const [testimony] = await verifier.verify(exhibit(envelope, type), NOW);
        expect(testimony?.report.outcome).toBe('failed');
      }
    }
  });
});

describe('createChainReader', () => {
  it('remembers the last chains by their content, and only so many', async () => {
    const read = createChainReader();
    const first = read([end.der, middle.der, top.der]);
    expect(read([end.der, middle.der, top.der].map((der) => der.slice()))).toBe(first);
    expect(read([end.der, middle.der])).not.toBe(first);
    expect(first.fault).toBe('');
    for (let index = 0; index < 300; index++) {
      const one = await leaf(top);
      read([one.der, top.der]);
    }
    const again = read([end.der, middle.der, top.der]);
    expect(again).not.toBe(first);
    expect(again.fault).toBe('');
  });

  it('does not take one chain for another that is cut elsewhere', () => {
    const read = createChainReader();
    read([end.der, middle.der]);
    expect(() => read([Buffer.concat([end.der, middle.der])])).toThrow(
      expect.objectContaining({ code: 'CERTIFICATE_INVALID' }),
    );
  });
});
