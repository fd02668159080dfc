import { type Descriptor, digestOf, MEDIA_TYPES, descriptor as makeDescriptor } from '../../../src/descriptor.ts';
import {
  type EntryInput,
  type ImageInput,
  type IndexInput,
  type Made,
  makeImage,
  makeIndex,
  toBytes,
} from './content.ts';
import { type Fault, type FaultOptions, Faults, type Matcher, type Route } from './faults.ts';
import { type Listening, listen } from './listen.ts';
import { type Answer, answerRequest, type Incoming } from './routes.ts';
import { listEntry, Shelf } from './shelf.ts';
import { type AuthOptions, Tokens } from './tokens.ts';

export type { EntryInput, ImageInput, IndexInput, LayerInput, Made } from './content.ts';
export { makeImage, makeIndex } from './content.ts';
export type { Fault, FaultOptions, Matcher, Route } from './faults.ts';
export { fallbackTag } from './shelf.ts';
export { TEST_TLS } from './tls.ts';
export type { AuthOptions } from './tokens.ts';

export interface TestRegistryOptions {
  /** Serve TLS with the test certificate; default false. */
  readonly tls?: boolean;
  /** With `tls`: offer HTTP/2; default false. */
  readonly http2?: boolean;
  /** With `tls`: refuse clients without the test client certificate; default false. */
  readonly clientCertificates?: boolean;
  /** Milliseconds that every answer waits; default 0. {@link TestRegistry.rounds} means something only above 0. */
  readonly latency?: number;
  /** Hold all answers until nothing new has come for `latency`: makes rounds exact on a busy machine. Default false. */
  readonly lockstep?: boolean;
  /** Default: everybody may read. */
  readonly auth?: AuthOptions;
  /** Whether the Referrers API is served; without it its path answers 404. Default true. */
  readonly referrersApi?: boolean;
  /** Entries per page of the Referrers API; default: all on one. */
  readonly pageSize?: number;
  /** Where content goes when a call names no repository; default `team/app`. */
  readonly repository?: string;
  /** Loopback address to listen on; default `127.0.0.1`. */
  readonly address?: string;
}

/** A request as the registry saw it. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly route: Route;
  readonly repository: string;
  /** Tag or digest asked for. */
  readonly reference: string;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Equal for requests that came over the same connection. */
  readonly connection: number;
  /** 0 until the answer is sent. */
  readonly status: number;
  /** 1 + the greatest round of all requests that were answered before this one came. */
  readonly round: number;
}

/** Where evidence is put. */
export type Via = 'referrers-api' | 'referrers-tag' | `cosign-tag:.${'sig' | 'att' | 'sbom'}`;

export interface Place {
  readonly repository?: string;
  readonly tag?: string;
}

export interface AttachInput extends ImageInput {
  readonly repository?: string;
  /** Default `referrers-api`. */
  readonly via?: Via;
  /** Digest that the manifest names; default: what it is attached to, for cosign tags none. Empty: none. */
  readonly subject?: string;
  /** Members in which the list speaks otherwise than the manifest. */
  readonly listedAs?: Partial<Descriptor>;
}

/** Starts an empty registry on a free port of the loopback interface. Close it when done. */
export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const registry = new TestRegistry(options);
  await registry.start();
  return registry;
}

/** A registry in this process, filled from memory, that misbehaves when told to. */
export class TestRegistry {
  readonly #options: TestRegistryOptions;
  readonly #shelves = new Map<string, Shelf>();
  readonly #files = new Map<string, { readonly bytes: Uint8Array; readonly contentType: string }>();
  readonly #faults = new Faults();
  readonly #auth: AuthOptions;
  readonly #requests: { -readonly [Member in keyof RecordedRequest]: RecordedRequest[Member] }[] = [];
  #answered = 0;
  #listening: Listening = { host: '', url: '', close: async () => {} };
  /** The tokens that this registry's token server (`/token`) has issued. */
  readonly tokens: Tokens;
  /** The repository that calls mean when they name none. */
  readonly repository: string;

