import { descriptor, digestOf } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../manifest.ts';
import type { Reference } from '../reference.ts';
import type { Resolved, Store } from '../store.ts';
import { waitFor } from '../waiting.ts';
import { archiveSource } from './archive.ts';
import { readingStopped } from './container.ts';
import { directorySource } from './directory.ts';
import { type Layout, openLayout } from './layout.ts';
import { LAYOUT_SOURCES, listReferrers } from './referrers.ts';

/** Layouts kept open: a run looks at one or two, and each may hold a scan's memory. */
const MAX_OPEN_LAYOUTS = 8;

const ALGORITHMS = ['sha256', 'sha384', 'sha512'];

/**
 * Image layouts, as directories or tar archives, for references of kind `layout`. What is read of one is kept until its
 * files change.
 */
export function createLayoutStore(): Store {
  const layouts = new Layouts();
  return {
    sources: LAYOUT_SOURCES,

    async resolve(reference, signal) {
      return await unlessStopped(signal, async () => await resolve(await layouts.open(reference), reference, signal));
    },

    async referrers(reference, source, digest, signal) {
      try {
        return await unlessStopped(
          signal,
          async () => await listReferrers(await layouts.open(reference), source, digest, signal),
        );
      } catch (thrown) {
        return { outcome: 'failed', entries: [], limit: '', error: asVerdictError(thrown) };
      }
    },

    async fetch(reference, _kind, wanted, limit, signal) {
      return await unlessStopped(signal, async () => await (await layouts.open(reference)).read(wanted, limit, signal));
    },

    async close() {
      layouts.clear();
    },
  };
}

async function resolve(layout: Layout, reference: Reference, signal: AbortSignal): Promise<Resolved> {
  const { tag, digest } = layoutReference(reference);
  const found = await layout.find(tag, digest);
  const bytes = await layout.read(found, MAX_MANIFEST_BYTES, signal);
  const { mediaType } = parseManifest(bytes, found.mediaType);
  const others = ALGORITHMS.map((algorithm) => digestOf(bytes, algorithm)).filter((other) => other !== found.digest);
  return {
    // Annotations of index.json say where the image lies; they are no part of what it is.
    descriptor: descriptor(mediaType, found.digest, bytes.length),
    manifest: bytes,
    digests: [found.digest, ...others],
  };
}

type LayoutReference = Extract<Reference, { kind: 'layout' }>;

function layoutReference(reference: Reference): LayoutReference {
  if (reference.kind === 'layout') return reference;
  throw new VerdictError('INTERNAL', `the layout store was asked for a reference of kind ${reference.kind}`);
}

/** The work goes on for others who wait for the same layout. */
const unlessStopped = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> =>
  waitFor(work, signal, readingStopped);

/** The layouts in use, the last used last. */
class Layouts {
  readonly #open = new Map<string, { readonly revision: string; readonly layout: Promise<Layout> }>();

  async open(reference: Reference): Promise<Layout> {
    const { form, path } = layoutReference(reference);
    const source = form === 'directory' ? directorySource(path) : archiveSource(path);
    const key = `${form}:${path}`;
    const revision = await source.revision();
    const known = this.#open.get(key);
    this.#open.delete(key);
    const layout =
      known?.revision === revision
        ? known.layout
        : source
            .open()
            .then(openLayout)
            .catch((fault: unknown) => {
              throw named(fault, path);
            });
    this.#open.set(key, { revision, layout });
    for (const oldest of this.#open.keys()) if (this.#open.size > MAX_OPEN_LAYOUTS) this.#open.delete(oldest);
    try {
      return await layout;
    } catch (thrown) {
      if (this.#open.get(key)?.layout === layout) this.#open.delete(key);
      throw asVerdictError(thrown);
    }
  }

  clear(): void {
    this.#open.clear();
  }
}

/** A fault of the layout as a whole says which layout it is. */
function named(fault: unknown, path: string): unknown {
  if (!(fault instanceof VerdictError) || fault.code !== 'LAYOUT_INVALID') return fault;
  return new VerdictError(fault.code, `${path}: ${fault.message}`, { cause: fault.cause });
}
