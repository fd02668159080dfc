import type { Certificate } from './certificate.ts';
import { context, Der, DerError, TAG } from './der.ts';

/** Parts of a certificate as they are encoded: where bytes are compared, nothing is lost by reading them. */
export interface EncodedCertificate {
  /** INTEGER. */
  readonly serialNumber: Uint8Array;
  /** Name. */
  readonly issuer: Uint8Array;
  /** Name. */
  readonly subject: Uint8Array;
  /** Content of the BIT STRING of the SubjectPublicKeyInfo. */
  readonly key: Uint8Array;
}

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.1. Throws DerError for what OpenSSL reads and is not DER. */
export function encodedCertificate({ raw }: Certificate): EncodedCertificate {
  const fields = Der.parse(raw).fields().next().fields();
  fields.optional(context(0));
  const serialNumber = fields.next(TAG.integer).raw;
  fields.next();
  const issuer = fields.next(TAG.sequence).raw;
  fields.next();
  const subject = fields.next(TAG.sequence).raw;
  const spki = fields.next().fields();
  spki.next();
  return { serialNumber, issuer, subject, key: spki.next().bits() };
}

/** Whether a certificate has this issuer (Name) and serial number (INTEGER). */
export function isIssuerAndSerialOf(issuer: Uint8Array, serialNumber: Uint8Array, certificate: Certificate): boolean {
  const encoded = encodedCertificate(certificate);
  return Buffer.from(issuer).equals(encoded.issuer) && Buffer.from(serialNumber).equals(encoded.serialNumber);
}

/** An extension of a certificate, a list or an answer, which all have the same shape. */
export interface EncodedExtension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Extensions in one structure; real ones have fewer than 20. */
const MAX_EXTENSIONS = 64;

/** Reads Extensions, by object identifier. https://www.rfc-editor.org/rfc/rfc5280#section-4.1. Throws DerError. */
export function readExtensions(der: Der | undefined): ReadonlyMap<string, EncodedExtension> {
  const extensions = new Map<string, EncodedExtension>();
  for (const extension of der?.elements(MAX_EXTENSIONS) ?? []) {
    const fields = extension.fields();
    const oid = fields.next().oid();
    if (extensions.has(oid)) throw new DerError(`it has the extension ${oid} twice`);
    const critical = fields.optional(TAG.boolean)?.boolean() ?? false;
    extensions.set(oid, { critical, value: fields.next().octets() });
    fields.done();
  }
  return extensions;
}