  constructor(options: TestRegistryOptions) {
    this.#options = options;
    this.#auth = options.auth ?? { kind: 'none' };
    this.tokens = new Tokens(this.#auth);
    this.repository = options.repository ?? 'team/app';
  }

  /** Called by {@link startRegistry}. */
  async start(): Promise<void> {
    this.#listening = await listen(this.#options, (asked, self) => this.#respond(asked, self));
  }

  /** `127.0.0.1:PORT`, as in image names. */
  get host(): string {
    return this.#listening.host;
  }

  /** `http://127.0.0.1:PORT` (or https), without a slash at the end. */
  get url(): string {
    return this.#listening.url;
  }

  /** All requests so far, token requests and redirected ones too, in the order of arrival. */
  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  /** Dependent round trips so far: requests that are in flight together count as one. Needs `latency`. */
  get rounds(): number {
    return this.#requests.reduce((most, { round }) => Math.max(most, round), 0);
  }

  /** Makes an image (or artifact) and puts it. */
  image(input: ImageInput & Place = {}): Made {
    return this.put(makeImage(input), input);
  }

  /** Makes an index over manifests made before and puts it. */
  index(entries: ReadonlyArray<EntryInput | Made>, input: IndexInput & Place = {}): Made {
    return this.put(makeIndex(entries, input), input);
  }

  /** Puts what was made elsewhere. */
  put(made: Made, { repository, tag }: Place = {}): Made {
    this.#shelf(repository).put(made, tag);
    return made;
  }

  /** Puts bytes as a manifest, whatever they are. */
  manifest(content: Uint8Array | string, mediaType: string, place: Place = {}): Made {
    return this.put(rawManifest(toBytes(content), mediaType), place);
  }

  /** Makes an artifact and attaches it to a subject, which need not be here. */
  attach(subject: string, { via = 'referrers-api', repository, listedAs = {}, ...input }: AttachInput): Made {
    const { subject: named = via.startsWith('cosign-tag:') ? '' : subject, ...rest } = input;
    const made = makeImage(named === '' ? rest : { ...rest, subject: named });
    const suffix = via.startsWith('cosign-tag:') ? via.slice('cosign-tag:'.length) : '';
    this.#shelf(repository).put(made, suffix === '' ? '' : subject.replace(':', '-') + suffix);
    if (via === 'referrers-api' || via === 'referrers-tag') {
      this.list(subject, listEntry(made, listedAs), via, repository);
    }
    return made;
  }

  /** Puts an entry, which may be any JSON value, into the list about a subject. */
  list(subject: string, entry: unknown, via: 'referrers-api' | 'referrers-tag', repository?: string): void {
    const shelf = this.#shelf(repository);
    if (via === 'referrers-api') shelf.list(subject, entry);
    else shelf.listByTag(subject, entry, (bytes) => rawManifest(bytes, MEDIA_TYPES.ociIndex));
  }

  /** Serves bytes at a path outside of `/v2/`, such as a storage that blobs redirect to. Nobody is asked who they are. */
  file(path: string, content: Uint8Array | string, contentType: string = MEDIA_TYPES.octetStream): void {
    this.#files.set(path, { bytes: toBytes(content), contentType });
  }

  /** `host/repository:tag` or `host/repository@digest`. */
  reference(tagOrDigest: string, repository: string = this.repository): string {
    return `${this.host}/${repository}${tagOrDigest.includes(':') ? '@' : ':'}${tagOrDigest}`;
  }

  /** From now on, misbehaves in requests that fit. The fault armed last that fits strikes. */
  fault(matcher: Matcher, fault: Fault, options: FaultOptions = {}): void {
    this.#faults.arm(matcher, fault, options);
  }

  /** Behaves again. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Forgets all requests and begins to count rounds anew. */
  forget(): void {
    this.#requests.length = 0;
    this.#answered = 0;
  }

  /** Every blob and manifest of a repository, to be pushed to another registry. */
  content(repository: string = this.repository): Shelf {
    return this.#shelf(repository);
  }

  async close(): Promise<void> {
    await this.#listening.close();
  }

  #shelf(repository: string = this.repository): Shelf {
    const shelf = this.#shelves.get(repository) ?? new Shelf();
    this.#shelves.set(repository, shelf);
    return shelf;
  }

  async #respond(asked: Incoming, self: string): Promise<Answer> {
    const record = { ...asked, status: 0, round: this.#answered + 1 };
    this.#requests.push(record);
    const answer = answerRequest(
      asked,
      {
        shelves: this.#shelves,
        files: this.#files,
        faults: this.#faults,
        auth: this.#auth,
        tokens: this.tokens,
        referrersApi: this.#options.referrersApi ?? true,
        pageSize: this.#options.pageSize ?? 0,
      },
      self,
    );
    let arrived = 0;
    do {
      arrived = this.#requests.length;
      await wait(this.#options.latency ?? 0);
    } while (this.#options.lockstep === true && arrived !== this.#requests.length);
    this.#answered = Math.max(this.#answered, record.round);
    record.status = answer.status;
    return answer;
  }
}

function rawManifest(bytes: Uint8Array, mediaType: string): Made {
  const digest = digestOf(bytes);
  const descriptor = makeDescriptor(mediaType, digest, bytes.byteLength);
  return { descriptor, digest, bytes, manifest: {}, layers: [], blobs: new Map() };
}

/** Requests that arrived while the event loop was busy must be seen before this one counts as answered. */
async function wait(milliseconds: number): Promise<void> {
  if (milliseconds === 0) return;
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await new Promise((resolve) => setImmediate(resolve));
}
