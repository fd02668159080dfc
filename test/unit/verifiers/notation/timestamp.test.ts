import { beforeAll, describe, expect, it } from 'vitest';
import { parseTrustPolicy } from '../../../../src/verifiers/notation/trust-policy.ts';
import { createNotationVerifier } from '../../../../src/verifiers/notation/verifier.ts';
import { cose, type EnvelopeParts, jws, stamped } from '../../../support/notation/envelopes.ts';
import { COSE, exhibit, JWS, REPOSITORY, target, trust } from '../../../support/notation/exhibits.ts';
import { leaf, type Party, root } from '../../../support/notation/pki.ts';
import { makeAuthority, makeTimestampLeaf } from '../../../support/pki/certificates.ts';
import { accuracy, makeTimestamp, type TimestampOptions } from '../../../support/pki/timestamps.ts';

const BEGIN = new Date('2026-01-01T00:00:00Z');
const END = new Date('2036-01-01T00:00:00Z');
const NOW = new Date('2026-11-21T10:00:00Z');
const LATER = new Date('2040-01-01T00:00:00Z');
const WITHIN = new Date('2026-06-01T12:00:00Z');
const makers = { [JWS]: jws, [COSE]: cose };

const clockRoot = makeAuthority('notation clock root');
const clock = makeTimestampLeaf('notation clock', clockRoot);
const otherRoot = makeAuthority('notation other clock root');

let parts: EnvelopeParts;
let top: Party;
beforeAll(async () => {
  top = await root();
  parts = { chain: [await leaf(top), top], payload: target() };
});

interface Given {
  readonly token?: TimestampOptions;
  readonly verifyTimestamp?: string;
  readonly override?: Record<string, string>;
  readonly revoked?: 'failed' | 'errored';
  readonly signed?: (signature: Uint8Array) => Uint8Array;
  readonly clockRoots?: readonly Uint8Array[];
  readonly time?: Date;
}

describe.each([JWS, COSE] as const)('a timestamp in %s', (mediaType) => {
  async function examine(given: Given = {}) {
    const { token = { time: WITHIN }, signed = (one) => one, revoked, time = LATER } = given;
    const envelope = stamped(makers[mediaType](parts), (signature) => makeTimestamp(clock, signed(signature), token));
    const asked: string[] = [];
    const verifier = createNotationVerifier({
      name: 'notary',
      trusts: [trust('acme', { ca: [top], tsa: given.clockRoots ?? [clockRoot.der] })],
      trustPolicy: parseTrustPolicy(
        {
          version: '1.0',
          trustPolicies: [
            {
              name: 'one',
              registryScopes: [REPOSITORY],
              signatureVerification: {
                level: 'strict',
                verifyTimestamp: given.verifyTimestamp ?? 'always',
                override: given.override ?? {},
              },
              trustStores: ['ca:acme', 'tsa:acme'],
              trustedIdentities: ['*'],
            },
          ],
        },
        'oci',
      ),
      blobTrustPolicy: undefined,
      revocation: {
        check: async ([first]) => {
          const isClock = first?.fingerprint === clock.certificate.fingerprint;
          asked.push(isClock ? 'clock' : 'signer');
          return { outcome: isClock ? (revoked ?? 'passed') : 'passed', message: '', until: undefined };
        },
      },
    });
    const [testimony] = await verifier.verify(exhibit(envelope, mediaType), time);
    if (testimony === undefined) throw new Error('nothing was said');
    const { outcome, checks, signers, relaxed } = testimony.report;
    return { outcome, check: checks.timestamp.outcome, signer: signers[0], relaxed, asked, holds: testimony.holds };
  }

  it('lets a signature count after its certificates have ended', async () => {
    const { outcome, signer, asked, holds } = await examine();
    expect(outcome).toBe('verified');
    expect(signer).toMatchObject({ time: WITHIN.toISOString(), timeSource: 'timestamp-authority' });
    expect([...asked].sort()).toEqual(['clock', 'signer']);
    expect(holds).toBeUndefined();
  });

  it.each<[string, Date, number]>([
    ['begins', BEGIN, 5000],
    ['ends', END, -5000],
  ])(
    'must lie within what the certificates are valid for, accuracy and all, when it %s',
    async (_what, edge, inside) => {
      const at = (milliseconds: number): TimestampOptions => ({ time: new Date(edge.getTime() + milliseconds) });
      expect((await examine({ token: at(-inside) })).outcome).toBe('failed');
      expect((await examine({ token: at(inside) })).outcome).toBe('verified');
      const exact = { ...at(inside), accuracy: accuracy(5) };
      expect((await examine({ token: exact })).outcome).toBe('verified');
      const loose = { ...at(inside), accuracy: accuracy(6) };
      expect(await examine({ token: loose })).toMatchObject({ outcome: 'failed', check: 'failed', signer: undefined });
    },
  );

  it('must be over the signature value', async () => {
    const { outcome, check } = await examine({ signed: (signature) => signature.slice(1) });
    expect([outcome, check]).toEqual(['failed', 'failed']);
  });

  it('must be by an authority of the store', async () => {
    const { outcome, check } = await examine({ clockRoots: [otherRoot.der] });
    expect([outcome, check]).toEqual(['failed', 'failed']);
  });

  it('must name its certificate by signing-certificate-v2', async () => {
    expect((await examine({ token: { time: WITHIN, signingCertificate: 'v1' } })).outcome).toBe('failed');
  });

  it('does not count where its authority was revoked, or that could not be told', async () => {
    expect(await examine({ revoked: 'failed' })).toMatchObject({
      outcome: 'failed',
      check: 'failed',
      signer: undefined,
    });
    expect(await examine({ revoked: 'errored' })).toMatchObject({ outcome: 'errored', check: 'errored' });
  });

  it('is not asked about revocation where the policy skips that', async () => {
    const { outcome, asked, relaxed } = await examine({ revoked: 'failed', override: { revocation: 'skip' } });
    expect([outcome, asked, relaxed]).toEqual(['verified', [], ['revocation']]);
  });

  it('that fails is only told where the policy logs it, and then says no time', async () => {
    const { outcome, check, relaxed, signer } = await examine({
      signed: () => new Uint8Array(8),
      override: { authenticTimestamp: 'log' },
    });
    expect([outcome, check, relaxed]).toEqual(['verified', 'failed', ['timestamp']]);
    expect(signer).toMatchObject({ time: '', timeSource: 'none' });
  });

  it('is not looked at before a certificate ends, where the policy says so', async () => {
    const given = { verifyTimestamp: 'afterCertExpiry', signed: () => new Uint8Array(8) };
    const before = await examine({ ...given, time: NOW });
    expect(before).toMatchObject({ outcome: 'verified', signer: { timeSource: 'none' } });
    expect(before.holds?.until).toEqual(new Date(END.getTime() + 1));
    expect(await examine({ ...given, time: END })).toMatchObject({ outcome: 'verified' });
    expect(await examine({ ...given, time: new Date(END.getTime() + 1) })).toMatchObject({ outcome: 'failed' });
    const after = await examine({ verifyTimestamp: 'afterCertExpiry' });
    expect(after).toMatchObject({ outcome: 'verified', signer: { timeSource: 'timestamp-authority' } });
    expect(after.holds?.from).toEqual(new Date(END.getTime() + 1));
  });
});
