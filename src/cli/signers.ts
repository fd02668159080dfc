import type { SignerOptions } from '../config/command-line.ts';
import { VerdictError } from '../errors.ts';
import type { DecisionOptions } from './options.ts';

/** Options that say who must have signed, or how that is known. */
const FLAGS = [
  'key',
  'certificateIdentity',
  'certificateIdentityRegexp',
  'certificateOidcIssuer',
  'certificateOidcIssuerRegexp',
  'trustedRoot',
  'caRoots',
  'timestampCertificateChain',
  'type',
  'insecureIgnoreTlog',
  'insecureIgnoreSct',
] as const satisfies ReadonlyArray<keyof DecisionOptions>;

/** The signer that the command line names; undefined where a policy decides. Throws USAGE. */
export function signersOf(options: Partial<DecisionOptions>): SignerOptions | undefined {
  if (FLAGS.every((flag) => options[flag] === undefined)) return undefined;
  for (const other of ['policy', 'rules', 'profile'] as const) {
    if (options[other] !== undefined) {
      throw new VerdictError(
        'USAGE',
        `--${other} names a policy, and a signer is named too: name the signer in the profile's \`identities\`, or leave --${other} away`,
      );
    }
  }
  const exclusive = (one: string | undefined, other: string | undefined, name: string): void => {
    if (one !== undefined && other !== undefined) {
      throw new VerdictError('USAGE', `give --${name} or --${name}-regexp, not both`);
    }
  };
  exclusive(options.certificateIdentity, options.certificateIdentityRegexp, 'certificate-identity');
  exclusive(options.certificateOidcIssuer, options.certificateOidcIssuerRegexp, 'certificate-oidc-issuer');
  return {
    keys: options.key ?? [],
    identity: {
      ...(options.certificateIdentity === undefined ? {} : { identity: options.certificateIdentity }),
      ...(options.certificateIdentityRegexp === undefined
        ? {}
        : { identityPattern: options.certificateIdentityRegexp }),
      ...(options.certificateOidcIssuer === undefined ? {} : { issuer: options.certificateOidcIssuer }),
      ...(options.certificateOidcIssuerRegexp === undefined
        ? {}
        : { issuerPattern: options.certificateOidcIssuerRegexp }),
    },
    trustedRoot: options.trustedRoot ?? '',
    caRoots: options.caRoots ?? [],
    timestampRoots: options.timestampCertificateChain ?? [],
    predicateType: options.type ?? '',
    ignoreLog: options.insecureIgnoreTlog === true,
    ignoreSct: options.insecureIgnoreSct === true,
  };
}
