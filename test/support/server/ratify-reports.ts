/** Reports in the forms of Ratify v1.4, as a policy of the convention `ratify` puts them under `metadata.ratify`. */
const SIGNATURE_TYPE = 'application/vnd.cncf.notary.signature';
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** What a verifier reports, under both of the names that Ratify 1.3 gave and the older ones. */
const named = (name: string, type: string): object => ({ name, verifierName: name, type, verifierType: type });

/** A report of the form 0.2.0 (`configPolicy`). */
export const flat = (over: object = {}): object => ({
  subject: 'r.example/app:1',
  isSuccess: true,
  ...named('verifier-notation', 'notation'),
  referenceDigest: digest('1'),
  artifactType: SIGNATURE_TYPE,
  message: 'Notation signature verification success',
  extensions: { Issuer: 'CN=ca,O=acme,C=US', SN: 'CN=release,O=acme,C=US' },
  ...over,
});

/** Another of them. */
export const flatSbom = (over: object = {}): object =>
  flat({
    ...named('verifier-sbom', 'sbom'),
    referenceDigest: digest('2'),
    artifactType: 'application/spdx+json',
    message: 'SBOM verification success. No license or package violation found.',
    extensions: { creationInfo: { created: '2026-11-01T00:00:00Z' } },
    ...over,
  });

export const flatScan = (over: object = {}): object =>
  flat({
    ...named('verifier-vulnerabilityreport', 'vulnerabilityreport'),
    referenceDigest: digest('3'),
    artifactType: 'application/sarif+json',
    message: 'Validation succeeded',
    extensions: { createdAt: '2026-11-01T00:00:00Z', scanner: 'trivy' },
    ...over,
  });

/** A report of the form 1.1.0 (`regoPolicy`). */
export const tree = (over: object = {}): object => ({
  subject: 'r.example/app:1',
  referenceDigest: digest('1'),
  artifactType: SIGNATURE_TYPE,
  verifierReports: [
    {
      isSuccess: true,
      message: 'Notation signature verification success',
      ...named('verifier-notation', 'notation'),
      extensions: { Issuer: 'CN=ca,O=acme,C=US', SN: 'CN=release,O=acme,C=US' },
    },
  ],
  nestedReports: [],
  ...over,
});

/** `metadata` of a decision with these reports. */
export const ratify = (version: '0.2.0' | '1.1.0', isSuccess: boolean, verifierReports: readonly object[]) => ({
  metadata: { ratify: { version, isSuccess, verifierReports } },
});
