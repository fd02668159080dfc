import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { House, type HouseOptions } from '../../support/ratify/house.ts';
import { answerOf } from '../../support/ratify/policy.ts';
import { putLayout } from '../../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../../support/registry/registry.ts';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures');
const NOTATION_MADE = `${FIXTURES}/notation/made`;
const SIGSTORE_MADE = `${FIXTURES}/sigstore-made`;
const text = (path: string): string => readFileSync(`${FIXTURES}/${path}`, 'utf8');

const NOTATION = 'application/vnd.cncf.notary.signature';
const COSIGN = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const SPDX = 'application/spdx+json';
const TAG_VALUE = 'application/vnd.ratify.spdx.v0';
const SARIF = 'application/sarif+json';

const STRICT = text('ratify/policies/r1-all.rego');
const LENIENT = text('ratify/policies/r2-no-failure.rego');

let registry: TestRegistry;
const houses: House[] = [];

beforeAll(async () => {
  registry = await startRegistry({ repository: 'acme/app' });
});
afterAll(async () => {
  await Promise.all(houses.map((house) => house.close()));
  await registry.close();
});

async function open(options: HouseOptions): Promise<House> {
  const house = await House.open(registry, options);
  houses.push(house);
  return house;
}

interface NotationFixture {
  readonly name: string;
  readonly tag?: string;
  readonly signer: string;
  readonly cases: ReadonlyArray<{ readonly policy: string; readonly accepts: boolean; readonly difference?: string }>;
}

describe('signatures that notation-go made', () => {
  const { fixtures } = JSON.parse(text('notation/made/manifest.json')) as {
    readonly fixtures: readonly NotationFixture[];
  };
  const cases = fixtures.flatMap(({ name, tag, signer, cases: all }) =>
    all
      .filter(({ policy, difference }) => policy === 'strict' && difference === undefined && tag !== undefined)
      .map(({ accepts }) => [name, { tag: tag ?? '', signer, accepts }] as const),
  );
  const settings = {
    trust: Object.fromEntries(
      ['acme', 'other', 'self-signed'].map((name) => [
        name,
        {
          type: 'certificates',
          ca: [`${NOTATION_MADE}/config/truststore/x509/ca/${name}`],
          ...(name === 'acme'
            ? {
                signingAuthority: [`${NOTATION_MADE}/config/truststore/x509/signingAuthority/acme`],
                tsa: [`${NOTATION_MADE}/config/truststore/x509/tsa/acme`],
              }
            : {}),
        },
      ]),
    ),
    verifiers: [
      { name: 'notary', type: 'notation', trustPolicy: `${NOTATION_MADE}/policies/strict.json` },
      { name: 'json', type: 'json' },
    ],
  };
  const verifiers = [
    { name: 'verifier-notation', type: 'notation', kind: 'notation', verifier: 'notary', artifactTypes: [NOTATION] },
  ];
  let house: House;

  beforeAll(async () => {
    putLayout(registry, `${NOTATION_MADE}/images`);
    house = await open({ policy: STRICT, config: { kind: 'rego', verifiers }, settings });
  });

  it('are many', () => expect(cases.length).toBeGreaterThan(60));

  it.each(cases)('%s counts where notation-go accepts it', async (_, { tag, signer, accepts }) => {
    const reference = registry.reference(tag);
    const { answer, evidence } = await house.decide(reference);
    const [signature] = evidence.head.artifacts;
    const { verifierReports, ...rest } = answerOf(answer.decision);
    expect(rest).toEqual({ version: '1.1.0', isSuccess: accepts });
    expect(answer.decision.allow).toBe(accepts);
    expect(verifierReports).toMatchObject([
      {
        subject: reference,
        referenceDigest: signature?.digest,
        artifactType: NOTATION,
        nestedReports: [],
        verifierReports: [
          {
            isSuccess: accepts,
            name: 'verifier-notation',
            verifierName: 'verifier-notation',
            type: 'notation',
            verifierType: 'notation',
            ...(accepts
              ? { message: 'Notation signature verification success', extensions: { SN: signer } }
              : { message: `Failed to validate the Notation signature: ${signature?.digest}`, extensions: null }),
          },
        ],
      },
    ]);
    expect(answer.decision.violations.map(({ code }) => code)).toEqual(accepts ? [] : ['ratify.report']);
  });

  it('count in the flat form too', async () => {
    const flat = await open({
      config: { kind: 'config', verifiers, artifactPolicies: { [NOTATION]: 'any' } },
      settings,
    });
    const reference = registry.reference('rsa-2048-plain-1-jws');
    const { answer } = await flat.decide(reference);
    expect(answerOf(answer.decision)).toMatchObject({
      version: '0.2.0',
      isSuccess: true,
      verifierReports: [
        {
          subject: reference,
          isSuccess: true,
          artifactType: NOTATION,
          name: 'verifier-notation',
          extensions: { SN: 'CN=self-signed rsa-2048,O=Acme,ST=WA,C=US' },
        },
      ],
    });
    const { answer: denied } = await flat.decide(registry.reference('untrusted-jws'));
    expect(answerOf(denied.decision)).toMatchObject({ isSuccess: false, verifierReports: [{ isSuccess: false }] });
  });
});

