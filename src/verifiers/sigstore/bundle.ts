import { type Bundle, bundleFromJSON, type TransparencyLogEntry } from '@sigstore/bundle';
import { type Certificate, parseCertificate } from '../../crypto/certificate.ts';
import { preAuthEncoding } from '../../crypto/dsse.ts';
import type { Content } from '../../crypto/schemes.ts';
import type { Hash } from '../../crypto/signature-algorithm.ts';
import { VerdictError } from '../../errors.ts';
import { isObject, parseJson } from '../../json.ts';
import { reasonOf } from './brief.ts';
import { messageContent } from './content.ts';
import type { Signed } from './finding.ts';

/** Largest bundle: attestations carry whole SBOMs, in base64 and once more in old log entries. */
export const MAX_BUNDLE_BYTES = 32 * 1024 * 1024;
/** Log entries, timestamps and certificates looked at, each one costs signature checks: real bundles have one to three. */
export const MAX_LOG_ENTRIES = 16;
export const MAX_TIMESTAMPS = 16;
export const MAX_CERTIFICATES = 16;
/** Hashes of a proof of inclusion, one for each level of a tree: 2^64 entries are more than any log will have. */
export const MAX_PROOF_HASHES = 64;
/** Longest checkpoint: a few lines, and cosignatures of witnesses. */
export const MAX_CHECKPOINT_LENGTH = 64 * 1024;
/** Longest signature: RSA keys of 8192 bits make 1 KiB. */
export const MAX_SIGNATURE_BYTES = 16 * 1024;

/** A bundle, decoded and not verified. https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_bundle.proto */
export interface Parsed {
  /** The form decides what log entries say of it. */
  readonly form: { readonly kind: 'envelope'; readonly payload: Buffer } | { readonly kind: 'message' };
  /** What the signature is over. */
  readonly content: Content;
  readonly signature: Buffer;
  readonly material: Material;
  readonly entries: readonly TransparencyLogEntry[];
  /** RFC 3161 responses, DER. */
  readonly timestamps: readonly Uint8Array[];
  /** The bundle as it was found. */
  readonly bytes: Uint8Array;
}

/** What a bundle says that the signature is to be verified with. */
type Material =
  | { readonly kind: 'certificate'; readonly leaf: Certificate; readonly intermediates: readonly Certificate[] }
  /** The hint means what signer and verifier agreed on. */
  | { readonly kind: 'key'; readonly hint: string };

/** Reads a bundle. Throws SIGNATURE_INVALID, CERTIFICATE_INVALID or LIMIT_EXCEEDED. */
export function parseBundle({ bundle: bytes, message }: Signed): Parsed {
  if (bytes.byteLength > MAX_BUNDLE_BYTES) throw limit(`${bytes.byteLength} bytes, more than ${MAX_BUNDLE_BYTES}`);
  const json = parseJson(bytes, 'the bundle', 'SIGNATURE_INVALID');
  checkChoices(json);
  const bundle = read(json);
  const { verificationMaterial: material, content } = bundle;
  const entries = material.tlogEntries;
  const timestamps = material.timestampVerificationData?.rfc3161Timestamps ?? [];
  if (entries.length > MAX_LOG_ENTRIES) throw limit(`more than ${MAX_LOG_ENTRIES} log entries`);
  if (timestamps.length > MAX_TIMESTAMPS) throw limit(`more than ${MAX_TIMESTAMPS} timestamps`);
  const common = {
    material: readMaterial(material.content),
    entries: entries.map(readEntry),
    timestamps: timestamps.map(({ signedTimestamp }) => signedTimestamp),
    bytes,
  };
  if (content.$case === 'dsseEnvelope') {
    if (message !== undefined) throw invalid('signs an envelope, not what was expected to be signed');
    const { payload, payloadType, signatures } = content.dsseEnvelope;
    const signature = readSignature(signatures[0]?.sig);
    const signed: Content = { kind: 'bytes', bytes: preAuthEncoding(payloadType, payload) };
    return { form: { kind: 'envelope', payload }, content: signed, signature, ...common };
  }
  const { messageDigest, signature } = content.messageSignature;
  return {
    form: { kind: 'message' },
    content: messageContent(message, messageDigest),
    signature: readSignature(signature),
    ...common,
  };
}

