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
  /** Its type. `sigstore`: signatures and attestations of cosign and other Sigstore clients; `notation`: Notary Project signatures; `plugin`: a program of your own that speaks Ratify v1's process protocol (docs/plugins.md); `json`: every other JSON document. In this order: the first type that accepts an artifact opens it. */
  readonly type: 'sigstore' | 'notation' | 'plugin' | 'json';
  /** Of `sigstore` and `json`: JSON Schema per document type: `starter` for the one that comes with Verdict, or a file. */
  readonly schemas: Readonly<Record<string, string>>;
  /** Of `sigstore` and `notation`: names of the trusts that count. Empty: all. */
  readonly trust: readonly string[];
  /** Of `notation`: a Notary Project trust policy document (version 1.0) for images, or a file that holds one. Without one, level `strict` with every trust of type `certificates` and any identity. */
  readonly trustPolicy?: string | Readonly<Record<string, unknown>>;
  /** Of `notation`: the same for files. */
  readonly blobTrustPolicy?: string;
  /** Of `notation`: where revocation lists come from. */
  readonly revocation: {
    /** Certificate revocation lists: files (DER or PEM) and directories of `.crl`, `.pem`, `.der` files. */
    readonly crls: readonly string[];
    /** Ask the OCSP responders and fetch the lists that certificates name. */
    readonly network: boolean;
  };
  /** Of `plugin`: absolute path of the program: a regular file that only its owner may write. It is run without arguments and without a shell, once for each artifact, and gets of our environment `PATH`, `HOME` and what `environment` names. */
  readonly command?: string;
  /** Of `plugin`: types of the artifacts that it is run for; `*`: all. No verifier of type `json` reads these then. */
  readonly artifactTypes: readonly string[];
  /** Of `plugin`: version of the protocol, as the plugin knows it. Default: `1.0.0`. */
  readonly version?: string;
  /** Of `plugin`: its own settings, handed over as `config`. `name` and `artifactTypes` are added where they are missing. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Of `plugin`: the store by which it reaches the registry, handed over as `storeConfig`. Default: Ratify's store `oras` without settings. */
  readonly storeConfig: Readonly<Record<string, unknown>>;
  /** Of `plugin`: names of environment variables that it gets besides `PATH` and `HOME`. */
  readonly environment: readonly string[];
  /** Of `plugin`: milliseconds for one run; then it is ended with everything that it started. Default: 10000. */
  readonly timeout?: number;
}

