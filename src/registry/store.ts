import { checkContent, type Descriptor, digestOf, isDigest, descriptor as makeDescriptor } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import type { Reference } from '../reference.ts';
import { type Listing, type Resolved, type Source, type Store, UNSUPPORTED } from '../store.ts';
import type { Trace } from '../trace.ts';
import { Authenticator } from './auth.ts';
import { Client } from './client.ts';
import { fileCredentials } from './credentials.ts';
import { Hosts, type Place } from './hosts.ts';
import { DEFAULT_REGISTRY_LIMITS, type RegistryOptions, type RegistrySource } from './options.ts';
import { Recent } from './recent.ts';
import { referrersApi } from './referrers.ts';
import { surround } from './surroundings.ts';
import { cosignTags, referrersTag } from './tags.ts';
import { Transport } from './transport.ts';

export type {
  Credential,
  CredentialSource,
  HostSettings,
  RegistryLimits,
  RegistryOptions,
  RegistrySource,
} from './options.ts';
export { DEFAULT_REGISTRY_LIMITS } from './options.ts';

const ALL_SOURCES: readonly RegistrySource[] = ['referrers-api', 'referrers-tag', 'cosign-tag'];
/** Digests computed of every subject: statements may name any of them. */
const ALGORITHMS = ['sha256', 'sha384', 'sha512'] as const;
/** Milliseconds for which a repository is not asked again for a Referrers API that it does not have. */
const UNSUPPORTED_LIFE = 10 * 60_000;
/** Repositories of which that is remembered. */
const MAX_UNSUPPORTED = 10_000;

/**
 * A store over registries that speak the OCI distribution API 1.1 or its forerunners.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 * Throws CONFIG_INVALID where certificates in the settings cannot be used.
 */
export function createRegistryStore(options: RegistryOptions = {}): Store {
  return new RegistryStore(options);
}

class RegistryStore implements Store {
  readonly sources: readonly RegistrySource[];
  readonly #hosts: Hosts;
  readonly #transport: Transport;
  readonly #auth: Authenticator;
  readonly #client: Client;
  readonly #unsupported: Recent<true>;

  constructor({ sources = ALL_SOURCES, hosts = {}, credentials, onRequest = () => {}, ...rest }: RegistryOptions) {
    const surroundings = surround(rest.surroundings);
    const limits = { ...DEFAULT_REGISTRY_LIMITS, ...rest.limits };
    this.sources = sources;
    this.#hosts = new Hosts(hosts, rest.publicOnly === true ? 'public' : undefined);
    this.#transport = new Transport({ limits, surroundings, onRequest });
    const means = { limits, surroundings, transport: this.#transport, hosts: this.#hosts };
    this.#auth = new Authenticator({ ...means, credentials: credentials ?? fileCredentials(surroundings) });
    this.#client = new Client({ ...means, auth: this.#auth });
    this.#unsupported = new Recent(surroundings.now, MAX_UNSUPPORTED);
  }

  async resolve(reference: Reference, signal: AbortSignal, trace?: Trace): Promise<Resolved> {
    const { place, tag, digest: pinned } = this.#locate(reference, trace);
    const found = await this.#client.manifest(place, pinned === '' ? tag : pinned, signal);
    const { bytes, mediaType, digest } = found;
    const others = ALGORITHMS.map((algorithm) => digestOf(bytes, algorithm)).filter((other) => other !== digest);
    const descriptor = makeDescriptor(mediaType, digest, bytes.byteLength);
    return { descriptor, manifest: bytes, digests: [digest, ...others] };
  }

  async referrers(
    reference: Reference,
    source: Source,
    digest: string,
    signal: AbortSignal,
    trace?: Trace,
  ): Promise<Listing> {
    try {
      const { place } = this.#locate(reference, trace);
      if (!isDigest(digest)) throw new VerdictError('DESCRIPTOR_INVALID', 'what is asked about is not a digest');
      return await this.#ask(place, source, digest, signal);
    } catch (thrown) {
      return { outcome: 'failed', entries: [], limit: '', error: asVerdictError(thrown) };
    }
  }

  async fetch(
    reference: Reference,
    kind: 'manifest' | 'blob',
    descriptor: Descriptor,
    limit: number,
    signal: AbortSignal,
    trace?: Trace,
  ): Promise<Uint8Array> {
    const { place } = this.#locate(reference, trace);
    if (descriptor.size > limit) {
      throw new VerdictError(
        'LIMIT_EXCEEDED',
        `${descriptor.digest} has ${descriptor.size} bytes; ${limit} may be read of a ${kind}`,
      );
    }
    return inlineContent(descriptor) ?? (await this.#client.content(place, kind, descriptor, signal));
  }

  async close(): Promise<void> {
    this.#auth.close();
    await this.#transport.close();
  }

  #locate(
    reference: Reference,
    trace: Trace | undefined,
  ): { readonly place: Place; readonly tag: string; readonly digest: string } {
    if (reference.kind !== 'registry') {
      throw new VerdictError('REFERENCE_INVALID', `${reference.requested} does not name a registry`);
    }
    return { place: this.#hosts.place(reference, trace), tag: reference.tag, digest: reference.digest };
  }

  async #ask(place: Place, source: Source, digest: string, signal: AbortSignal): Promise<Listing> {
    switch (source) {
      case 'referrers-api':
        return await this.#askApi(place, digest, signal);
      case 'referrers-tag':
        return await referrersTag(this.#client, place, digest, signal);
      case 'cosign-tag':
        return await cosignTags(this.#client, place, digest, signal);
      case 'image-index':
      case 'layout':
      case 'file':
        return UNSUPPORTED;
    }
  }

  async #askApi(place: Place, digest: string, signal: AbortSignal): Promise<Listing> {
    const name = `${place.registry}/${place.repository}`;
    if (this.#unsupported.get(name) !== undefined) return UNSUPPORTED;
    const listing = await referrersApi(this.#client, place, digest, signal);
    if (listing.outcome === 'unsupported') this.#unsupported.set(name, true, UNSUPPORTED_LIFE);
    return listing;
  }
}

/** The content that a descriptor carries itself; undefined where it carries none, or other content. */
function inlineContent(descriptor: Descriptor): Uint8Array | undefined {
  const { data, size } = descriptor;
  // Four characters stand for three bytes: of another length it cannot be the content.
  if (data === '' || data.length !== Math.ceil(size / 3) * 4) return undefined;
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  try {
    checkContent(bytes, descriptor);
    return bytes;
  } catch {
    return undefined;
  }
}
