import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJson } from './config.ts';
import { type Attachment, evidenceOf, keylessSigner, keySigner } from './evidence.ts';
import { ALLOWED } from './examples.ts';
import { type Starter, starter } from './starter.ts';

let policy: Starter;
beforeAll(async () => {
  policy = await starter();
});
afterAll(() => policy.close());

const WORKFLOW = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
const workflow = keylessSigner('acme', WORKFLOW, ISSUER, '2026-11-20T10:00:00.000Z');
const stranger = keylessSigner(
  'acme',
  'https://stranger.invalid/w@refs/heads/main',
  ISSUER,
  '2026-11-20T10:00:00.000Z',
);

/** What stands in the examples under a type, by somebody or nobody. */
function attached(type: string, signer: typeof workflow | undefined): Attachment {
  const { artifacts, documents } = ALLOWED.everything ?? evidenceOf([]);
  const found = artifacts.flatMap(({ reports }) => reports).find((report) => report.type === type);
  const content = documents[found?.document ?? ''];
  return signer === undefined ? { type, content } : { type, content, outcome: 'verified', signers: [signer] };
}

const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';
const PROVENANCE = 'https://slsa.dev/provenance/v1';
const SBOM = 'application/spdx+json';
const SCAN = 'application/vnd.anchore.grype+json';

/** A profile with what its user adds. */
const configured = (name: string, more: object): object => ({
  ...(readJson(`policies/profiles/${name}.json`) as object),
  ...more,
});

const identities = [
  {
    name: 'release',
    types: [SIGNATURE, 'https://slsa.dev/provenance/*'],
    trust: 'acme',
    kind: 'keyless',
    identity: WORKFLOW,
    issuer: ISSUER,
  },
];
const provenance = { builders: [WORKFLOW], repositories: ['https://github.com/acme/*'] };

const codesOf = async (attachments: readonly Attachment[], config: object): Promise<readonly string[]> => {
  const { allow, violations } = await policy.decide(evidenceOf(attachments), config);
  expect(allow).toBe(violations.length === 0);
  return [...new Set(violations.map(({ code }) => code))];
};

/** Profile, what it needs, and what is said where a stranger signed that. */
const SIGNED = [
  ['signed', [SIGNATURE], ['signature.present']],
  ['provenance', [PROVENANCE], ['provenance.commit', 'provenance.present', 'provenance.repository']],
  ['slsa', [PROVENANCE], ['provenance.builder', 'provenance.commit', 'provenance.present', 'provenance.repository']],
] as const;

describe.each(SIGNED)('the profile %s', (name, types, codes) => {
  const by = (signer: typeof workflow | undefined): readonly Attachment[] =>
    types.map((type) => attached(type, signer));

  it('allows what the named signer signed', async () => {
    expect(await codesOf(by(workflow), configured(name, { identities, provenance }))).toEqual([]);
  });

  it('denies what a stranger signed, what nobody signed, and nothing', async () => {
    for (const attachments of [by(stranger), by(undefined), []]) {
      expect(await codesOf(attachments, configured(name, { identities, provenance }))).toEqual(codes);
    }
  });

  it('says that nobody may speak where it is not configured', async () => {
    expect(await codesOf(by(workflow), configured(name, { provenance }))).toEqual(
      [...codes, 'policy.identities'].sort(),
    );
  });
});

describe('the profile demo', () => {
  const pieces = [
    attached(SIGNATURE, workflow),
    attached(PROVENANCE, workflow),
    attached(SBOM, undefined),
    attached(SCAN, undefined),
  ];

  it("allows what Acme's workflow signed, with SBOM and scan that nobody signed", async () => {
    expect(await codesOf(pieces, configured('demo', {}))).toEqual([]);
  });

  it.each([
    ['signature', 0, 'signature.present'],
    ['provenance', 1, 'provenance.present'],
  ] as const)('denies a %s by anybody else', async (_, at, code) => {
    const { type } = pieces[at] as Attachment;
    for (const signer of [undefined, stranger, keySigner('acme-keys', 'sha256:scanner')]) {
      expect(await codesOf(pieces.with(at, attached(type, signer)), configured('demo', {}))).toContain(code);
    }
  });
});

describe('the profile starter', () => {
  it('needs no configuration and no signature', async () => {
    const pieces = [PROVENANCE, SBOM, SCAN].map((type) => attached(type, undefined));
    expect(await codesOf(pieces, configured('starter', {}))).toEqual([]);
  });
});