/** What to fetch of one artifact type. The first rule that fits counts; without one, everything is fetched. */
export interface CollectRule {
  /** Artifact type; a `*` at the end fits any continuation. */
  readonly type: string;
  /** `all`; `none`: only list them; `follow`: the same, but look for what is attached to them; `newest`: the `count` with the greatest annotation `by`. */
  readonly take: 'all' | 'none' | 'follow' | 'newest';
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
  /** Of `certificates`: pass over certificates that cannot be anchors, instead of refusing them. */
  readonly anchorsOnly: boolean;
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

/** A listener of its own, plain HTTP, for `/metrics` where scrapers expect it on another port than probes. */
export interface ServerMetrics {
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

/** Who decides. */
export interface Policy {
  /** A compiled policy: bundle.tar.gz or policy.wasm. Without it (and without `sources`) the starter policy decides. */
  readonly bundle?: string;
  /** Directories of own rules (`rules/<area>/<name>/<name>.rego`) that are compiled together with the starter policy. */
  readonly rules: readonly string[];
  /** Directories or files of a Rego policy of your own shape, with a rule `decision` in package `verdict`. */
  readonly sources: readonly string[];
  /** The same as text: one Rego module. */
  readonly inline?: string;
  /** What the policy is written for. `verdict`: Verdict's own input and decision; `ratify`: Ratify v1's reports, decided by rule `valid` of package `ratify.policy` or by its configured policy (docs/ratify.md). */
  readonly convention: 'verdict' | 'ratify';
  /** Rule that decides. */
  readonly entrypoint: string;
  /** Canaries that the policy may allow. */
  readonly accepts: ReadonlyArray<'empty' | 'undiscovered' | 'errored' | 'failed' | 'unsigned' | 'stranger'>;
  /** What the policy reads as `data.config`; for the starter policy: profile, lists, thresholds, exceptions (schemas/policy.schema.json); for the convention `ratify`, schemas/ratify.schema.json. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A policy, with trust and verifiers, for some repositories or some namespaces only. */
export interface Scope {
  /** How decisions call its policy; unique. */
  readonly name: string;
  /** Registries and repository prefixes that it is for, such as `registry.example/team`; the longest that fits counts. Empty: all, for a scope with `namespaces`. */
  readonly repositories: readonly string[];
  /** Namespaces that it is for. With them the scope only tightens: its policy decides beside the one for everybody, and both must allow. Without them it replaces that one for its repositories. */
  readonly namespaces: readonly string[];
  readonly policy?: Policy;
  /** With `namespaces`: trusts that only its own policy sees, beside those for everybody. Without: instead of them. */
  readonly trust?: Readonly<Record<string, Trust>>;
  /** With `namespaces`: verifiers that only its own policy sees, beside those for everybody. Without: instead of them. */
  readonly verifiers?: readonly Verifier[];
}

/** Verdict's configuration. Everything is optional. */
export interface Config {
  readonly policy: Policy;
  /** What vouches for signers, by name. Identities in a policy mean something only within one of these. */
  readonly trust: Readonly<Record<string, Trust>>;
  /** Who looks at evidence. */
  readonly verifiers: readonly Verifier[];
  /** Other policies, trusts and verifiers for some repositories or namespaces. All else in this file is for everybody. */
  readonly scopes: readonly Scope[];
  /** Programs of others that look at evidence. */
  readonly plugins: {
    /** Run what verifiers of type `plugin` name. Without it, such a verifier is a fault of the configuration. */
    readonly enabled: boolean;
  };
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
  /** Settings per registry host or repository prefix; the longest prefix counts. `*` is for every host, after all others; it lets a service ask hosts at private addresses too. */
  readonly registries: Readonly<Record<string, Registry>>;
  /** File with registries' credentials as Docker keeps them (`config.json`), looked at before Docker's own. */
  readonly credentialFile?: string;
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
    readonly metrics?: ServerMetrics;
    /** Names of parameters that callers of `/v1/verify` may give; all others are refused. */
    readonly parameters: readonly string[];
    /** Milliseconds for one request of Gatekeeper's validation. Below the webhook's own time-out (3 s) and the Provider's `timeout`. */
    readonly verifyTimeout: number;
    /** The same for mutation, whose webhook waits 1 s. */
    readonly mutateTimeout: number;
    /** Answer Gatekeeper with the reports and let its own Rego decide: our decision is advice. */
    readonly passthrough: boolean;
    /** With `passthrough`, ask our policy too: what it says stands beside the reports as `advice`. */
    readonly advice: boolean;
    /** Bytes of reports and documents that go back for one key, which Gatekeeper keeps in memory. Beyond it documents are left out, then reports, and the answer says so. */
    readonly reportBytes: number;
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
      /** That an image is not there, or cannot be decided about for a reason that will not pass by itself. */
      readonly absent: number;
      /** What a tag points to. */
      readonly tags: number;
      /** Bytes of decisions. */
      readonly bytes: number;
      /** Bytes of manifests and layers, in memory. */
      readonly contentBytes: number;
      /** Directory where manifests and layers are kept beyond the life of the process; several processes may share it. It is made for its user alone; one that others may write into is not used. Without it, nothing is kept on a disk. */
      readonly directory?: string;
      /** Bytes of content in it; what was used longest ago goes first. */
      readonly directoryBytes: number;
    };
  };
}
