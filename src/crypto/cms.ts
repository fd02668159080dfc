import { createHash } from 'node:crypto';
import { toDefinite } from './ber.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { context, Der, DerError, TAG } from './der.ts';
import { isIssuerAndSerialOf } from './encoded.ts';
import {
  type Hash,
  isSignedWith,
  readHash,
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from './signature-algorithm.ts';

/** Certificates that come with one structure: a chain, and with some authorities a cross-signed one. */
const MAX_CERTIFICATES = 32;
/** Attributes of a signer; time-stamp authorities write four to six. */
const MAX_ATTRIBUTES = 32;
const MAX_DIGEST_ALGORITHMS = 16;

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

/** A SignedData with one signer, read and not verified. https://www.rfc-editor.org/rfc/rfc5652#section-5.1 */
export interface SignedData {
  readonly contentType: string;
  readonly content: Uint8Array;
  /** As they came; nobody vouches for them. */
  readonly certificates: readonly Certificate[];
  readonly signer: SignerInfo;
}

/** https://www.rfc-editor.org/rfc/rfc5652#section-5.3 */
export interface SignerInfo {
  readonly identifier:
    | { readonly kind: 'issuerAndSerialNumber'; readonly issuer: Uint8Array; readonly serialNumber: Uint8Array }
    | { readonly kind: 'subjectKeyIdentifier'; readonly value: Uint8Array };
  readonly hash: Hash;
  /** The one value of each signed attribute, by object identifier. */
  readonly attributes: ReadonlyMap<string, Der>;
  /** What the signature is over. */
  readonly signedBytes: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
}

/** Reads a ContentInfo, DER or BER, with a SignedData of exactly one signer. Throws DerError or VerdictError. */
export function parseSignedData(bytes: Uint8Array): SignedData {
  const info = Der.parse(toDefinite(bytes)).fields();
  if (info.next().oid() !== SIGNED_DATA) throw new DerError('it is no CMS SignedData');
  const fields = info.next().only(context(0)).fields();
  info.done();
  fields.next(TAG.integer);
  fields.next(TAG.set).elements(MAX_DIGEST_ALGORITHMS, TAG.set);
  const encapsulated = fields.next().fields();
  const contentType = encapsulated.next().oid();
  const content = encapsulated.next().only(context(0)).octets();
  encapsulated.done();
  const certificates = fields.optional(context(0))?.elements(MAX_CERTIFICATES, context(0)) ?? [];
  fields.optional(context(1));
  const signers = fields.next().elements(2, TAG.set);
  fields.done();
  const [signer, ...others] = signers;
  if (signer === undefined || others.length > 0) throw new DerError('it must have exactly one signer');
  return {
    contentType,
    content,
    // Other kinds of certificates (attribute certificates) are tagged.
    certificates: certificates.filter(({ tag }) => tag === TAG.sequence).map(({ raw }) => parseCertificate(raw)),
    signer: readSigner(signer),
  };
}

function readSigner(der: Der): SignerInfo {
  const fields = der.fields();
  fields.next(TAG.integer);
  const identifier = readIdentifier(fields.next());
  const hash = readHash(fields.next());
  const attributes = fields.next(context(0));
  const algorithm = readSignatureAlgorithm(fields.next());
  const signature = fields.next().octets();
  fields.optional(context(1));
  fields.done();
  // https://www.rfc-editor.org/rfc/rfc5652#section-5.4: signed as the SET that it is, not under its implicit tag.
  const signedBytes = Uint8Array.from(attributes.raw);
  signedBytes[0] = TAG.set;
  return { identifier, hash, attributes: readAttributes(attributes), signedBytes, algorithm, signature };
}

function readIdentifier(der: Der): SignerInfo['identifier'] {
  if (der.tag === context(0, 'primitive')) return { kind: 'subjectKeyIdentifier', value: der.value };
  const fields = der.fields();
  const issuer = fields.next(TAG.sequence).raw;
  const serialNumber = fields.next(TAG.integer).raw;
  fields.done();
  return { kind: 'issuerAndSerialNumber', issuer, serialNumber };
}

function readAttributes(set: Der): ReadonlyMap<string, Der> {
  const attributes = new Map<string, Der>();
  for (const attribute of set.elements(MAX_ATTRIBUTES, context(0))) {
    const fields = attribute.fields();
    const oid = fields.next().oid();
    if (attributes.has(oid)) throw new DerError(`the attribute ${oid} is there twice`);
    attributes.set(oid, fields.next().only(TAG.set));
    fields.done();
  }
  return attributes;
}

/** Whether the signer's identifier names the certificate. */
export function isNamedBy({ identifier }: SignerInfo, certificate: Certificate): boolean {
  switch (identifier.kind) {
    case 'issuerAndSerialNumber':
      return isIssuerAndSerialOf(identifier.issuer, identifier.serialNumber, certificate);
    case 'subjectKeyIdentifier': {
      const extension = certificate.extensions.get('2.5.29.14');
      return extension !== undefined && Buffer.from(identifier.value).equals(Der.parse(extension.value).octets());
    }
  }
}

/**
 * Whether the signer signed this content with the certificate's key: contentType and messageDigest are those of the
 * content, and the signature over all attributes is the key's. Throws DerError, or KEY_INVALID for a weak key.
 */
export function isSignedByCertificate({ contentType, content, signer }: SignedData, certificate: Certificate): boolean {
  const { attributes, hash, signedBytes, algorithm, signature } = signer;
  const digest = attributes.get(MESSAGE_DIGEST)?.octets();
  if (attributes.get(CONTENT_TYPE)?.oid() !== contentType || digest === undefined) return false;
  if (!createHash(hash).update(content).digest().equals(digest)) return false;
  if (algorithm.hash !== undefined && algorithm.hash !== hash) return false;
  return isSignedWith(certificate.publicKey(), algorithm, signedBytes, signature, hash);
}
