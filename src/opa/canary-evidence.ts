import { Buffer } from 'node:buffer';
import { digestOf } from '../descriptor.ts';
import type { Artifact, Discovery, ErrorFacts, Evidence, Report, Signer, Target } from '../generated/evidence.ts';
import { errored, failed, passed, report } from '../report.ts';

/** For whom a canary is sent: registry and repository of the subject, namespace and caller of the context. */
export interface CanaryScope {
  readonly registry: string;
  readonly repository: string;
  readonly namespace: string;
  readonly caller: Evidence['context']['caller'];
  /** `context.time` of the made evidences. */
  readonly time: Date;
}

/** A configured trust. */
export interface CanaryTrust {
  readonly name: string;
  readonly scope: Signer['trust']['scope'];
  readonly kind: Signer['kind'];
  /** Whether the trust itself says who may sign; then a stranger never gets past it. */
  readonly namesSigners: boolean;
}

/** What is known of all that is attached. */
export type Standing =
  | { readonly kind: 'errored' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'present' }
  | { readonly kind: 'verified'; readonly signer: Signer };

const digest = (text: string): string => digestOf(Buffer.from(text));

const VERIFIER = { name: 'canary', type: 'canary' };
const IMAGE_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const IMAGE = digest('canary image');
const UNAVAILABLE: ErrorFacts = {
  code: 'REGISTRY_UNAVAILABLE',
  message: 'the registry did not answer',
  retryable: true,
};

/** Somebody with a name under `.invalid` (RFC 2606) whom the trust's root knows as it knows everybody. */
export function strangerOf({ name, scope, kind }: CanaryTrust): Signer {
  const identity = 'https://stranger.invalid/workflow@refs/heads/main';
  // The issuer that most identities come from: whoever looks at the issuer alone must take the stranger in.
  const issuer = kind === 'keyless' ? 'https://token.actions.githubusercontent.com' : '';
  const key = digest('canary key');
  const root = digest('canary root');
  const certificate = {
    distinguishedName: 'CN=stranger.invalid',
    issuer: 'CN=root.invalid',
    serialNumber: '01',
    fingerprint: digest('canary certificate'),
  };
  const ids = {
    keyless: `keyless|${issuer}|${identity}`,
    key: `key|${key}`,
    certificate: `certificate|${root}|${certificate.distinguishedName}`,
  };
  const none = { distinguishedName: '', issuer: '', serialNumber: '', fingerprint: '' };
  return {
    id: ids[kind],
    kind,
    trust: { name, scope },
    key: { fingerprint: key },
    certificate: kind === 'key' ? none : certificate,
    san: kind === 'key' ? [] : [{ type: 'uri', value: identity }],
    oidcIssuer: issuer,
    time: '',
    timeSource: 'none',
    extensions: {},
  };
}

/** An evidence with everything attached that policies ask for, all of it in the same standing. */
export function attachedEvidence(scope: CanaryScope, standing: Standing): Evidence {
  const documents = attachments(scope);
  const artifacts = documents.map(({ type, content }) => artifactOf(type, JSON.stringify(content), standing));
  const isReadable = standing.kind === 'present' || standing.kind === 'verified';
  return {
    ...bareEvidence(scope),
    complete: standing.kind !== 'errored',
    artifacts: artifacts.sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    documents: isReadable
      ? Object.fromEntries(documents.map(({ content }) => [digest(JSON.stringify(content)), content]))
      : {},
    discovery: [discovery({ outcome: 'ok', found: documents.length })],
  };
}

/** Nothing attached; where `isKnown` is false, because nobody could look. */
export function emptyEvidence(scope: CanaryScope, isKnown: boolean): Evidence {
  const answer = isKnown ? discovery({ outcome: 'ok' }) : { ...discovery({ outcome: 'failed' }), error: UNAVAILABLE };
  return { ...bareEvidence(scope), complete: isKnown, discovery: [answer] };
}

const discovery = (more: Pick<Discovery, 'outcome'> & Partial<Discovery>): Discovery => ({
  subject: IMAGE,
  source: 'referrers-api',
  types: [],
  found: 0,
  limit: '',
  ...more,
});

function bareEvidence({ registry, repository, namespace, caller, time }: CanaryScope): Evidence {
  const platform = { os: 'linux', architecture: 'amd64', variant: '' };
  const target: Target = { digest: IMAGE, mediaType: IMAGE_TYPE, size: 1234, platform, manifest: {}, config: {} };
  return {
    version: '1',
    complete: true,
    subject: {
      reference: `${registry}/${repository}@${IMAGE}`,
      requested: `${registry}/${repository}:canary`,
      registry,
      repository,
      tag: 'canary',
      digest: IMAGE,
      mediaType: IMAGE_TYPE,
      artifactType: '',
      size: 1234,
      annotations: {},
      manifest: {},
      targets: [target],
    },
    artifacts: [],
    documents: {},
    discovery: [],
    context: { time: time.toISOString(), caller, namespace, parameters: {} },
  };
}