/** The parser takes the first of several choices, other readers may take another. */
function checkChoices(json: unknown): void {
  if (!isObject(json)) throw invalid('is not a JSON object');
  if (!MEDIA_TYPE.test(String(json.mediaType))) throw invalid('has a "mediaType" of no known version');
  const material = json.verificationMaterial;
  if (!isObject(material)) throw invalid('has no "verificationMaterial"');
  const count = (object: Readonly<Record<string, unknown>>, ...names: readonly string[]): number =>
    names.filter((name) => (object[name] ?? null) !== null).length;
  if (count(json, 'messageSignature', 'dsseEnvelope') !== 1) {
    throw invalid('needs exactly one of "messageSignature" and "dsseEnvelope"');
  }
  if (count(material, 'certificate', 'x509CertificateChain', 'publicKey') !== 1) {
    throw invalid('needs exactly one of "certificate", "x509CertificateChain" and "publicKey"');
  }
}

function read(json: unknown): Bundle {
  try {
    return bundleFromJSON(withChain(json));
  } catch (cause) {
    throw invalid(`is malformed: ${reasonOf(cause)}`, cause);
  }
}

/** Every version there is, in both spellings. */
const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.bundle(?:\+json;version=0\.[123]|\.v0\.3\+json)$/;
const V02 = 'application/vnd.dev.sigstore.bundle+json;version=0.2';

/**
 * cosign writes the chain of an authority of one's own into bundles v0.3, whose format has room for the signer's
 * certificate alone. The version before has the same members with a chain.
 */
function withChain(json: unknown): unknown {
  if (!isObject(json) || !isObject(json.verificationMaterial)) return json;
  const hasChain = (json.verificationMaterial.x509CertificateChain ?? null) !== null;
  return hasChain && /v0\.3|version=0\.3/.test(String(json.mediaType)) ? { ...json, mediaType: V02 } : json;
}

function readMaterial(content: Bundle['verificationMaterial']['content']): Material {
  switch (content.$case) {
    case 'publicKey':
      return { kind: 'key', hint: content.publicKey.hint };
    case 'certificate':
      return { kind: 'certificate', leaf: parseCertificate(content.certificate.rawBytes), intermediates: [] };
    case 'x509CertificateChain': {
      const { certificates } = content.x509CertificateChain;
      if (certificates.length > MAX_CERTIFICATES) throw limit(`more than ${MAX_CERTIFICATES} certificates`);
      const [leaf, ...intermediates] = certificates.map(({ rawBytes }) => parseCertificate(rawBytes));
      if (leaf === undefined) throw invalid('has an empty certificate chain');
      return { kind: 'certificate', leaf, intermediates };
    }
  }
}

/** A proof without a checkpoint proves nothing; where the promise is enough (v0.1), the promise counts alone. */
function readEntry(entry: TransparencyLogEntry): TransparencyLogEntry {
  const { inclusionProof, ...rest } = entry;
  if (inclusionProof === undefined) return entry;
  if (inclusionProof.hashes.length > MAX_PROOF_HASHES) throw limit(`a proof of more than ${MAX_PROOF_HASHES} hashes`);
  if (inclusionProof.checkpoint === undefined) return { ...rest, inclusionProof: undefined };
  if (inclusionProof.checkpoint.envelope.length > MAX_CHECKPOINT_LENGTH) {
    throw limit(`a checkpoint of more than ${MAX_CHECKPOINT_LENGTH} characters`);
  }
  return entry;
}

function readSignature(signature: Buffer | undefined): Buffer {
  if (signature === undefined || signature.byteLength === 0) throw invalid('has no signature');
  if (signature.byteLength > MAX_SIGNATURE_BYTES) throw limit(`a signature of more than ${MAX_SIGNATURE_BYTES} bytes`);
  return signature;
}

/** Algorithms by their length in bytes: what log entries and bundles call a digest. */
export const HASH_LENGTHS: ReadonlyMap<number, Hash> = new Map([
  [32, 'sha256'],
  [48, 'sha384'],
  [64, 'sha512'],
]);

const invalid = (message: string, cause?: unknown): VerdictError =>
  new VerdictError('SIGNATURE_INVALID', `the bundle ${message}`, { cause });
const limit = (message: string): VerdictError => new VerdictError('LIMIT_EXCEEDED', `the bundle has ${message}`);