describe('signatures that cosign made', () => {
  const settings = {
    trust: {
      release: { type: 'keys', keys: [`${SIGSTORE_MADE}/keys`], transparencyLog: 0 },
      other: { type: 'keys', keys: [`${SIGSTORE_MADE}/other.pub`], transparencyLog: 0 },
      fulcio: { type: 'sigstore', root: `${SIGSTORE_MADE}/trusted_root.json` },
    },
    verifiers: [
      { name: 'sigstore', type: 'sigstore', trust: ['release', 'other', 'fulcio'] },
      { name: 'json', type: 'json' },
    ],
  };
  const config = (trust: readonly string[], cosign = true) => ({
    kind: 'rego',
    cosign,
    verifiers: [
      {
        name: 'verifier-cosign',
        type: 'cosign',
        kind: 'cosign',
        verifier: 'sigstore',
        artifactTypes: [COSIGN],
        trustPolicies: [{ name: 'default', scopes: ['*'], trust }],
      },
    ],
  });

  beforeAll(() => putLayout(registry, `${SIGSTORE_MADE}/images`));

  it.each([
    ['p256-legacy-none', ['release'], true],
    ['p256-legacy-none', ['other'], false],
    ['p256-legacy-none', [], false],
    ['keyless-legacy-rekor-v1', ['fulcio'], true],
    ['keyless-legacy-rekor-v1', ['release'], false],
    ['stranger-legacy', ['release', 'other', 'fulcio'], false],
  ] as const)('%s with trust %j', async (tag, trust, accepts) => {
    const house = await open({ policy: STRICT, config: config(trust), settings });
    const { answer } = await house.decide(registry.reference(tag));
    const { isSuccess, verifierReports } = answerOf(answer.decision);
    expect(isSuccess).toBe(accepts);
    expect(verifierReports).toMatchObject([
      {
        artifactType: COSIGN,
        verifierReports: [{ isSuccess: accepts, type: 'cosign', extensions: { trustPolicy: 'default' } }],
      },
    ]);
  });

  it.each([
    [['release'], true],
    [['fulcio'], true],
    [['other'], false],
  ] as const)('one of several by trust %j is enough', async (trust, accepts) => {
    const house = await open({ policy: text('ratify/policies/r6-any.rego'), config: config(trust), settings });
    const { answer } = await house.decide(registry.reference('several-legacy'));
    expect(answerOf(answer.decision)).toMatchObject({
      isSuccess: accepts,
      verifierReports: [{ verifierReports: [{ isSuccess: accepts }] }],
    });
  });

  it('that do not count deny where the policy looks for failure everywhere, as under Ratify', async () => {
    const house = await open({ policy: STRICT, config: config(['release']), settings });
    const { answer } = await house.decide(registry.reference('several-legacy'));
    expect(answerOf(answer.decision)).toMatchObject({
      isSuccess: false,
      verifierReports: [{ verifierReports: [{ isSuccess: true }] }],
    });
    expect(answer.decision.violations.map(({ code }) => code)).toEqual(['ratify.policy']);
  });

  it('are listed only where the store asks for them: then a careless policy sees nothing', async () => {
    const house = await open({ policy: LENIENT, config: config(['other'], false), settings });
    const { answer } = await house.decide(registry.reference('p256-legacy-none'));
    expect(answer.decision).toMatchObject({ allow: true, warnings: [{ code: 'ratify.unverified' }] });
    expect(answerOf(answer.decision).verifierReports).toEqual([]);
  });

  it('attestations under their own tag are not listed', async () => {
    const house = await open({ policy: LENIENT, config: config(['fulcio']), settings });
    const { answer, evidence } = await house.decide(registry.reference('attested-keyless-legacy-rekor-v1'));
    expect(evidence.head.artifacts.map(({ sources }) => sources)).toContainEqual(['cosign-tag']);
    expect(answerOf(answer.decision).verifierReports).toEqual([]);
  });

  it('bundles stand there as what nobody judges', async () => {
    const house = await open({ policy: STRICT, config: config(['release']), settings });
    const { answer } = await house.decide(registry.reference('p256-bundle-none'));
    expect(answerOf(answer.decision)).toMatchObject({ isSuccess: false, verifierReports: [{ verifierReports: [] }] });
    expect(answer.decision.violations.map(({ code }) => code)).toEqual(['ratify.unjudged']);
  });
});

