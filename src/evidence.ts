import { digestOf } from './descriptor.ts';
import type { Found, Gathered } from './gather.ts';
import type { Artifact, Discovery, Evidence } from './generated/evidence.ts';
import type { Report } from './report.ts';
import { type Interval, intersection } from './trust.ts';

export type { Evidence };

/** The evidence of one decision. `head` is all of it but the documents, which stay bytes and are never re-serialised. */
export interface EvidenceSet {
  readonly head: Omit<Evidence, 'documents'>;
  /** By digest, in the order in which they are written. */
  readonly documents: ReadonlyMap<string, Uint8Array>;
  /** When every report in it holds; undefined where none depends on the time. */
  readonly holds: Interval | undefined;
}

/** What an evidence consists of besides what was found. */
export interface Circumstances {
  readonly subject: Evidence['subject'];
  readonly context: Evidence['context'];
  /** Most bytes of documents. */
  readonly evidenceBytes: number;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Compares by the first key in which two values differ; the same order whatever answer came first. */
const by =
  <T>(...keys: ReadonlyArray<(value: T) => string | number>) =>
  (a: T, b: T): number => {
    for (const key of keys) {
      const [one, other] = [key(a), key(b)];
      const order = typeof one === 'number' ? one - Number(other) : byText(one, String(other));
      if (order !== 0) return order;
    }
    return 0;
  };

const artifactOrder = by<Gathered>(
  ({ artifact }) => artifact.depth,
  ({ artifact }) => artifact.subject,
  ({ artifact }) => artifact.digest,
);
const reportOrder = by<Report>(
  (report) => report.layer,
  (report) => report.entry,
  (report) => report.verifier.name,
  (report) => report.payload,
  (report) => report.message,
);
const discoveryOrder = by<Discovery>(
  (entry) => entry.subject,
  (entry) => entry.source,
  (entry) => entry.outcome,
  (entry) => entry.limit,
  (entry) => entry.types.join(),
);

/** Puts everything found into the one shape and order that a policy sees. */
export function assemble(found: Found, { subject, context, evidenceBytes }: Circumstances): EvidenceSet {
  const gathered = [...found.gathered].sort(artifactOrder);
  const { documents, dropped } = within(gathered, evidenceBytes);
  const artifacts = gathered.map((one) => withReports(one, dropped, evidenceBytes));
  const discovery = [...found.discovery].sort(discoveryOrder);
  const complete = dropped.size === 0 && discovery.every(isAnswered) && artifacts.every(isKnown);
  const holds = intersection(gathered.flatMap((one) => one.testimonies).map((testimony) => testimony.holds));
  return { head: { version: '1', complete, subject, artifacts, discovery, context }, documents, holds };
}

const isAnswered = ({ outcome }: Discovery): boolean => outcome !== 'failed' && outcome !== 'truncated';

const isKnown = (artifact: Artifact): boolean =>
  !artifact.collected ||
  (artifact.reports.length > 0 && artifact.reports.every(({ outcome }) => outcome !== 'errored'));

/**
 * Documents within the byte limit. Those of `verified` reports come first: or whoever may attach something unsigned
 * could push out what was signed.
 */
function within(
  gathered: readonly Gathered[],
  limit: number,
): { documents: Map<string, Uint8Array>; dropped: ReadonlySet<string> } {
  const all = gathered.flatMap((one) => one.testimonies).filter(({ report }) => report.document !== '');
  const ranked = [...all].sort(
    by(
      ({ report }) => (report.outcome === 'verified' ? 0 : 1),
      ({ report }) => report.document,
    ),
  );
  const kept = new Map<string, Uint8Array>();
  const dropped = new Set<string>();
  let bytes = 0;
  for (const { report, document } of ranked) {
    if (document === undefined || kept.has(report.document)) continue;
    if (bytes + document.byteLength > limit) {
      dropped.add(report.document);
      continue;
    }
    bytes += document.byteLength;
    kept.set(report.document, document);
  }
  return { documents: new Map([...kept].sort(([a], [b]) => byText(a, b))), dropped };
}

function withReports({ artifact, testimonies }: Gathered, dropped: ReadonlySet<string>, limit: number): Artifact {
  const reports = testimonies.map(({ report }) => (dropped.has(report.document) ? unread(report, limit) : report));
  return { ...artifact, reports: reports.sort(reportOrder) };
}

function unread(report: Report, limit: number): Report {
  const message = `left out: all documents together may have ${limit} bytes (limits.evidenceBytes)`;
  return {
    ...report,
    document: '',
    read: false,
    message,
    error: { code: 'LIMIT_EXCEEDED', message, retryable: false },
  };
}

const encoder = new TextEncoder();
/** Half a surrogate pair, as JSON.stringify writes it: the policy's engine stops on one, wherever it came from. */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** The text of everything but the documents. */
export function headText(head: EvidenceSet['head']): string {
  return JSON.stringify(head).replace(LONE_SURROGATE, '$1\\ufffd');
}

/** The evidence as JSON text: the policy's input, byte for byte. */
export function serialize({ head, documents }: EvidenceSet): Uint8Array<ArrayBuffer> {
  const start = encoder.encode(`${headText(head).slice(0, -1)},"documents":{`);
  const keys = [...documents.keys()].map((digest, index) => encoder.encode(`${index === 0 ? '' : ','}"${digest}":`));
  const end = encoder.encode('}}');
  const parts = [start, ...[...documents.values()].flatMap((bytes, index) => [keys[index] ?? end, bytes]), end];
  const text = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    text.set(part, at);
    at += part.byteLength;
  }
  return text;
}

/** Names the evidence: documents are in it by their digests, so the head says all. */
export const evidenceDigest = ({ head, documents }: EvidenceSet): string =>
  digestOf(encoder.encode(`${headText(head)}\n${[...documents.keys()].join('\n')}`));
