import { type Anchor, bindingFault, listedArtifact, readArtifact } from './artifact.ts';
import { newBudget } from './budget.ts';
import { type CollectRule, ruleFor } from './collect.ts';
import { type Descriptor, digestOf, MANIFEST_TYPES } from './descriptor.ts';
import { type Answer, type Discovery, gap, type Question, weigh } from './discovery.ts';
import { asVerdictError, VerdictError } from './errors.ts';
import type { Limits } from './limits.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import type { Reader } from './reader.ts';
import { placeOf, type Reference } from './reference.ts';
import { type Artifact, carriesSignature, type Referrer, tellsType } from './referrer.ts';
import { type ReportOrigin, report, unreadable } from './report.ts';
import type { Listed, Source, Store } from './store.ts';
import { type Attributes, type Trace, within } from './trace.ts';
import type { Exhibit, Testimony, Verifier } from './verifier.ts';

/** An artifact with what verifiers say of it. */
export interface Gathered {
  readonly artifact: Artifact;
  readonly testimonies: readonly Testimony[];
}

/** Everything found from one anchor downwards. */
export interface Found {
  readonly gathered: readonly Gathered[];
  readonly discovery: readonly Discovery[];
}

export interface GatherOptions {
  readonly store: Store;
  readonly verifiers: readonly Verifier[];
  readonly collect: readonly CollectRule[];
  readonly limits: Limits;
  readonly reference: Reference;
  readonly reader: Reader;
  readonly time: Date;
  readonly signal: AbortSignal;
  /** What all of it belongs to. */
  readonly trace?: Trace | undefined;
  /** Digests that statements may name, by every algorithm, each with the digest that stands for it in the evidence. */
  readonly about: ReadonlyMap<string, string>;
}

const ORIGIN: ReportOrigin = { verifier: { name: 'verdict', type: 'discovery' } };
const NOTHING: Found = { gathered: [], discovery: [] };
/** Digests computed of an artifact, so that statements about it may use any of them. */
const ALGORITHMS = ['sha256', 'sha384', 'sha512'];

/** Joins what was found at several places. */
export const join = (parts: readonly Found[]): Found => ({
  gathered: parts.flatMap((part) => part.gathered),
  discovery: parts.flatMap((part) => part.discovery),
});

/** Digests of content by every algorithm, the given one first. */
export function digestsOf(bytes: Uint8Array, own: string): readonly string[] {
  return [own, ...ALGORITHMS.map((algorithm) => digestOf(bytes, algorithm)).filter((digest) => digest !== own)];
}

/**
 * Finds and reads evidence, from anchors downwards. Siblings go out together, so the depth in round trips is that of
 * the evidence: list, manifest, blob, whatever the count.
 */
export class Gatherer {
  readonly #options: GatherOptions;
  readonly #budget = newBudget();
  #artifacts = 0;

  constructor(options: GatherOptions) {
    this.#options = options;
  }

