import type { Config, Trust } from '../generated/config.ts';
import type { CosignPolicy, Package, RatifyConfig, Verifier } from '../generated/ratify.ts';

/** A trust as it is written. */
export type TrustDocument = Partial<Trust> & Pick<Trust, 'type'>;

/** A verifier that Ratify would run as a program of its own. */
export interface PluginDocument {
  readonly name: string;
  readonly type: 'plugin';
  /** Absolute path of the program. */
  readonly command: string;
  /** Ratify's whole configuration of it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly storeConfig: Readonly<Record<string, unknown>>;
  readonly artifactTypes: readonly string[];
  readonly version: string;
}

/** A verifier as it is written. */
export type VerifierDocument = SignatureDocument | JsonDocument | PluginDocument;

interface SignatureDocument {
  readonly name: string;
  readonly type: 'sigstore' | 'notation';
  readonly trust: readonly string[];
  readonly trustPolicy?: Readonly<Record<string, unknown>>;
  readonly revocation?: { readonly network: boolean };
}

interface JsonDocument {
  readonly name: string;
  readonly type: 'json';
  readonly schemas: Readonly<Record<string, string>>;
}

/** One of Ratify's verifiers as it is written in `policy.config`. */
export type JudgeDocument = Partial<Omit<Verifier, 'disallowedPackages' | 'trustPolicies'>> &
  Pick<Verifier, 'name' | 'kind' | 'artifactTypes'> & {
    readonly trustPolicies?: readonly CosignPolicy[];
    readonly disallowedPackages?: ReadonlyArray<Partial<Package> & Pick<Package, 'name'>>;
  };

/** The policy as it is written. */
export interface PolicyDocument {
  readonly convention: 'ratify';
  readonly inline?: string;
  readonly sources?: readonly string[];
  readonly config: Pick<RatifyConfig, 'kind' | 'cosign'> & {
    readonly artifactPolicies?: Readonly<Record<string, string>>;
    readonly verifiers: readonly JudgeDocument[];
  };
}

/** A configuration of Verdict as it is written: defaults are left out, paths are absolute. */
export interface ConfigDocument {
  readonly policy: PolicyDocument;
  readonly trust: Readonly<Record<string, TrustDocument>>;
  readonly verifiers: readonly VerifierDocument[];
  readonly collect: ReadonlyArray<{ readonly type: string; readonly take: 'all' | 'none' | 'follow' }>;
  readonly sources: Config['sources'];
  readonly registries: Readonly<Record<string, { readonly plainHttp: boolean }>>;
  readonly credentialFile?: string;
  readonly server: {
    readonly verifyTimeout: number;
    readonly mutateTimeout: number;
    readonly passthrough?: boolean;
  };
  readonly plugins?: { readonly enabled: true };
}
