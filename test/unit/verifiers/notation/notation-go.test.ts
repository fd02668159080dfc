import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { descriptor } from '../../../../src/descriptor.ts';
import type { CheckName } from '../../../../src/report.ts';
import type { CertificatesTrust } from '../../../../src/trust.ts';
import { ENVELOPES } from '../../../../src/verifiers/notation/envelope.ts';
import type { RevocationChecker, RevocationResult } from '../../../../src/verifiers/notation/revocation/checker.ts';
import { createNotationVerifier } from '../../../../src/verifiers/notation/verifier.ts';
import { COSE, exhibit, JWS, trust } from '../../../support/notation/exhibits.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/notation/notation-go');
const NOW = new Date('2026-11-21T10:00:00Z');
const GLOBAL_SIGN = readFileSync(join(FIXTURES, 'globalsignRoot.cer'));

/** Trusts the root that the envelope itself brings; `tsa`: whether timestamps by GlobalSign count. */
async function examine(name: string, tsa: boolean, revoked: RevocationResult['outcome'] = 'passed') {
  const bytes = readFileSync(join(FIXTURES, name));
  const type = bytes[0] === 0xd2 ? COSE : JWS;
  const envelope = ENVELOPES.get(type)?.(bytes);
  const { targetArtifact } = JSON.parse(Buffer.from(envelope?.payload ?? []).toString());
  const root = envelope?.certificates.at(-1) ?? new Uint8Array();
  const acme: CertificatesTrust = {
    ...trust('acme', { tsa: tsa ? [GLOBAL_SIGN] : [] }),
    ca: [root],
    signingAuthority: [root],
  };
  const asked: string[] = [];
  const revocation: RevocationChecker = {
    check: async ([first]) => {
      asked.push(first?.subjectName ?? '');
      const isSigner =
        first?.fingerprint !== undefined && Buffer.from(first.raw).equals(envelope?.certificates[0] ?? root);
      return { outcome: isSigner ? 'passed' : revoked, message: '', until: undefined };
    },
  };
  const verifier = createNotationVerifier({
    name: 'notary',
    trusts: [acme],
    trustPolicy: undefined,
    blobTrustPolicy: undefined,
    revocation,
  });
  const subject = descriptor(targetArtifact.mediaType, targetArtifact.digest, targetArtifact.size);
  const [testimony] = await verifier.verify(exhibit(bytes, type, { subject }), NOW);
  if (testimony === undefined) throw new Error('nothing was said');
  return { ...testimony, asked };
}

describe('signatures of notation-go’s own tests', () => {
  it.each<[string, string, CheckName | undefined]>([
    ['ca_valid_sig_env.json', 'verified', undefined],
    ['sa_valid_sig_env.json', 'verified', undefined],
    ['jws_signature.sig', 'verified', undefined],
    ['cose_signature.sig', 'verified', undefined],
    ['withoutTimestamp.sig', 'verified', undefined],
    ['ca_expired_sig_env.json', 'failed', 'expiry'],
    ['sa_expired_sig_env.json', 'failed', 'expiry'],
    ['ca_plugin_sig_env.json', 'failed', 'signature'],
    ['sa_plugin_sig_env.json', 'failed', 'signature'],
    ['sig_env_with_metadata.json', 'failed', 'timestamp'],
    ['jwsExpiredWithTimestamp.sig', 'failed', 'timestamp'],
  ])('%s is %s', async (name, outcome, check) => {
    const { report } = await examine(name, false);
    expect(report.outcome, report.message).toBe(outcome);
    const failed = Object.entries(report.checks).flatMap(([one, { outcome: is }]) => (is === 'failed' ? [one] : []));
    expect(failed).toEqual(check === undefined ? [] : [check]);
  });

  it.each(['ca_invalid_sig_env.json', 'sa_invalid_sig_env.json'])('%s is no envelope', (name) => {
    const bytes = readFileSync(join(FIXTURES, name));
    expect(() => ENVELOPES.get(JWS)?.(bytes)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
  });

  it('says when the signing authority signed', async () => {
    const { report } = await examine('sa_valid_sig_env.json', false);
    expect(report.signers[0]).toMatchObject({ time: '2020-11-09T07:00:00.000Z', timeSource: 'signing-authority' });
  });
});

describe('timestamps of a public authority', () => {
  it.each([
    'jwsWithTimestamp.sig',
    'coseWithTimestamp.sig',
    'jwsExpiredWithTimestamp.sig',
    'coseExpiredWithTimestamp.sig',
  ])('%s counts by its timestamp, whether its certificate has ended or not', async (name) => {
    const { report, asked } = await examine(name, true);
    expect(report.outcome, report.message).toBe('verified');
    expect(report.signers[0]?.timeSource).toBe('timestamp-authority');
    expect(report.signers[0]?.time.startsWith('2024-0')).toBe(true);
    expect(asked.length).toBe(2);
  });

  it.each(['timestampAfterNotAfter.sig', 'timestampBeforeNotBefore.sig', 'withoutTimestamp.sig'])(
    '%s fails the timestamp',
    async (name) => {
      const { report } = await examine(name, true);
      expect([report.outcome, report.checks.timestamp.outcome]).toEqual(['failed', 'failed']);
      expect(report.signers).toEqual([]);
    },
  );

  it('count only while the authority’s certificates are not revoked', async () => {
    const failed = await examine('jwsWithTimestamp.sig', true, 'failed');
    expect([failed.report.outcome, failed.report.checks.timestamp.outcome]).toEqual(['failed', 'failed']);
    const errored = await examine('jwsWithTimestamp.sig', true, 'errored');
    expect([errored.report.outcome, errored.report.checks.timestamp.outcome]).toEqual(['errored', 'errored']);
    const unlisted = await examine('jwsWithTimestamp.sig', true, 'skipped');
    expect(unlisted.report.outcome).toBe('verified');
  });
});
