import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../../../../src/errors.ts';
import type { Fetcher, FetchRequest } from '../../../../../src/fetcher.ts';
import {
  createRevocationChecker,
  type RevocationOptions,
} from '../../../../../src/verifiers/notation/revocation/checker.ts';
import {
  crlDistributionPoints,
  extension,
  freshestCrl,
  makeAuthority,
  makeLeaf,
  ocspAccess,
  type Party,
  pem,
} from '../../../../support/pki/certificates.ts';
import { codeOf } from '../../../../support/pki/codes.ts';
import { implicit, sequence, tagged } from '../../../../support/pki/der.ts';
import {
  makeCrl,
  makeOcspRefusal,
  makeOcspResponse,
  NEXT_UPDATE,
  THIS_UPDATE,
} from '../../../../support/pki/revocation.ts';

const TIME = new Date('2026-01-15T00:00:00Z');
const hours = (count: number): Date => new Date(TIME.getTime() + count * 60 * 60 * 1000);
const OCSP = 'http://ocsp.test/';
const CRL = 'http://crl.test/ca.crl';
const DELTA = 'http://crl.test/delta.crl';

const root = makeAuthority('root');
const ca = makeAuthority('ca', { issuer: root });
const silent = makeLeaf('silent', ca);
const byList = makeLeaf('by list', ca, { extensions: [crlDistributionPoints(CRL)] });
const byOcsp = makeLeaf('by ocsp', ca, { extensions: [ocspAccess(OCSP)] });
const byBoth = makeLeaf('by both', ca, { extensions: [ocspAccess(OCSP), crlDistributionPoints(CRL)] });

type Answers = Readonly<Record<string, Uint8Array | ((request: FetchRequest) => Uint8Array | Promise<Uint8Array>)>>;

/** A network of these URLs, and what was asked of it. */
function network(answers: Answers) {
  const asked: FetchRequest[] = [];
  const fetch: Fetcher = async (request) => {
    asked.push(request);
    const answer = answers[request.url];
    if (answer === undefined) throw new VerdictError('TRUST_UNAVAILABLE', `${request.url} does not answer`);
    return typeof answer === 'function' ? await answer(request) : answer;
  };
  return { fetch, asked, urls: () => asked.map(({ method, url }) => `${method} ${url}`) };
}

const checker = (options: Partial<RevocationOptions> = {}) =>
  createRevocationChecker({ crls: [], fetch: undefined, ...options });
const chainOf = (leaf: Party) => [leaf, ca, root].map(({ certificate }) => certificate);
const check = (leaf: Party, options: Partial<RevocationOptions> = {}, signedAt?: Date, time = TIME) =>
  checker(options).check(chainOf(leaf), signedAt, time);
const listOf = (...revoked: readonly Party[]) =>
  makeCrl(ca, { entries: revoked.map(({ serialNumber }) => ({ serialNumber, reason: 1 })) });

describe('a chain', () => {
  it('that names no source is skipped', async () => {
    expect(await check(silent)).toMatchObject({ outcome: 'skipped', until: undefined });
    expect(await checker().check([root.certificate], undefined, TIME)).toMatchObject({ outcome: 'skipped' });
    expect(await checker().check([], undefined, TIME)).toMatchObject({ outcome: 'skipped' });
  });

  it('that names a source needs a list or the network', async () => {
    for (const leaf of [byList, byOcsp, byBoth]) {
      const result = await check(leaf);
      expect(result).toMatchObject({ outcome: 'errored', until: undefined });
      expect(result.message).toContain('revocation.network: true');
    }
  });

  it('is as bad as its worst certificate', async () => {
    const middle = makeAuthority('middle', {
      issuer: root,
      extensions: [crlDistributionPoints('http://crl.test/root.crl')],
    });
    const leaf = makeLeaf('under middle', middle, { extensions: [ocspAccess(OCSP)] });
    const chain = [leaf, middle, root].map(({ certificate }) => certificate);
    const good = makeOcspResponse(leaf, middle);
    const lists = makeCrl(root, { entries: [{ serialNumber: middle.serialNumber, reason: 2 }] });
    const of = (answers: Answers) => checker({ fetch: network(answers).fetch }).check(chain, undefined, TIME);
    expect(await of({ [OCSP]: good, 'http://crl.test/root.crl': lists })).toMatchObject({ outcome: 'failed' });
    expect(await of({ [OCSP]: good, 'http://crl.test/root.crl': makeCrl(root) })).toMatchObject({ outcome: 'passed' });
    expect(await of({ 'http://crl.test/root.crl': makeCrl(root) })).toMatchObject({ outcome: 'errored' });
    expect(await of({ 'http://crl.test/root.crl': lists })).toMatchObject({ outcome: 'failed' });
  });

  it('never asks about its root', async () => {
    const proud = makeAuthority('proud', { extensions: [crlDistributionPoints(CRL)] });
    const chain = [makeLeaf('humble', proud), proud].map(({ certificate }) => certificate);
    expect(await checker().check(chain, undefined, TIME)).toMatchObject({ outcome: 'skipped' });
  });
});

