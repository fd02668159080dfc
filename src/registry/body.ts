import { ContentCheck, type Descriptor } from '../descriptor.ts';
import { VerdictError } from '../errors.ts';
import { PassingFault } from './faults.ts';
import type { Reply } from './transport.ts';

/** Memory taken before a byte has come, whatever size a descriptor or header promises. */
const FIRST_ALLOCATION = 256 * 1024;

/** Times that an interrupted blob is taken up again. */
const MAX_RESUMES = 1;

/** Bytes that arrive in pieces, in one growing buffer. */
class Collected {
  #buffer: Uint8Array;
  #length = 0;
  readonly #most: number;

  /** `most`: bytes that can come at most. */
  constructor(most: number) {
    this.#most = most;
    this.#buffer = new Uint8Array(Math.min(most, FIRST_ALLOCATION));
  }

  get length(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    const needed = this.#length + chunk.byteLength;
    if (needed > this.#buffer.byteLength) {
      const grown = new Uint8Array(Math.max(needed, Math.min(this.#most, this.#buffer.byteLength * 2)));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = needed;
  }

  bytes(): Uint8Array {
    return this.#length === this.#buffer.byteLength ? this.#buffer : this.#buffer.slice(0, this.#length);
  }
}

/** The length that the head announces; undefined where it announces none. */
export function announcedLength(reply: Reply): number | undefined {
  const text = reply.header('content-length');
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A body of unknown size, up to `limit` bytes. Throws LIMIT_EXCEEDED without reading more. */
export async function readBody(reply: Reply, limit: number, what: string): Promise<Uint8Array> {
  const tooLong = (): VerdictError =>
    new VerdictError('LIMIT_EXCEEDED', `${what} from ${reply.url.host} has more than ${limit} bytes`);
  const announced = announcedLength(reply) ?? limit;
  if (announced > limit) throw tooLong();
  const collected = new Collected(announced);
  for await (const chunk of reply.body) {
    if (collected.length + chunk.byteLength > limit) throw tooLong();
    collected.add(chunk);
  }
  return collected.bytes();
}

/** The first bytes of a body, for messages: whatever goes wrong, what has come is enough. */
export async function peekBody(reply: Reply, limit: number): Promise<Uint8Array> {
  const collected = new Collected(limit);
  try {
    for await (const chunk of reply.body) {
      collected.add(chunk.subarray(0, limit - collected.length));
      if (collected.length === limit) break;
    }
  } catch {
    return collected.bytes();
  }
  return collected.bytes();
}

/**
 * Content of known size and digest, over one or more answers: where a body breaks off, the rest is asked for once.
 * Nothing is handed out before size and digest were found right.
 */
export class Download {
  readonly #descriptor: Pick<Descriptor, 'digest' | 'size'>;
  readonly #resumes: boolean;
  #collected: Collected;
  #check: ContentCheck;
  #interruptions = 0;

  /** Throws DIGEST_UNSUPPORTED or DESCRIPTOR_INVALID. `resumes`: the endpoint knows ranges. */
  constructor(descriptor: Pick<Descriptor, 'digest' | 'size'>, resumes: boolean) {
    this.#descriptor = descriptor;
    this.#resumes = resumes;
    this.#check = new ContentCheck(descriptor);
    this.#collected = new Collected(descriptor.size);
  }

  /** Headers for the next request. */
  headers(): Readonly<Record<string, string>> {
    const { length } = this.#collected;
    return this.#resumes && length > 0 ? { range: `bytes=${length}-` } : {};
  }

  /** Reads an answer with status 200 or 206. Throws SIZE_MISMATCH, DIGEST_MISMATCH, or what the network throws. */
  async read(reply: Reply): Promise<Uint8Array> {
    if (reply.status !== 206) this.restart();
    else this.#checkRange(reply);
    this.#checkLength(reply);
    await this.#receive(reply);
    this.#check.finish();
    return this.#collected.bytes();
  }

  /** Forgets what has come so far. */
  restart(): void {
    this.#check = new ContentCheck(this.#descriptor);
    this.#collected = new Collected(this.#descriptor.size);
  }

  async #receive(reply: Reply): Promise<void> {
    const { digest, size } = this.#descriptor;
    try {
      for await (const chunk of reply.body) {
        this.#check.update(chunk);
        this.#collected.add(chunk);
      }
    } catch (thrown) {
      if (thrown instanceof VerdictError || !this.#resumes) throw thrown;
      this.#interruptions++;
      const progress = `after ${this.#collected.length} of ${size} bytes`;
      const error = new VerdictError('REGISTRY_UNAVAILABLE', `${reply.url.host} broke off ${digest} ${progress}`, {
        cause: thrown,
      });
      throw this.#interruptions > MAX_RESUMES ? error : new PassingFault(error, { hasProgress: true });
    }
  }

  /** https://www.rfc-editor.org/rfc/rfc9110#section-14.4 */
  #checkRange(reply: Reply): void {
    const range = /^bytes (\d{1,15})-/.exec(reply.header('content-range'));
    if (range?.[1] === String(this.#collected.length)) return;
    throw new VerdictError(
      'REGISTRY_INVALID_RESPONSE',
      `${reply.url.host} sent another range of ${this.#descriptor.digest} than the one asked for`,
    );
  }

  #checkLength(reply: Reply): void {
    const announced = announcedLength(reply);
    const { digest, size } = this.#descriptor;
    const expected = size - this.#collected.length;
    if (announced === undefined || announced === expected) return;
    throw new VerdictError(
      'SIZE_MISMATCH',
      `${reply.url.host} has ${announced} bytes of ${digest}, its descriptor says ${expected}`,
    );
  }
}
