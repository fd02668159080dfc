import type { IncomingMessage, ServerResponse } from 'node:http';
import { MEDIA_TYPES } from '../../src/descriptor.ts';
import type { Made } from '../../test/support/registry/content.ts';
import { listBytes, listEntry } from '../../test/support/registry/shelf.ts';
import type { Attached } from './images.ts';
import { type Listening, listen } from './listen.ts';
import { type Counts, Tally } from './tally.ts';

export const REPOSITORY = 'bench';
const BASE = `/v2/${REPOSITORY}`;

/** An answer that lies ready. */
interface Ready {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array;
}

const ready = (status: number, contentType: string, body: Uint8Array, digest = ''): Ready => ({
  status,
  headers: {
    'content-type': contentType,
    'content-length': body.byteLength,
    ...(digest !== '' && { 'docker-content-digest': digest }),
  },
  body,
});

const UNKNOWN = ready(404, 'application/json', Buffer.from('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'));
const NO_REFERRERS = ready(200, MEDIA_TYPES.ociIndex, listBytes([]));
const WELCOME = ready(200, 'application/json', Buffer.from('{}'));

/** A registry with the Referrers API, over plain HTTP: every answer is one look-up, so that it is not what is measured. */
export class RegistryServer {
  readonly #answers = new Map<string, Ready>();
  readonly #tally = new Tally();
  #listening: Listening | undefined;

  async start(port: number): Promise<number> {
    this.#listening = await listen(port, (request, response) => this.#answer(request, response));
    return this.#listening.port;
  }

  async close(): Promise<void> {
    await this.#listening?.close();
  }

  put({ image, artifacts }: Attached, tag: string): void {
    this.#putManifest(image, tag);
    for (const artifact of artifacts) this.#putManifest(artifact);
    const entries = artifacts.map((made) => listEntry(made, {}));
    this.#answers.set(`${BASE}/referrers/${image.digest}`, ready(200, MEDIA_TYPES.ociIndex, listBytes(entries)));
  }

  /** Takes all content away. */
  forget(): void {
    this.#answers.clear();
  }

  take(): Counts {
    return this.#tally.take();
  }

  #putManifest({ digest, descriptor, bytes, blobs }: Made, tag = ''): void {
    const manifest = ready(200, descriptor.mediaType, bytes, digest);
    this.#answers.set(`${BASE}/manifests/${digest}`, manifest);
    if (tag !== '') this.#answers.set(`${BASE}/manifests/${tag}`, manifest);
    for (const [blob, content] of blobs) {
      this.#answers.set(`${BASE}/blobs/${blob}`, ready(200, MEDIA_TYPES.octetStream, content, blob));
    }
  }

  #answer({ url = '', method }: IncomingMessage, response: ServerResponse): void {
    const counted = this.#tally.begin();
    const { status, headers, body } = this.#find(url.split('?')[0] ?? '');
    const sent = method === 'HEAD' ? new Uint8Array() : body;
    counted.answer(status);
    counted.add(sent.byteLength);
    response.writeHead(status, { ...headers });
    response.end(sent);
  }

  #find(path: string): Ready {
    if (path === '/v2/' || path === '/v2') return WELCOME;
    return this.#answers.get(path) ?? (path.startsWith(`${BASE}/referrers/`) ? NO_REFERRERS : UNKNOWN);
  }
}
