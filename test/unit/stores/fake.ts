import { type Descriptor, descriptor, digestOf } from '../../../src/descriptor.ts';
import { VerdictError } from '../../../src/errors.ts';
import { listed, type Source, type Store } from '../../../src/store.ts';

export const never = new AbortController().signal;

/** A store that says who it is in everything it answers, and counts. */
export class FakeStore implements Store {
  readonly sources: readonly Source[];
  readonly name: string;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly calls: string[] = [];
  /** Awaited by every fetch. */
  gate: Promise<unknown> = Promise.resolve();
  /** Signals that fetches were given. */
  readonly signals: AbortSignal[] = [];
  closed = 0;
  closeFault: VerdictError | undefined;

  constructor(name: string, sources: readonly Source[], contents: readonly Uint8Array[] = []) {
    this.name = name;
    this.sources = sources;
    this.contents = new Map(contents.map((bytes) => [digestOf(bytes), bytes]));
  }

  get own(): Descriptor {
    return descriptor('a/b', digestOf(Buffer.from(this.name)), this.name.length);
  }

  resolve: Store['resolve'] = async () => {
    this.calls.push('resolve');
    return { descriptor: this.own, manifest: undefined, digests: [this.own.digest] };
  };

  referrers: Store['referrers'] = async (_, source) => {
    this.calls.push(`referrers ${source}`);
    return listed([{ descriptor: this.own, manifest: undefined, form: 'manifest' }]);
  };

  fetch: Store['fetch'] = async (_, kind, wanted, __, signal) => {
    this.calls.push(`fetch ${kind}`);
    this.signals.push(signal);
    await this.gate;
    const bytes = this.contents.get(wanted.digest);
    if (bytes === undefined) throw new VerdictError('NOT_FOUND', `${this.name} has no ${wanted.digest}`);
    if (bytes.length !== wanted.size) throw new VerdictError('SIZE_MISMATCH', 'other size');
    return bytes;
  };

  close: Store['close'] = async () => {
    this.closed++;
    if (this.closeFault !== undefined) throw this.closeFault;
  };
}

export const blobOf = (bytes: Uint8Array): Descriptor => descriptor('a/b', digestOf(bytes), bytes.length);
