import { describe, expect, it } from 'vitest';
import { buildChain, MAX_CHAIN_LENGTH, MAX_INTERMEDIATES } from '../../../src/crypto/chain.ts';
import { VerdictError } from '../../../src/errors.ts';
import {
  basicConstraints,
  extendedKeyUsage,
  extension,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeLeaf,
  type Party,
} from '../../support/pki/certificates.ts';
import { integer, sequence } from '../../support/pki/der.ts';

const TIME = new Date('2026-01-15T00:00:00Z');
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

const root = makeAuthority('root');
const ca = makeAuthority('ca', { issuer: root });
const leaf = makeLeaf('leaf', ca);

/** Names of the path, or the code and, after a colon, nothing but that it was refused. */
function path(
  leafParty: Party,
  intermediates: readonly Party[],
  roots: readonly Party[],
  time = TIME,
  purpose?: string,
) {
  const certificates = (parties: readonly Party[]) => parties.map(({ certificate }) => certificate);
  try {
    const chain = buildChain(leafParty.certificate, certificates(intermediates), certificates(roots), time, purpose);
    return chain.map(({ subjectName }) => subjectName);
  } catch (thrown) {
    if (thrown instanceof VerdictError) return thrown.code;
    throw thrown;
  }
}

describe('a chain', () => {
  it('leads from the leaf to a root, in whatever order certificates come', () => {
    const lower = makeAuthority('lower', { issuer: ca });
    const end = makeLeaf('end', lower);
    expect(path(end, [lower, ca], [root])).toEqual(['CN=end', 'CN=lower', 'CN=ca', 'CN=root']);
    expect(path(end, [root, ca, leaf, lower, lower], [root])).toEqual(['CN=end', 'CN=lower', 'CN=ca', 'CN=root']);
  });

  it('ends at a trusted certificate that is not self-signed', () => {
    expect(path(leaf, [], [ca])).toEqual(['CN=leaf', 'CN=ca']);
  });

  it('is the leaf alone where that is trusted itself', () => {
    expect(path(leaf, [], [leaf])).toEqual(['CN=leaf']);
    const lone = makeCertificate('lone');
    expect(path(lone, [], [lone])).toEqual(['CN=lone']);
    expect(path(lone, [lone], [root])).toBe('CERTIFICATE_INVALID');
  });

  it('finds the way through cross-signed authorities', () => {
    const other = makeAuthority('other root');
    const crossed = makeAuthority('ca', { issuer: other, key: ca.key });
    expect(path(leaf, [ca, crossed], [other])).toEqual(['CN=leaf', 'CN=ca', 'CN=other root']);
    const expired = makeAuthority('ca', { issuer: root, key: ca.key, notAfter: new Date('2021-01-01T00:00:00Z') });
    expect(path(leaf, [expired, ca], [root])).toEqual(['CN=leaf', 'CN=ca', 'CN=root']);
  });

  it('takes the first root in the given order', () => {
    const twin = makeAuthority('root', { key: root.key, subject: 'CN=root' });
    const under = makeLeaf('under', root);
    const chain = buildChain(under.certificate, [], [twin.certificate, root.certificate], TIME);
    expect(chain.at(-1)?.fingerprint).toBe(twin.certificate.fingerprint);
  });

  it('is valid at every certificate, the root too', () => {
    const late = new Date('2041-01-01T00:00:00Z');
    expect(path(leaf, [ca], [root], late)).toBe('CERTIFICATE_INVALID');
    const brief = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2025-01-01T00:00:00Z') };
    const old = makeAuthority('old root', brief);
    expect(path(makeLeaf('l', old), [], [old])).toBe('CERTIFICATE_INVALID');
    expect(path(makeLeaf('l', old), [], [old], new Date('2024-01-01T00:00:00Z'))).toEqual(['CN=l', 'CN=old root']);
    expect(path(makeLeaf('l', old), [], [old], brief.notAfter)).toEqual(['CN=l', 'CN=old root']);
    expect(path(makeLeaf('l', old), [], [old], new Date(brief.notAfter.getTime() + 1))).toBe('CERTIFICATE_INVALID');
  });
});

