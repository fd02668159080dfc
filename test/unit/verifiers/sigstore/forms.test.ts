import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../../src/report.ts';
import type { Trust } from '../../../../src/trust.ts';
import { createExaminer } from '../../../../src/verifiers/sigstore/examiner.ts';
import { type BundleJson, bundle as sign } from '../../../support/sigstore/bundle.ts';
import type { Holder } from '../../../support/sigstore/certificate.ts';
import { LATER } from '../../../support/sigstore/examine.ts';
import { type Key, newKey } from '../../../support/sigstore/keys.ts';
import { keysTrust, newSigstore, sigstoreTrust, WORKFLOW } from '../../../support/sigstore/sigstore.ts';
import {
  base64,
  exhibit,
  expectWellFormed,
  json,
  type Layer,
  OTHER,
  SUBJECT,
  SUBJECT_BYTES,
  simpleSigning,
  statement,
  TYPES,
  verifier,
} from './exhibit.ts';

const sigstore = newSigstore();
const workflow = sigstore.identify();
const keyless = sigstoreTrust(sigstore.trustedRoot());

/** What is said of layers, with the examiner that decides in earnest. */
async function told(layers: readonly Layer[], trusts: readonly Trust[] = [keyless]): Promise<readonly Report[]> {
  const said = await verifier({ examiner: createExaminer(trusts) }).verify(exhibit(layers), LATER);
  expectWellFormed(said);
  return said.map(({ report }) => report);
}

const only = async (layer: Layer, trusts?: readonly Trust[]): Promise<Report> => {
  const [first, ...more] = await told([layer], trusts);
  if (first === undefined || more.length > 0) throw new Error(`${more.length + 1} reports in place of one`);
  return first;
};

