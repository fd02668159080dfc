import { digestOf } from '../../../src/descriptor.ts';
import type { Artifact, Evidence, Report, Signer } from '../../../src/generated/evidence.ts';
import { passed, report } from '../../../src/report.ts';

/** The subject of every made evidence: one image, its own target. */
export const SUBJECT = digestOf(new TextEncoder().encode('the image'));
export const NOW = '2026-11-21T10:00:00.000Z';

/** One document attached to the subject; what is not said is as a verifier reports a readable, unsigned document. */
export interface Attachment {
  readonly type: string;
  readonly content: unknown;
  readonly outcome?: Report['outcome'];
  readonly signers?: readonly Signer[];
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

function artifactOf(attachment: Attachment): Artifact {
  const digest = digestOf(new TextEncoder().encode(`artifact with ${JSON.stringify(attachment)}`));
  return {
    digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: attachment.type,
    size: 700,
    annotations: {},
    subject: SUBJECT,
    binding: 'manifest',
    sources: ['referrers-api'],
    depth: 1,
    collected: true,
    reports: [reportOf(attachment)],
  };
}

function reportOf(attachment: Attachment): Report {
  const { type, outcome = 'present', signers = [], read = true, message = 'read' } = attachment;
  const digest = documentDigest(attachment);
  const isPredicate = type.startsWith('https://');
  return report({ verifier: { name: 'json', type: 'json' }, layer: digest }, outcome, message, {
    type,
    read: isHandedOver(attachment),
    payload: read ? digest : '',
    document: isHandedOver(attachment) ? digest : '',
    subjects: [SUBJECT],
    statement: isPredicate
      ? {
          type: 'https://in-toto.io/Statement/v1',
          predicateType: type,
          subject: [{ name: 'app', digest: { sha256: SUBJECT.replace('sha256:', '') } }],
        }
      : { type: '', predicateType: '', subject: [] },
    signers,
    checks: signers.length > 0 ? { digest: passed(), signature: passed(), subject: passed() } : { digest: passed() },
  });
}

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
