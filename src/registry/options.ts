import type { RequestEvent } from '../request-event.ts';
import type { Source } from '../store.ts';

/** Forms of attachment that a registry can be asked for. */
export type RegistrySource = Extract<Source, 'referrers-api' | 'referrers-tag' | 'cosign-tag'>;

/** How to log in. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A refresh token that the token server exchanges. `username` may be empty. */
  | { readonly kind: 'identity'; readonly username: string; readonly token: string }
  /** Sent to the registry as it is. */
  | { readonly kind: 'bearer'; readonly token: string };

/** What a token server exchanges for a token. */
export type Account = Exclude<Credential, { readonly kind: 'bearer' }>;

/**
 * Where credentials come from: the one for a repository on a registry (`docker.io` for Docker Hub), undefined where
 * there is none. Only asked once a registry demands one. May throw CREDENTIALS_INVALID.
 */
export type CredentialSource = (registry: string, repository: string) => Promise<Credential | undefined>;

/** Settings for one registry host, or for a repository prefix on it. */
export interface HostSettings {
  /** Speak HTTP without TLS. Loopback hosts do so without being told. */
  readonly plainHttp?: boolean;
  /** Speak TLS to a loopback host too; implied by `ca` and `cert`. */
  readonly tls?: boolean;
  /** Certificate authorities to trust instead of the system's, PEM text. */
  readonly ca?: string;
  /** Client certificate and its private key, PEM text. Neither is ever shown to another host. */
  readonly cert?: string;
  readonly key?: string;
  /** Offer HTTP/2; default true. */
  readonly http2?: boolean;
  readonly credential?: Credential;
}

/** Bounds of the traffic with registries. Times are in milliseconds. */
export interface RegistryLimits {
  /** Requests in flight to one host: 50 referrers and the questions about them go out in one round trip. */
  readonly hostConcurrency: number;
  /** A host that takes longer to connect to is not there. */
  readonly connectTimeout: number;
  /** From the request to the head of the answer. Registries that list from a database take seconds. */
  readonly headersTimeout: number;
  /** Between two pieces of a body. */
  readonly bodyTimeout: number;
  /** Times that one request is sent at most, the first included. */
  readonly attempts: number;
  /**
   * No attempt begins later than this after the first, or after the last that brought part of a blob: whoever waits for
   * a decision would rather know.
   */
  readonly retryWindow: number;
  /** Longest wait taken from a `Retry-After`; a server that asks for more is not asked again. */
  readonly retryAfter: number;
}

export const DEFAULT_REGISTRY_LIMITS: RegistryLimits = {
  hostConcurrency: 128,
  connectTimeout: 5_000,
  headersTimeout: 15_000,
  bodyTimeout: 30_000,
  attempts: 4,
  retryWindow: 15_000,
  retryAfter: 10_000,
};

/** What a program that was run left behind. */
export interface Execution {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One address that a name stands for. */
export interface Address {
  readonly address: string;
  readonly family: number;
}

/** What the client takes from the world around it. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Rejects with the signal's reason when it is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Proxy and credential file variables, `HOME`, `PATH`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined where there is no such file; throws FILE_UNREADABLE or LIMIT_EXCEEDED. */
  readonly readFile: (path: string, limit: number) => Promise<Uint8Array | undefined>;
  /** Runs a program without a shell. Throws CREDENTIALS_INVALID if it cannot, takes too long or says too much. */
  readonly execute: (program: string, argument: string, input: string) => Promise<Execution>;
  readonly lookup: (hostname: string) => Promise<readonly Address[]>;
}

export interface RegistryOptions {
  /** Default: all three. */
  readonly sources?: readonly RegistrySource[];
  /** By `host[:port]` or `host[:port]/repository/prefix`, `*` for every host; the longest prefix that speaks of a matter counts. */
  readonly hosts?: Readonly<Record<string, HostSettings>>;
  readonly limits?: Partial<RegistryLimits>;
  /** Asked where `hosts` has no credential. Default: Docker's and the containers tools' files and helpers. */
  readonly credentials?: CredentialSource;
  readonly onRequest?: (event: RequestEvent) => void;
  /**
   * Let references lead to public addresses only, but for hosts that `hosts` names. A service must: whoever may name an
   * image could else make it ask its own network. Default: false, a person may ask for what they like.
   */
  readonly publicOnly?: boolean;
  /** Replaces parts of the real world. */
  readonly surroundings?: Partial<Surroundings>;
}