describe('documents', () => {
  const settings = { trust: {}, verifiers: [{ name: 'json', type: 'json', schemas: {} }] };
  const verifiers = [
    { name: 'verifier-sbom', type: 'sbom', kind: 'sbom', artifactTypes: [SPDX], disallowedLicenses: ['AGPL-3.0-only'] },
    { name: 'licensechecker', kind: 'licensechecker', artifactTypes: [TAG_VALUE], allowedLicenses: ['NOASSERTION'] },
    {
      name: 'verifier-vuln',
      type: 'vulnerabilityreport',
      kind: 'vulnerabilityreport',
      artifactTypes: [SARIF],
      disallowedSeverities: ['critical'],
    },
  ];
  const attach = (tag: string, artifactType: string, mediaType: string, bytes: string, annotations = {}) => {
    const image = registry.image({ tag, annotations: { 'org.opencontainers.image.title': tag } });
    registry.attach(image.digest, { artifactType, annotations, layers: [{ mediaType, bytes }] });
    return registry.reference(tag);
  };
  const created = { 'org.opencontainers.image.created': '2026-11-20T00:00:00Z' };
  let house: House;

  beforeAll(async () => {
    house = await open({ policy: STRICT, config: { kind: 'rego', verifiers }, settings });
  });

  it('an SBOM by syft', async () => {
    const reference = attach('sbom', SPDX, SPDX, text('documents/spdx/syft-2.3.json'));
    const { answer } = await house.decide(reference);
    expect(answerOf(answer.decision)).toMatchObject({
      isSuccess: true,
      verifierReports: [
        {
          verifierReports: [
            {
              type: 'sbom',
              message: 'SBOM verification success. No license or package violation found.',
              extensions: { creationInfo: { created: expect.any(String) } },
            },
          ],
        },
      ],
    });
  });

  it('an SBOM with what is disallowed', async () => {
    const document = {
      ...JSON.parse(text('documents/spdx/syft-2.3.json')),
      packages: [{ name: 'x', licenseConcluded: 'MIT OR agpl-3.0-only' }],
    };
    const { answer } = await house.decide(attach('sbom-bad', SPDX, SPDX, JSON.stringify(document)));
    expect(answerOf(answer.decision)).toMatchObject({
      isSuccess: false,
      verifierReports: [
        {
          verifierReports: [
            { extensions: { licenseViolations: [{ Name: 'x', Version: '', License: 'MIT OR agpl-3.0-only' }] } },
          ],
        },
      ],
    });
  });

  it('an SBOM that is none', async () => {
    const { answer } = await house.decide(attach('sbom-none', SPDX, SPDX, '{"spdxVersion": '));
    expect(answerOf(answer.decision)).toMatchObject({
      isSuccess: false,
      verifierReports: [{ verifierReports: [{ message: 'failed to verify artifact: verifier-sbom' }] }],
    });
  });

  it('SPDX in tag-value form by syft', async () => {
    const { answer } = await house.decide(
      attach('tagvalue', TAG_VALUE, 'application/text', text('documents/spdx/syft-2.3.spdx')),
    );
    expect(answerOf(answer.decision)).toMatchObject({
      isSuccess: true,
      verifierReports: [
        {
          verifierReports: [
            {
              type: 'licensechecker',
              message: 'License Check: SUCCESS. All packages have allowed licenses',
              extensions: null,
            },
          ],
        },
      ],
    });
  });

  it('a report by grype', async () => {
    const { answer } = await house.decide(
      attach('scan', SARIF, SARIF, text('documents/sarif/grype-2.1.0.json'), created),
    );
    const [report] = (
      answerOf(answer.decision).verifierReports[0] as { verifierReports: readonly Record<string, unknown>[] }
    ).verifierReports;
    expect(report).toMatchObject({
      type: 'vulnerabilityreport',
      extensions: { scanner: 'grype', createdAt: '2026-11-20T00:00:00Z' },
    });
  });

  it('a report handed on, larger than a decision of ours may be', async () => {
    const passing = await open({
      policy: STRICT,
      config: {
        kind: 'rego',
        verifiers: [{ name: 'scan', kind: 'vulnerabilityreport', artifactTypes: [SARIF], passthrough: true }],
      },
      settings,
    });
    const large = JSON.stringify({ version: '2.1.0', runs: [], padding: 'x'.repeat(1024 * 1024) });
    const { answer } = await passing.decide(attach('scan-large', SARIF, SARIF, large, created));
    expect(answer.decision.allow).toBe(true);
    expect(JSON.stringify(answerOf(answer.decision))).toContain('x'.repeat(1024 * 1024));
    const larger = JSON.stringify({ version: '2.1.0', runs: [], padding: 'x'.repeat(9 * 1024 * 1024) });
    const { answer: denied } = await passing.decide(attach('scan-larger', SARIF, SARIF, larger, created));
    expect(denied.decision).toMatchObject({
      allow: false,
      violations: [{ code: 'LIMIT_EXCEEDED' }],
      metadata: { truncated: true },
    });
  });
});

