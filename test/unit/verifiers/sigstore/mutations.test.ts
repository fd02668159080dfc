import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExaminer } from '../../../../src/verifiers/sigstore/examiner.ts';
import type { Finding } from '../../../../src/verifiers/sigstore/finding.ts';
import { type BundleJson, bundle, bytesOf } from '../../../support/sigstore/bundle.ts';
import { issue } from '../../../support/sigstore/certificate.ts';
import { LATER } from '../../../support/sigstore/examine.ts';
import { newKey } from '../../../support/sigstore/keys.ts';
import { certificatesTrust, keysTrust, newSigstore, sigstoreTrust } from '../../../support/sigstore/sigstore.ts';

const sigstore = newSigstore();
const key = newKey();
const authority = issue({ name: 'own', authority: true });
const holder = issue({ name: 'holder', issuer: authority });
const MESSAGE = Buffer.from('hello');
const examiner = createExaminer([
  keysTrust([key]),
  sigstoreTrust(sigstore.trustedRoot()),
  certificatesTrust([authority]),
]);
const subjects: readonly BundleJson[] = [
  bundle({ signer: sigstore.identify(), logs: [sigstore.v1], timestamps: [sigstore.timestamps] }),
  bundle({ signer: sigstore.identify(), logs: [sigstore.v2], timestamps: [sigstore.timestamps] }),
  bundle({ signer: sigstore.identify(), logs: [sigstore.v1], version: '0.1', kind: 'intoto/0.0.1' }),
  bundle({ signer: key, message: MESSAGE }),
  bundle({ signer: holder, version: '0.2', intermediates: [authority] }),
];
const messageOf = (json: BundleJson) =>
  json.messageSignature === undefined ? undefined : ({ kind: 'bytes', bytes: MESSAGE } as const);

/** What must be as it was wherever a bundle is verified: what is signed, by whom. */
function meaning(json: unknown): unknown {
  const { verificationMaterial, dsseEnvelope, messageSignature } = json as BundleJson;
  const [leaf] = verificationMaterial.x509CertificateChain?.certificates ?? [];
  const decode = (text: string | undefined) => text && Buffer.from(text, 'base64').toString('hex');
  return [
    decode(verificationMaterial.certificate?.rawBytes ?? leaf?.rawBytes),
    decode(dsseEnvelope?.payload),
    dsseEnvelope?.payloadType,
    messageSignature === undefined,
  ];
}

type Place = { readonly parent: Record<string, unknown>; readonly name: string };

/** Every member of every object and list. */
function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((name) => [{ parent, name }, ...placesIn(parent[name])]);
}

async function check(bytes: Uint8Array, original: BundleJson): Promise<Finding> {
  const finding = await examiner.examine({ bundle: bytes, message: messageOf(original) }, LATER);
  expect(finding.signers.length > 0).toBe(finding.outcome === 'verified');
  if (finding.outcome === 'verified') {
    expect(meaning(JSON.parse(Buffer.from(bytes).toString()))).toEqual(meaning(original));
  }
  return finding;
}

describe('a bundle that was changed', () => {
  it('is verified as it was', async () => {
    for (const json of subjects) expect((await check(bytesOf(json), json)).outcome).toBe('verified');
  });

  it('by bytes is never verified for something else, and nothing is thrown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...subjects),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }),
        async (json, changes) => {
          const bytes = bytesOf(json);
          for (const [at, bits] of changes) {
            const index = at % bytes.byteLength;
            bytes[index] = (bytes[index] ?? 0) ^ bits;
          }
          await check(bytes, json);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('by values is never verified for something else, and nothing is thrown', async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.base64String(),
      fc.constantFrom('0', '-1', '1e99', 'NaN', '99999999999999999999', '', null, {}, []),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...subjects),
        fc.nat(),
        fc.option(value, { nil: undefined }),
        async (json, at, other) => {
          const copy: BundleJson = structuredClone(json);
          const places = placesIn(copy);
          const { parent, name } = places[at % places.length] ?? { parent: {}, name: '' };
          parent[name] = other;
          await check(bytesOf(copy), json);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('by parts of another bundle is never verified for something else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...subjects),
        fc.constantFrom(...subjects),
        fc.nat(),
        async (json, other, at) => {
          const copy: BundleJson = structuredClone(json);
          const places = placesIn(copy);
          const { parent, name } = places[at % places.length] ?? { parent: {}, name: '' };
          const donor = placesIn(structuredClone(other)).filter((place) => place.name === name);
          const given = donor[at % Math.max(donor.length, 1)];
          if (given !== undefined) parent[name] = given.parent[given.name];
          await check(bytesOf(copy), json);
        },
      ),
      { numRuns: 300 },
    );
  });
});
