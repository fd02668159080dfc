import { VerdictError } from '../errors.ts';
import type { Config, IdentityPattern, Trust } from '../generated/config.ts';

/** Who must have signed, as the command line says it: the options are cosign's. Paths are absolute. */
export interface SignerOptions {
  /** Public keys, in every form that `trust.keys` takes. */
  readonly keys: readonly string[];
  readonly identity: IdentityPattern;
  /** A file `trusted_root.json`; empty: the public-good instance. */
  readonly trustedRoot: string;
  /** Certificate authorities of one's own, and the roots of its timestamp authorities. */
  readonly caRoots: readonly string[];
  readonly timestampRoots: readonly string[];
  /** Type of the attestation that must be signed; empty: the subject itself must be. */
  readonly predicateType: string;
  readonly ignoreLog: boolean;
  readonly ignoreSct: boolean;
}

/** The trust and the profile that stand for the command line. */
const NAME = 'command-line';

/** What counts as a signature of the subject itself. */
const APPROVALS = [
  'https://sigstore.dev/cosign/sign/v1',
  'application/vnd.dev.cosign.simplesigning.v1+json',
  'application/vnd.dev.sigstore.bundle**',
  'application/vnd.dev.sigstore.signature',
  'application/vnd.dev.cosign.blob-bundle+json',
  'application/vnd.cncf.notary.payload.v1+json',
];

/** cosign's short names. https://github.com/sigstore/cosign/blob/v3.1.3/pkg/cosign/attestation/attestation.go */
const PREDICATE_TYPES: Readonly<Record<string, string>> = {
  slsaprovenance: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance02: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance1: 'https://slsa.dev/provenance/v1',
  spdx: 'https://spdx.dev/Document',
  spdxjson: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  openvex: 'https://openvex.dev/ns',
  custom: 'https://cosign.sigstore.dev/attestation/v1',
};

/**
 * A configuration in which one signer counts and the smallest policy decides: somebody who fits what the command line
 * says must have signed. Whatever the file says of trust and policy is put aside. Throws USAGE.
 */
export function withSigners(config: Config, signers: SignerOptions): Config {
  const trust = trustOf(signers);
  const types = signers.predicateType === '' ? APPROVALS : [predicateType(signers.predicateType)];
  const kind = { keys: 'key', sigstore: 'keyless', certificates: 'certificate' }[trust.type];
  // The trust names its signers, so whoever it vouches for is the one.
  const identity = {
    name: 'the signer named',
    types,
    trust: NAME,
    kind,
    identity: '**',
    issuer: trust.type === 'keys' ? '' : '**',
  };
  const rule = signers.predicateType === '' ? 'signature.present' : 'signature.vouched';
  const { bundle: _bundle, inline: _inline, ...policy } = config.policy;
  return {
    ...config,
    trust: { [NAME]: trust },
    policy: {
      ...policy,
      rules: [],
      sources: [],
      config: { profile: NAME, profiles: { [NAME]: { required: [rule], identities: [identity] } } },
    },
  };
}

function trustOf({ keys, identity, trustedRoot, caRoots, timestampRoots, ignoreLog, ignoreSct }: SignerOptions): Trust {
  const isNamed = identity.identity !== undefined || identity.identityPattern !== undefined;
  const hasIssuer = identity.issuer !== undefined || identity.issuerPattern !== undefined;
  const common = {
    keys: [],
    ca: [],
    signingAuthority: [],
    tsa: [],
    anchorsOnly: false,
    identities: [],
    root: trustedRoot || 'public-good',
    ...(ignoreLog ? { transparencyLog: 0 } : {}),
  };
  if (keys.length > 0) {
    if (isNamed || caRoots.length > 0)
      throw usage('--key names the signer: leave --certificate-identity and --ca-roots away');
    return { ...common, type: 'keys', keys };
  }
  if (!isNamed)
    throw usage('say who must have signed: --key, or --certificate-identity with --certificate-oidc-issuer');
  const certified = { ...common, identities: [identity], ...(ignoreSct ? { sct: 0 } : {}) };
  if (caRoots.length > 0) return { ...certified, type: 'certificates', ca: caRoots, tsa: timestampRoots };
  if (!hasIssuer) throw usage('give --certificate-oidc-issuer too: any issuer could name this identity');
  return { ...certified, type: 'sigstore' };
}

function predicateType(text: string): string {
  const type = PREDICATE_TYPES[text] ?? text;
  if (!type.includes('/')) {
    throw usage(
      `--type ${JSON.stringify(text)}: give a predicate type, or one of ${Object.keys(PREDICATE_TYPES).join(', ')}`,
    );
  }
  return type.replaceAll('*', '');
}

const usage = (message: string): VerdictError => new VerdictError('USAGE', message);
