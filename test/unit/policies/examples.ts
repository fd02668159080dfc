/**
 * The examples of the starter policy, made by code so that their digests are right and a denied one differs from the
 * allowed one in what it is about. `node test/unit/policies/examples.ts` writes them; a test compares.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Evidence } from '../../../src/generated/evidence.ts';
import { passed } from '../../../src/report.ts';
import { ROOT } from './config.ts';
import { type Attachment, evidenceOf, keylessSigner, keySigner } from './evidence.ts';

const FINGERPRINT = `sha256:${'5f'.repeat(32)}`;
const signed = { outcome: 'verified', signers: [keySigner('acme', FINGERPRINT)] } as const;

const COMMIT = '5d2f9c3b8a7e6f1d0c4b3a2918e7f6d5c4b3a291';
const BUILDER = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const BUILD_TYPE = 'https://actions.github.io/buildtypes/workflow/v1';
const REPOSITORY = 'https://github.com/acme/app';

const WORKFLOW = BUILDER;
const ISSUER = 'https://token.actions.githubusercontent.com';

/**
 * The configuration under which the examples hold: every rule is listed; Acme's release workflow approves images, its key
 * speaks for everything else.
 */
export const EXAMPLE_CONFIG = {
  profile: 'everything',
  profiles: {
    everything: {
      description: 'Every rule, met by what Acme signed.',
      required: [
        'signature.present',
        'signature.logged',
        'signature.timestamped',
        'signature.recent',
        'signature.annotated',
        'signature.vouched',
        'sbom.present',
        'sbom.read',
        'provenance.present',
        'provenance.builder',
        'provenance.build_type',
        'provenance.repository',
        'provenance.commit',
        'vulnerability.scanned',
        'vulnerability.recent',
      ],
      prohibited: [
        'sbom.denied_package',
        'licence.disallowed',
        'licence.unknown',
        'vulnerability.severity',
        'evidence.incomplete',
        'evidence.failed',
        'evidence.unread',
        'evidence.unknown',
        'signature.relaxed',
      ],
      identities: [
        {
          name: 'Acme release workflow',
          types: ['https://sigstore.dev/cosign/sign/v1'],
          kind: 'keyless',
          trust: 'github',
          identity: WORKFLOW,
          issuer: ISSUER,
        },
        {
          name: 'Acme release key',
          types: [
            'application/spdx+json',
            'https://slsa.dev/provenance/*',
            'application/vnd.anchore.grype+json',
            'https://openvex.dev/ns/*',
          ],
          kind: 'key',
          trust: 'acme',
          identity: FINGERPRINT,
        },
      ],
    },
  },
  signature: { maxAge: 720, annotations: { environment: 'production' } },
  licences: { allow: ['MIT', 'Apache-2.0', 'BSD-*', 'ISC'], unknown: 'deny' },
  packages: { deny: [{ name: 'event-stream', version: '3.3.6', reason: 'It carried malware.' }] },
  provenance: {
    builders: [BUILDER],
    buildTypes: [BUILD_TYPE],
    repositories: ['https://github.com/acme/*'],
    refs: ['refs/heads/main'],
  },
  vulnerability: { severity: 'high', maxAge: 24 },
};

interface Package {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

const LIBX: Package = { name: 'libx', version: '1.2.0', licence: 'MIT' };

const sbom = (...packages: readonly Package[]): Attachment => ({
  type: 'application/spdx+json',
  content: {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'app',
    documentNamespace: 'https://registry.example/acme/app/1.4.0',
    creationInfo: { created: '2026-11-21T08:00:00Z', creators: ['Tool: example'] },
    packages: packages.map(({ name, version, licence }) => ({
      SPDXID: `SPDXRef-${name}`,
      name,
      versionInfo: version,
      downloadLocation: 'NOASSERTION',
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: licence,
      externalRefs: [
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: `pkg:npm/${name}@${version}`,
        },
      ],
    })),
  },
  ...signed,
});

interface Build {
  readonly builder?: string;
  readonly buildType?: string;
  readonly repository?: string;
  readonly commit?: string;
}

