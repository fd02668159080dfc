import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pemCertificates } from '../../../../src/crypto/certificate.ts';
import { descriptor } from '../../../../src/descriptor.ts';
import { createRevocationChecker } from '../../../../src/verifiers/notation/revocation/checker.ts';
import { parseTrustPolicy } from '../../../../src/verifiers/notation/trust-policy.ts';
import { createNotationVerifier } from '../../../../src/verifiers/notation/verifier.ts';
import { exhibit, trust } from '../../../support/notation/exhibits.ts';

const MADE = resolve(import.meta.dirname, '../../../fixtures/notation/made');
const STORES = join(MADE, 'config/truststore/x509');

interface Case {
  readonly policy: string;
  readonly outcome: string;
  readonly failed?: readonly string[];
}
interface Fixture {
  readonly name: string;
  readonly form: string;
  readonly envelope: string;
  readonly mediaType: string;
  readonly subject: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly signer: string;
  readonly root: string;
  readonly cases: readonly Case[];
}

const json = (path: string): unknown => JSON.parse(readFileSync(join(MADE, path), 'utf8'));
const { fixtures, repository } = json('manifest.json') as { fixtures: readonly Fixture[]; repository: string };

function store(type: string, name: string): readonly Uint8Array[] {
  const directory = join(STORES, type, name);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((file) => pemCertificates(readFileSync(join(directory, file), 'utf8')));
}

const trusts = ['acme', 'other', 'self-signed'].map((name) => ({
  ...trust(name, { tsa: store('tsa', name) }),
  ca: store('ca', name),
  signingAuthority: store('signingAuthority', name),
}));

const verifiers = new Map<string, ReturnType<typeof createNotationVerifier>>();

function verifierOf(policy: string) {
  const known = verifiers.get(policy);
  if (known !== undefined) return known;
  const made = createNotationVerifier({
    name: 'notary',
    trusts,
    trustPolicy: parseTrustPolicy(json(`policies/${policy}.json`), 'oci'),
    blobTrustPolicy: undefined,
    revocation: createRevocationChecker({ crls: [], fetch: undefined }),
  });
  verifiers.set(policy, made);
  return made;
}

const NOW = new Date('2026-11-21T10:00:00Z');
const rows = fixtures.flatMap((fixture) => fixture.cases.map((one) => ({ fixture, one })));

describe('signatures that notation-go made', () => {
  it.each(rows.map(({ fixture, one }) => [fixture.name, one.policy, one.outcome, fixture, one] as const))(
    '%s under %s: %s',
    async (_name, _policy, outcome, fixture, one) => {
      const { mediaType, digest, size } = fixture.subject;
      const envelope = readFileSync(join(MADE, fixture.envelope));
      const given = exhibit(envelope, fixture.mediaType, { subject: descriptor(mediaType, digest, size), repository });
      const [testimony] = await verifierOf(one.policy).verify(given, NOW);
      const report = testimony?.report;
      expect(report?.outcome, report?.message).toBe(outcome);
      for (const name of one.failed ?? []) {
        const check = Object.entries(report?.checks ?? {}).find(([key]) => key === name)?.[1];
        expect(check?.outcome, name).not.toBe('passed');
      }
      if (outcome !== 'verified') return;
      expect(report?.signers.map(({ certificate }) => certificate.distinguishedName)).toEqual([fixture.signer]);
      expect(report?.signers[0]?.id.startsWith(`certificate|sha256:${fixture.root}|`)).toBe(true);
    },
  );
});
