// Generated from schemas/evidence.schema.json by `npm run generate`.

/** Why something is not known or not good. */
export interface ErrorFacts {
  /** A code of the error catalogue. */
  readonly code: string;
  /** What happened, for a person. */
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
}

/** One thing a verifier looks at. */
export interface Check {
  /** `passed`; `failed`: the evidence is bad; `errored`: it could not be told; `skipped`: does not apply or was waived (then it is in `relaxed`). */
  readonly outcome: 'passed' | 'failed' | 'errored' | 'skipped';
  /** One sentence for a person; empty where there is nothing to say. */
  readonly message: string;
}

/** Somebody who signed, and which trust vouches for it. */
export interface Signer {
  /** `keyless|issuer|identity`, `key|fingerprint` or `certificate|root fingerprint|distinguished name`; `|` and `%` in parts are percent-escaped. */
  readonly id: string;
  /** How the signer is known. */
  readonly kind: 'key' | 'certificate' | 'keyless';
  /** The configured trust that vouches; identities are comparable only within one. */
  readonly trust: {
    /** Its name in the configuration. */
    readonly name: string;
    /** Who configured it. */
    readonly scope: 'cluster' | 'namespace';
  };
  /** The public key. */
  readonly key: {
    /** `sha256:` of the SubjectPublicKeyInfo, DER. */
    readonly fingerprint: string;
  };
  /** The signing certificate; empty strings where there is none. */
  readonly certificate: {
    /** Subject, RFC 4514. */
    readonly distinguishedName: string;
    /** Issuer, RFC 4514. */
    readonly issuer: string;
    /** Lower case hexadecimal. */
    readonly serialNumber: string;
    /** `sha256:` of the certificate, DER. */
    readonly fingerprint: string;
  };
  /** Subject alternative names of the certificate. */
  readonly san: ReadonlyArray<{
    /** Kind of name. */
    readonly type: 'uri' | 'email' | 'dns' | 'otherName';
    /** The name. */
    readonly value: string;
  }>;
  /** Who identified the signer to the certificate authority; empty where nobody did. */
  readonly oidcIssuer: string;
  /** When it was signed, UTC; empty where no trusted source says. */
  readonly time: string;
  /** Where `time` comes from. */
  readonly timeSource: 'transparency-log' | 'timestamp-authority' | 'signing-authority' | 'none';
  /** Certificate extensions by name and by object identifier. */
  readonly extensions: Readonly<Record<string, string>>;
}

/** What one verifier says of one piece of evidence. */
export interface Report {
  /** Who reports. */
  readonly verifier: {
    /** Its name in the configuration. */
    readonly name: string;
    /** Its type. */
    readonly type: string;
  };
  /** Digest of the artifact's layer that was read; empty where none was. */
  readonly layer: string;
  /** Which line or signature within the layer, from 0. */
  readonly entry: number;
  /** `verified`: somebody whom the configured trust knows signed this content; `present`: readable and bound, nobody's signature counted; `failed`: the evidence is bad; `errored`: it could not be told. */
  readonly outcome: 'verified' | 'present' | 'failed' | 'errored';
  /** One sentence for a person. */
  readonly message: string;
  /** What was checked; every name, always. */
  readonly checks: {
    readonly digest: Check;
    readonly schema: Check;
    readonly signature: Check;
    readonly identity: Check;
    readonly chain: Check;
    readonly timestamp: Check;
    readonly transparency: Check;
    readonly expiry: Check;
    readonly revocation: Check;
    readonly subject: Check;
    readonly payloadType: Check;
  };
  /** Checks that the configuration waived. */
  readonly relaxed: readonly string[];
  /** What the document is: the predicate type, else the media type without parameters. */
  readonly type: string;
  /** Header of the in-toto statement; empty strings and list where there is none. */
  readonly statement: {
    /** `_type` of the statement. */
    readonly type: string;
    /** `predicateType` of the statement. */
    readonly predicateType: string;
    /** Its subjects, verbatim. */
    readonly subject: readonly Readonly<Record<string, unknown>>[];
  };
  /** Digests the evidence speaks of: the statement's subjects that are the artifact's subject or a target; without a statement, the artifact's subject. */
  readonly subjects: readonly string[];
  /** Digest of the bytes that were signed; of an unsigned document, of the document; empty where nothing was read. */
  readonly payload: string;
  /** Key of `documents`; empty where there is none to read. */
  readonly document: string;
  /** False: it is there but was not understood. Unread is not clean. */
  readonly read: boolean;
  /** Who signed. Only where `outcome` is `verified`. */
  readonly signers: readonly Signer[];
  /** Names that nobody proved; for messages only. */
  readonly claimed: {
    /** Who is said to have signed. */
    readonly signers: readonly Signer[];
  };
  readonly error?: ErrorFacts;
}

