import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/generated/evidence.ts';
import { commandLine } from '../support/cli.ts';
import { ROOT } from '../support/decide.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';

const FIXTURES = `${ROOT}test/fixtures`;
const TRUST_STORE = `${FIXTURES}/notation/made/config/truststore/x509`;
const NOTATION = 'application/vnd.cncf.notary.signature';
const COSIGN = 'application/vnd.dev.cosign.artifact.sig.v1+json';

const directory = mkdtempSync(join(tmpdir(), 'verdict-ratify-e2e-'));
let notation: TestRegistry;
let cosign: TestRegistry;

beforeAll(async () => {
  [notation, cosign] = await Promise.all([startRegistry(), startRegistry()]);
  putLayout(notation, `${FIXTURES}/notation/made/images`);
  putLayout(cosign, `${FIXTURES}/layouts/cosign-legacy`);
});
afterAll(async () => {
  await Promise.all([notation.close(), cosign.close()]);
  rmSync(directory, { recursive: true });
});

/** What is known of an image under a configuration of Ratify: outcomes by verifier, what was collected, trusts that vouched. */
async function known(reference: string, config: object) {
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  const { code, out, err } = await commandLine(directory)(
    'evidence',
    reference,
    '-c',
    'config.json',
    '--output',
    'json',
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { artifacts }: Evidence = JSON.parse(out);
  return artifacts.map(({ artifactType, collected, reports }) => ({
    artifactType,
    collected,
    reports: reports.map(({ verifier, outcome, signers }) => ({
      verifier: verifier.name,
      outcome,
      trust: signers.map(({ trust }) => trust.name),
    })),
  }));
}

const ratify = (plugins: readonly object[], store: object = {}): object => ({
  store: { version: '1.0.0', plugins: [{ name: 'oras', useHttp: true, ...store }] },
  policy: { version: '1.0.0', plugin: { name: 'configPolicy' } },
  verifier: { version: '1.0.0', plugins },
});

const notary = (name: string, store: string): object => ({
  name,
  type: 'notation',
  artifactTypes: NOTATION,
  // A leaf is no anchor: Ratify passes it over.
  verificationCerts: [`${TRUST_STORE}/ca/${store}`, `${FIXTURES}/trust/leaf.pem`],
  trustPolicyDoc: {
    version: '1.0',
    trustPolicies: [
      {
        name: 'default',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:certs'],
        trustedIdentities: ['*'],
      },
    ],
  },
});

describe('a configuration of Ratify', () => {
  it('has Notary Project signatures verified, each verifier by its own certificates', async () => {
    const config = ratify([notary('ours', 'acme'), notary('theirs', 'other')]);
    const [artifact] = await known(notation.reference('p256-metadata-2-jws'), config);
    expect(artifact).toMatchObject({ artifactType: NOTATION, collected: true });
    expect(artifact?.reports).toEqual([
      { verifier: 'ours', outcome: 'verified', trust: ['certs'] },
      { verifier: 'theirs', outcome: 'present', trust: [] },
    ]);
  });

  const cosignVerifier = { name: 'cosign', artifactTypes: COSIGN };
  const keys = [{ file: `${FIXTURES}/layouts/release.pub` }];
  const byKey = { ...cosignVerifier, trustPolicies: [{ name: 'release', scopes: ['*'], keys, tLogVerify: false }] };

  it('has cosign’s signatures verified, found by their tags', async () => {
    const found = await known(cosign.reference('1.0'), ratify([byKey], { cosignEnabled: true }));
    const verified = found.flatMap(({ reports }) => reports).filter(({ outcome }) => outcome === 'verified');
    expect(verified).toContainEqual({ verifier: 'cosign', outcome: 'verified', trust: ['cosign-release'] });
  });

  it('has a signature without the log entry that it asks for not verified', async () => {
    const logged = { ...cosignVerifier, trustPolicies: [{ name: 'release', scopes: ['*'], keys }] };
    const found = await known(cosign.reference('1.0'), ratify([logged], { cosignEnabled: true }));
    expect(found.flatMap(({ reports }) => reports).filter(({ outcome }) => outcome === 'verified')).toEqual([]);
    expect(found.some(({ collected }) => collected)).toBe(true);
  });

  it('asks for cosign’s tags only where it says so, and fetches nothing that no verifier takes', async () => {
    expect(await known(cosign.reference('1.0'), ratify([byKey]))).toEqual([]);
    const sbom = { name: 'sbom', artifactTypes: 'application/spdx+json' };
    const found = await known(notation.reference('p256-metadata-2-jws'), ratify([sbom]));
    expect(found).toEqual([{ artifactType: NOTATION, collected: false, reports: [] }]);
  });
});