describe('lists from files', () => {
  it('say who was revoked, until their nextUpdate', async () => {
    expect(await check(byList, { crls: [listOf()] })).toMatchObject({ outcome: 'passed', until: NEXT_UPDATE });
    expect(await check(byList, { crls: [listOf(byList)] })).toMatchObject({ outcome: 'failed', until: NEXT_UPDATE });
    expect(await check(byList, { crls: [Buffer.from(pem('X509 CRL', listOf(byList)))] })).toMatchObject({
      outcome: 'failed',
    });
  });

  it('speak of certificates that name no source too', async () => {
    expect(await check(silent, { crls: [listOf(silent)] })).toMatchObject({ outcome: 'failed' });
    expect(await check(silent, { crls: [listOf()] })).toMatchObject({ outcome: 'passed' });
  });

  it('are asked before the network', async () => {
    const { fetch, asked } = network({});
    expect(await check(byBoth, { crls: [listOf()], fetch })).toMatchObject({ outcome: 'passed' });
    expect(asked).toEqual([]);
  });

  it('leave it to the network where they are stale', async () => {
    const stale = makeCrl(ca, { nextUpdate: new Date('2026-01-14T00:00:00Z') });
    expect(await check(byList, { crls: [stale] })).toMatchObject({ outcome: 'errored' });
    expect(await check(silent, { crls: [stale] })).toMatchObject({ outcome: 'errored' });
    const { fetch } = network({ [CRL]: listOf(byList) });
    expect(await check(byList, { crls: [stale], fetch })).toMatchObject({ outcome: 'failed' });
  });

  it.each([
    ['of another issuer', makeCrl(root)],
    ['of a stranger with the same name', makeCrl(makeAuthority('stranger', { subject: 'CN=ca' }))],
    ['from the future', makeCrl(ca, { thisUpdate: new Date('2026-01-16T00:00:00Z') })],
    ['without nextUpdate', makeCrl(ca, { nextUpdate: null })],
    ['that are delta lists', makeCrl(ca, { number: 2, baseNumber: 1 })],
    [
      'for another distribution point',
      makeCrl(ca, {
        extensions: [
          extension(
            '2.5.29.28',
            true,
            sequence(tagged(0, tagged(0, implicit(6, Buffer.from('http://crl.test/other'))))),
          ),
        ],
      }),
    ],
  ])('do not count: %s', async (_, list) => {
    expect(await check(byList, { crls: [list] })).toMatchObject({ outcome: 'errored' });
  });

  it('count by the newest, and with the delta that extends it', async () => {
    const older = makeCrl(ca, { thisUpdate: new Date('2025-12-01T00:00:00Z'), number: 1 });
    const newer = makeCrl(ca, { number: 2, entries: [{ serialNumber: byList.serialNumber, reason: 6 }] });
    const release = makeCrl(ca, {
      number: 3,
      baseNumber: 2,
      entries: [{ serialNumber: byList.serialNumber, reason: 8 }],
    });
    for (const crls of [
      [older, newer],
      [newer, older],
    ])
      expect(await check(byList, { crls })).toMatchObject({ outcome: 'failed' });
    expect(await check(byList, { crls: [release, older, newer] })).toMatchObject({ outcome: 'passed' });
  });

  it('that are none are a fault of the configuration', async () => {
    expect(await codeOf(() => checker({ crls: [Buffer.from('garbage')] }))).toBe('TRUST_INVALID');
  });
});

