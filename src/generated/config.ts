// Generated from schemas/config.schema.json by `npm run generate`.

/** How to log in to a registry. Give one of `password`, `passwordEnv`, `passwordFile`. */
export interface Credential {
  /** User name. */
  readonly username: string;
  /** Password or token, in the file itself. */
  readonly password?: string;
  /** Environment variable that holds it. */
  readonly passwordEnv?: string;
  /** File that holds it; a trailing line break is dropped. */
  readonly passwordFile?: string;
}

/** Settings for one registry host, or for a repository prefix on it (`host/team`). */
export interface Registry {
  /** Speak HTTP without TLS. Loopback hosts do so without being told. */
  readonly plainHttp: boolean;
  /** Speak TLS with a loopback host too; `ca` and `cert` imply it. */
  readonly tls: boolean;
  /** Offer HTTP/2. */
  readonly http2: boolean;
  /** PEM file with the certificate authorities to trust for this host, instead of the system's. */
  readonly ca?: string;
  /** PEM file with a client certificate. */
  readonly cert?: string;
  /** PEM file with its private key. */
  readonly key?: string;
  readonly credential?: Credential;
}

/** One verifier. */
export interface Verifier {
  /** How reports call it; unique. */
  readonly name: string;
  /** Its type. `json` reads every JSON document and attestation. */
  readonly type: 'json';
  /** JSON Schema per document type: `starter` for the one that comes with Verdict, or a file. */
  readonly schemas: Readonly<Record<string, string>>;
}

/** What to fetch of one artifact type. The first rule that fits counts; without one, everything is fetched. */
export interface CollectRule {
  /** Artifact type; a `*` at the end fits any continuation. */
  readonly type: string;
  /** `all`; `none`: only list them; `newest`: the `count` with the greatest annotation `by`. */
  readonly take: 'all' | 'none' | 'newest';
  /** How many, for `newest`. */
  readonly count: number;
  /** Annotation to order by, for `newest`. */
  readonly by: string;
}

/** Verdict's configuration. Everything is optional. */
export interface Config {
  /** Who decides. */
  readonly policy: {
    /** A compiled policy: bundle.tar.gz or policy.wasm. Without it (and without `sources`) the starter policy decides. */
    readonly bundle?: string;
    /** Directories of own rules (`rules/<area>/<name>/<name>.rego`) that are compiled together with the starter policy. */
    readonly rules: readonly string[];
    /** Directories or files of a Rego policy of your own shape, with a rule `decision` in package `verdict`. */
    readonly sources: readonly string[];
    /** Rule that decides. */
    readonly entrypoint: string;
    /** Canaries that the policy may allow. */
    readonly accepts: ReadonlyArray<'empty' | 'undiscovered' | 'errored' | 'failed' | 'unsigned' | 'stranger'>;
    /** What the policy reads as `data.config`; for the starter policy: profile, lists, thresholds, exceptions (schemas/policy.schema.json). */
    readonly config: Readonly<Record<string, unknown>>;
  };
  /** Who looks at evidence. */
  readonly verifiers: readonly Verifier[];
  /** What to fetch of which type. */
  readonly collect: readonly CollectRule[];
  /** Narrow indexes to these platforms, as `os/architecture` or `os/architecture/variant`. */
  readonly platforms: readonly string[];
  /** What the evidence holds of each target. */
  readonly targets: {
    /** Their manifests. */
    readonly manifests: boolean;
    /** Their image configs. */
    readonly configs: boolean;
  };
  /** Forms of attachment to ask registries for. */
  readonly sources: ReadonlyArray<'referrers-api' | 'referrers-tag' | 'cosign-tag'>;
  /** Settings per registry host or repository prefix; the longest prefix counts. */
  readonly registries: Readonly<Record<string, Registry>>;
  /** Limits of one decision. */
  readonly limits: {
    /** Milliseconds for the whole decision. */
    readonly deadline: number;
    /** How deep evidence of evidence is followed. */
    readonly depth: number;
    /** How deep indexes may nest. */
    readonly indexDepth: number;
    /** Most targets of one subject. */
    readonly targets: number;
    /** Most artifacts in one evidence. */
    readonly artifacts: number;
    /** Bytes of one layer or file of evidence. */
    readonly documentBytes: number;
    /** Bytes downloaded for one decision. */
    readonly downloadBytes: number;
    /** Bytes of all documents handed to the policy. */
    readonly evidenceBytes: number;
    /** Milliseconds for one evaluation of the policy. */
    readonly policyTime: number;
    /** Bytes of memory for one evaluation of the policy. */
    readonly policyMemory: number;
    /** Requests at a time to one registry host. */
    readonly hostConcurrency: number;
  };
}