  /** Everything attached to an anchor, and to what is attached. `asked`: answers already on their way. */
  async discover(anchor: Anchor, asked?: Promise<readonly Answer[]>, more: readonly Answer[] = []): Promise<Found> {
    const answers = [...(await (asked ?? this.#ask(anchor.digest, anchor.isSubject))), ...more];
    const question = weigh(anchor.digest, await this.#classify(answers), this.#options.collect);
    const { chosen, cut } = this.#cut(anchor, question);
    const below = await Promise.all(chosen.map((referrer) => this.#artifact(referrer, anchor)));
    const listedOnly = question.listedOnly.map((referrer) => ({
      artifact: listedArtifact(referrer, anchor),
      testimonies: [],
    }));
    return join([{ gathered: listedOnly, discovery: [...question.discovery, ...cut] }, ...below]);
  }

  #ask(digest: string, isSubject: boolean): Promise<readonly Answer[]> {
    const { store, reference, signal, trace } = this.#options;
    return ask(store, reference, digest, isSubject, signal, trace);
  }

  /** Where rules speak of types, entries that do not tell theirs are read first: fallback tags often say nothing. */
  async #classify(answers: readonly Answer[]): Promise<readonly Answer[]> {
    if (this.#options.collect.length === 0) return answers;
    return await Promise.all(
      answers.map(async ({ source, listing }) => ({
        source,
        listing: { ...listing, entries: await Promise.all(listing.entries.map((entry) => this.#told(entry))) },
      })),
    );
  }

  async #told(entry: Listed): Promise<Listed> {
    if (entry.form === 'document' || tellsType(entry.descriptor.artifactType)) return entry;
    try {
      const bytes = entry.manifest ?? (await this.#options.reader.manifest(entry.descriptor));
      const { artifactType, annotations } = parseManifest(bytes, entry.descriptor.mediaType);
      return { ...entry, manifest: bytes, descriptor: { ...entry.descriptor, artifactType, annotations } };
    } catch {
      // Reading it as evidence will fail the same way and be reported there.
      return entry;
    }
  }

  #cut(anchor: Anchor, question: Question): { chosen: readonly Referrer[]; cut: readonly Discovery[] } {
    const room = Math.max(0, this.#options.limits.artifacts - this.#artifacts);
    this.#artifacts += question.chosen.length;
    const left = question.chosen.slice(room);
    const cut = left.length === 0 ? [] : [this.#leftOut(anchor, left)];
    return { chosen: question.chosen.slice(0, room), cut };
  }

  #leftOut(anchor: Anchor, left: readonly Referrer[]): Discovery {
    const types = [...new Set(left.map((referrer) => referrer.listed.descriptor.artifactType))].sort();
    return gap(anchor.digest, left[0]?.sources[0] ?? 'layout', 'truncated', {
      limit: 'artifacts',
      found: left.length,
      types,
    });
  }

  async #artifact(referrer: Referrer, anchor: Anchor): Promise<Found> {
    const { descriptor, form } = referrer.listed;
    if (form === 'document') return await this.#document(referrer, anchor);
    const asked = this.#isWorthAsking(anchor, descriptor.artifactType, [])
      ? this.#ask(descriptor.digest, false)
      : undefined;
    let bytes: Uint8Array;
    let manifest: Manifest;
    try {
      bytes = referrer.listed.manifest ?? (await this.#options.reader.manifest(descriptor));
      manifest = parseManifest(bytes, descriptor.mediaType);
    } catch (thrown) {
      return only(listedArtifact(referrer, anchor, 'collected'), [unread(asVerdictError(thrown))]);
    }
    const artifact = readArtifact(referrer, anchor, manifest);
    const fault = bindingFault(referrer, anchor, manifest);
    if (fault !== undefined) return only(artifact, [unread(fault)]);
    const take = ruleFor(this.#options.collect, manifest.artifactType)?.take.kind;
    if (take === 'none') return notCollected(artifact, referrer);
    const layers = manifest.kind === 'image' ? manifest.layers : [];
    const next: Anchor = {
      digest: descriptor.digest,
      descriptor,
      digests: digestsOf(bytes, descriptor.digest),
      depth: anchor.depth + 1,
      isSubject: false,
      above: [...anchor.above, descriptor.digest],
    };
    const [own, below] = await Promise.all([
      take === 'follow' ? notCollected(artifact, referrer) : this.#verified(artifact, descriptor, layers, anchor),
      this.#below(next, manifest.artifactType, layers, asked),
    ]);
    return join([own, below]);
  }

  async #verified(
    artifact: Artifact,
    descriptor: Descriptor,
    layers: readonly Descriptor[],
    anchor: Anchor,
  ): Promise<Found> {
    return only(artifact, await this.#verify({ ...descriptor, ...typesOf(artifact) }, layers, anchor));
  }

  async #document(referrer: Referrer, anchor: Anchor): Promise<Found> {
    const { descriptor } = referrer.listed;
    const artifact = listedArtifact(referrer, anchor, 'collected');
    return only(artifact, await this.#verify(descriptor, [descriptor], anchor));
  }

  /** Whether evidence may be attached to something of this type, as far as is known. */
  #isWorthAsking(anchor: Anchor, artifactType: string, layers: readonly Descriptor[]): boolean {
    const known = layers.length > 0 || tellsType(artifactType);
    return known && !carriesSignature(artifactType, layers) && anchor.depth + 1 < this.#options.limits.depth;
  }

  async #below(
    anchor: Anchor,
    artifactType: string,
    layers: readonly Descriptor[],
    asked: Promise<readonly Answer[]> | undefined,
  ): Promise<Found> {
    if (carriesSignature(artifactType, layers)) return NOTHING;
    if (anchor.above.indexOf(anchor.digest) < anchor.above.length - 1) return NOTHING;
    if (anchor.depth >= this.#options.limits.depth) {
      const source = this.#options.store.sources[0] ?? 'layout';
      return { gathered: [], discovery: [gap(anchor.digest, source, 'truncated', { limit: 'depth' })] };
    }
    return await this.discover(anchor, asked);
  }

  /** What the verifiers say: those of the first type in the table that accepts. */
  async #verify(descriptor: Descriptor, layers: readonly Descriptor[], anchor: Anchor): Promise<readonly Testimony[]> {
    const { verifiers, reader, reference, time, signal, trace } = this.#options;
    const type = verifiers.find((verifier) => verifier.accepts({ descriptor, layers }))?.type;
    if (type === undefined)
      return [bare(report(ORIGIN, 'present', 'no verifier is configured for this type of artifact'))];
    const exhibit: Exhibit = {
      descriptor,
      layers,
      subject: anchor.descriptor,
      repository: placeOf(reference),
      budget: this.#budget,
      signal,
      about: this.#about(anchor),
      fetch: (layer) => reader.blob(layer),
      fetchSubject: () => {
        const isManifest = anchor.depth > 0 || MANIFEST_TYPES.includes(anchor.descriptor.mediaType);
        return isManifest ? reader.manifest(anchor.descriptor) : reader.blob(anchor.descriptor);
      },
    };
    const speaking = verifiers.filter((verifier) => verifier.type === type && verifier.accepts({ descriptor, layers }));
    return (await Promise.all(speaking.map((verifier) => testify(verifier, exhibit, time, trace)))).flat();
  }

  #about(anchor: Anchor): ReadonlyMap<string, string> {
    const about = new Map(this.#options.about);
    for (const digest of anchor.digests) about.set(digest, anchor.digest);
    return about;
  }
}

/** Asks every source of a store about a digest. Never throws. */
export async function ask(
  store: Store,
  reference: Reference,
  digest: string,
  isSubject: boolean,
  signal: AbortSignal,
  trace?: Trace,
): Promise<readonly Answer[]> {
  const sources = store.sources.filter((source) => source !== 'file' || isSubject);
  return await Promise.all(
    sources.map(async (source) => ({
      source,
      listing: await listing(store, reference, source, digest, signal, trace),
    })),
  );
}

async function listing(
  store: Store,
  reference: Reference,
  source: Source,
  digest: string,
  signal: AbortSignal,
  trace: Trace | undefined,
): Promise<Answer['listing']> {
  try {
    return await store.referrers(reference, source, digest, signal, trace);
  } catch (thrown) {
    return { outcome: 'failed', entries: [], limit: '', error: asVerdictError(thrown, `asking ${source}`) };
  }
}

/** A verifier's mistake must not take the other evidence down, nor pass for an answer. */
async function testify(
  verifier: Verifier,
  exhibit: Exhibit,
  time: Date,
  trace: Trace | undefined,
): Promise<readonly Testimony[]> {
  const origin = { verifier: { name: verifier.name, type: verifier.type } };
  try {
    return await within(trace, 'verify', verifier.name, async (span) => {
      const testimonies = await verifier.verify(exhibit, time);
      if (testimonies.length === 0) throw new VerdictError('INTERNAL', 'the verifier said nothing');
      if (span?.isRecorded) span.set(told(exhibit, testimonies));
      return testimonies;
    });
  } catch (thrown) {
    const error = asVerdictError(thrown);
    return [bare(report(origin, 'errored', error.message, { error: error.toFacts() }))];
  }
}

/** What is told of a verifier's work: about what, how many reports, of which outcomes, and the first code that one has. */
function told({ descriptor }: Exhibit, testimonies: readonly Testimony[]): Attributes {
  const error = testimonies.find(({ report }) => report.error !== undefined)?.report.error;
  return {
    'verdict.artifact': descriptor.digest,
    'verdict.reports': testimonies.length,
    'verdict.outcomes': [...new Set(testimonies.map(({ report: { outcome } }) => outcome))].sort().join(','),
    ...(error && { 'error.type': error.code }),
  };
}

const bare = (one: Testimony['report']): Testimony => ({ report: one, document: undefined });
const unread = (error: VerdictError): Testimony => {
  const isBinding = error.code === 'SUBJECT_MISMATCH';
  const facts = { error: error.toFacts(), checks: { subject: { outcome: 'failed' as const, message: error.message } } };
  return bare(isBinding ? report(ORIGIN, 'failed', error.message, facts) : unreadable(ORIGIN, error));
};
const only = (artifact: Artifact, testimonies: readonly Testimony[]): Found => ({
  gathered: [{ artifact, testimonies }],
  discovery: [],
});

/** The real type turned out to be one that the rules only list. */
function notCollected(artifact: Artifact, referrer: Referrer): Found {
  const discovery = referrer.sources.map(
    (source): Discovery => ({
      subject: artifact.subject,
      source,
      outcome: 'skipped',
      types: [artifact.artifactType],
      found: 1,
      limit: '',
    }),
  );
  return { gathered: [{ artifact: { ...artifact, collected: false }, testimonies: [] }], discovery };
}

const typesOf = ({ mediaType, artifactType, annotations }: Artifact): Partial<Descriptor> => ({
  mediaType,
  artifactType,
  annotations,
});