describe('the time of signing', () => {
  const since = new Date('2025-06-01T00:00:00Z');
  const before = new Date('2025-05-01T00:00:00Z');
  const list = (party: Party) =>
    makeCrl(ca, { entries: [{ serialNumber: party.serialNumber, reason: 1, invalidityDate: since }] });

  it('spares signatures made before the invalidity date', async () => {
    expect(await check(byList, { crls: [list(byList)] }, before)).toMatchObject({ outcome: 'passed' });
    expect(await check(byList, { crls: [list(byList)] }, since)).toMatchObject({ outcome: 'failed' });
    expect(await check(byList, { crls: [list(byList)] })).toMatchObject({ outcome: 'failed' });
  });

  it('spares none where there is no invalidity date', async () => {
    expect(await check(byList, { crls: [listOf(byList)] }, before)).toMatchObject({ outcome: 'failed' });
  });

  it('does so for answers of responders too, each signature by its own time', async () => {
    const { fetch, asked } = network({
      [OCSP]: makeOcspResponse(byOcsp, ca, { status: { revoked: THIS_UPDATE, invalidityDate: since } }),
    });
    const one = checker({ fetch });
    expect(await one.check(chainOf(byOcsp), before, TIME)).toMatchObject({ outcome: 'passed' });
    expect(await one.check(chainOf(byOcsp), since, TIME)).toMatchObject({ outcome: 'failed' });
    expect(await one.check(chainOf(byOcsp), undefined, TIME)).toMatchObject({ outcome: 'failed' });
    expect(asked).toHaveLength(1);
  });
});

describe('responders', () => {
  it('are asked by POST, and believed', async () => {
    const { fetch, asked } = network({ [OCSP]: makeOcspResponse(byOcsp, ca) });
    expect(await check(byOcsp, { fetch })).toEqual({ outcome: 'passed', message: '', until: NEXT_UPDATE });
    expect(asked).toMatchObject([{ method: 'POST', contentType: 'application/ocsp-request', timeout: 2000 }]);
    const bad = network({ [OCSP]: makeOcspResponse(byOcsp, ca, { status: { revoked: THIS_UPDATE } }) });
    expect(await check(byOcsp, { fetch: bad.fetch })).toMatchObject({ outcome: 'failed' });
  });

  it('that do not know SHA-256 are asked again by SHA-1', async () => {
    const refusing = (request: FetchRequest) =>
      Buffer.from(request.body ?? []).includes(Buffer.from('2b0e03021a', 'hex'))
        ? makeOcspResponse(byOcsp, ca, { idHash: 'sha1' })
        : makeOcspRefusal(6);
    const { fetch, asked } = network({ [OCSP]: refusing });
    expect(await check(byOcsp, { fetch })).toMatchObject({ outcome: 'passed' });
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['does not know', makeOcspResponse(byBoth, ca, { status: 'unknown' })],
    ['refuses', makeOcspRefusal(3)],
    ['speaks of another certificate', makeOcspResponse(byList, ca)],
    [
      'repeats an old answer',
      makeOcspResponse(byBoth, ca, {
        thisUpdate: new Date('2025-01-01T00:00:00Z'),
        nextUpdate: new Date('2025-01-02T00:00:00Z'),
      }),
    ],
    ['is a stranger', makeOcspResponse(byBoth, ca, { responder: makeAuthority('stranger') })],
    ['answers garbage', Buffer.from('garbage')],
  ])('leave it to the list where one %s', async (_, answer) => {
    const good = network({ [OCSP]: answer, [CRL]: listOf() });
    expect(await check(byBoth, { fetch: good.fetch })).toMatchObject({ outcome: 'passed' });
    const bad = network({ [OCSP]: answer, [CRL]: listOf(byBoth) });
    expect(await check(byBoth, { fetch: bad.fetch })).toMatchObject({ outcome: 'failed' });
    const none = network({ [OCSP]: answer });
    expect(await check(byBoth, { fetch: none.fetch })).toMatchObject({ outcome: 'errored' });
  });

  it('are asked over HTTP only, and not without number', async () => {
    const many = Array.from({ length: 10 }, (_, index) => `http://ocsp${index}.test/`);
    const leaf = makeLeaf('many', ca, { extensions: [ocspAccess('https://secure.test/', 'ldap://a.test/', ...many)] });
    const { fetch, urls } = network({});
    expect(await check(leaf, { fetch })).toMatchObject({ outcome: 'errored' });
    expect(urls()).toEqual(many.slice(0, 3).map((url) => `POST ${url}`));
  });
});

