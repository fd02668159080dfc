import type { EvidenceSet } from '../../evidence.ts';
import type { Report, Signer } from '../../generated/evidence.ts';
import { printable, type Style, short } from './style.ts';

/** Somebody who vouches for something, once for each trust. */
export interface Vouching {
  readonly id: string;
  readonly trust: string;
  readonly kind: Signer['kind'];
  /** What was signed: `the subject`, the type of an attestation about it, or the type of attached evidence. */
  readonly signed: readonly string[];
  /** Digests of the artifacts that carry the signatures. */
  readonly evidence: readonly string[];
  /** Earliest trusted time of signing, and who says it; empty where nobody does. */
  readonly time: string;
  readonly timeSource: Signer['timeSource'];
  /** Checks that the configuration waived for at least one of these signatures. */
  readonly relaxed: readonly string[];
}

/** A signature that was claimed and is not good. */
export interface Refuted {
  readonly artifact: string;
  readonly message: string;
  /** Names that nobody proved. */
  readonly claimed: readonly string[];
}

/** Who signed what is known of a subject, in a stable order. */
export function vouchings({ head }: Pick<EvidenceSet, 'head'>): readonly Vouching[] {
  const found = new Map<string, Vouching>();
  const attached = new Map(
    head.artifacts.map(({ digest, artifactType, mediaType }) => [digest, artifactType || mediaType]),
  );
  for (const artifact of head.artifacts) {
    for (const report of artifact.reports) {
      for (const signer of report.signers) {
        const key = `${signer.trust.scope} ${signer.trust.name} ${signer.id}`;
        const signed = [...attestation(report), ...report.subjects.map((digest) => attached.get(digest) ?? SUBJECT)];
        found.set(key, joined(found.get(key), artifact.digest, report, signer, signed[0] ?? SUBJECT));
      }
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, vouching]) => vouching);
}

const SUBJECT = 'the subject';
const SIGNATURE_STATEMENT = 'https://sigstore.dev/cosign/sign/v1';

/** The type of what a statement says about the subject, where it says more than that it is signed. */
const attestation = ({ statement: { predicateType } }: Report): readonly string[] =>
  predicateType === '' || predicateType === SIGNATURE_STATEMENT ? [] : [predicateType];

function joined(
  before: Vouching | undefined,
  artifact: string,
  report: Report,
  signer: Signer,
  signed: string,
): Vouching {
  const isFirst = before === undefined || before.time === '' || (signer.time !== '' && signer.time < before.time);
  const { time, timeSource } = isFirst ? signer : before;
  return {
    id: signer.id,
    trust: signer.trust.name,
    kind: signer.kind,
    signed: subjectFirst(distinct([...(before?.signed ?? []), signed])),
    evidence: distinct([...(before?.evidence ?? []), artifact]),
    time,
    timeSource,
    relaxed: distinct([...(before?.relaxed ?? []), ...report.relaxed]),
  };
}

const subjectFirst = (items: readonly string[]): readonly string[] =>
  items.includes(SUBJECT) ? [SUBJECT, ...items.filter((item) => item !== SUBJECT)] : items;

const distinct = (items: readonly string[]): readonly string[] => [...new Set(items)].sort();

/** Signatures of verifiers of signatures that failed, in the order of the evidence. */
export function refuted({ head }: Pick<EvidenceSet, 'head'>): readonly Refuted[] {
  return head.artifacts.flatMap((artifact) =>
    artifact.reports
      .filter((report) => report.outcome === 'failed' && SIGNATURES.has(report.verifier.type))
      .map((report) => ({
        artifact: artifact.digest,
        message: report.message,
        claimed: distinct(report.claimed.signers.map(({ id }) => id)),
      })),
  );
}

const SIGNATURES: ReadonlySet<string> = new Set(['sigstore', 'notation']);

/** Most signers and signatures printed: the rest is counted, and whole in `--output json`. */
const MAX_SHOWN = 20;

/** Who signed, and whose signatures are not good, as lines for a person. */
export function describeSigners(evidence: Pick<EvidenceSet, 'head'>, look: Style): readonly string[] {
  const good = vouchings(evidence).map((vouching) => describeVouching(vouching, look));
  const bad = refuted(evidence).map(
    ({ artifact, message }) => `  ${look.bad('bad signature')} ${printable(message)}  ${look.faint(short(artifact))}`,
  );
  return [...capped(good), ...capped(bad)];
}

function capped(lines: readonly string[]): readonly string[] {
  const rest = lines.length - MAX_SHOWN;
  return rest > 0 ? [...lines.slice(0, MAX_SHOWN), `  … and ${rest} more (all of them with --output json)`] : lines;
}

function describeVouching({ id, trust, signed, time, timeSource, relaxed }: Vouching, look: Style): string {
  const when = time === '' ? 'at an unknown time' : `${time} (${timeSource})`;
  const waived = relaxed.length === 0 ? '' : `  ${look.warn(`without ${relaxed.join(', ')}`)}`;
  const details = `${signed.map(printable).join(', ')} · trust ${trust} · ${when}`;
  return `  ${look.good('signed by')} ${printable(signerName(id))}\n    ${look.faint(details)}${waived}`;
}

/** A signer's id as a person reads it. */
export function signerName(id: string): string {
  const [kind = '', first = '', second = ''] = id.split('|').map(plainPart);
  switch (kind) {
    case 'keyless':
      return `${second} (${first})`;
    case 'key':
      return `key ${first}`;
    default:
      return second;
  }
}

const plainPart = (part: string): string => part.replaceAll('%7C', '|').replaceAll('%25', '%');
