import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Budget, newBudget } from '../../../../src/budget.ts';
import { checkContent, type Descriptor, descriptor, digestOf } from '../../../../src/descriptor.ts';
import { VerdictError } from '../../../../src/errors.ts';
import { isObject, parseJson, scanJson } from '../../../../src/json.ts';
import { errored, failed, passed } from '../../../../src/report.ts';
import { compileSchema } from '../../../../src/schema.ts';
import { keySigner } from '../../../../src/signer.ts';
import type { Exhibit, Testimony, Verifier } from '../../../../src/verifier.ts';
import type { Examiner, Finding, Signed } from '../../../../src/verifiers/sigstore/finding.ts';
import { createSigstoreVerifier, type SigstoreLimits } from '../../../../src/verifiers/sigstore/verifier.ts';

export const bytes = (content: string): Uint8Array => Buffer.from(content, 'utf8');
export const json = (value: unknown): Uint8Array => bytes(JSON.stringify(value));
export const base64 = (content: Uint8Array | string): string => Buffer.from(content).toString('base64');
export const text = (content: Uint8Array | undefined): string => Buffer.from(content ?? []).toString('utf8');

/** What the artifacts of these tests are attached to, and a target below it. */
export const SUBJECT_BYTES = bytes('{"the":"manifest"}');
export const SUBJECT = digestOf(SUBJECT_BYTES);
export const SUBJECT_512 = digestOf(SUBJECT_BYTES, 'sha512');
export const TARGET = `sha256:${'b'.repeat(64)}`;
export const OTHER = `sha256:${'c'.repeat(64)}`;
export const TIME = new Date('2026-11-21T10:00:00.000Z');

export const TYPES = {
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
  envelope: 'application/vnd.dsse.envelope.v1+json',
  detached: 'application/vnd.dev.sigstore.signature',
  blobBundle: 'application/vnd.dev.cosign.blob-bundle+json',
} as const;

export interface Layer {
  readonly content: Uint8Array | string;
  readonly type?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** In place of the content: what fetching it throws. */
  readonly error?: VerdictError;
}

export interface ExhibitOptions {
  readonly artifactType?: string;
  readonly mediaType?: string;
  readonly fetchSubject?: () => Promise<Uint8Array>;
  readonly budget?: Budget;
  /** Descriptors fetched, in order. */
  readonly fetched?: Descriptor[];
}

export function exhibit(layers: readonly Layer[], options: ExhibitOptions = {}): Exhibit {
  const contents = new Map<string, Layer & { readonly content: Uint8Array }>();
  const described = layers.map((layer) => {
    const content = typeof layer.content === 'string' ? bytes(layer.content) : layer.content;
    const digest = digestOf(content);
    contents.set(digest, { ...layer, content });
    const annotations = layer.annotations ?? {};
    return descriptor(layer.type ?? TYPES.bundle, digest, content.byteLength, { annotations });
  });
  const { artifactType = '', mediaType = 'application/vnd.oci.image.manifest.v1+json' } = options;
  return {
    descriptor: descriptor(mediaType, `sha256:${'0'.repeat(64)}`, 1, { artifactType }),
    layers: described,
    subject: descriptor('application/vnd.oci.image.manifest.v1+json', SUBJECT, SUBJECT_BYTES.byteLength),
    repository: 'registry.example/app',
    budget: options.budget ?? newBudget(),
    signal: new AbortController().signal,
    about: new Map([
      [SUBJECT, SUBJECT],
      [SUBJECT_512, SUBJECT],
      [TARGET, TARGET],
    ]),
    fetch: async (layer) => {
      options.fetched?.push(layer);
      const { content, error } = contents.get(layer.digest) ?? {};
      if (error !== undefined) throw error;
      if (content === undefined) throw new VerdictError('NOT_FOUND', layer.digest);
      checkContent(content, layer);
      return content;
    },
    fetchSubject: options.fetchSubject ?? (async () => SUBJECT_BYTES),
  };
}

/** Whom the examiner below trusts. */
export const SIGNER = keySigner({
  trust: { name: 'release', scope: 'cluster' },
  keyFingerprint: `sha256:${'d'.repeat(64)}`,
  time: undefined,
  timeSource: 'none',
});

export const finding = (outcome: Finding['outcome'], more: Partial<Finding> = {}): Finding => ({
  outcome,
  message: `the signature is ${outcome}`,
  checks: { signature: outcome === 'errored' ? errored('?') : outcome === 'failed' ? failed('bad') : passed() },
  relaxed: [],
  signers: outcome === 'verified' ? [SIGNER] : [],
  claimed: outcome === 'verified' ? [] : [SIGNER],
  holds: undefined,
  error: undefined,
  ...more,
});

