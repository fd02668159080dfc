import { pemCertificates } from '../../crypto/certificate.ts';
import { decodeBase64 } from '../../crypto/dsse.ts';
import { type ErrorCode, VerdictError } from '../../errors.ts';
import { isObject, parseJson } from '../../json.ts';
import type { CheckName } from '../../report.ts';

/**
 * Annotations of a layer that carry what a bundle has inside.
 * https://github.com/sigstore/cosign/blob/v2.5.0/specs/SIGNATURE_SPEC.md#properties
 */
export const ANNOTATIONS = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  bundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const;

/** Longest annotation, in characters: a log entry with a chain of certificates needs some 20,000. */
export const MAX_ANNOTATION_LENGTH = 512 * 1024;
/** Most certificates above the signer's own; real chains have one or two. */
export const MAX_CHAIN_CERTIFICATES = 15;
/** Longest signature, in bytes: RSA of 8192 bits has 1024, the longest of post-quantum schemes 50,000. */
export const MAX_SIGNATURE_BYTES = 64 * 1024;

/** Bundles that need no inclusion proof: older signatures have none. */
export const OLD_BUNDLE = 'application/vnd.dev.sigstore.bundle+json;version=0.1';

/** Something that goes with a signature is malformed; `check` is the one that fails for it. */
export class MaterialFault extends VerdictError {
  readonly check: CheckName;

  constructor(check: CheckName, message: string, code: ErrorCode = 'SIGNATURE_INVALID') {
    super(code, message);
    this.check = check;
  }
}

/** JSON of a bundle's `verificationMaterial`. */
export type Material = Readonly<Record<string, unknown>>;

/** What cosign keeps beside a signature; empty where there is none. */
export interface Beside {
  /** PEM of the signer's certificate. */
  readonly certificate: string;
  /** PEM of the certificates above it. */
  readonly chain: string;
  /** JSON of the log's answer. */
  readonly log: string;
  /** JSON of the timestamp authority's answer. */
  readonly timestamp: string;
}

/** What the annotations of a layer say; what others put there is not looked at. */
export const besideOf = (annotations: Readonly<Record<string, string>>): Beside => ({
  certificate: annotations[ANNOTATIONS.certificate] ?? '',
  chain: annotations[ANNOTATIONS.chain] ?? '',
  log: annotations[ANNOTATIONS.bundle] ?? '',
  timestamp: annotations[ANNOTATIONS.timestamp] ?? '',
});

/** Writes what stands beside a signature as a bundle has it. Throws MaterialFault. `hint`: which key, where there is no certificate. */
export function materialOf({ certificate, chain, log, timestamp }: Beside, hint = ''): Material {
  return {
    ...signerOf(certificate, chain, hint),
    tlogEntries: log === '' ? [] : [logEntry(log)],
    timestampVerificationData: { rfc3161Timestamps: timestamp === '' ? [] : [signedTimestamp(timestamp)] },
  };
}

/** Decodes a signature that stands alone. Throws MaterialFault. */
export function signatureOf(text: string | undefined): Uint8Array {
  if (text === undefined || text === '') throw new MaterialFault('signature', 'there is no signature');
  bound('signature', text, 'the signature');
  const signature = decodeBase64(text);
  if (signature === undefined) throw new MaterialFault('signature', 'the signature is not base64');
  if (signature.byteLength > MAX_SIGNATURE_BYTES) {
    throw new MaterialFault('signature', `the signature has more than ${MAX_SIGNATURE_BYTES} bytes`);
  }
  return signature;
}

function signerOf(certificate: string, chain: string, hint: string): Material {
  if (certificate === '') return { publicKey: { hint } };
  bound('chain', certificate, 'the certificate');
  bound('chain', chain, 'the chain of certificates');
  const [own, ...others] = pemCertificates(certificate);
  if (own === undefined || others.length > 0) {
    throw new MaterialFault('chain', 'the certificate is not exactly one in PEM', 'CERTIFICATE_INVALID');
  }
  const above = pemCertificates(chain);
  if (above.length > MAX_CHAIN_CERTIFICATES) {
    throw new MaterialFault('chain', `the chain has more than ${MAX_CHAIN_CERTIFICATES} certificates`);
  }
  return { x509CertificateChain: { certificates: [own, ...above].map((der) => ({ rawBytes: base64(der) })) } };
}

/**
 * The log's answer as Rekor's first clients kept it, as an entry of a bundle.
 * https://github.com/sigstore/cosign/blob/v2.5.0/pkg/cosign/bundle/rekor.go
 */
function logEntry(text: string): Material {
  const { SignedEntryTimestamp: promise, Payload: payload } = object('transparency', text, "the log's answer");
  const { body, integratedTime, logIndex, logID } = isObject(payload) ? payload : {};
  const logId =
    typeof logID === 'string' && /^(?:[0-9a-f]{2}){1,64}$/i.test(logID) ? Buffer.from(logID, 'hex') : undefined;
  if (!isCount(integratedTime) || !isCount(logIndex) || logId === undefined) {
    throw new MaterialFault('transparency', `the log's answer needs "integratedTime", "logIndex" and "logID"`);
  }
  const canonicalizedBody = bytesOf('transparency', body, `"body" of the log's answer`);
  return {
    logIndex: String(logIndex),
    logId: { keyId: base64(logId) },
    kindVersion: kindVersion(canonicalizedBody),
    integratedTime: String(integratedTime),
    inclusionPromise: {
      signedEntryTimestamp: base64(bytesOf('transparency', promise, `"SignedEntryTimestamp" of the log's answer`)),
    },
    canonicalizedBody: base64(canonicalizedBody),
  };
}

function kindVersion(body: Uint8Array): Material {
  const { kind, apiVersion } = object('transparency', body, 'the entry of the log');
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') {
    throw new MaterialFault('transparency', 'the entry of the log needs "kind" and "apiVersion"');
  }
  return { kind, version: apiVersion };
}

/** https://github.com/sigstore/cosign/blob/v2.5.0/pkg/cosign/bundle/tsa.go */
function signedTimestamp(text: string): Material {
  const { SignedRFC3161Timestamp: token } = object('timestamp', text, "the timestamp authority's answer");
  return { signedTimestamp: base64(bytesOf('timestamp', token, '"SignedRFC3161Timestamp"')) };
}

function object(check: CheckName, json: string | Uint8Array, what: string): Readonly<Record<string, unknown>> {
  if (typeof json === 'string') bound(check, json, what);
  let value: unknown;
  try {
    value = parseJson(Buffer.from(json), what);
  } catch (thrown) {
    throw new MaterialFault(check, thrown instanceof Error ? thrown.message : `${what} is not JSON`);
  }
  if (!isObject(value)) throw new MaterialFault(check, `${what} is no object`);
  return value;
}

function bytesOf(check: CheckName, value: unknown, what: string): Uint8Array {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined;
  if (bytes === undefined || bytes.byteLength === 0) throw new MaterialFault(check, `${what} is not base64`);
  return bytes;
}

function bound(check: CheckName, text: string, what: string): void {
  if (text.length > MAX_ANNOTATION_LENGTH) {
    throw new MaterialFault(check, `${what} has more than ${MAX_ANNOTATION_LENGTH} characters`, 'LIMIT_EXCEEDED');
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

export const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
