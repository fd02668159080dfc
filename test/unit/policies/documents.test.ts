import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathOf, readJson } from './config.ts';
import { evidenceOf } from './evidence.ts';
import { type Starter, starter } from './starter.ts';

/** What other people's programs wrote, against what they or their input say of it. */
const DOCUMENTS = 'test/fixtures/documents';

interface Package {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licences: readonly string[];
  readonly scope: string;
}

interface Normal {
  readonly sboms: ReadonlyArray<{ readonly format: string; readonly packages: number }>;
  readonly packages: readonly Package[];
  readonly provenances: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly scans: ReadonlyArray<{ readonly format: string; readonly scanner: string }>;
  readonly findings: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly vex: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly unknown: number;
}

const QUERY = `{
  "sboms": [element.content | some element in data.lib.sboms],
  "packages": [element.content | some element in data.lib.packages],
  "provenances": [element.content | some element in data.lib.provenances],
  "scans": [element.content | some element in data.lib.scans],
  "findings": [element.content | some element in data.lib.findings],
  "vex": [element.content | some element in data.lib.vex],
  "unknown": count(data.lib.unknown)
}`;

const TYPES: Readonly<Record<string, string>> = {
  spdx: 'application/spdx+json',
  cyclonedx: 'application/vnd.cyclonedx+json',
  grype: 'application/vnd.anchore.grype+json',
  sarif: 'application/sarif+json',
  openvex: 'application/vnd.openvex+json',
};

const files: ReadonlyArray<readonly [path: string, type: string]> = [
  ...Object.entries(TYPES).flatMap(([folder, type]) =>
    readdirSync(pathOf(`${DOCUMENTS}/${folder}`))
      .filter((name) => name.endsWith('.json'))
      .map((name) => [`${folder}/${name}`, type] as const),
  ),
  ['slsa/github-v1.json', 'https://slsa.dev/provenance/v1'],
  ['slsa/buildkit-v1.json', 'https://slsa.dev/provenance/v1'],
  ['slsa/buildkit-v0.2.json', 'https://slsa.dev/provenance/v0.2'],
  ['cosign-vuln/predicate.json', 'https://cosign.sigstore.dev/attestation/vuln/v1'],
  ['src/trivy.json', 'application/vnd.aquasec.trivy+json'],
];

let policy: Starter;
let normal: ReadonlyMap<string, Normal>;

beforeAll(async () => {
  policy = await starter();
  const evidences = files.map(([path, type]) => evidenceOf([{ type, content: readJson(`${DOCUMENTS}/${path}`) }]));
  const answers = (await policy.query(QUERY, evidences, {})) as readonly Normal[];
  normal = new Map(files.map(([path], index) => [path, answers[index] as Normal]));
});
afterAll(() => policy.close());

function of(path: string): Normal {
  const found = normal.get(path);
  if (found === undefined) throw new Error(`there is no document ${path}`);
  return found;
}

/** Packages as syft itself lists them. */
const syft = (
  readJson(`${DOCUMENTS}/syft/syft.json`) as {
    readonly artifacts: ReadonlyArray<{
      readonly name: string;
      readonly version: string;
      readonly purl: string;
      readonly licenses: ReadonlyArray<{ readonly spdxExpression: string }>;
    }>;
  }
).artifacts
  .map(({ name, version, purl, licenses }) => ({
    name,
    version,
    purl,
    licences: licenses.length === 0 ? ['NOASSERTION'] : licenses.map(({ spdxExpression }) => spdxExpression),
    scope: '',
  }))
  .sort(byPurl);

function byPurl(a: { readonly purl: string }, b: { readonly purl: string }): number {
  return a.purl < b.purl ? -1 : a.purl > b.purl ? 1 : 0;
}