const provenance = ({
  builder = BUILDER,
  buildType = BUILD_TYPE,
  repository = REPOSITORY,
  commit = COMMIT,
}: Build = {}): Attachment => ({
  type: 'https://slsa.dev/provenance/v1',
  content: {
    buildDefinition: {
      buildType,
      externalParameters: {
        workflow: { repository, ref: 'refs/heads/main', path: '.github/workflows/release.yml' },
      },
      resolvedDependencies: [
        { uri: `git+${repository}@refs/heads/main`, digest: commit === '' ? {} : { gitCommit: commit } },
      ],
    },
    runDetails: { builder: { id: builder }, metadata: { invocationId: `${repository}/actions/runs/1` } },
  },
  ...signed,
});

interface Scan {
  readonly finished?: string;
  readonly severity?: string;
}

const scan = ({ finished = '2026-11-21T09:00:00Z', severity = 'Low' }: Scan = {}): Attachment => ({
  type: 'application/vnd.anchore.grype+json',
  content: {
    matches: [
      {
        vulnerability: { id: 'CVE-2026-1000', severity, fix: { versions: ['1.2.1'], state: 'fixed' } },
        relatedVulnerabilities: [],
        artifact: { name: 'libx', version: '1.2.0', purl: 'pkg:npm/libx@1.2.0' },
      },
    ],
    descriptor: { name: 'grype', version: '0.110.0', timestamp: finished },
  },
  ...signed,
});

const vex = (): Attachment => ({
  type: 'https://openvex.dev/ns/v0.2.0',
  content: {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://acme.example/vex/1',
    author: 'Acme Security',
    timestamp: '2026-11-21T09:30:00Z',
    version: 1,
    statements: [
      {
        vulnerability: { name: 'CVE-2026-1000' },
        products: [{ '@id': 'pkg:npm/libx@1.2.0' }],
        status: 'not_affected',
        justification: 'vulnerable_code_not_in_execute_path',
      },
    ],
  },
  ...signed,
});

/** A signature of the image itself, by the release workflow, as cosign 3 makes it; `time` "": nobody knows when. */
const approval = (time: string, more: Partial<Attachment> = {}): Attachment => {
  const signer = keylessSigner('github', WORKFLOW, ISSUER, time);
  return {
    type: 'https://sigstore.dev/cosign/sign/v1',
    content: {},
    outcome: 'verified',
    signers: [time === '' ? { ...signer, timeSource: 'none' } : signer],
    checks: { chain: passed(), timestamp: passed(), transparency: passed() },
    annotations: { environment: 'production' },
    ...more,
  };
};

const YESTERDAY = '2026-11-20T10:00:00.000Z';

/** What the allowed example consists of; a denied one replaces one piece. */
const pieces = { approval: approval(YESTERDAY), sbom: sbom(LIBX), provenance: provenance(), scan: scan() };

const attached = (change: Partial<typeof pieces> = {}, more: readonly Attachment[] = []): readonly Attachment[] => [
  ...Object.values({ ...pieces, ...change }),
  ...more,
];

const unsigned = (attachment: Attachment): Attachment => ({
  ...attachment,
  outcome: 'present',
  signers: [],
  checks: {},
});

/** Allowed: everything there and signed; and a grave finding that a signed VEX statement excuses. */
export const ALLOWED: Readonly<Record<string, Evidence>> = {
  everything: evidenceOf(attached()),
  'excused-vulnerability': evidenceOf(attached({ scan: scan({ severity: 'High' }) }, [vex()])),
};

