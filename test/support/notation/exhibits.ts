import { newBudget } from '../../../src/budget.ts';
import { descriptor, digestOf, MEDIA_TYPES } from '../../../src/descriptor.ts';
import type { CertificatesTrust } from '../../../src/trust.ts';
import type { Exhibit } from '../../../src/verifier.ts';
import type { Party } from './pki.ts';

export const JWS = 'application/jose+json';
export const COSE = 'application/cose';
export const ARTIFACT_TYPE = 'application/vnd.cncf.notary.signature';
export const REPOSITORY = 'registry.example/team/app';

/** The image that is signed. */
export const SUBJECT = descriptor(MEDIA_TYPES.ociManifest, `sha256:${'ab'.repeat(32)}`, 528);

/** The payload that speaks of something. */
export const target = (
  { mediaType, digest, size }: { mediaType: string; digest: string; size: number } = SUBJECT,
  annotations?: Record<string, string>,
): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      targetArtifact: { mediaType, digest, size, ...(annotations === undefined ? {} : { annotations }) },
    }),
  );

/** A signature as a verifier gets it. */
export function exhibit(envelope: Uint8Array, mediaType: string, more: Partial<Exhibit> = {}): Exhibit {
  const layer = descriptor(mediaType, digestOf(envelope), envelope.byteLength);
  return {
    descriptor: descriptor(MEDIA_TYPES.ociManifest, `sha256:${'cd'.repeat(32)}`, 700, { artifactType: ARTIFACT_TYPE }),
    layers: [layer],
    subject: SUBJECT,
    repository: REPOSITORY,
    budget: newBudget(),
    signal: new AbortController().signal,
    about: new Map([[SUBJECT.digest, SUBJECT.digest]]),
    fetch: async () => envelope,
    fetchSubject: async () => new Uint8Array(),
    ...more,
  };
}

/** A trust with these certificates in its stores. */
export function trust(
  name: string,
  stores: {
    readonly ca?: readonly Party[];
    readonly signingAuthority?: readonly Party[];
    readonly tsa?: readonly Uint8Array[];
  },
): CertificatesTrust {
  const ders = (parties: readonly Party[] = []): readonly Uint8Array[] => parties.map(({ der }) => der);
  return {
    kind: 'certificates',
    name,
    scope: 'cluster',
    ca: ders(stores.ca),
    signingAuthority: ders(stores.signingAuthority),
    tsa: stores.tsa ?? [],
    root: undefined,
    identities: [],
    transparencyLog: 0,
    timestamp: 0,
    sct: 0,
  };
}