describe('an issuer', () => {
  const under = (issuer: Party) => path(makeLeaf('under', issuer), [issuer], [root]);
  const make = (...extensions: readonly Uint8Array[]) => makeCertificate('issuer', { issuer: root, extensions });
  const usage = keyUsage(['keyCertSign']);

  it.each([
    ['has no basic constraints', make(usage)],
    ['is no authority', make(basicConstraints(false), usage)],
    ['may not sign certificates', make(basicConstraints(true), keyUsage(['digitalSignature', 'cRLSign']))],
    ['has critical name constraints', make(basicConstraints(true), usage, extension('2.5.29.30', true, sequence()))],
    ['has critical policy constraints', make(basicConstraints(true), usage, extension('2.5.29.36', true, sequence()))],
    [
      'has a critical extension that nobody knows',
      make(basicConstraints(true), usage, extension('1.2.3', true, integer(1))),
    ],
    ['has a weak key', makeAuthority('weak', { issuer: root, key: 'rsa-1024' })],
    ['is signed with SHA-1', makeAuthority('old', { issuer: root, hash: 'sha1' })],
    [
      'is of a stranger with the same name',
      makeAuthority('mine', { issuer: makeAuthority('stranger', { subject: 'CN=root' }) }),
    ],
  ])('is refused if it %s', (_, issuer) => {
    expect(under(issuer)).toBe('CERTIFICATE_INVALID');
  });

  it('need not state a key usage, and may hold policies and other names', () => {
    const policies = extension('2.5.29.32', true, sequence());
    expect(under(make(basicConstraints(true), policies))).toEqual(['CN=under', 'CN=issuer', 'CN=root']);
  });

  it('is held to its path length, without counting the leaf and self-issued authorities', () => {
    const zero = makeAuthority('zero', { issuer: root, pathLength: 0 });
    expect(path(makeLeaf('a', zero), [zero], [root])).toEqual(['CN=a', 'CN=zero', 'CN=root']);
    const below = makeAuthority('below', { issuer: zero });
    expect(path(makeLeaf('b', below), [below, zero], [root])).toBe('CERTIFICATE_INVALID');
    const rolled = makeAuthority('zero', { issuer: zero, key: 'P-384' });
    expect(path(makeLeaf('c', rolled), [rolled, zero], [root])).toEqual(['CN=c', 'CN=zero', 'CN=zero', 'CN=root']);
  });

  it('is held to its purposes where one is asked for', () => {
    const web = makeAuthority('web', { issuer: root, extensions: [extendedKeyUsage(['1.3.6.1.5.5.7.3.1'])] });
    const any = makeAuthority('any', { issuer: root, extensions: [extendedKeyUsage(['2.5.29.37.0'])] });
    expect(path(makeLeaf('a', web), [web], [root], TIME, CODE_SIGNING)).toBe('CERTIFICATE_INVALID');
    expect(path(makeLeaf('a', web), [web], [root])).toEqual(['CN=a', 'CN=web', 'CN=root']);
    expect(path(makeLeaf('a', any), [any], [root], TIME, CODE_SIGNING)).toEqual(['CN=a', 'CN=any', 'CN=root']);
  });
});

describe('bounds', () => {
  const chainOf = (length: number): { end: Party; all: Party[] } => {
    const all = [root];
    for (let depth = 2; depth < length; depth++)
      all.push(makeAuthority(`deep ${depth}`, { issuer: all.at(-1) ?? root }));
    return { end: makeLeaf('end', all.at(-1) ?? root), all };
  };

  it('a chain has at most ten certificates', () => {
    const ten = chainOf(MAX_CHAIN_LENGTH);
    expect(path(ten.end, ten.all, [root])).toHaveLength(MAX_CHAIN_LENGTH);
    const eleven = chainOf(MAX_CHAIN_LENGTH + 1);
    expect(path(eleven.end, eleven.all, [root])).toBe('CERTIFICATE_INVALID');
  });

  it('a crowd of authorities that issue each other ends the search', () => {
    const crowd = Array.from({ length: 30 }, (_, index) => {
      const key = makeAuthority('crowd').key;
      const issuer = makeAuthority('crowd', { key });
      return makeAuthority('crowd', { key, issuer, serialNumber: 5000 + index });
    });
    const end = makeLeaf('end', crowd[0] ?? root);
    expect(path(end, crowd, [root])).toBe('CERTIFICATE_INVALID');
  });

  it('so does a pile of intermediates', () => {
    const pile = Array.from({ length: MAX_INTERMEDIATES + 1 }, () => ca);
    expect(path(leaf, pile, [root])).toBe('CERTIFICATE_INVALID');
    expect(path(leaf, pile.slice(1), [root])).toEqual(['CN=leaf', 'CN=ca', 'CN=root']);
  });
});
