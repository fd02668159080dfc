// Generated from schemas/ratify.schema.json by `npm run generate`.

/** A package that no SBOM may list. */
export interface Package {
  /** Its name, exactly. */
  readonly name: string;
  /** Its version, exactly; empty: any. */
  readonly version: string;
}

/** One of cosign's trust policies. */
export interface CosignPolicy {
  /** How reports call it. */
  readonly name: string;
  /** Images it is for: a reference, a prefix with one `*` at its end, or `*` for all that no other names. */
  readonly scopes: readonly string[];
  /** Names of the trusts whose signers count. */
  readonly trust: readonly string[];
}

/** A verifier of Ratify's configuration: which reports it stands for. */
export interface Verifier {
  /** `name` and `verifierName` of its reports. */
  readonly name: string;
  /** `type` and `verifierType` of its reports, as configured: empty where it was not. */
  readonly type: string;
  /** What it judges. */
  readonly kind: 'notation' | 'cosign' | 'sbom' | 'licensechecker' | 'vulnerabilityreport' | 'schemavalidator' | 'plugin';
  /** Artifact types that it takes; `*`: all. */
  readonly artifactTypes: readonly string[];
  /** Artifact types of the evidence about the evidence that is judged too (policies of the kind `config`). */
  readonly nestedReferences: readonly string[];
  /** Of `notation`, `cosign` and `plugin`: the name under `verifiers` whose reports it takes. */
  readonly verifier: string;
  /** Of `cosign`. */
  readonly trustPolicies: readonly CosignPolicy[];
  /** Of `cosign`: configured with `key` and `rekorURL` instead of trust policies, whose reports have another form. */
  readonly legacy: boolean;
  /** Of `sbom`: licences that no package may have, in any case of letters, as whole words of `licenseConcluded`. */
  readonly disallowedLicenses: readonly string[];
  /** Of `sbom`. */
  readonly disallowedPackages: readonly Package[];
  /** Of `licensechecker`: the only licences that packages may have. */
  readonly allowedLicenses: readonly string[];
  /** Of `vulnerabilityreport`: annotation with the time of the report. */
  readonly createdAnnotation: string;
  /** Of `vulnerabilityreport`: nanoseconds; 0: any age. */
  readonly maximumAge: number;
  /** Of `vulnerabilityreport`. */
  readonly disallowedSeverities: readonly string[];
  /** Of `vulnerabilityreport`. */
  readonly denylistCVEs: readonly string[];
  /** Of `vulnerabilityreport`: hand the report on and judge nothing. */
  readonly passthrough: boolean;
  /** Of `schemavalidator`: media types that have a schema; the schemas themselves stand under `schemas` of the verifier of type `json`. */
  readonly mediaTypes: readonly string[];
}

/** What a policy of the convention `ratify` reads as `data.config`: the parts of Ratify v1's configuration that shape its reports. `verdict migrate ratify` writes it. */
export interface RatifyConfig {
  /** `rego`: rule `valid` of package `ratify.policy` decides, reports have the form 1.1.0. `config`: `artifactPolicies` decide, reports have the form 0.2.0. */
  readonly kind: 'rego' | 'config';
  /** List cosign's `.sig` tags (`cosignEnabled` of the store). */
  readonly cosign: boolean;
  /** Of `config`: `any` or `all` by artifact type; `default` for all others. */
  readonly artifactPolicies: Readonly<Record<string, string>>;
  /** In the order of Ratify's configuration: of `config`, the first that takes an artifact judges it. */
  readonly verifiers: readonly Verifier[];
}
