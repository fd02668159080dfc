/** What a code means. `retryable`: the same request may succeed later without anyone changing anything. */
interface CodeFacts {
  readonly retryable: boolean;
  /** One sentence: what happened. */
  readonly meaning: string;
  /** One sentence: what a person can do next. */
  readonly remedy: string;
}

/**
 * The catalogue: every code that Verdict can report, in an error, a report, a discovery entry or a denial.
 * `docs/errors.md` is generated from it.
 */
export const CATALOGUE = {
  ARCHIVE_INVALID: {
    retryable: false,
    meaning: 'A tar archive is damaged, unsafe (a path that leaves it, a link) or not an image layout.',
    remedy: 'Write the archive again, for example with `skopeo copy … oci-archive:FILE`.',
  },
  BUILTIN_FAILED: {
    retryable: false,
    meaning: 'A built-in function refused its arguments; in a policy such a call is undefined.',
    remedy: 'Check the arguments named in the message, or test their type before the call.',
  },
  BUILTIN_MISSING: {
    retryable: false,
    meaning: 'The policy calls built-in functions that this version of Verdict does not have.',
    remedy: 'Remove the calls named in the message; `verdict policy check` finds them while you write.',
  },
  BUNDLE_INVALID: {
    retryable: false,
    meaning: 'A policy bundle is damaged or has no usable policy.wasm.',
    remedy: 'Build it again with `verdict policy build` or `opa build -t wasm`.',
  },
  CANARY_ALLOWED: {
    retryable: false,
    meaning: 'The policy allows evidence that nobody trusted vouched for.',
    remedy: 'Require a signer, or accept the named canary under `policy.accepts`.',
  },
  CERTIFICATE_INVALID: {
    retryable: false,
    meaning: 'A certificate is malformed, or not fit for its purpose.',
    remedy: 'Issue it again; the message says what is wrong with it.',
  },
  CONFIG_INVALID: {
    retryable: false,
    meaning: 'The configuration does not fit its schema or contradicts itself.',
    remedy: 'Mend the places listed with line and column; `verdict config check` lists them all.',
  },
  CREDENTIALS_INVALID: {
    retryable: false,
    meaning: 'A credential file or helper could not be read.',
    remedy: 'Check the docker config and its credential helpers; `docker login` writes a good one.',
  },
  DEADLINE_EXCEEDED: {
    retryable: true,
    meaning: 'The decision took longer than its deadline.',
    remedy: 'Try again, or raise `limits.deadline`.',
  },
  DESCRIPTOR_INVALID: {
    retryable: false,
    meaning: 'A descriptor (media type, digest, size) is malformed.',
    remedy: 'Push the artifact again with a tool that writes OCI descriptors.',
  },
  DIGEST_MISMATCH: {
    retryable: false,
    meaning: 'The bytes received are not the bytes the digest names.',
    remedy: 'Somebody or something changed the content: do not use it; push the artifact again.',
  },
  DIGEST_UNSUPPORTED: {
    retryable: false,
    meaning: 'A digest uses an algorithm that Verdict does not compute.',
    remedy: 'Use sha256, sha384 or sha512.',
  },
  DOCUMENT_INVALID: {
    retryable: false,
    meaning: 'A document is not JSON that a policy can take (syntax, duplicate keys, encoding, depth, numbers).',
    remedy: 'Write the document again; the message says where it breaks.',
  },
  FILE_UNREADABLE: {
    retryable: false,
    meaning: 'A file or directory could not be read.',
    remedy: 'Check the path and its permissions.',
  },
  INTERNAL: {
    retryable: false,
    meaning: 'Verdict itself failed.',
    remedy: 'Report it with the message and what you ran.',
  },
  KEY_INVALID: {
    retryable: false,
    meaning: 'A public key is malformed, too weak, or of a kind that is not trusted.',
    remedy: 'Use ECDSA (P-256, P-384, P-521), RSA of 2048 bits or more, or Ed25519.',
  },
  LAYOUT_INVALID: {
    retryable: false,
    meaning: 'A directory is not an OCI image layout, or its index is malformed.',
    remedy: 'Give the directory that holds `oci-layout` and `index.json`.',
  },
  LIMIT_EXCEEDED: {
    retryable: false,
    meaning: 'A size, count, depth or time passed its limit.',
    remedy: 'Raise the limit named in the message if the content is meant to be that large.',
  },
  MANIFEST_INVALID: {
    retryable: false,
    meaning: 'A manifest is malformed, or its media type contradicts it.',
    remedy: 'Push the artifact again with a tool that writes OCI manifests.',
  },
  NODE_TOO_OLD: {
    retryable: false,
    meaning: 'Node.js is older than Verdict needs.',
    remedy: 'Run it through npm scripts, which bring the right one, or install Node.js 24.15 or newer.',
  },
  NOT_FOUND: {
    retryable: false,
    meaning: 'The registry, layout or directory has no such content.',
    remedy: 'Check the spelling of repository, tag and digest.',
  },
  PLUGIN_FAILED: {
    retryable: false,
    meaning: 'A verifier plugin could not be run, ended badly, or gave no answer.',
    remedy: 'Run its program by hand with the input that docs/plugins.md shows; the message has its own words.',
  },
  POLICY_ABORTED: {
    retryable: false,
    meaning: 'The policy stopped with an error of its own (a conflict between rules, a trap).',
    remedy:
      'Run the policy over the same input with `verdict policy eval`; the message names the place where OPA knows it.',
  },
  POLICY_INVALID: {
    retryable: false,
    meaning: 'The policy does not compile, or its module is not one that OPA writes.',
    remedy: 'Run `verdict policy check`: it lists every fault with line and column.',
  },
  POLICY_MALFORMED: {
    retryable: false,
    meaning: "The policy's answer is not a well-formed decision.",
    remedy: 'Let `decision` be an object with a boolean `allow` and lists of violations.',
  },
  POLICY_MEMORY: {
    retryable: false,
    meaning: 'The policy needed more memory than it may use.',
    remedy: 'Collect fewer or smaller documents, or raise `limits.policyMemory`.',
  },
  POLICY_MISSING: {
    retryable: false,
    meaning: 'There is no policy, or it lacks the entrypoint asked for.',
    remedy: 'Name a policy under `policy`, or give the entrypoint `verdict/decision`.',
  },
  POLICY_NO_REASON: {
    retryable: false,
    meaning: 'The policy denied without saying why.',
    remedy: 'Add a violation with a code and a message to the policy.',
  },
  POLICY_NOT_ASKED: {
    retryable: false,
    meaning: 'No policy was asked: the reports were wanted without advice.',
    remedy: 'Decide on the reports, or ask with `advice`.',
  },
  POLICY_TIMEOUT: {
    retryable: false,
    meaning: 'The policy ran longer than it may.',
    remedy: 'Look for nested loops over documents, or raise `limits.policyTime`.',
  },
  POLICY_UNDEFINED: {
    retryable: false,
    meaning: "The policy's decision is undefined for this input.",
    remedy: 'Give the decision a default: `default decision := {"allow": false, …}`.',
  },
  REFERENCE_AMBIGUOUS: {
    retryable: false,
    meaning: 'The reference fits several things.',
    remedy: 'Add the tag or the digest of the one you mean; the message lists them.',
  },
  REFERENCE_INVALID: {
    retryable: false,
    meaning: 'The subject is not a reference that Verdict knows.',
    remedy: 'Write registry/repository:tag@digest, oci:DIR, oci-archive:FILE or file:PATH.',
  },
  REGISTRY_DENIED: {
    retryable: false,
    meaning: 'The registry refused access.',
    remedy: 'Log in with `docker login`, or give the configuration a credential for this repository.',
  },
  REGISTRY_INVALID_RESPONSE: {
    retryable: false,
    meaning: 'The registry answered with something the distribution specification does not allow.',
    remedy: 'Check that the host is a registry and that no proxy answers in its place.',
  },
  REGISTRY_NOT_ALLOWED: {
    retryable: false,
    meaning: 'The configuration does not allow this connection (plain HTTP, an address or a redirect).',
    remedy: 'Allow the host under `registries` if you mean it.',
  },
  REGISTRY_RATE_LIMITED: {
    retryable: true,
    meaning: 'The registry asks for fewer requests.',
    remedy: 'Try again later, or log in: authenticated limits are higher.',
  },
  REGISTRY_TLS: {
    retryable: false,
    meaning: "The registry's certificate is not trusted.",
    remedy: 'Name the certificate authority under `registries.<host>.ca`.',
  },
  REGISTRY_UNAVAILABLE: {
    retryable: true,
    meaning: 'The registry did not answer, or answered with a server error.',
    remedy: 'Try again; check the network and the registry.',
  },
  SCHEMA_MISMATCH: {
    retryable: false,
    meaning: 'A document does not fit the schema configured for its type.',
    remedy: 'Mend the document at the places named, or take the schema out of the configuration.',
  },
  SIGNATURE_INVALID: {
    retryable: false,
    meaning: 'A signature, its envelope or its bundle is malformed.',
    remedy: 'Sign again; do not use what was signed until then.',
  },
  SIZE_MISMATCH: {
    retryable: false,
    meaning: 'The content is shorter or longer than its descriptor says.',
    remedy: 'Do not use it; push the artifact again.',
  },
  STATEMENT_INVALID: {
    retryable: false,
    meaning: 'An in-toto statement or its envelope is malformed.',
    remedy: 'Write the attestation again with a tool that follows in-toto v0.1 or v1.',
  },
  SUBJECT_MISMATCH: {
    retryable: false,
    meaning: 'The evidence speaks of another artifact than the one it was found at.',
    remedy: 'Attach the evidence to the artifact it is about.',
  },
  TARGETS_UNKNOWN: {
    retryable: false,
    meaning: 'It could not be established what the decision must hold for.',
    remedy: 'Check the index and its platforms; the message names the entry that could not be read.',
  },
  TOOLCHAIN_FAILED: {
    retryable: false,
    meaning: 'The Rego toolchain could not run.',
    remedy: 'Check the memory and the cache directory named in the message.',
  },
  TRUST_INVALID: {
    retryable: false,
    meaning:
      'Configured trust material (keys, certificates, a trusted root) could not be read or is no trust material.',
    remedy: 'Mend the source named in the message; `verdict trust list` shows what was read.',
  },
  TRUST_UNAVAILABLE: {
    retryable: true,
    meaning: 'Trust material or revocation information could not be fetched.',
    remedy: 'Try again; check the network, or keep a copy in a file.',
  },
  UNDECIDED: {
    retryable: true,
    meaning: 'Evidence that may decide could not be looked up now.',
    remedy: 'Ask again in a moment; the message names what did not answer.',
  },
  USAGE: {
    retryable: false,
    meaning: 'The command line was not understood.',
    remedy: 'See `verdict --help`.',
  },
} as const satisfies Record<string, CodeFacts>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof CATALOGUE;

/** How an error stands in evidence and answers. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

export interface VerdictErrorOptions {
  readonly cause?: unknown;
  /** Overrides the catalogue's `retryable`, for the rare case that knows better (a 404 that may be a race). */
  readonly retryable?: boolean;
}

/** The one error class. Messages say what happened and with what; the catalogue says what to do. */
export class VerdictError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: VerdictErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VerdictError';
    this.code = code;
    this.retryable = options.retryable ?? CATALOGUE[code].retryable;
  }

  get remedy(): string {
    return CATALOGUE[this.code].remedy;
  }

  toFacts(): ErrorFacts {
    return { code: this.code, message: this.message, retryable: this.retryable };
  }
}

/** Anything thrown, as one of ours: what is not a VerdictError becomes INTERNAL with its cause kept. */
export function asVerdictError(thrown: unknown, context = ''): VerdictError {
  if (thrown instanceof VerdictError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new VerdictError('INTERNAL', context === '' ? text : `${context}: ${text}`, { cause: thrown });
}