function artifactOf(type: string, content: string, standing: Standing): Artifact {
  return {
    digest: digest(`canary artifact ${content}`),
    mediaType: IMAGE_TYPE,
    artifactType: type,
    size: content.length,
    annotations: {},
    subject: IMAGE,
    binding: 'manifest',
    sources: ['referrers-api'],
    depth: 1,
    collected: true,
    reports: [reportOf(type, content, standing)],
  };
}

function reportOf(type: string, content: string, standing: Standing): Report {
  const key = digest(content);
  const origin = { verifier: VERIFIER, layer: key };
  const about = { type, subjects: [IMAGE] };
  const read = {
    ...about,
    read: true,
    payload: key,
    document: key,
    // A media type stands for a document on its own, without a statement.
    ...(type.startsWith('https://') ? { statement: statementOf(type) } : {}),
  };
  switch (standing.kind) {
    case 'errored': {
      const checks = { digest: errored(UNAVAILABLE.message) };
      return report(origin, 'errored', UNAVAILABLE.message, { ...about, checks, error: UNAVAILABLE });
    }
    case 'failed': {
      const checks = { digest: passed(), subject: passed(), signature: failed('the signature is not valid') };
      return report(origin, 'failed', 'the signature is not valid', { ...about, checks });
    }
    case 'present': {
      const checks = { digest: passed(), subject: passed() };
      return report(origin, 'present', 'not signed by anyone configured here', { ...read, checks });
    }
    case 'verified': {
      const checks = { digest: passed(), subject: passed(), signature: passed(), chain: passed() };
      return report(origin, 'verified', 'signed', { ...read, checks, signers: [standing.signer] });
    }
  }
}

const statementOf = (predicateType: string): Report['statement'] => ({
  type: 'https://in-toto.io/Statement/v1',
  predicateType,
  subject: [{ name: 'canary', digest: { sha256: IMAGE.replace('sha256:', '') } }],
});

/** Documents with nothing in them to object to: who vouches for them is all that is wrong. */
function attachments({ registry, repository, time }: CanaryScope): ReadonlyArray<{ type: string; content: object }> {
  const now = time.toISOString();
  const spdx = (name: string): object => ({
    spdxVersion: 'SPDX-2.3',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    creationInfo: { created: now, creators: ['Tool: canary'] },
    packages: [
      { SPDXID: 'SPDXRef-a', name: 'a', versionInfo: '1.0.0', licenseDeclared: 'MIT', licenseConcluded: 'MIT' },
    ],
  });
  const cyclonedx = (version: number): object => ({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version,
    components: [{ type: 'library', name: 'a', version: '1.0.0', licenses: [{ license: { id: 'MIT' } }] }],
  });
  return [
    { type: 'https://spdx.dev/Document', content: spdx('canary') },
    { type: 'application/spdx+json', content: spdx('canary on its own') },
    { type: 'https://cyclonedx.org/bom', content: cyclonedx(1) },
    { type: 'application/vnd.cyclonedx+json', content: cyclonedx(2) },
    {
      type: 'application/sarif+json',
      content: {
        version: '2.1.0',
        runs: [{ tool: { driver: { name: 'canary' } }, results: [], invocations: [{ endTimeUtc: now }] }],
      },
    },
    {
      type: 'https://slsa.dev/provenance/v1',
      content: {
        buildDefinition: {
          buildType: 'https://actions.github.io/buildtypes/workflow/v1',
          externalParameters: { workflow: { ref: 'refs/heads/main', repository: 'https://github.com/stranger/app' } },
          resolvedDependencies: [{ uri: 'git+https://github.com/stranger/app@refs/heads/main' }],
        },
        runDetails: {
          builder: { id: 'https://github.com/actions/runner/github-hosted' },
          metadata: { finishedOn: now },
        },
      },
    },
    {
      type: 'https://cosign.sigstore.dev/attestation/vuln/v1',
      content: {
        scanner: { uri: 'canary', version: '1', result: { SchemaVersion: 2, Results: [] } },
        metadata: { scanStartedOn: now, scanFinishedOn: now },
      },
    },
    { type: 'https://sigstore.dev/cosign/sign/v1', content: {} },
    {
      type: 'application/vnd.cncf.notary.payload.v1+json',
      content: { targetArtifact: { mediaType: IMAGE_TYPE, digest: IMAGE, size: 1234 } },
    },
    {
      type: 'application/vnd.dev.cosign.simplesigning.v1+json',
      content: {
        critical: {
          identity: { 'docker-reference': `${registry}/${repository}` },
          image: { 'docker-manifest-digest': IMAGE },
          type: 'cosign container image signature',
        },
        optional: {},
      },
    },
  ];
}