const pem = (der: string) => `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;

/** The log's answer as cosign's first versions kept it. */
function answerOf({ verificationMaterial }: BundleJson): Record<string, unknown> {
  const [entry] = verificationMaterial.tlogEntries;
  return {
    SignedEntryTimestamp: entry?.inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: entry?.canonicalizedBody,
      integratedTime: Number(entry?.integratedTime),
      logIndex: Number(entry?.logIndex),
      logID: Buffer.from(entry?.logId.keyId ?? '', 'base64').toString('hex'),
    },
  };
}

/** A bundle taken apart into the annotations that cosign's first versions wrote. */
function annotationsOf(bundle: BundleJson): Record<string, string> {
  const { x509CertificateChain: chain, tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  const [leaf, ...above] = chain?.certificates ?? [];
  const [stamp] = timestampVerificationData.rfc3161Timestamps;
  return {
    'dev.cosignproject.cosign/signature': bundle.messageSignature?.signature ?? '',
    ...(leaf === undefined ? {} : { 'dev.sigstore.cosign/certificate': pem(leaf.rawBytes) }),
    ...(above.length === 0 ? {} : { 'dev.sigstore.cosign/chain': above.map(({ rawBytes }) => pem(rawBytes)).join('') }),
    ...(tlogEntries.length === 0 ? {} : { 'dev.sigstore.cosign/bundle': JSON.stringify(answerOf(bundle)) }),
    ...(stamp === undefined
      ? {}
      : { 'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: stamp.signedTimestamp }) }),
  };
}

const ALL = { version: '0.1', logs: [sigstore.v1], timestamps: [sigstore.timestamps] } as const;
const PAYLOAD = json(simpleSigning());
const imageLayer = (signer: Holder | Key = workflow, payload = PAYLOAD, more: object = ALL): Layer => ({
  content: payload,
  type: TYPES.simpleSigning,
  annotations: annotationsOf(sign({ signer, message: payload, intermediates: [sigstore.intermediate], ...more })),
});
const attestationLayer = (signer: Holder | Key = workflow): Layer => {
  const bundle = sign({ signer, payload: json(statement()), intermediates: [sigstore.intermediate], ...ALL });
  return { content: json(bundle.dsseEnvelope), type: TYPES.envelope, annotations: annotationsOf(bundle) };
};
const VERIFIED = { outcome: 'verified', subjects: [SUBJECT], signers: [{ id: expect.stringContaining(WORKFLOW) }] };

describe('a keyless signature', () => {
  it('in the annotations of a .sig layer is verified, with log, timestamp or both', async () => {
    expect(await only(imageLayer())).toMatchObject({
      ...VERIFIED,
      checks: { chain: { outcome: 'passed' }, timestamp: { outcome: 'passed' }, transparency: { outcome: 'passed' } },
    });
    const logged = imageLayer(workflow, PAYLOAD, { version: '0.1', logs: [sigstore.v1] });
    expect(await only(logged)).toMatchObject(VERIFIED);
    const stamped = imageLayer(workflow, PAYLOAD, { version: '0.1', timestamps: [sigstore.timestamps] });
    expect((await only(stamped)).outcome).toBe('failed');
    expect(await only(stamped, [{ ...keyless, transparencyLog: 0 }])).toMatchObject({
      ...VERIFIED,
      relaxed: ['transparency'],
    });
  });

  it('in the annotations of an .att layer is verified', async () => {
    expect(await only(attestationLayer())).toMatchObject({ ...VERIFIED, type: 'https://slsa.dev/provenance/v1' });
  });

  it('in a bundle of any version is verified', async () => {
    for (const version of ['0.1', '0.2', '0.3'] as const) {
      const content = json(sign({ signer: workflow, payload: json(statement()), logs: [sigstore.v1], version }));
      expect(await only({ content })).toMatchObject(VERIFIED);
      const message = json(sign({ signer: workflow, message: SUBJECT_BYTES, logs: [sigstore.v1], version }));
      expect(await only({ content: message })).toMatchObject({ ...VERIFIED, payload: SUBJECT });
    }
  });

  it("in cosign's old bundles of files and of their attestations is verified", async () => {
    const message = sign({ signer: workflow, message: SUBJECT_BYTES, ...ALL });
    const attested = sign({ signer: workflow, payload: json(statement()), ...ALL });
    const [cert = ''] =
      message.verificationMaterial.x509CertificateChain?.certificates.map(({ rawBytes }) => base64(pem(rawBytes))) ??
      [];
    const type = TYPES.blobBundle;
    const blob = { base64Signature: message.messageSignature?.signature, cert, rekorBundle: answerOf(message) };
    expect(await only({ content: json(blob), type })).toMatchObject({ ...VERIFIED, type, payload: SUBJECT });
    const envelope = { base64Signature: base64(json(attested.dsseEnvelope)), cert, rekorBundle: answerOf(attested) };
    expect(await only({ content: json(envelope), type })).toMatchObject({
      ...VERIFIED,
      type: 'https://slsa.dev/provenance/v1',
    });
  });

  it('of a stranger is present', async () => {
    const other = newSigstore('other');
    const report = await only(imageLayer(other.identify(), PAYLOAD, { version: '0.1', logs: [other.v1] }));
    expect(report).toMatchObject({ outcome: 'present', signers: [], subjects: [SUBJECT] });
  });
});

describe('an attack on annotations', () => {
  const BUNDLE = 'dev.sigstore.cosign/bundle';
  const CERTIFICATE = 'dev.sigstore.cosign/certificate';
  const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';
  const good = imageLayer();
  const other = imageLayer(workflow, json(simpleSigning(OTHER)));
  const colleague = sigstore.identify();
  const swapped = (from: Layer, ...names: readonly string[]): Layer => ({
    ...good,
    annotations: {
      ...good.annotations,
      ...Object.fromEntries(names.map((name) => [name, from.annotations?.[name] ?? ''])),
    },
  });

  it.each([
    ['all those of another image', { ...good, annotations: other.annotations ?? {} }],
    ['the log entry of another image', swapped(other, BUNDLE)],
    ['the signature of another image', swapped(other, 'dev.cosignproject.cosign/signature')],
    ['the certificate of a colleague', swapped(imageLayer(colleague), CERTIFICATE)],
    ['certificate and log entry of a colleague', swapped(imageLayer(colleague), CERTIFICATE, BUNDLE)],
    ['no log entry', swapped({ content: '' }, BUNDLE)],
    ['no certificate', swapped({ content: '' }, CERTIFICATE)],
    ['neither log nor time', swapped({ content: '' }, BUNDLE, TIMESTAMP)],
  ])('that puts there %s is not verified', async (_, layer) => {
    const report = await only(layer);
    expect(report).not.toMatchObject({ outcome: 'verified' });
    expect(report).toMatchObject({
      signers: [],
      checks: { subject: { outcome: 'passed' }, payloadType: { outcome: 'passed' } },
    });
  });

  it('that moves a whole layer to another image has failed', async () => {
    const report = await only(other);
    expect(report).toMatchObject({ outcome: 'failed', subjects: [], signers: [], error: { code: 'SUBJECT_MISMATCH' } });
    expect(report.checks).toMatchObject({ signature: { outcome: 'passed' }, transparency: { outcome: 'passed' } });
  });

  it('that lays bad copies beside a good one spoils nothing', async () => {
    const layers = [
      swapped(other, BUNDLE),
      swapped(imageLayer(colleague), CERTIFICATE),
      good,
      swapped({ content: '' }, BUNDLE),
    ];
    for (const order of [layers, layers.toReversed()]) {
      expect((await told(order)).map(({ outcome }) => outcome)).toEqual(['verified']);
    }
  });

  it('that signs a payload as something else has failed', async () => {
    const asImage = { ...imageLayer(workflow, json(statement())) };
    expect(await only(asImage)).toMatchObject({ outcome: 'failed', checks: { payloadType: { outcome: 'failed' } } });
    const content = json(
      sign({ signer: workflow, payload: PAYLOAD, payloadType: TYPES.simpleSigning, logs: [sigstore.v1] }),
    );
    expect(await only({ content })).toMatchObject({ outcome: 'present', signers: [] });
  });
});

describe('any change', () => {
  const v3 = sign({
    signer: workflow,
    payload: json(statement()),
    logs: [sigstore.v1],
    timestamps: [sigstore.timestamps],
  });
  const examiner = createExaminer([keyless]);
  const layers: readonly Layer[] = [
    imageLayer(),
    attestationLayer(),
    { content: json(v3) },
    { content: json(sign({ signer: workflow, message: SUBJECT_BYTES, logs: [sigstore.v1] })) },
  ];
  const same = new Set<string>();

  /** Changes one byte of the content, or one character of an annotation. */
  function changed(layer: Layer, place: number, by: number): Layer {
    const names = Object.keys(layer.annotations ?? {});
    const name = names[place % (names.length + 1)];
    if (name === undefined) {
      const content = Buffer.from(layer.content);
      const at = place % content.byteLength;
      content[at] = (content[at] ?? 0) ^ by;
      return { ...layer, content };
    }
    const text = layer.annotations?.[name] ?? '';
    const at = place % Math.max(1, text.length);
    const other = String.fromCharCode((text.charCodeAt(at) || 0x41) ^ by);
    return { ...layer, annotations: { ...layer.annotations, [name]: text.slice(0, at) + other + text.slice(at + 1) } };
  }

  it('of one byte is survived, and whatever is still verified says the same', async () => {
    for (const { payload, document } of (await Promise.all(layers.map((layer) => told([layer])))).flat()) {
      same.add(`${payload} ${document}`);
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...layers),
        fc.nat(100_000),
        fc.integer({ min: 1, max: 127 }),
        async (layer, place, by) => {
          const said = await verifier({ examiner }).verify(exhibit([changed(layer, place, by)]), LATER);
          expectWellFormed(said);
          expect(said.length).toBeGreaterThan(0);
          for (const { report } of said.filter((one) => one.report.outcome === 'verified')) {
            expect(same).toContain(`${report.payload} ${report.document}`);
            expect(report.signers.map(({ id }) => id)).toEqual([expect.stringContaining(WORKFLOW)]);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('a signature by a key', () => {
  it.each(['P-256', 'P-384', 'Ed25519', 'RSA-3072'] as const)('of kind %s is verified in every form', async (kind) => {
    const key = newKey(kind);
    const trusts = [keysTrust([key])];
    const message = sign({ signer: key, message: SUBJECT_BYTES, version: '0.1' }).messageSignature?.signature ?? '';
    const layers: readonly Layer[] = [
      imageLayer(key, PAYLOAD, {}),
      { ...attestationLayer(key), annotations: {} },
      { content: json(sign({ signer: key, payload: json(statement()) })) },
      { content: json(sign({ signer: key, message: SUBJECT_BYTES })) },
      { content: message, type: TYPES.detached },
      { content: json({ base64Signature: message }), type: TYPES.blobBundle },
    ];
    for (const layer of layers) {
      const report = await only(layer, trusts);
      expect([layer.type, report.outcome, report.message]).toEqual([layer.type, 'verified', report.message]);
      expect(report.subjects).toEqual([SUBJECT]);
    }
  });

  it('of the bytes of something else is not verified', async () => {
    const key = newKey();
    const message = sign({ signer: key, message: Buffer.from('else') }).messageSignature?.signature ?? '';
    expect(await only({ content: message, type: TYPES.detached }, [keysTrust([key])])).toMatchObject({ signers: [] });
  });
});
