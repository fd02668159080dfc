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
  /** Its type. `sigstore`: signatures and attestations of cosign and other Sigstore clients; `notation`: Notary Project signatures; `json`: every other JSON document. */
  readonly type: 'sigstore' | 'notation' | 'json';
  /** Of `sigstore` and `json`: JSON Schema per document type: `starter` for the one that comes with Verdict, or a file. */
  readonly schemas: Readonly<Record<string, string>>;
  /** Of `sigstore` and `notation`: names of the trusts that count. Empty: all. */
  readonly trust: readonly string[];
  /** Of `notation`: file of a Notary Project trust policy document (version 1.0) for images. Without one, level `strict` with every trust of type `certificates` and any identity. */
  readonly trustPolicy?: string;
  /** Of `notation`: the same for files. */
  readonly blobTrustPolicy?: string;
  /** Of `notation`: where revocation lists come from. */
  readonly revocation: {
    /** Certificate revocation lists: files (DER or PEM) and directories of `.crl`, `.pem`, `.der` files. */
    readonly crls: readonly string[];
    /** Ask the OCSP responders and fetch the lists that certificates name. */
    readonly network: boolean;
  };
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

/** Who may sign, said exactly or by a pattern that the whole value must fit. What is not given fits all. */
export interface IdentityPattern {
  /** Subject alternative name, exactly: an e-mail address, or the URI of a workflow. Of a certificate without one, and of a Notary Project signer, its distinguished name (RFC 4514). */
  readonly identity?: string;
  /** The same as a regular expression (RE2 syntax, anchored at both ends). */
  readonly identityPattern?: string;
  /** OIDC issuer, exactly. */
  readonly issuer?: string;
  /** The same as a regular expression (RE2 syntax, anchored at both ends). */
  readonly issuerPattern?: string;
}

/** A TUF repository that publishes the trusted root. Nothing is fetched unless `verdict trust update` says so; the last good copy is kept in the cache directory. */
export interface TrustUpdate {
  /** Its URL. */
  readonly mirror: string;
  /** File with the initial `root.json`, had on a way that you trust. Not needed for the public-good instance. */
  readonly initialRoot?: string;
  /** Name of the trusted root in it. */
  readonly target: string;
  /** Milliseconds after which a copy is reported as old. */
  readonly maxAge: number;
}

/** Something that vouches for signers. */
export interface Trust {
  /** `keys`: public keys; `sigstore`: a trusted root (Fulcio, Rekor, timestamp authorities); `certificates`: certificate authorities of your own, for Notary Project signatures and for Sigstore signatures without Fulcio. */
  readonly type: 'keys' | 'sigstore' | 'certificates';
  /** Of `keys`: each a PEM file, a directory (its `.pub`, `.pem`, `.der` files), `env://NAME`, a URL (fetched when the configuration is loaded), or PEM text. */
  readonly keys: readonly string[];
  /** `public-good` (the copy that comes with Verdict) or a file `trusted_root.json`. Of `keys` and `certificates`: whose logs and timestamp authorities count. */
  readonly root?: string;
  readonly update?: TrustUpdate;
  /** Of `certificates`: authorities of signers; the store `ca:NAME` of Notary Project trust policies. Each a file, a directory (its `.pem`, `.crt`, `.cer`, `.der`, `.p12`, `.pfx` files), or PEM text. */
  readonly ca: readonly string[];
  /** Of `certificates`: the store `signingAuthority:NAME`. */
  readonly signingAuthority: readonly string[];
  /** Of `certificates`: roots of timestamp authorities; the store `tsa:NAME`. */
  readonly tsa: readonly string[];
  /** Environment variable with the password of PKCS#12 files. */
  readonly passwordEnv?: string;
  /** File with the password of PKCS#12 files; a trailing line break is dropped. */
  readonly passwordFile?: string;
  /** Of `sigstore` and `certificates`: who may sign. Empty: everybody whom the authorities identify; then the policy must name them. */
  readonly identities: readonly IdentityPattern[];
  /** Transparency log entries that a Sigstore signature needs. 0 waives them, visibly. Default: 1, or 0 where `root` has no logs. */
  readonly transparencyLog?: number;
  /** Trusted times that a Sigstore signature needs. 0 waives them, visibly: a certificate must then be valid at the instant of the decision. Default: 1 for certificates, 0 for keys. */
  readonly timestamp?: number;
  /** Certificate transparency logs that must have seen a certificate. 0 waives them, visibly. Default: 1 for `sigstore` (0 where `root` has no such logs), 0 for `certificates`. */
  readonly sct?: number;
}