describe('what a registry does', () => {
  const settings = { trust: {}, verifiers: [{ name: 'json', type: 'json' }] };
  const config = { kind: 'rego', verifiers: [{ name: 'sbom', kind: 'sbom', artifactTypes: [SPDX] }] };
  const sbom = { artifactType: SPDX, layers: [{ mediaType: SPDX, bytes: '{"spdxVersion": "SPDX-2.3"}' }] };

  it('an answer that fails denies, whatever the policy says', async () => {
    const house = await open({ policy: 'package ratify.policy\n\nvalid = true', config, settings });
    const image = registry.image({ tag: 'unanswered', annotations: { a: 'unanswered' } });
    registry.fault({ route: 'referrers', reference: image.digest }, { kind: 'answer', status: 403 });
    const { answer } = await house.decide(registry.reference('unanswered'));
    registry.clearFaults();
    expect(answer.decision.allow).toBe(false);
    expect(answerOf(answer.decision).isSuccess).toBe(false);
    expect(answer.decision.violations.map(({ code }) => code)).toContain('ratify.incomplete');
  });

  it('what is attached to a child of an index is not listed', async () => {
    const house = await open({ policy: LENIENT, config, settings });
    const child = registry.image({ annotations: { a: 'child' } });
    registry.attach(child.digest, sbom);
    registry.index([{ manifest: child, platform: { os: 'linux', architecture: 'amd64' } }], { tag: 'index' });
    const { answer, evidence } = await house.decide(registry.reference('index'));
    expect(evidence.head.artifacts).toHaveLength(1);
    expect(answerOf(answer.decision).verifierReports).toEqual([]);
  });

  it('evidence of another image, listed here, fails', async () => {
    const house = await open({ policy: STRICT, config, settings });
    const image = registry.image({ tag: 'victim', annotations: { a: 'victim' } });
    registry.attach(image.digest, { ...sbom, subject: `sha256:${'0'.repeat(64)}` });
    const { answer } = await house.decide(registry.reference('victim'));
    expect(answerOf(answer.decision)).toMatchObject({
      isSuccess: false,
      verifierReports: [{ verifierReports: [{ isSuccess: false }] }],
    });
  });

  it('a tag beside a digest is dropped, evidence of evidence is named by its subject', async () => {
    const house = await open({ policy: LENIENT, config, settings });
    const image = registry.image({ tag: 'nested', annotations: { a: 'nested' } });
    const first = registry.attach(image.digest, sbom);
    registry.attach(first.digest, { ...sbom, annotations: { second: 'true' } });
    const { answer } = await house.decide(`${registry.reference('nested')}@${image.digest}`);
    expect(answerOf(answer.decision).verifierReports).toMatchObject([
      {
        subject: registry.reference(image.digest),
        nestedReports: [{ subject: registry.reference(first.digest), nestedReports: [] }],
      },
    ]);
  });
});
