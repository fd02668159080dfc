import { context, Der, DerError, TAG } from './der.ts';
import { type EncodedExtension, readExtensions } from './encoded.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';

/** Largest answer read: one about a single certificate, with the responder's, has 1 to 3 KiB. */
export const MAX_OCSP_BYTES = 64 * 1024;
/** Answers in one; responders that sign beforehand may put several together. */
const MAX_RESPONSES = 100;
const MAX_CERTIFICATES = 8;

/** A BasicOCSPResponse, read and not verified. https://www.rfc-editor.org/rfc/rfc6960#section-4.2.1 */
export interface OcspResponse {
  readonly responder: { readonly kind: 'name' | 'key'; readonly value: Uint8Array };
  readonly responses: readonly SingleResponse[];
  readonly signedBytes: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  /** DER, as they came; nobody vouches for them. */
  readonly certificates: readonly Uint8Array[];
}

export interface SingleResponse {
  readonly id: {
    readonly hash: 'sha1' | 'sha256' | 'sha384' | 'sha512';
    readonly issuerName: Uint8Array;
    readonly issuerKey: Uint8Array;
    /** INTEGER, DER. */
    readonly serialNumber: Uint8Array;
  };
  readonly status:
    | { readonly kind: 'good' }
    | { readonly kind: 'unknown' }
    | { readonly kind: 'revoked'; readonly revocationDate: Date; readonly invalidityDate: Date | undefined };
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
}

const BASIC = '1.3.6.1.5.5.7.48.1.1';
const NONCE = '1.3.6.1.5.5.7.48.1.2';
const INVALIDITY_DATE = '2.5.29.24';
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([NONCE, INVALIDITY_DATE]);

/** Of identifiers only, so SHA-1 is no weakness. */
const HASHES: ReadonlyMap<string, SingleResponse['id']['hash']> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/** https://www.rfc-editor.org/rfc/rfc6960#section-4.2.1, OCSPResponseStatus */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [1, 'malformedRequest'],
  [2, 'internalError'],
  [3, 'tryLater'],
  [5, 'sigRequired'],
  [6, 'unauthorized'],
]);

/** Reads an OCSPResponse that was successful. Throws DerError. */
export function parseOcspResponse(bytes: Uint8Array): OcspResponse {
  if (bytes.byteLength > MAX_OCSP_BYTES) throw new DerError(`it has more than ${MAX_OCSP_BYTES} bytes`);
  const outer = Der.parse(bytes).fields();
  const status = outer.next().number(TAG.enumerated);
  if (status !== 0) throw new DerError(`the responder refused: ${REFUSALS.get(status) ?? `status ${status}`}`);
  const body = outer.next().only(context(0)).fields();
  outer.done();
  if (body.next().oid() !== BASIC) throw new DerError('it is no basic response');
  const basic = Der.parse(body.next().octets()).fields();
  body.done();
  const data = basic.next(TAG.sequence);
  const algorithm = readSignatureAlgorithm(basic.next());
  const signature = basic.next().bits();
  const certificates = basic.optional(context(0))?.only(context(0)).elements(MAX_CERTIFICATES) ?? [];
  basic.done();
  return {
    ...readData(data),
    signedBytes: data.raw,
    algorithm,
    signature,
    certificates: certificates.map(({ raw }) => raw),
  };
}

function readData(data: Der): Pick<OcspResponse, 'responder' | 'responses'> {
  const fields = data.fields();
  fields.optional(context(0));
  const responder = readResponder(fields.next());
  fields.next(TAG.generalizedTime).date();
  const responses = fields.next().elements(MAX_RESPONSES).map(readSingle);
  readKnownExtensions(fields.optional(context(1)));
  fields.done();
  return { responder, responses };
}

function readResponder(der: Der): OcspResponse['responder'] {
  if (der.tag === context(1)) return { kind: 'name', value: der.only(context(1)).as(TAG.sequence).raw };
  return { kind: 'key', value: der.only(context(2)).octets() };
}

function readSingle(der: Der): SingleResponse {
  const fields = der.fields();
  const idFields = fields.next().fields();
  const hash = HASHES.get(idFields.next().fields().next().oid());
  if (hash === undefined) throw new DerError('it identifies a certificate by a hash that is not known');
  const id = {
    hash,
    issuerName: idFields.next().octets(),
    issuerKey: idFields.next().octets(),
    serialNumber: idFields.next(TAG.integer).raw,
  };
  idFields.done();
  const status = fields.next();
  const thisUpdate = fields.next(TAG.generalizedTime).date();
  const nextUpdate = fields.optional(context(0))?.only(context(0)).as(TAG.generalizedTime).date();
  const extensions = readKnownExtensions(fields.optional(context(1)));
  fields.done();
  return { id, status: readStatus(status, extensions.get(INVALIDITY_DATE)), thisUpdate, nextUpdate };
}

function readStatus(der: Der, invalidityDate: EncodedExtension | undefined): SingleResponse['status'] {
  switch (der.tag) {
    case context(0, 'primitive'):
      return { kind: 'good' };
    case context(2, 'primitive'):
      return { kind: 'unknown' };
    case context(1): {
      const revocationDate = der.fields(context(1)).next(TAG.generalizedTime).date();
      const date = invalidityDate === undefined ? undefined : Der.parse(invalidityDate.value).date();
      return { kind: 'revoked', revocationDate, invalidityDate: date };
    }
    default:
      throw new DerError('it has a status that is not known');
  }
}

function readKnownExtensions(tagged: Der | undefined): ReadonlyMap<string, EncodedExtension> {
  const extensions = readExtensions(tagged?.only(tagged.tag));
  const unknown = [...extensions].find(([oid, { critical }]) => critical && !KNOWN_EXTENSIONS.has(oid));
  if (unknown !== undefined) throw new DerError(`it has the critical extension ${unknown[0]}, which is not known`);
  return extensions;
}