describe('lists from the network', () => {
  it.each([
    ['of another issuer', makeCrl(root)],
    ['of a stranger with the same name', makeCrl(makeAuthority('stranger', { subject: 'CN=ca' }))],
    ['that are stale', makeCrl(ca, { nextUpdate: new Date('2026-01-14T00:00:00Z') })],
    ['cut short', listOf().subarray(0, 50)],
    ['that are delta lists', makeCrl(ca, { number: 2, baseNumber: 1 })],
    [
      'of authorities only',
      makeCrl(ca, { extensions: [extension('2.5.29.28', true, sequence(implicit(2, Buffer.from([0xff]))))] }),
    ],
  ])('do not count: %s', async (_, list) => {
    expect(await check(byList, { fetch: network({ [CRL]: list }).fetch })).toMatchObject({ outcome: 'errored' });
  });

  it('need their delta where they name one, or the certificate does', async () => {
    const entry = { serialNumber: byList.serialNumber, reason: 1 };
    const base = makeCrl(ca, { number: 5, freshest: [DELTA] });
    const delta = makeCrl(ca, { number: 6, baseNumber: 5, entries: [entry] });
    const of = (leaf: Party, answers: Answers) => check(leaf, { fetch: network(answers).fetch });
    expect(await of(byList, { [CRL]: base, [DELTA]: delta })).toMatchObject({ outcome: 'failed' });
    expect(await of(byList, { [CRL]: base, [DELTA]: makeCrl(ca, { number: 6, baseNumber: 5 }) })).toMatchObject({
      outcome: 'passed',
    });
    expect(await of(byList, { [CRL]: base })).toMatchObject({ outcome: 'errored' });
    expect(await of(byList, { [CRL]: base, [DELTA]: makeCrl(ca, { number: 6 }) })).toMatchObject({
      outcome: 'errored',
    });
    const fresh = makeLeaf('fresh', ca, { extensions: [crlDistributionPoints(CRL), freshestCrl(DELTA)] });
    const plain = makeCrl(ca, { number: 5 });
    const held = makeCrl(ca, { number: 6, baseNumber: 5, entries: [{ serialNumber: fresh.serialNumber, reason: 6 }] });
    expect(await of(fresh, { [CRL]: plain, [DELTA]: held })).toMatchObject({ outcome: 'failed' });
    expect(await of(fresh, { [CRL]: plain })).toMatchObject({ outcome: 'errored' });
  });

  it('are fetched anew where the delta extends a younger one', async () => {
    let number = 5;
    const { fetch } = network({
      [CRL]: () => makeCrl(ca, { number, freshest: [DELTA] }),
      [DELTA]: () =>
        makeCrl(ca, {
          number: number + 1,
          baseNumber: number,
          thisUpdate: new Date('2026-01-14T00:00:00Z'),
          nextUpdate: hours(number),
        }),
    });
    const one = checker({ fetch });
    expect(await one.check(chainOf(byList), undefined, TIME)).toMatchObject({ outcome: 'passed' });
    number = 50;
    expect(await one.check(chainOf(byList), undefined, hours(5))).toMatchObject({ outcome: 'passed' });
  });

  it('are kept, and looked for again after an hour', async () => {
    const { fetch, urls } = network({ [CRL]: listOf() });
    const one = checker({ fetch });
    for (const time of [TIME, hours(0.9), hours(1), hours(1.9)]) {
      expect(await one.check(chainOf(byList), undefined, time)).toMatchObject({ outcome: 'passed' });
    }
    expect(urls()).toHaveLength(2);
  });

  it('serve on while they hold where no newer one can be had, and not a moment longer', async () => {
    let answer: Uint8Array | undefined = listOf();
    const fetch: Fetcher = async () => {
      if (answer === undefined) throw new VerdictError('TRUST_UNAVAILABLE', 'away');
      return answer;
    };
    const one = checker({ fetch });
    const outcome = async (time: Date) => (await one.check(chainOf(byList), undefined, time)).outcome;
    expect(await outcome(TIME)).toBe('passed');
    answer = undefined;
    expect(await outcome(hours(100))).toBe('passed');
    answer = makeCrl(makeAuthority('stranger', { subject: 'CN=ca' }));
    expect(await outcome(hours(101))).toBe('passed');
    expect(await outcome(NEXT_UPDATE)).toBe('errored');
  });

  it('give way to newer ones, never to older ones', async () => {
    const old = makeCrl(ca, { thisUpdate: new Date('2025-12-01T00:00:00Z') });
    let answer: Uint8Array = listOf(byList);
    const one = checker({ fetch: async () => answer });
    const outcome = async (time: Date) => (await one.check(chainOf(byList), undefined, time)).outcome;
    expect(await outcome(TIME)).toBe('failed');
    answer = old;
    expect(await outcome(hours(2))).toBe('failed');
    answer = makeCrl(ca, { thisUpdate: hours(3) });
    expect(await outcome(hours(4))).toBe('passed');
  });

  it('are fetched once for all who ask at the same time', async () => {
    const { fetch, urls } = network({ [CRL]: async () => listOf() });
    const one = checker({ fetch });
    const results = await Promise.all(Array.from({ length: 20 }, () => one.check(chainOf(byList), undefined, TIME)));
    expect(results.every(({ outcome }) => outcome === 'passed')).toBe(true);
    expect(urls()).toEqual([`GET ${CRL}`]);
  });

  it('are kept within a number of bytes', async () => {
    const { fetch, urls } = network({ [CRL]: listOf(), 'http://crl.test/other.crl': listOf() });
    const other = makeLeaf('other', ca, { extensions: [crlDistributionPoints('http://crl.test/other.crl')] });
    const one = checker({ fetch, limits: { cacheBytes: listOf().byteLength + 10 } });
    for (const leaf of [byList, byList, other, byList]) await one.check(chainOf(leaf), undefined, TIME);
    expect(urls()).toHaveLength(3);
  });

  it('are not asked for again under a name that belongs to another issuer', async () => {
    const other = makeAuthority('other ca', { issuer: root });
    const leaf = makeLeaf('of other', other, { extensions: [crlDistributionPoints(CRL)] });
    const one = checker({ fetch: network({ [CRL]: listOf() }).fetch });
    expect(await one.check(chainOf(byList), undefined, TIME)).toMatchObject({ outcome: 'passed' });
    const chain = [leaf, other, root].map(({ certificate }) => certificate);
    expect(await one.check(chain, undefined, TIME)).toMatchObject({ outcome: 'errored' });
  });
});

describe('a source that was of no use', () => {
  it('is not asked again for ten seconds', async () => {
    const { fetch, urls } = network({});
    const one = checker({ fetch });
    for (const seconds of [0, 9.999, 10, 19]) {
      const time = new Date(TIME.getTime() + seconds * 1000);
      expect(await one.check(chainOf(byList), undefined, time)).toMatchObject({ outcome: 'errored' });
    }
    expect(urls()).toHaveLength(2);
  });
});

describe('hostile sources', () => {
  it('never make it throw', async () => {
    const odd = makeLeaf('odd', ca, { extensions: [extension('2.5.29.31', false, Buffer.from('garbage'))] });
    expect(await check(odd)).toMatchObject({ outcome: 'errored' });
    const fetch: Fetcher = () => Promise.reject(new TypeError('a mistake'));
    expect(await check(byBoth, { fetch })).toMatchObject({ outcome: 'errored' });
  });
});
