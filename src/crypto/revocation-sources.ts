import type { Certificate } from './certificate.ts';
import { context, Der, type Fields } from './der.ts';

/** Where a certificate says that its revocation can be asked for. */
export interface RevocationSources {
  /** OCSP responders. https://www.rfc-editor.org/rfc/rfc5280#section-4.2.2.1 */
  readonly ocsp: readonly string[];
  /** Complete lists. https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.13 */
  readonly crls: readonly string[];
  /** Delta lists. https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.15 */
  readonly deltas: readonly string[];
  /** Whether there is any source at all, of a kind that can be used here or not. */
  readonly isRevocable: boolean;
}

/** Sources of one kind in one certificate; real ones name one to three. */
const MAX_SOURCES = 16;
/** Longest URL that is asked. */
const MAX_URL_LENGTH = 2048;

const AUTHORITY_INFO_ACCESS = '1.3.6.1.5.5.7.1.1';
const OCSP = '1.3.6.1.5.5.7.48.1';
const CRL_DISTRIBUTION_POINTS = '2.5.29.31';
export const FRESHEST_CRL = '2.5.29.46';
const URI = context(6, 'primitive');

/** Reads what a certificate says. Throws DerError. */
export function revocationSources({ extensions }: Certificate): RevocationSources {
  const access = extensions.get(AUTHORITY_INFO_ACCESS);
  const points = extensions.get(CRL_DISTRIBUTION_POINTS);
  const freshest = extensions.get(FRESHEST_CRL);
  const responders = access === undefined ? [] : readResponders(access.value);
  return {
    ocsp: responders.filter((url) => url !== ''),
    crls: points === undefined ? [] : readDistributionPoints(points.value),
    deltas: freshest === undefined ? [] : readDistributionPoints(freshest.value),
    isRevocable: responders.length > 0 || points !== undefined,
  };
}

/** URLs of the responders; empty for one that is named otherwise. */
function readResponders(value: Uint8Array): readonly string[] {
  return Der.parse(value)
    .elements(MAX_SOURCES)
    .flatMap((description) => {
      const fields = description.fields();
      if (fields.next().oid() !== OCSP) return [];
      return [urlOf(fields.next()) ?? ''];
    });
}

/**
 * URLs of the complete direct lists that CRLDistributionPoints name. Points for some reasons only, or for lists that
 * others issue, are passed over: their lists would not settle the matter. Throws DerError.
 */
export function readDistributionPoints(value: Uint8Array): readonly string[] {
  return Der.parse(value)
    .elements(MAX_SOURCES)
    .flatMap((point) => {
      const fields = point.fields();
      const name = fields.optional(context(0));
      const isPartial = !fields.isDone;
      return name === undefined || isPartial ? [] : (readPointName(name.fields(context(0))) ?? []);
    });
}

/** URLs of a DistributionPointName; undefined where it is relative to its issuer. Throws DerError. */
export function readPointName(fields: Fields): readonly string[] | undefined {
  const name = fields.next();
  fields.done();
  if (name.tag !== context(0)) return undefined;
  return name.elements(MAX_SOURCES, context(0)).flatMap((one) => urlOf(one) ?? []);
}

function urlOf({ tag, value }: Der): string | undefined {
  return tag === URI && value.byteLength <= MAX_URL_LENGTH ? Buffer.from(value).toString('latin1') : undefined;
}
