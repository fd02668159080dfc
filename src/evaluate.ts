import type { Anchor } from './artifact.ts';
import type { CollectRule } from './collect.ts';
import type { Platform } from './descriptor.ts';
import { indexAnswer } from './discovery.ts';
import { VerdictError } from './errors.ts';
import { assemble, type Evidence, type EvidenceSet, evidenceDigest, serialize } from './evidence.ts';
import { ask, type Found, Gatherer, join } from './gather.ts';
import type { Answer } from './generated/decision.ts';
import type { Limits } from './limits.ts';
import { parseManifest } from './manifest.ts';
import { answer, type Policy } from './policy.ts';
import { Reader } from './reader.ts';
import { type Reference, requestedDigest } from './reference.ts';
import type { Resolved, Store } from './store.ts';
import { describe, type Subject } from './subject.ts';
import { attestationsAbout, findTargets, readTargets, type TargetFacts, type Targets } from './targets.ts';
import { type Trace, within } from './trace.ts';
import type { Verifier } from './verifier.ts';

/** What is to be decided, and for whom. */
export interface Request {
  readonly reference: Reference;
  /** The decision's instant: everything that depends on time uses it. */
  readonly time: Date;
  readonly caller: Evidence['context']['caller'];
  readonly namespace: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
  /** What the reference was resolved to just now; it is resolved anew without. */
  readonly resolved?: Resolved | undefined;
  /** What the decision belongs to. */
  readonly trace?: Trace | undefined;
}

export type Step = 'resolve' | 'discover' | 'decide';

/** Everything a decision is made with; the composition root builds it from the configuration. */
export interface Means {
  readonly store: Store;
  /** In the order of the table: the first type that accepts an artifact opens it. */
  readonly verifiers: readonly Verifier[];
  readonly collect: readonly CollectRule[];
  /** Platforms to which an index is narrowed; empty: all. */
  readonly platforms: readonly Platform[];
  readonly targets: TargetFacts;
  readonly limits: Limits;
  /** Faults of an evidence by its schema; there must be none. */
  readonly validate: (head: EvidenceSet['head']) => readonly string[];
  /** Called when a step begins. */
  readonly onStep?: (step: Step) => void;
}

/** A decision with all it rests on. */
export interface Verdict {
  readonly answer: Answer;
  readonly evidence: EvidenceSet;
}

/**
 * THE pipeline: resolve → discover and verify, evidence of evidence included → decide. Throws VerdictError where there
 * can be no decision: the subject cannot be resolved (NOT_FOUND, REGISTRY_…), its targets are unknown.
 */
export async function evaluate(request: Request, means: Means, policy: Policy): Promise<Verdict> {
  const started = performance.now();
  const { trace } = request;
  const evidence = await within(trace, 'gather', request.reference.requested, (span) =>
    gather({ ...request, trace: span }, means),
  );
  means.onStep?.('decide');
  const gathered = performance.now();
  const decision = await within(trace, 'policy', policy.info.name, () =>
    policy.decide({ input: serialize(evidence), time: request.time }),
  );
  const durations = { gather: gathered - started, policy: performance.now() - gathered };
  return { answer: answer(decision, evidence.head, evidenceDigest(evidence), [policy.info], durations), evidence };
}

/** Everything that is known about a subject: the policy's input. Throws as {@link evaluate} does. */
export async function gather(request: Request, means: Means): Promise<EvidenceSet> {
  const { store, limits } = means;
  const { reference, trace } = request;
  const deadline = AbortSignal.timeout(limits.deadline);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  const reader = new Reader(store, reference, signal, limits, trace);

  means.onStep?.('resolve');
  // A digest is known before anything was read, so the questions about it need not wait.
  const pinned = requestedDigest(reference);
  const asked = pinned === '' ? undefined : ask(store, reference, pinned, true, signal, trace);
  const resolved =
    request.resolved ??
    (await within(trace, 'resolve', reference.requested, (span) => store.resolve(reference, signal, span)));
  const subject = subjectOf(reference, resolved);
  const targets = await findTargets(subject, means.platforms, limits, (entry) => reader.manifest(entry));

  means.onStep?.('discover');
  const gatherer = new Gatherer({
    ...means,
    reference,
    reader,
    signal,
    trace,
    time: request.time,
    about: about(subject, targets),
  });
  const anchors = anchorsOf(subject, targets);
  const [facts, ...found] = await Promise.all([
    readTargets(subject, targets, means.targets, reader),
    ...anchors.map((anchor) =>
      gatherer.discover(anchor, anchor.digest === pinned ? asked : undefined, inIndex(anchor, subject, targets)),
    ),
  ]);
  const discovery: Found = { gathered: [], discovery: facts.gaps };
  const evidence = assemble(join([discovery, ...found]), {
    subject: describe(subject, facts.targets),
    context: contextOf(request),
    evidenceBytes: limits.evidenceBytes,
  });
  const faults = means.validate(evidence.head);
  if (faults.length > 0)
    throw new VerdictError('INTERNAL', `the evidence does not fit its schema: ${faults.join('; ')}`);
  return evidence;
}

function subjectOf(reference: Reference, resolved: Resolved): Subject {
  const manifest = resolved.manifest && parseManifest(resolved.manifest, resolved.descriptor.mediaType);
  return { reference, resolved, manifest };
}

/** The subject and its targets, each once: a single image is its own target. */
function anchorsOf(subject: Subject, { targets }: Targets): readonly Anchor[] {
  const own = subject.resolved;
  const { digest } = own.descriptor;
  const others = targets.map((target) => target.descriptor).filter((other) => other.digest !== digest);
  return [
    { digest, descriptor: own.descriptor, digests: own.digests, depth: 0, isSubject: true, above: [digest] },
    ...others.map((descriptor) => ({
      digest: descriptor.digest,
      descriptor,
      digests: [descriptor.digest],
      depth: 0,
      isSubject: false,
      above: [descriptor.digest],
    })),
  ];
}

/** Digests that a statement may name: those computed of the subject's content, and those of its targets. */
function about(subject: Subject, { targets }: Targets): ReadonlyMap<string, string> {
  const own = subject.resolved.descriptor.digest;
  const pairs = targets.map(({ descriptor: { digest } }) => [digest, digest] as const);
  // The subject of an index stands for itself only; evidence about it is found at it.
  return new Map(targets.some(({ descriptor }) => descriptor.digest === own) ? [...pairs, ...aliases(subject)] : pairs);
}

const aliases = (subject: Subject): ReadonlyArray<readonly [string, string]> =>
  subject.resolved.digests.map((digest) => [digest, subject.resolved.descriptor.digest] as const);

/** What the pinned index itself holds about an anchor. */
function inIndex(anchor: Anchor, subject: Subject, targets: Targets): Parameters<Gatherer['discover']>[2] {
  return subject.manifest?.kind === 'index' ? [indexAnswer(attestationsAbout(anchor.digest, subject, targets))] : [];
}

const contextOf = ({ time, caller, namespace, parameters }: Request): Evidence['context'] => ({
  time: time.toISOString(),
  caller,
  namespace,
  parameters,
});