/** The signature that a bundle holds, as text. */
export function signatureIn({ bundle }: Signed): string {
  const value = parseJson(bundle);
  const { messageSignature, dsseEnvelope } = isObject(value) ? value : {};
  if (isObject(messageSignature)) return Buffer.from(String(messageSignature.signature), 'base64').toString();
  const signatures = isObject(dsseEnvelope) && Array.isArray(dsseEnvelope.signatures) ? dsseEnvelope.signatures : [];
  return Buffer.from(String(signatures[0]?.sig), 'base64').toString();
}

/**
 * An examiner for which the text of the signature decides: `good…` is verified, `stranger…` nobody's, `bytes…` good
 * where the message comes as bytes, anything else is bad.
 */
export function fakeExaminer(seen: Signed[] = []): Examiner {
  return {
    examine: async (signed) => {
      seen.push(signed);
      const signature = signatureIn(signed);
      if (signature.startsWith('good')) return finding('verified');
      if (signature.startsWith('stranger')) return finding('present');
      if (!signature.startsWith('bytes')) return finding('failed');
      if (signed.message?.kind === 'bytes') return finding('verified');
      return finding('errored', { error: new VerdictError('NOT_FOUND', 'bytes are needed').toFacts() });
    },
    close: async () => {},
  };
}

export interface VerifierOptions {
  readonly examiner?: Examiner;
  readonly schemas?: Parameters<typeof createSigstoreVerifier>[0]['schemas'];
  readonly limits?: Partial<SigstoreLimits>;
}

export const verifier = ({
  examiner = fakeExaminer(),
  schemas = new Map(),
  limits = {},
}: VerifierOptions = {}): Verifier => createSigstoreVerifier({ name: 'release-keys', examiner, schemas, limits });

const REPORT = compileSchema(
  JSON.parse(readFileSync(new URL('../../../../schemas/report.schema.json', import.meta.url), 'utf8')),
  'report',
);

/** What must hold for every testimony: its report fits the schema, its document is one that a policy can take. */
export function expectWellFormed(testimonies: readonly Testimony[]): void {
  for (const { report, document } of testimonies) {
    expect(REPORT.validate(report)).toEqual([]);
    expect(report.document === '').toBe(document === undefined);
    if (document !== undefined) expect(() => scanJson(document)).not.toThrow();
    expect(report.document === '' || report.outcome === 'verified' || report.outcome === 'present').toBe(true);
  }
}

/** All testimonies of one artifact, well-formed. */
export async function examine(
  layers: readonly Layer[],
  options: VerifierOptions & ExhibitOptions = {},
): Promise<readonly Testimony[]> {
  const testimonies = await verifier(options).verify(exhibit(layers, options), TIME);
  expectWellFormed(testimonies);
  return testimonies;
}

/** The only testimony of one layer. */
export async function only(layer: Layer, options: VerifierOptions & ExhibitOptions = {}): Promise<Testimony> {
  const [first, ...rest] = await examine([layer], options);
  if (first === undefined || rest.length > 0) throw new Error(`${rest.length + 1} testimonies in place of one`);
  return first;
}

export const statement = (more: object = {}) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app', digest: { sha256: SUBJECT.slice(7) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { buildDefinition: {} },
  ...more,
});

export const envelope = (
  payload: Uint8Array | string,
  signatures: readonly string[] = ['good'],
  payloadType = 'application/vnd.in-toto+json',
) => ({
  payload: base64(payload),
  payloadType,
  signatures: signatures.map((sig, index) => ({ keyid: `key ${index}`, sig: base64(sig) })),
});

export const bundle = (content: object, more: object = {}) => ({
  mediaType: TYPES.bundle,
  verificationMaterial: { publicKey: { hint: '' } },
  ...content,
  ...more,
});

/** A bundle around a statement. */
export const attestation = (signature = 'good', more: object = {}) =>
  json(bundle({ dsseEnvelope: envelope(json(statement(more)), [signature]) }));

export const messageBundle = (signature = 'good', digest = SUBJECT, more: object = {}) =>
  json(
    bundle(
      {
        messageSignature: {
          messageDigest: { algorithm: 'SHA2_256', digest: base64(Buffer.from(digest.slice(7), 'hex')) },
          signature: base64(signature),
        },
      },
      more,
    ),
  );

/** A payload as cosign signs it. */
export const simpleSigning = (digest = SUBJECT, critical: object = {}, top: object = {}) => ({
  critical: {
    identity: { 'docker-reference': 'registry.example/app' },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
    ...critical,
  },
  optional: null,
  ...top,
});

/** A layer of cosign's `.sig` artifacts. */
export const sigLayer = (
  payload: Uint8Array,
  signature = 'good',
  annotations: Readonly<Record<string, string>> = {},
): Layer => ({
  content: payload,
  type: TYPES.simpleSigning,
  annotations: { 'dev.cosignproject.cosign/signature': base64(signature), ...annotations },
});