/** TLS 1.3 towards clients. All files are watched and read again when they change. */
export interface ServerTls {
  /** PEM file with the server's certificate and its chain. */
  readonly cert: string;
  /** PEM file with its private key. */
  readonly key: string;
  /** PEM file with the authorities whose clients are admitted: Gatekeeper's `ca.crt`. Without it, every client is. */
  readonly clientCa?: string;
}

/** A listener of its own, plain HTTP, for `/livez`, `/readyz` and `/metrics`: a kubelet has no client certificate. Without it they are on the service's own port only. */
export interface ServerHealth {
  /** Address to listen on. */
  readonly address: string;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
}

/** Records what the Data API decided, in OPA's event format. */
export interface DecisionLog {
  /** File to write, rotated by size; without one, standard output. */
  readonly path?: string;
  /** Bytes of a file before it is rotated. */
  readonly maxBytes: number;
  /** Files that are kept, the current one included. */
  readonly files: number;
  /** Record inputs too: they may be large, and are the callers'. */
  readonly inputs: boolean;
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
    /** What the policy is written for. `verdict`: Verdict's own input and decision; `ratify`: Ratify v1's reports, decided by rule `valid` of package `ratify.policy` or by its configured policy (docs/ratify.md). */
    readonly convention: 'verdict' | 'ratify';
    /** Rule that decides. */
    readonly entrypoint: string;
    /** Canaries that the policy may allow. */
    readonly accepts: ReadonlyArray<'empty' | 'undiscovered' | 'errored' | 'failed' | 'unsigned' | 'stranger'>;
    /** What the policy reads as `data.config`; for the starter policy: profile, lists, thresholds, exceptions (schemas/policy.schema.json); for the convention `ratify`, schemas/ratify.schema.json. */
    readonly config: Readonly<Record<string, unknown>>;
  };
  /** What vouches for signers, by name. Identities in a policy mean something only within one of these. */
  readonly trust: Readonly<Record<string, Trust>>;
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
  /** Requests beyond registries: keys by URL, TUF repositories, revocation. There are none unless something else asks for them. */
  readonly network: {
    /** Hosts with private or loopback addresses that may be asked, as `host` or `host:port`. */
    readonly allowPrivate: readonly string[];
  };
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
  /** `verdict serve`. */
  readonly server: {
    /** Address to listen on. */
    readonly address: string;
    /** Port to listen on; 0 takes a free one. */
    readonly port: number;
    readonly tls?: ServerTls;
    readonly health?: ServerHealth;
    /** Names of parameters that callers of `/v1/verify` may give; all others are refused. */
    readonly parameters: readonly string[];
    /** Milliseconds for one request of Gatekeeper's validation. Below the webhook's own time-out (3 s) and the Provider's `timeout`. */
    readonly verifyTimeout: number;
    /** The same for mutation, whose webhook waits 1 s. */
    readonly mutateTimeout: number;
    /** Answer Gatekeeper with the reports and let its own Rego decide: our decision is advice. */
    readonly passthrough: boolean;
    /** Bytes of one request. */
    readonly bodyBytes: number;
    /** OPA's Data API, `/v1/data/…`. */
    readonly data: {
      /** Bytes of one request: inputs are whole documents. */
      readonly bodyBytes: number;
      readonly log?: DecisionLog;
    };
    /** Keys of one request. */
    readonly keys: number;
    /** Decisions under way at a time; beyond it, they wait. */
    readonly concurrency: number;
    /** Most decisions that wait to begin; beyond it, and where the time that is left is too short, requests are refused for the time being. */
    readonly queue: number;
    /** Most connections at a time; further ones are closed at once. */
    readonly connections: number;
    /** Milliseconds that requests under way get when the service is told to end. */
    readonly drain: number;
    /** How long decisions are reused, in milliseconds, and how much is kept. */
    readonly cache: {
      /** A decision that allows. */
      readonly allow: number;
      /** One that denies: somebody may be about to sign. */
      readonly deny: number;
      /** One that allows on evidence that is not complete. */
      readonly incomplete: number;
      /** Beyond that, while it is made anew in the background. */
      readonly stale: number;
      /** What a tag points to. */
      readonly tags: number;
      /** Bytes of decisions. */
      readonly bytes: number;
      /** Bytes of manifests and layers. */
      readonly contentBytes: number;
    };
  };
}