describe('packages', () => {
  it('of syft are a handful, so that the comparison means something', () => {
    expect(syft.length).toBeGreaterThan(10);
  });

  it.each([
    ['spdx/syft-2.2.json', 'SPDX-2.2'],
    ['spdx/syft-2.3.json', 'SPDX-2.3'],
    ['spdx/syft-3.0.json', 'SPDX-3.0.1'],
    ['cyclonedx/syft-1.4.json', 'CycloneDX-1.4'],
    ['cyclonedx/syft-1.5.json', 'CycloneDX-1.5'],
    ['cyclonedx/syft-1.6.json', 'CycloneDX-1.6'],
    ['cyclonedx/syft-1.7.json', 'CycloneDX-1.7'],
    ['cyclonedx/grype-vulnerabilities.json', 'CycloneDX-1.6'],
  ])('of %s are those that syft found', (path, format) => {
    const { sboms, packages } = of(path);
    expect(sboms.map((sbom) => sbom.format)).toEqual([format]);
    expect(sboms[0]?.packages).toBe(packages.length);
    expect(packages.filter(({ scope }) => scope !== 'subject').sort(byPurl)).toEqual(syft);
  });

  it.each(['spdx/syft-2.2.json', 'spdx/syft-2.3.json', 'spdx/syft-3.0.json'])(
    'of %s name the image as subject',
    (path) => {
      expect(of(path).packages.filter(({ scope }) => scope === 'subject')).toMatchObject([
        { licences: ['NOASSERTION'] },
      ]);
    },
  );

  it('of npm are the same in SPDX and CycloneDX', () => {
    const names = (path: string): readonly string[] =>
      of(path)
        .packages.filter(({ scope }) => scope !== 'subject')
        .map(({ name, version, licences }) => `${name}@${version} ${licences.join()}`)
        .sort();
    expect(names('spdx/npm-2.3.json').length).toBeGreaterThan(50);
    expect(names('cyclonedx/npm-1.5.json')).toEqual(names('spdx/npm-2.3.json'));
  });

  it('of the CycloneDX tool for npm are as many as npm lists itself', () => {
    expect(of('cyclonedx/cyclonedx-npm-1.6.json').packages.length).toBe(of('cyclonedx/npm-1.5.json').packages.length);
  });
});

describe('provenance', () => {
  const source = { repository: 'https://github.com/acme/app', commit: '5d2f9c3b8a7e6f1d0c4b3a2918e7f6d5c4b3a291' };

  it('of a workflow of GitHub', () => {
    expect(of('slsa/github-v1.json').provenances).toMatchObject([
      {
        builder: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        source: { ...source, ref: 'refs/heads/main' },
      },
    ]);
  });

  it.each([
    ['slsa/buildkit-v1.json', 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md'],
    ['slsa/buildkit-v0.2.json', 'https://mobyproject.org/buildkit@v1'],
  ])('of BuildKit in %s', (path, buildType) => {
    expect(of(path).provenances).toMatchObject([
      { buildType, source, invocation: 'm3wq9c1n7v0x5k2z8t4r6y1pb-amd64', started: '2026-11-02T09:30:00Z' },
    ]);
  });
});

describe('scans', () => {
  const grype = readJson(`${DOCUMENTS}/grype/grype.json`) as {
    readonly matches: ReadonlyArray<{
      readonly vulnerability: { readonly id: string; readonly severity: string };
      readonly artifact: { readonly purl: string };
    }>;
  };
  const wanted = grype.matches.map(({ vulnerability: { id, severity }, artifact: { purl } }) => ({
    id,
    severity: severity.toLowerCase(),
    purl,
  }));

  it.each([
    ['grype/grype.json', 'grype'],
    ['cosign-vuln/predicate.json', 'grype'],
    ['sarif/grype-2.1.0.json', 'sarif'],
  ])('of %s have the findings of Grype', (path, format) => {
    const { scans, findings } = of(path);
    expect(scans).toMatchObject([{ format, scanner: 'grype' }]);
    expect(wanted.length).toBeGreaterThan(1);
    expect(findings).toMatchObject(wanted);
  });

  it('of Trivy name vulnerability, package and fix', () => {
    const { scans, findings } = of('src/trivy.json');
    expect(scans).toMatchObject([{ format: 'trivy' }]);
    expect(findings).toContainEqual(
      expect.objectContaining({
        id: 'CVE-2021-23337',
        severity: 'high',
        purl: 'pkg:npm/lodash@4.17.20',
        fixed: '4.17.21',
        state: 'fixed',
      }),
    );
  });
});

describe('VEX', () => {
  it('of go-vex says what of which package', () => {
    const statements = of('openvex/go-vex-0.2.0.json').vex.map(({ vulnerabilities, status }) => [
      vulnerabilities,
      status,
    ]);
    expect(statements).toContainEqual([['', 'CVE-2021-44906'], 'not_affected']);
    expect(statements).toContainEqual([['', 'CVE-2021-23337'], 'affected']);
    expect(statements).toContainEqual([['', 'CVE-2020-28500'], 'under_investigation']);
  });
});

describe('every document', () => {
  it.each(files)('%s is of a known type', (path) => {
    expect(of(path).unknown).toBe(0);
  });
});
