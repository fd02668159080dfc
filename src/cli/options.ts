/** Options of every command that looks at a subject. */
export interface SubjectOptions {
  readonly config?: string;
  readonly evidence?: readonly string[];
  readonly platform?: readonly string[];
  readonly plainHttp?: readonly string[];
  readonly time?: Date;
  readonly namespace?: string;
  readonly parameter?: readonly string[];
  readonly output: 'text' | 'json';
}

/** Who must have signed; the names are cosign's. */
export interface SignerFlags {
  readonly key?: readonly string[];
  readonly certificateIdentity?: string;
  readonly certificateIdentityRegexp?: string;
  readonly certificateOidcIssuer?: string;
  readonly certificateOidcIssuerRegexp?: string;
  readonly trustedRoot?: string;
  readonly caRoots?: readonly string[];
  readonly timestampCertificateChain?: readonly string[];
  readonly type?: string;
  readonly bundle?: readonly string[];
  readonly insecureIgnoreTlog?: boolean;
  readonly insecureIgnoreSct?: boolean;
}

/** Options of commands that also decide. */
export interface DecisionOptions extends SubjectOptions, SignerFlags {
  readonly policy?: string;
  readonly rules?: readonly string[];
  readonly profile?: string;
}
