import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Artifact, Evidence, Report, Signer } from '../../src/generated/evidence.ts';
import { compileSchema } from '../../src/schema.ts';
import { type Attachment, artifactDigest, evidenceOf, keySigner, SUBJECT } from '../unit/policies/evidence.ts';
import { ALLOWED, EXAMPLE_CONFIG } from '../unit/policies/examples.ts';
import { type Starter, starter } from '../unit/policies/starter.ts';

/** Nothing unsigned, nothing signed for another purpose and nothing signed about another image is taken for signed. */

const schema = JSON.parse(readFileSync(new URL('../../schemas/evidence.schema.json', import.meta.url), 'utf8'));
const { validate } = compileSchema(schema, 'evidence');

let policy: Starter;
beforeAll(async () => {
  policy = await starter();
});
afterAll(() => policy.close());

const OTHER = `sha256:${'9'.repeat(64)}`;

const allowed = ALLOWED.everything as Evidence;

/** What each signed report is needed for. */
const RULES: Readonly<Record<string, string>> = {
  'https://sigstore.dev/cosign/sign/v1': 'signature.present',
  'application/spdx+json': 'sbom.present',
  'https://slsa.dev/provenance/v1': 'provenance.present',
  'application/vnd.anchore.grype+json': 'vulnerability.scanned',
};
const TYPES = Object.keys(RULES);

/** `refused`: no evidence by its schema, so there is no decision; else the codes that deny. */
async function fate(evidence: Evidence): Promise<readonly string[]> {
  if (validate(structuredClone(evidence)).length > 0) return ['refused'];
  const { allow, violations } = await policy.decide(evidence, EXAMPLE_CONFIG);
  return allow ? [] : violations.map(({ code }) => code);
}

/** The allowed evidence with the artifact that carries this type changed. */
const changed = (type: string, change: (report: Report, artifact: Artifact) => Partial<Report>): Evidence => ({
  ...allowed,
  artifacts: allowed.artifacts.map((artifact) => ({
    ...artifact,
    reports: artifact.reports.map((report) =>
      report.type === type ? { ...report, ...change(report, artifact) } : report,
    ),
  })),
});

const signersOf = (type: string): readonly Signer[] =>
  allowed.artifacts
    .flatMap(({ reports }) => reports.filter((report) => report.type === type))
    .flatMap(({ signers }) => signers);

const skipped = { outcome: 'skipped', message: '' } as const;

const ofReport: ReadonlyArray<readonly [string, (report: Report) => Partial<Report>]> = [
  ['nobody signed', ({ checks }) => ({ outcome: 'present', signers: [], checks: { ...checks, signature: skipped } })],
  ['that is bad', () => ({ outcome: 'failed', signers: [] })],
  ['that could not be told', () => ({ outcome: 'errored', signers: [] })],
  ['that speaks of another image', () => ({ subjects: [OTHER] })],
  ['that speaks of nothing', () => ({ subjects: [] })],
  ['of a type that nobody knows', () => ({ type: 'https://acme.example/anything/v1' })],
  ['of a type that says nothing', () => ({ type: 'application/json' })],
  ['whose type only begins like it', ({ type }) => ({ type: `${type}.evil` })],
];

const ofSigner: ReadonlyArray<readonly [string, (signer: Signer) => Partial<Signer>]> = [
  ['of another trust', () => ({ trust: { name: 'elsewhere', scope: 'cluster' } })],
  ["of a namespace's trust of the same name", ({ trust }) => ({ trust: { ...trust, scope: 'namespace' } })],
  ['known as a certificate', () => ({ kind: 'certificate' })],
  ['known in the other way', ({ kind }) => ({ kind: kind === 'key' ? 'keyless' : 'key' })],
];

