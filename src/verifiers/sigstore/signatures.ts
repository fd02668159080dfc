import { type Descriptor, digestOf } from '../../descriptor.ts';
import type { Schemas } from '../../document.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import { errored, failed, passed, type ReportOrigin, report, unreadable } from '../../report.ts';
import type { Exhibit, Testimony } from '../../verifier.ts';
import type { Examiner, Finding, Signed } from './finding.ts';
import type { Item } from './items.ts';
import { type Broken, type Opening, openLayer } from './layer.ts';
import { MaterialFault } from './legacy.ts';
import { merge, unexamined } from './merge.ts';
import { type Content, mediaTypeName, readContent } from './payload.ts';
import { attempt, type Facts, type Reading, type Surroundings } from './reading.ts';

/** One artifact and what it is examined with. */
export interface Examination {
  readonly verifier: ReportOrigin['verifier'];
  readonly exhibit: Exhibit;
  readonly time: Date;
  readonly examiner: Examiner;
  readonly schemas: Schemas;
  readonly limits: { readonly layers: number; readonly signatureBytes: number };
}

/** What is said of one signature. */
export interface Said {
  readonly testimony: Testimony;
  /** The same for the same signature of the same content; empty where nobody signed. */
  readonly key: string;
}

/** A layer, with its bytes or why they could not be had. */
export interface Fetched {
  readonly layer: Descriptor;
  readonly content: Uint8Array | VerdictError;
}

/** Something found at its place; `unread`: the layer itself could not be had. */
export interface Placed {
  readonly origin: ReportOrigin;
  readonly found: Item | Broken | { readonly unread: VerdictError };
}

/** The signatures of one artifact. */
export class Signatures {
  readonly #examination: Examination;
  readonly #surroundings: Surroundings;
  readonly #opening: Opening;
  /** Entries given out in each layer: one that is listed twice, with other annotations, holds other signatures. */
  readonly #entries = new Map<string, number>();
  /** Signatures already examined, each with all that goes with it. */
  readonly #seen = new Set<string>();
  /** The signatures of one envelope share what they sign. */
  readonly #readings = new WeakMap<Content, Reading>();

  constructor(examination: Examination) {
    const { exhibit, schemas, limits } = examination;
    const { digest } = exhibit.subject;
    const others = [...exhibit.about]
      .filter(([other, of]) => of === digest && other !== digest)
      .map(([other]) => other);
    this.#examination = examination;
    this.#surroundings = { subject: digest, about: exhibit.about, schemas };
    this.#opening = {
      artifactType: exhibit.descriptor.artifactType,
      subject: [digest, ...others.sort()],
      maxBytes: limits.signatureBytes,
    };
  }

  *open(layers: readonly Fetched[]): Generator<Placed> {
    for (const { layer, content } of layers) {
      const isRead = content instanceof Uint8Array;
      for (const found of isRead ? openLayer(layer, content, this.#opening) : [{ unread: content }]) {
        const entry = this.#entries.get(layer.digest) ?? 0;
        this.#entries.set(layer.digest, entry + 1);
        yield { origin: { verifier: this.#examination.verifier, layer: layer.digest, entry }, found };
      }
    }
  }

  /** Undefined for what was examined already. Never throws for what a signature does. */
  async examine({ origin, found }: Placed): Promise<Said | undefined> {
    if ('unread' in found) {
      return { testimony: { report: unreadable(origin, found.unread), document: undefined }, key: '' };
    }
    if ('error' in found) return broken(origin, found.error, this.#attached(found.type));
    const { budget } = this.#examination.exhibit;
    if (found.size > budget.examinedBytes) {
      const message = 'the signatures of this decision have more bytes than are examined for one';
      return broken(origin, new VerdictError('LIMIT_EXCEEDED', message), this.#attached(''));
    }
    budget.examinedBytes -= found.size;
    const reading = this.#read(found.content);
    if (found.sign === undefined) return { testimony: merge(origin, undefined, reading), key: '' };
    const key = `${reading.facts.payload ?? ''} ${digestOf(found.signature)}`;
    const signed = attempt(found.sign);
    if (signed instanceof VerdictError) {
      const check = signed instanceof MaterialFault ? signed.check : 'signature';
      return { testimony: merge(origin, unexamined(check, signed), reading), key };
    }
    const whole = `${key} ${digestOf(signed.bundle)}`;
    if (this.#seen.has(whole)) return undefined;
    this.#seen.add(whole);
    return { testimony: merge(origin, await this.#find(signed), reading), key };
  }

  /** What is known of whatever lies in a layer. */
  #attached(type: string): Facts {
    return { type: mediaTypeName(type), subjects: [this.#surroundings.subject], checks: { digest: passed() } };
  }

  #read(content: Content): Reading {
    const reading = this.#readings.get(content) ?? readContent(content, this.#surroundings);
    this.#readings.set(content, reading);
    return reading;
  }

  /** By digests where they are enough: the subject may be large, or not at hand. */
  async #find(signed: Signed): Promise<Finding> {
    const { examiner, exhibit, time } = this.#examination;
    try {
      const finding = await examiner.examine(signed, time);
      const needsBytes = finding.outcome === 'errored' && finding.error?.code === 'NOT_FOUND';
      if (!needsBytes || signed.message?.kind !== 'digests') return finding;
      const message = { kind: 'bytes', bytes: await exhibit.fetchSubject() } as const;
      return await examiner.examine({ bundle: signed.bundle, message }, time);
    } catch (thrown) {
      return unexamined('signature', asVerdictError(thrown), 'errored');
    }
  }
}

/** Something that announces a signature and is none, or reaches a limit. */
export function broken(origin: ReportOrigin, error: VerdictError, facts: Facts = {}): Said {
  const isLimit = error.code === 'LIMIT_EXCEEDED';
  const signature = isLimit ? errored(error.message) : failed(error.message);
  const said = report(origin, isLimit ? 'errored' : 'failed', error.message, {
    ...facts,
    checks: { ...facts.checks, signature },
    error: error.toFacts(),
  });
  return { testimony: { report: said, document: undefined }, key: '' };
}