/** What a runtime chooses by; empty strings where the index does not say. */
export interface Platform {
  /** Operating system. */
  readonly os: string;
  /** CPU architecture. */
  readonly architecture: string;
  /** CPU variant. */
  readonly variant: string;
}

/** One manifest that a runtime could choose. */
export interface Target {
  /** A digest, `algorithm:encoded`, lower case hexadecimal. */
  readonly digest: string;
  /** Its media type. */
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly platform: Platform;
  /** The raw manifest where the configuration collects it, else {}. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** The raw image config where the configuration collects it, else {}. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A form in which evidence is attached. */
export type Source = 'referrers-api' | 'referrers-tag' | 'cosign-tag' | 'image-index' | 'layout' | 'file';

/** Something attached to the subject, to a target or to another artifact. */
export interface Artifact {
  /** A digest, `algorithm:encoded`, lower case hexadecimal. */
  readonly digest: string;
  /** Media type of its manifest; of a file, of the file. */
  readonly mediaType: string;
  /** Its artifact type, else its config's media type; empty where it has none. */
  readonly artifactType: string;
  /** Bytes. */
  readonly size: number;
  /** Annotations of its manifest, or of the descriptor that lists it. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Digest of what it is attached to. */
  readonly subject: string;
  /** How that is known: its own manifest names the subject; the pinned index contains it; a mutable tag's name says so; the user put it there. */
  readonly binding: 'manifest' | 'index' | 'tag' | 'file';
  /** Where it was found. */
  readonly sources: readonly Source[];
  /** 1: attached to the subject or a target; 2: attached to such an artifact; and so on. */
  readonly depth: number;
  /** False: listed only. */
  readonly collected: boolean;
  /** What verifiers say of it; none only where `collected` is false. */
  readonly reports: readonly Report[];
}

/** One question that was asked, and its answer. */
export interface Discovery {
  /** Digest of what was asked about. */
  readonly subject: string;
  readonly source: Source;
  /** `ok`; `unsupported`: this store has no such form; `failed`: no answer, what is there is unknown; `truncated`: left out by count; `skipped`: left out by type. */
  readonly outcome: 'ok' | 'unsupported' | 'failed' | 'truncated' | 'skipped';
  /** The types that were left out, where the outcome is `truncated` or `skipped`. */
  readonly types: readonly string[];
  /** How many artifacts the answer lists. */
  readonly found: number;
  /** Name of the limit that was reached; empty where none was. */
  readonly limit: string;
  readonly error?: ErrorFacts;
}

/** Everything that was gathered about one subject: the input of the policy. */
export interface Evidence {
  /** Version of this shape. */
  readonly version: '1';
  /** Every source asked has answered, nothing was truncated, no report is errored, every collected artifact has a report. */
  readonly complete: boolean;
  /** What the decision is about; always pinned to a digest. */
  readonly subject: {
    /** Canonical reference with digest; never a path. */
    readonly reference: string;
    /** The reference as it was asked for. */
    readonly requested: string;
    /** Registry host; empty for layouts and files. */
    readonly registry: string;
    /** Repository; empty for layouts and files. */
    readonly repository: string;
    /** Tag; empty where none was given. */
    readonly tag: string;
    /** A digest, `algorithm:encoded`, lower case hexadecimal. */
    readonly digest: string;
    /** Its media type. */
    readonly mediaType: string;
    /** Its artifact type; empty where it has none. */
    readonly artifactType: string;
    /** Bytes. */
    readonly size: number;
    /** Annotations of its manifest. */
    readonly annotations: Readonly<Record<string, string>>;
    /** The raw manifest or index; {} for a file. */
    readonly manifest: Readonly<Record<string, unknown>>;
    /** What the decision must hold for: what a runtime could choose. Never empty, never cut. */
    readonly targets: readonly Target[];
  };
  /** Everything attached, read or not, verified or not, at any depth. */
  readonly artifacts: readonly Artifact[];
  /** Every JSON document read, verbatim, by the digest of its bytes. */
  readonly documents: Readonly<Record<string, unknown>>;
  /** What was asked and what answered. */
  readonly discovery: readonly Discovery[];
  /** Circumstances of this decision. */
  readonly context: {
    /** The one instant of this decision: UTC, milliseconds, `2026-11-21T10:00:00.000Z`. */
    readonly time: string;
    /** Who asks. */
    readonly caller: 'cli' | 'ci' | 'gatekeeper' | 'api' | 'containerd';
    /** Namespace that the caller gave; empty where none. */
    readonly namespace: string;
    /** The caller's own parameters. */
    readonly parameters: Readonly<Record<string, unknown>>;
  };
}
