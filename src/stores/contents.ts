/** Content by key, up to a number of bytes; what was used longest ago makes room. */
export class Contents {
  readonly #maxBytes: number;
  /** The last used last. */
  readonly #byKey = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#byKey.size, bytes: this.#bytes };
  }

  get(key: string): Uint8Array | undefined {
    const bytes = this.#byKey.get(key);
    if (bytes === undefined) return undefined;
    this.#byKey.delete(key);
    this.#byKey.set(key, bytes);
    return bytes;
  }

  /** Content larger than the whole store is not kept: it would only drive out the rest. */
  set(key: string, bytes: Uint8Array): void {
    if (bytes.length > this.#maxBytes) return;
    this.#remove(key);
    this.#byKey.set(key, bytes);
    this.#bytes += bytes.length;
    for (const oldest of this.#byKey.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#byKey.get(key)?.length ?? 0;
    this.#byKey.delete(key);
  }

  clear(): void {
    this.#byKey.clear();
    this.#bytes = 0;
  }
}