/** Denied, by the rule that denies it. */
export const DENIED: Readonly<Record<string, Evidence>> = {
  'signature.present': evidenceOf(
    attached({ approval: unsigned(approval(YESTERDAY, { message: 'not signed by anyone configured here' })) }),
  ),
  'signature.logged': evidenceOf(attached({ approval: approval(YESTERDAY, { checks: { chain: passed() } }) })),
  'signature.timestamped': evidenceOf(attached({ approval: approval('') })),
  'signature.recent': evidenceOf(attached({ approval: approval('2026-06-01T10:00:00.000Z') })),
  'signature.annotated': evidenceOf(
    attached({ approval: approval(YESTERDAY, { annotations: { environment: 'staging' } }) }),
  ),
  'signature.vouched': evidenceOf(Object.values(pieces).map(unsigned)),
  'signature.relaxed': evidenceOf(
    attached({
      approval: approval(YESTERDAY, { relaxed: ['sct'], message: 'the trust does not ask for a certificate log' }),
    }),
  ),
  'sbom.present': evidenceOf([approval(YESTERDAY), provenance(), scan()]),
  'sbom.read': evidenceOf(attached({ sbom: sbom() })),
  'sbom.denied_package': evidenceOf(
    attached({ sbom: sbom(LIBX, { name: 'event-stream', version: '3.3.6', licence: 'MIT' }) }),
  ),
  'licence.disallowed': evidenceOf(
    attached({ sbom: sbom(LIBX, { name: 'liby', version: '2.0.0', licence: 'AGPL-3.0-only' }) }),
  ),
  'licence.unknown': evidenceOf(
    attached({ sbom: sbom(LIBX, { name: 'liby', version: '2.0.0', licence: 'NOASSERTION' }) }),
  ),
  'provenance.present': evidenceOf(attached({ provenance: unsigned(provenance()) })),
  'provenance.builder': evidenceOf(
    attached({ provenance: provenance({ builder: 'https://builder.example/somebody' }) }),
  ),
  'provenance.build_type': evidenceOf(
    attached({ provenance: provenance({ buildType: 'https://builder.example/by-hand' }) }),
  ),
  'provenance.repository': evidenceOf(
    attached({ provenance: provenance({ repository: 'https://github.com/somebody/app' }) }),
  ),
  'provenance.commit': evidenceOf(attached({ provenance: provenance({ commit: '' }) })),
  'vulnerability.scanned': evidenceOf([approval(YESTERDAY), sbom(LIBX), provenance()]),
  'vulnerability.recent': evidenceOf(attached({ scan: scan({ finished: '2026-11-01T09:00:00Z' }) })),
  'vulnerability.severity': evidenceOf(attached({ scan: scan({ severity: 'Critical' }) }, [unsigned(vex())])),
  'evidence.incomplete': evidenceOf(attached(), {
    complete: false,
    discovery: [
      {
        subject: evidenceOf([]).subject.digest,
        source: 'cosign-tag',
        outcome: 'failed',
        types: [],
        found: 0,
        limit: '',
        error: { code: 'REGISTRY_UNAVAILABLE', message: 'the registry did not answer', retryable: true },
      },
    ],
  }),
  'evidence.failed': evidenceOf(
    attached({}, [
      {
        type: 'https://slsa.dev/provenance/v1',
        content: { forged: true },
        outcome: 'failed',
        message: 'the signature is not valid',
      },
    ]),
  ),
  'evidence.unread': evidenceOf(
    attached({}, [
      { type: 'application/pdf', content: 'a test report', read: false, message: 'PDF is not read; attach JSON' },
    ]),
  ),
  'evidence.unknown': evidenceOf(
    attached({}, [{ type: 'https://acme.example/test-result/v1', content: { result: 'PASSED' } }]),
  ),
};

/** Path below `policies/` and text of every example. */
export function examples(): ReadonlyMap<string, string> {
  const file = (path: string, value: unknown): [string, string] => [path, `${JSON.stringify(value, null, 2)}\n`];
  return new Map([
    file('examples/config.json', EXAMPLE_CONFIG),
    ...Object.entries(ALLOWED).map(([name, evidence]) => file(`examples/allowed/${name}.evidence.json`, evidence)),
    ...Object.entries(DENIED).map(([name, evidence]) => file(`examples/denied/${name}.evidence.json`, evidence)),
  ]);
}

if (process.argv[1] === import.meta.filename) {
  const policies = new URL('policies/', ROOT);
  for (const kind of ['allowed', 'denied']) {
    rmSync(new URL(`examples/${kind}`, policies), { recursive: true, force: true });
    mkdirSync(new URL(`examples/${kind}`, policies), { recursive: true });
  }
  for (const [path, text] of examples()) writeFileSync(new URL(path, policies), text);
}
