import { jws, PAYLOAD_TYPE } from '../test/support/notation/envelopes.ts';
import { ARTIFACT_TYPE, JWS, target } from '../test/support/notation/exhibits.ts';
import { leaf, type Party, root } from '../test/support/notation/pki.ts';
import { startRegistry, type TestRegistry } from '../test/support/registry/registry.ts';

/** A registry with images that have Notary Project signatures (RSA-2048 under an RSA-2048 root), as Ratify's users have. */
export interface SignedRegistry {
  readonly registry: TestRegistry;
  /** PEM of the root. */
  readonly ca: string;
  /** Makes and signs an image; its reference by digest. */
  readonly sign: (tag: string, signatures: number) => string;
  /** What the profile `signed` of a configuration needs to allow them. */
  readonly identities: string;
}

export async function startSignedRegistry(latency = 0): Promise<SignedRegistry> {
  const registry = await startRegistry({ latency });
  const authority = await root({ key: 'RSA-2048' });
  const signer = await leaf(authority, { key: 'RSA-2048' });
  return {
    registry,
    ca: pem(authority),
    sign: (tag, signatures) => {
      const image = registry.image({ tag, annotations: { 'org.example.name': tag } });
      for (let at = 0; at < signatures; at++) {
        const bytes = jws({ chain: [signer, authority], payload: target(image.descriptor, { at: String(at) }) });
        registry.attach(image.digest, { artifactType: ARTIFACT_TYPE, layers: [{ mediaType: JWS, bytes }] });
      }
      return registry.reference(image.digest);
    },
    identities: `[{name: acme, types: ["${PAYLOAD_TYPE}"], trust: acme, kind: certificate, identity: "CN=Signer,OU=Build,O=Acme,ST=WA,C=US"}]`,
  };
}

const pem = ({ der }: Party): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