describe('the signed example', () => {
  it('is allowed as it stands, and has one report of each type', async () => {
    expect(await fate(allowed)).toEqual([]);
    expect(allowed.artifacts.flatMap(({ reports }) => reports.map(({ type }) => type)).sort()).toEqual(
      [...TYPES].sort(),
    );
  });

  describe.each(Object.entries(RULES))('with a report of type %s', (type, rule) => {
    it.each(ofReport)('%s is denied', async (_, change) => {
      expect(await fate(changed(type, change))).toContain(rule);
    });

    it.each(ofSigner)('by a signer %s is denied', async (_, change) => {
      const mutated = changed(type, ({ signers }) => ({ signers: signers.map((one) => ({ ...one, ...change(one) })) }));
      expect(await fate(mutated)).toContain(rule);
    });

    it('of any other type is denied', async () => {
      for (const other of TYPES.filter((one) => one !== type)) {
        const mutated = changed(type, ({ statement }) => ({
          type: other,
          statement: { ...statement, predicateType: other },
        }));
        expect([other, await fate(mutated)]).toEqual([other, expect.arrayContaining([rule])]);
      }
    });

    it('by whoever signs the others, for which they do not speak, is denied', async () => {
      const own = signersOf(type).map(({ id }) => id);
      const others = TYPES.flatMap(signersOf).filter(({ id }) => !own.includes(id));
      expect(others.length).toBeGreaterThan(0);
      for (const other of others) expect(await fate(changed(type, () => ({ signers: [other] })))).toContain(rule);
    });

    it('by a stranger is denied, whom the same trust knows', async () => {
      const mutated = changed(type, ({ signers }) => ({
        signers: signers.map((one) => ({
          ...one,
          key: { fingerprint: OTHER },
          san: [{ type: 'uri', value: 'https://stranger.invalid/workflow@refs/heads/main' }],
        })),
      }));
      expect(await fate(mutated)).toContain(rule);
    });

    it('cannot have signers unless it verified, nor verify without', async () => {
      for (const outcome of ['present', 'failed', 'errored'] as const) {
        expect(await fate(changed(type, () => ({ outcome })))).toEqual(['refused']);
      }
      expect(await fate(changed(type, () => ({ signers: [] })))).toEqual(['refused']);
    });
  });

  it('is not allowed by names that nobody proved', async () => {
    for (const [type, rule] of Object.entries(RULES)) {
      const claimed = changed(type, ({ signers }) => ({ outcome: 'present', signers: [], claimed: { signers } }));
      expect(await fate(claimed)).toContain(rule);
    }
  });

  it('needs the issuer of a keyless signer', async () => {
    const mutated = changed('https://sigstore.dev/cosign/sign/v1', ({ signers }) => ({
      signers: signers.map((one) => ({ ...one, oidcIssuer: 'https://issuer.invalid' })),
    }));
    expect(await fate(mutated)).toContain('signature.present');
  });

  it('is not allowed by a signed document that does not say of what it speaks', async () => {
    for (const [type, rule] of Object.entries(RULES).slice(1)) {
      const bare = changed(type, () => ({ statement: { type: '', predicateType: '', subject: [] } }));
      expect(await fate(bare)).toContain(rule);
    }
  });

  it('is as good beside what strangers add, and no better', async () => {
    const stranger = { outcome: 'verified', signers: [keySigner('acme', OTHER)] } as const;
    const noise = evidenceOf([
      { type: 'https://sigstore.dev/cosign/sign/v1', content: {}, ...stranger },
      { type: 'https://slsa.dev/provenance/v1', content: { buildDefinition: {} }, ...stranger },
    ]);
    const beside = (evidence: Evidence): Evidence => ({
      ...evidence,
      artifacts: [...evidence.artifacts, ...noise.artifacts],
      documents: { ...evidence.documents, ...noise.documents },
    });
    expect(await fate(beside(allowed))).toEqual([]);
    for (const [type, rule] of Object.entries(RULES)) {
      const unsigned = changed(type, () => ({ outcome: 'present', signers: [] }));
      expect(await fate(beside(unsigned))).toContain(rule);
    }
  });
});

describe('a detached signature on an SBOM', () => {
  const sbomReport = allowed.artifacts
    .flatMap(({ reports }) => reports)
    .find(({ type }) => type === 'application/spdx+json') as Report;
  const sbom: Attachment = { type: sbomReport.type, content: allowed.documents[sbomReport.document] };
  const signature: Attachment = {
    type: 'application/vnd.cncf.notary.payload.v1+json',
    content: { targetArtifact: { digest: artifactDigest(sbom) } },
    outcome: 'verified',
    signers: signersOf('application/spdx+json'),
    subject: artifactDigest(sbom),
  };

  /** The allowed evidence, its SBOM unsigned and these signatures on it. */
  function withSigned(signatures: readonly Attachment[], carrier: Partial<Artifact> = {}): Evidence {
    const own = evidenceOf([sbom, ...signatures]);
    const others = allowed.artifacts.filter(({ reports }) => reports.every(({ type }) => type !== sbom.type));
    const carried = own.artifacts.map((artifact) =>
      artifact.digest === artifactDigest(sbom) ? { ...artifact, ...carrier } : artifact,
    );
    return { ...allowed, artifacts: [...others, ...carried], documents: { ...allowed.documents, ...own.documents } };
  }

  it('vouches for it', async () => {
    expect(await fate(withSigned([signature]))).toEqual([]);
    expect(await fate(withSigned([signature], { binding: 'file' }))).toEqual([]);
  });

  it.each<readonly [string, Evidence]>([
    ['that is not there', withSigned([])],
    ['found by its tag only', withSigned([signature], { binding: 'tag' })],
    ['in the index that nobody signed', withSigned([signature], { binding: 'index' })],
    ['with a signature of another artifact', withSigned([{ ...signature, subject: OTHER }])],
    ['with a signature of the image', withSigned([{ ...signature, subject: SUBJECT }])],
    ['with an attestation', withSigned([{ ...signature, type: 'https://slsa.dev/provenance/v1' }])],
    ['with a signature of nobody', withSigned([{ ...signature, outcome: 'present', signers: [] }])],
    ['with a bad signature', withSigned([{ ...signature, outcome: 'failed', signers: [] }])],
    ['with a signature of a stranger', withSigned([{ ...signature, signers: [keySigner('acme', OTHER)] }])],
    [
      'with a signature of somebody who approves images',
      withSigned([{ ...signature, signers: signersOf('https://sigstore.dev/cosign/sign/v1') }]),
    ],
  ])('is denied for an SBOM %s', async (_, evidence) => {
    expect(await fate(evidence)).toContain('sbom.read');
  });

  it('is no approval of the image', async () => {
    const without = withSigned([signature]);
    const artifacts = without.artifacts.filter(({ reports }) =>
      reports.every(({ type }) => type !== 'https://sigstore.dev/cosign/sign/v1'),
    );
    expect(await fate({ ...without, artifacts })).toContain('signature.present');
  });
});
