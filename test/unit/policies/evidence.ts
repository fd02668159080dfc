import { digestOf } from '../../../src/descriptor.ts';
import type { Artifact, Evidence, Report, Signer } from '../../../src/generated/evidence.ts';
import { type checks, passed, report } from '../../../src/report.ts';

/** The subject of every made evidence: one image, its own target. */
export const SUBJECT = digestOf(new TextEncoder().encode('the image'));
export const NOW = '2026-11-21T10:00:00.000Z';

/** One document attached to the subject; what is not said is as a verifier reports a readable, unsigned document. */
export interface Attachment {
  readonly type: string;
  readonly content: unknown;
  readonly outcome?: Report['outcome'];
  readonly signers?: readonly Signer[];
  readonly checks?: Parameters<typeof checks>[0];
  /** Checks that were waived. */
  readonly relaxed?: readonly string[];
  /** What the statement says of its subject. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** What it is attached to and speaks of; else the subject. */
  readonly subject?: string;
  /** False: the document is there but was not understood. */
  readonly read?: boolean;
  readonly message?: string;
}

/** An evidence that fits its schema, with digests of what is in it. */
export function evidenceOf(
  attachments: readonly Attachment[],
  more: Partial<Pick<Evidence, 'complete' | 'discovery'>> = {},
): Evidence {
  const reference = `registry.example/acme/app@${SUBJECT}`;
  const platform = { os: 'linux', architecture: 'amd64', variant: '' };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return {
    version: '1',
    complete: true,
    subject: {
      reference,
      requested: 'registry.example/acme/app:1.4.0',
      registry: 'registry.example',
      repository: 'acme/app',
      tag: '1.4.0',
      digest: SUBJECT,
      mediaType,
      artifactType: '',
      size: 1234,
      annotations: {},
      manifest: {},
      targets: [{ digest: SUBJECT, mediaType, size: 1234, platform, manifest: {}, config: {} }],
    },
    artifacts: attachments.map(artifactOf),
    documents: Object.fromEntries(
      attachments.filter(isHandedOver).map((attachment) => [documentDigest(attachment), attachment.content]),
    ),
    discovery: [
      {
        subject: SUBJECT,
        source: 'referrers-api',
        outcome: 'ok',
        types: [],
        found: attachments.length,
        limit: '',
      },
    ],
    context: { time: NOW, caller: 'cli', namespace: '', parameters: {} },
    ...more,
  };
}

const documentDigest = ({ content }: Attachment): string => digestOf(new TextEncoder().encode(JSON.stringify(content)));

const isHandedOver = ({ outcome = 'present', read = true }: Attachment): boolean =>
  read && (outcome === 'present' || outcome === 'verified');

/** Digest of the artifact that carries an attachment. */
export const artifactDigest = (attachment: Attachment): string =>
  digestOf(new TextEncoder().encode(`artifact with ${JSON.stringify(attachment)}`));

function artifactOf(attachment: Attachment): Artifact {
  const digest = artifactDigest(attachment);
  return {
    digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: attachment.type,
    size: 700,
    annotations: {},
    subject: attachment.subject ?? SUBJECT,
    binding: 'manifest',
    sources: ['referrers-api'],
    depth: attachment.subject === undefined ? 1 : 2,
    collected: true,
    reports: [reportOf(attachment)],
  };
}

function reportOf(attachment: Attachment): Report {
  const { type, outcome = 'present', signers = [], read = true, message = 'read', annotations = {} } = attachment;
  const { subject = SUBJECT } = attachment;
  const digest = documentDigest(attachment);
  // What somebody signed says of what it speaks.
  const isPredicate = type.startsWith('https://') || signers.length > 0;
  return report({ verifier: { name: 'json', type: 'json' }, layer: digest }, outcome, message, {
    type,
    read: isHandedOver(attachment),
    payload: read ? digest : '',
    document: isHandedOver(attachment) ? digest : '',
    subjects: [subject],
    relaxed: [...(attachment.relaxed ?? [])],
    statement: isPredicate
      ? {
          type: 'https://in-toto.io/Statement/v1',
          predicateType: type,
          subject: [{ name: 'app', digest: { sha256: subject.replace('sha256:', '') }, ...annotated(annotations) }],
        }
      : { type: '', predicateType: '', subject: [] },
    signers: [...signers],
    checks: {
      digest: passed(),
      ...(signers.length > 0 ? { signature: passed(), subject: passed() } : {}),
      ...attachment.checks,
    },
  });
}

const annotated = (annotations: Readonly<Record<string, string>>): object =>
  Object.keys(annotations).length > 0 ? { annotations } : {};

/** Somebody who signed with a key that a trust names. */
export const keySigner = (trust: string, fingerprint: string): Signer => ({
  id: `key|${fingerprint}`,
  kind: 'key',
  trust: { name: trust, scope: 'cluster' },
  key: { fingerprint },
  certificate: { distinguishedName: '', issuer: '', serialNumber: '', fingerprint: '' },
  san: [],
  oidcIssuer: '',
  time: '',
  timeSource: 'none',
  extensions: {},
});

/** Somebody whom an OIDC issuer identified to the certificate authority of a trust, at a time that its log knows. */
export const keylessSigner = (trust: string, identity: string, oidcIssuer: string, time: string): Signer => ({
  ...keySigner(trust, `sha256:${'7e'.repeat(32)}`),
  id: `keyless|${oidcIssuer}|${identity}`,
  kind: 'keyless',
  san: [{ type: 'uri', value: identity }],
  oidcIssuer,
  time,
  timeSource: 'transparency-log',
});
