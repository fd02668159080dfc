import { VerdictError } from '../../errors.ts';

/**
 * How the signer is to be trusted: by certificates and timestamps, or as an authority that vouches for its own time.
 * https://github.com/notaryproject/specifications/blob/main/specs/signing-scheme.md
 */
export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

/**
 * What was signed beside the payload.
 * https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#signed-attributes
 */
export interface SignedAttributes {
  readonly scheme: SigningScheme;
  /** Content type of the payload. */
  readonly contentType: string;
  /** Who signed under `notary.x509.signingAuthority` vouches for it; undefined under `notary.x509`. */
  readonly authenticSigningTime: Date | undefined;
  /** From when on the signature counts no more. */
  readonly expiry: Date | undefined;
  /** Why nobody but a plugin can judge the signature; empty where none is needed. */
  readonly plugin: string;
}

/** The protected header of either envelope, with what the two do differently. */
export interface ProtectedHeader {
  readonly values: ReadonlyMap<unknown, unknown>;
  readonly contentType: unknown;
  readonly critical: readonly (string | number)[];
  /** A time as this envelope writes it; undefined for anything else. */
  readonly readTime: (value: unknown) => Date | undefined;
}

export const ATTRIBUTES = {
  signingScheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  verificationPlugin: 'io.cncf.notary.verificationPlugin',
  verificationPluginMinVersion: 'io.cncf.notary.verificationPluginMinVersion',
  timestampSignature: 'io.cncf.notary.timestampSignature',
} as const;

/** Longest content type: media types have at most 255 characters (RFC 6838). */
const MAX_CONTENT_TYPE_LENGTH = 255;

const SCHEMES: readonly unknown[] = ['notary.x509', 'notary.x509.signingAuthority'] satisfies readonly SigningScheme[];
const isScheme = (value: unknown): value is SigningScheme => SCHEMES.includes(value);

/** Which are understood as critical. The time that only the signer claims decides nothing, so it is not among them. */
const CRITICAL: readonly unknown[] = [
  ATTRIBUTES.signingScheme,
  ATTRIBUTES.authenticSigningTime,
  ATTRIBUTES.expiry,
  ATTRIBUTES.verificationPlugin,
  ATTRIBUTES.verificationPluginMinVersion,
];

/** Names that must be written exactly: some JSON readers pass over case, and would read another header than this one. */
const EXACT: ReadonlyMap<string, string> = new Map(
  [...Object.values(ATTRIBUTES), 'alg', 'cty', 'crit'].map((name) => [name.toLowerCase(), name]),
);

/** Reads the signed attributes. Throws SIGNATURE_INVALID for whatever breaks the rules of the signing scheme. */
export function readAttributes(header: ProtectedHeader): SignedAttributes {
  const { values, critical, contentType } = header;
  for (const name of values.keys()) {
    if (typeof name !== 'string') continue;
    const exact = EXACT.get(name.toLowerCase());
    if (exact !== undefined && exact !== name) throw invalid(`writes ${exact} as ${JSON.stringify(name)}`);
  }
  if (typeof contentType !== 'string' || contentType === '' || contentType.length > MAX_CONTENT_TYPE_LENGTH) {
    throw invalid(`has no content type of at most ${MAX_CONTENT_TYPE_LENGTH} characters`);
  }
  const scheme = values.get(ATTRIBUTES.signingScheme);
  if (!isScheme(scheme)) throw invalid(`has no signing scheme that is known (${SCHEMES.join(', ')})`);
  const times = readTimes(header, scheme);
  const plugin = readPlugin(header);
  const needed = [ATTRIBUTES.signingScheme, ATTRIBUTES.authenticSigningTime, ATTRIBUTES.expiry];
  const unmarked = needed.find((name) => values.has(name) && !critical.includes(name));
  if (unmarked !== undefined) throw invalid(`does not call ${unmarked} critical`);
  return { scheme, contentType, ...times, plugin };
}

/** https://github.com/notaryproject/specifications/blob/main/specs/signing-scheme.md: each scheme has its own time. */
function readTimes(
  header: ProtectedHeader,
  scheme: SigningScheme,
): Pick<SignedAttributes, 'authenticSigningTime' | 'expiry'> {
  const isAuthority = scheme === 'notary.x509.signingAuthority';
  const [own, other] = isAuthority
    ? [ATTRIBUTES.authenticSigningTime, ATTRIBUTES.signingTime]
    : [ATTRIBUTES.signingTime, ATTRIBUTES.authenticSigningTime];
  if (header.values.has(other)) throw invalid(`has ${other}, which does not go with the scheme ${scheme}`);
  const signed = timeOf(header, own);
  if (signed === undefined) throw invalid(`lacks ${own}, which the scheme ${scheme} needs`);
  const expiry = timeOf(header, ATTRIBUTES.expiry);
  if (expiry !== undefined && expiry <= signed) throw invalid('ends before it was made');
  return { authenticSigningTime: isAuthority ? signed : undefined, expiry };
}

function timeOf({ values, readTime }: ProtectedHeader, name: string): Date | undefined {
  if (!values.has(name)) return undefined;
  const time = readTime(values.get(name));
  if (time === undefined) throw invalid(`has ${name} that is no time`);
  return time;
}

/** https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#verification-extensibility */
function readPlugin({ values, critical }: ProtectedHeader): string {
  const name = values.get(ATTRIBUTES.verificationPlugin);
  if (name !== undefined || values.has(ATTRIBUTES.verificationPluginMinVersion)) {
    return `it needs the verification plugin ${JSON.stringify(typeof name === 'string' ? name.slice(0, 100) : '')}, and plugins are not run here`;
  }
  const unknown = critical.find((one) => !CRITICAL.includes(one));
  if (unknown === undefined) return '';
  return `it calls ${JSON.stringify(String(unknown).slice(0, 100))} critical, and nobody here understands that`;
}

const invalid = (message: string): VerdictError => new VerdictError('SIGNATURE_INVALID', `the signature ${message}`);
