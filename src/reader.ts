import type { Descriptor } from './descriptor.ts';
import { VerdictError } from './errors.ts';
import type { Limits } from './limits.ts';
import { MAX_MANIFEST_BYTES } from './manifest.ts';
import type { Reference } from './reference.ts';
import type { Store } from './store.ts';
import type { Trace } from './trace.ts';

/**
 * The reads of one decision: each content at most once, all of them within one budget. Content is named by its digest,
 * so whoever asks second shares the first one's bytes; nobody may change them.
 */
export class Reader {
  readonly #store: Store;
  readonly #reference: Reference;
  readonly #signal: AbortSignal;
  readonly #limits: Pick<Limits, 'documentBytes' | 'downloadBytes'>;
  readonly #trace: Trace | undefined;
  readonly #reads = new Map<string, Promise<Uint8Array>>();
  #downloaded = 0;

  constructor(
    store: Store,
    reference: Reference,
    signal: AbortSignal,
    limits: Pick<Limits, 'documentBytes' | 'downloadBytes'>,
    trace?: Trace,
  ) {
    this.#store = store;
    this.#reference = reference;
    this.#signal = signal;
    this.#limits = limits;
    this.#trace = trace;
  }

  manifest(descriptor: Descriptor): Promise<Uint8Array> {
    return this.#read('manifest', descriptor, MAX_MANIFEST_BYTES);
  }

  blob(descriptor: Descriptor): Promise<Uint8Array> {
    return this.#read('blob', descriptor, this.#limits.documentBytes);
  }

  #read(kind: 'manifest' | 'blob', descriptor: Descriptor, limit: number): Promise<Uint8Array> {
    // The size is part of the key: a second descriptor that lies about it must fail by itself.
    const key = `${kind} ${descriptor.digest} ${descriptor.size}`;
    const known = this.#reads.get(key);
    if (known !== undefined) return known;
    const read = this.#fetch(kind, descriptor, limit);
    this.#reads.set(key, read);
    return read;
  }

  async #fetch(kind: 'manifest' | 'blob', descriptor: Descriptor, limit: number): Promise<Uint8Array> {
    if (descriptor.size > limit) {
      const name = kind === 'manifest' ? 'a manifest' : 'limits.documentBytes';
      throw new VerdictError(
        'LIMIT_EXCEEDED',
        `${descriptor.digest} has ${descriptor.size} bytes, ${name} may have ${limit}`,
      );
    }
    this.#downloaded += descriptor.size;
    if (this.#downloaded > this.#limits.downloadBytes) {
      throw new VerdictError(
        'LIMIT_EXCEEDED',
        `the evidence has more than the ${this.#limits.downloadBytes} bytes of limits.downloadBytes; collect less with \`collect\``,
      );
    }
    return await this.#store.fetch(this.#reference, kind, descriptor, limit, this.#signal, this.#trace);
  }
}
