/**
 * `samples/warm-up/`: an image with signatures by throw-away keys, which `verdict serve` verifies before it is ready. Run
 * `node scripts/warm-up-sample.ts` to make it anew; the private keys are gone when it ends, so nothing comes out twice.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { digestOf, MEDIA_TYPES } from '../src/descriptor.ts';
import { jws } from '../test/support/notation/envelopes.ts';
import { ARTIFACT_TYPE, JWS, target } from '../test/support/notation/exhibits.ts';
import { leaf, root } from '../test/support/notation/pki.ts';
import { bundle, bytesOf } from '../test/support/sigstore/bundle.ts';
import { newKey } from '../test/support/sigstore/keys.ts';

const DIRECTORY = new URL('../samples/warm-up/', import.meta.url);
/** The instant of its decisions; certificates are valid from 2026-01-01 to 2036-01-01. */
const TIME = '2026-07-01T00:00:00.000Z';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

interface Described {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function write(mediaType: string, bytes: Uint8Array): Described {
  const digest = digestOf(bytes);
  writeFileSync(new URL(`blobs/${digest.replace(':', '/')}`, DIRECTORY), bytes);
  return { mediaType, digest, size: bytes.byteLength };
}

/** A manifest; with a subject, an artifact that is attached to it. */
function manifest(layer: Described, config: Described, artifactType?: string, subject?: Described): Described {
  const content = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType,
    config,
    layers: [layer],
    subject,
  };
  return write(MEDIA_TYPES.ociManifest, bytesOf(content));
}

rmSync(DIRECTORY, { recursive: true, force: true });
mkdirSync(new URL('blobs/sha256/', DIRECTORY), { recursive: true });

const rootfs = { type: 'layers', diff_ids: [] };
const image = manifest(
  write('application/vnd.oci.image.layer.v1.tar', Buffer.from('a sample')),
  write(MEDIA_TYPES.ociConfig, bytesOf({ architecture: 'amd64', os: 'linux', rootfs, config: {} })),
);
const empty = write(MEDIA_TYPES.ociEmpty, Buffer.from('{}'));
const attach = (mediaType: string, bytes: Uint8Array, artifactType: string): Described =>
  manifest(write(mediaType, bytes), empty, artifactType, image);

const authority = await root({ key: 'RSA-2048' });
const chain = [await leaf(authority, { key: 'RSA-2048' }), authority];
const notation = attach(JWS, jws({ chain, payload: target(image) }), ARTIFACT_TYPE);
const altered = attach(
  JWS,
  jws({ chain, payload: target(image), toBeSigned: (bytes) => Buffer.concat([bytes, Buffer.from('!')]) }),
  ARTIFACT_TYPE,
);

const key = newKey('P-256');
const statement = bytesOf({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'sample', digest: { sha256: image.digest.slice('sha256:'.length) } }],
  predicateType: 'https://sigstore.dev/cosign/sign/v1',
  predicate: {},
});
const sigstore = attach(BUNDLE, bytesOf(bundle({ signer: key, payload: statement })), BUNDLE);

const named = { ...image, annotations: { 'org.opencontainers.image.ref.name': 'sample' } };
const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [named, notation, altered, sigstore] };
writeFileSync(new URL('index.json', DIRECTORY), bytesOf(index));
writeFileSync(new URL('oci-layout', DIRECTORY), bytesOf({ imageLayoutVersion: '1.0.0' }));
const sample = {
  time: TIME,
  digest: image.digest,
  expected: {
    sigstore: { [sigstore.digest]: 'verified' },
    notation: { [notation.digest]: 'verified', [altered.digest]: 'failed' },
  },
  key: Buffer.from(key.spki).toString('base64'),
  ca: Buffer.from(authority.der).toString('base64'),
};
writeFileSync(new URL('sample.json', DIRECTORY), `${JSON.stringify(sample, null, 2)}\n`);
