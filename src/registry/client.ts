import {
  bareMediaType,
  type Descriptor,
  digestOf,
  isDigest,
  MANIFEST_TYPES,
  MEDIA_TYPES,
  parseDigest,
} from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import { MAX_MANIFEST_BYTES } from '../manifest.ts';
import { Download, readBody } from './body.ts';
import { ask, type ExchangeMeans } from './exchange.ts';
import { PassingFault } from './faults.ts';
import type { Place } from './hosts.ts';
import type { Reply } from './transport.ts';
import { acceptHeader, contentType, describeReply, readError, unexpected, wrongType } from './wire.ts';

/** A manifest by tag or digest, its bytes checked against every digest that is known of it. */
export interface FoundManifest {
  readonly bytes: Uint8Array;
  /** As the registry says, without parameters; one of those asked for. */
  readonly mediaType: string;
  /** The digest by which the registry knows it, computed from the bytes. */
  readonly digest: string;
}

/** The reading endpoints of https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints */
export class Client {
  readonly #means: ExchangeMeans;

  constructor(means: ExchangeMeans) {
    this.#means = means;
  }

  /**
   * GET /v2/<name>/manifests/<reference>: head and body in one trip. Throws NOT_FOUND, DIGEST_MISMATCH, LIMIT_EXCEEDED,
   * REGISTRY_….
   */
  async manifest(place: Place, reference: string, signal: AbortSignal): Promise<FoundManifest> {
    const inquiry = {
      place,
      url: new URL(`manifests/${reference}`, place.base),
      headers: () => ({ accept: acceptHeader() }),
      abroad: 'follow',
    } as const;
    return await ask(inquiry, this.#means, signal, async (reply) => {
      await expectOk(reply);
      const mediaType = manifestType(reply, MANIFEST_TYPES);
      const bytes = await readBody(reply, MAX_MANIFEST_BYTES, 'a manifest');
      const announced = announcedDigest(reply, bytes);
      if (!isDigest(reference)) return { bytes, mediaType, digest: announced ?? digestOf(bytes) };
      checkDigest(bytes, reference, 'the digest asked for');
      return { bytes, mediaType, digest: reference };
    });
  }

  /** Content of known size and digest. Throws as {@link manifest} does, and SIZE_MISMATCH. */
  async content(
    place: Place,
    kind: 'manifest' | 'blob',
    descriptor: Descriptor,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const isBlob = kind === 'blob';
    const download = new Download(descriptor, isBlob);
    const types = [...new Set([...MANIFEST_TYPES, bareMediaType(descriptor.mediaType)])];
    const accept = isBlob ? '*/*' : acceptHeader(types);
    const inquiry = {
      place,
      url: new URL(`${kind}s/${descriptor.digest}`, place.base),
      headers: () => ({ accept, ...download.headers() }),
      abroad: 'follow',
    } as const;
    return await ask(inquiry, this.#means, signal, async (reply) => {
      if (reply.status === 416) {
        download.restart();
        throw new PassingFault(unexpected(reply));
      }
      await expectOk(reply, download.headers().range !== undefined);
      if (!isBlob) manifestType(reply, types);
      else refusePage(reply, descriptor);
      const bytes = await download.read(reply);
      if (!isBlob) announcedDigest(reply, bytes);
      return bytes;
    });
  }

  /** One page of a list, as the registry answers it: any status that does not end every request alike. */
  async page<T>(place: Place, url: URL, signal: AbortSignal, read: (reply: Reply) => Promise<T>): Promise<T> {
    const headers = () => ({ accept: MEDIA_TYPES.ociIndex });
    return await ask({ place, url, headers, abroad: 'stay' }, this.#means, signal, read);
  }
}

async function expectOk(reply: Reply, isRange = false): Promise<void> {
  if (reply.status === 200 || (isRange && reply.status === 206)) return;
  const error = await readError(reply);
  if (reply.status === 404) throw new VerdictError('NOT_FOUND', describeReply(reply, error));
  throw unexpected(reply, error);
}

/** The media type of a manifest answer. A page of a proxy must not pass for a damaged manifest. */
function manifestType(reply: Reply, types: readonly string[]): string {
  checkEncoding(reply);
  const type = contentType(reply);
  if (!types.includes(type)) throw wrongType(reply, 'a manifest');
  return type;
}

function refusePage(reply: Reply, descriptor: Descriptor): void {
  checkEncoding(reply);
  const type = contentType(reply);
  if (type === 'text/html' && type !== bareMediaType(descriptor.mediaType)) throw wrongType(reply, 'a blob');
}

/** We ask for the bytes as they are: others cannot be hashed. */
function checkEncoding(reply: Reply): void {
  const encoding = reply.header('content-encoding').toLowerCase();
  if (encoding === '' || encoding === 'identity') return;
  throw new VerdictError('REGISTRY_INVALID_RESPONSE', `${reply.url.host} re-encodes content, which changes its digest`);
}

/** `Docker-Content-Digest`, compared with the bytes; undefined where it is absent or of an unknown algorithm. */
function announcedDigest(reply: Reply, bytes: Uint8Array): string | undefined {
  const header = reply.header('docker-content-digest');
  if (header === '') return undefined;
  if (!isDigest(header)) {
    throw new VerdictError(
      'REGISTRY_INVALID_RESPONSE',
      `${reply.url.host} sent a Docker-Content-Digest that is no digest`,
    );
  }
  try {
    checkDigest(bytes, header, 'Docker-Content-Digest');
    return header;
  } catch (thrown) {
    if (thrown instanceof VerdictError && thrown.code === 'DIGEST_UNSUPPORTED') return undefined;
    throw thrown;
  }
}

function checkDigest(bytes: Uint8Array, digest: string, what: string): void {
  const actual = digestOf(bytes, parseDigest(digest).algorithm);
  if (actual !== digest) {
    throw new VerdictError('DIGEST_MISMATCH', `the manifest has the digest ${actual}, but ${what} is ${digest}`);
  }
}
