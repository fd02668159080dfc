import { type Descriptor, isIndexType } from '../../descriptor.ts';
import type { Schemas } from '../../document.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import { lines } from '../../lines.ts';
import { type ReportOrigin, report, unreadable } from '../../report.ts';
import type { Exhibit, Testimony, Verifier } from '../../verifier.ts';
import { announcedType, innerType, isEmptyLayer, isLines } from './forms.ts';
import { type Reading, readText, type Surroundings, unread } from './read.ts';
import { packingOf, unpack } from './unpack.ts';

/** The limits of this verifier. */
export interface JsonLimits {
  /** Layers of one artifact that are read; real ones have one to a few dozen. */
  readonly layers: number;
  /** Documents, statements, envelopes or lines of one artifact that are reported. */
  readonly reports: number;
}

export const DEFAULT_JSON_LIMITS: JsonLimits = { layers: 256, reports: 1000 };

export interface JsonVerifierOptions {
  /** Its name in the configuration. */
  readonly name: string;
  /** Validators by document type (predicate type or media type): a document that does not fit its own is `failed`. */
  readonly schemas: Schemas;
  readonly limits?: JsonLimits;
}

/** Layers fetched at a time: they arrive together and are read in order. */
const PARALLEL_FETCHES = 16;

/**
 * The verifier of everything that no other opens, last in the table. It knows forms (JSON, JSON lines, in-toto
 * statement, DSSE envelope, Sigstore bundle, tag-value SPDX, gzip, zstd) and no meanings: what a package is, is said in
 * Rego. It trusts nobody, so its reports are never `verified`.
 */
export function createJsonVerifier(options: JsonVerifierOptions): Verifier {
  const { name, schemas, limits = DEFAULT_JSON_LIMITS } = options;
  const verifier = { name, type: 'json' };
  return {
    ...verifier,
    accepts: () => true,
    verify: async (exhibit) => {
      const { budget } = exhibit;
      const surroundings = { subject: exhibit.subject.digest, about: exhibit.about, schemas };
      const examination = { verifier, exhibit, limits, surroundings };
      const said: Testimony[] = [];
      for await (const testimony of examine(examination)) {
        if (said.length === limits.reports || budget.reports === 0) {
          said.push(cut(testimony.report, limits));
          break;
        }
        budget.reports--;
        said.push(testimony);
      }
      return said;
    },
  };
}

/** One artifact and what it is examined with. */
interface Examination {
  readonly verifier: ReportOrigin['verifier'];
  readonly exhibit: Exhibit;
  readonly limits: JsonLimits;
  readonly surroundings: Surroundings;
}

/** Testimonies in the order of layers and lines, each made only when it is asked for. */
async function* examine(examination: Examination): AsyncGenerator<Testimony> {
  const { verifier, exhibit, limits } = examination;
  const layers = distinct(exhibit.layers).filter((layer) => !isEmptyLayer(layer));
  if (layers.length === 0) yield testimony({ verifier }, withoutContent(exhibit));
  const readable = layers.slice(0, limits.layers);
  for (let at = 0; at < readable.length; at += PARALLEL_FETCHES) {
    const together = readable.slice(at, at + PARALLEL_FETCHES);
    for (const { layer, content } of await Promise.all(together.map((one) => fetchLayer(exhibit, one)))) {
      if (content instanceof Uint8Array) yield* readLayer(layer, content, examination);
      else yield { report: unreadable({ verifier, layer: layer.digest }, content), document: undefined };
    }
  }
  if (layers.length > readable.length) {
    const message = `only ${limits.layers} of its ${layers.length} layers are read`;
    yield { report: exceeded({ verifier, layer: layers[limits.layers]?.digest ?? '' }, message), document: undefined };
  }
}

/** Content listed twice says nothing twice. */
const distinct = (layers: readonly Descriptor[]): readonly Descriptor[] =>
  [...Map.groupBy(layers, ({ digest }) => digest).values()].flatMap(([first]) => first ?? []);

async function fetchLayer(
  { fetch }: Exhibit,
  layer: Descriptor,
): Promise<{ readonly layer: Descriptor; readonly content: Uint8Array | VerdictError }> {
  try {
    return { layer, content: await fetch(layer) };
  } catch (thrown) {
    return { layer, content: asVerdictError(thrown) };
  }
}

async function* readLayer(layer: Descriptor, packed: Uint8Array, examination: Examination): AsyncGenerator<Testimony> {
  const { verifier, exhibit, surroundings } = examination;
  const origin = { verifier, layer: layer.digest };
  const type = announcedType(layer, exhibit.descriptor.artifactType);
  let bytes: Uint8Array;
  try {
    const packing = packingOf(packed);
    bytes = packing === undefined ? packed : await unpack(packed, packing, exhibit.budget);
  } catch (thrown) {
    yield testimony(origin, unread(asVerdictError(thrown), type, surroundings));
    return;
  }
  if (!isLines(bytes, type)) {
    yield testimony(origin, readText(bytes, type, surroundings));
    return;
  }
  for (const line of lines(bytes)) {
    yield testimony({ ...origin, entry: line.number }, readText(line.bytes, type, surroundings));
  }
}

const testimony = (origin: ReportOrigin, { outcome, message, facts, document }: Reading): Testimony => ({
  report: report(origin, outcome, message, facts),
  document,
});

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage */
function withoutContent({ descriptor, subject }: Exhibit): Reading {
  const isIndex = isIndexType(descriptor.mediaType);
  return {
    outcome: 'present',
    message: isIndex ? 'an index has no content of its own; what it lists is not read' : 'an artifact without content',
    facts: { type: innerType(descriptor.artifactType), subjects: [subject.digest], read: !isIndex },
    document: undefined,
  };
}

function exceeded(origin: ReportOrigin, message: string): Testimony['report'] {
  const error = new VerdictError('LIMIT_EXCEEDED', message);
  return report(origin, 'errored', message, { error: error.toFacts() });
}

/** In place of the first report that is one too many. */
function cut({ verifier, layer, entry }: Testimony['report'], limits: JsonLimits): Testimony {
  const message = `there is more than may be reported: ${limits.reports} for one artifact, and a limit for all`;
  return { report: exceeded({ verifier, layer, entry }, message), document: undefined };
}
