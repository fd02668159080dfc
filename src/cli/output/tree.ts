import type { EvidenceSet } from '../../evidence.ts';
import type { Artifact, Report } from '../../generated/evidence.ts';
import { signerName } from './signers.ts';
import { bytes, printable, type Style, short } from './style.ts';

interface Branch {
  readonly label: string;
  readonly children: readonly Branch[];
}

/** What is attached to a subject, as a tree, and below it the questions that got no full answer. */
export function describeTree({ head }: EvidenceSet, look: Style): string {
  const { subject } = head;
  const others = subject.targets.filter((target) => target.digest !== subject.digest);
  const targets = others.map(({ digest, platform, mediaType }) => {
    const name = [platform.os, platform.architecture, platform.variant].filter((part) => part !== '').join('/');
    return {
      label: `${look.strong(printable(name || 'any platform'))}  ${short(digest)}  ${look.faint(printable(mediaType))}`,
      children: attachedTo(digest, head.artifacts, look, 1),
    };
  });
  const root = `${look.strong(printable(subject.reference))}  ${look.faint(printable(subject.mediaType))}`;
  const lines = [root, ...draw([...attachedTo(subject.digest, head.artifacts, look, 1), ...targets], '')];
  return `${[...lines, ...gaps(head, look)].join('\n')}\n`;
}

/** Depth is checked, not only digests: a tag can make an artifact its own evidence. */
function attachedTo(digest: string, artifacts: readonly Artifact[], look: Style, depth: number): readonly Branch[] {
  return artifacts
    .filter((artifact) => artifact.subject === digest && artifact.depth === depth)
    .map((artifact) => ({
      label: describeArtifact(artifact, look),
      children: [
        ...artifact.reports.map((report) => ({ label: describeReport(report, look), children: [] })),
        ...attachedTo(artifact.digest, artifacts, look, depth + 1),
      ],
    }));
}

function describeArtifact(artifact: Artifact, look: Style): string {
  const type = printable(artifact.artifactType || artifact.mediaType);
  const found = `${artifact.sources.join(', ')} · bound by ${artifact.binding}`;
  const note = artifact.collected ? '' : look.warn('  listed only');
  return `${look.strong(type)}  ${short(artifact.digest)}  ${bytes(artifact.size)}  ${look.faint(found)}${note}`;
}

function describeReport(report: Report, look: Style): string {
  const paint = { verified: look.good, present: look.faint, failed: look.bad, errored: look.warn }[report.outcome];
  const type = report.type === '' ? '' : `  ${printable(report.type)}`;
  const relaxed = report.relaxed.length === 0 ? '' : look.warn(`  without ${report.relaxed.join(', ')}`);
  const signers = report.signers.map(({ id, trust }) => `${printable(signerName(id))} (trust ${trust.name})`);
  const said = signers.length === 0 ? look.faint(printable(report.message)) : `signed by ${signers.join(', ')}`;
  return `${paint(report.outcome)}${type}  ${said}${relaxed}`;
}

function draw(branches: readonly Branch[], indent: string): readonly string[] {
  return branches.flatMap(({ label, children }, index) => {
    const isLast = index === branches.length - 1;
    return [`${indent}${isLast ? '└─ ' : '├─ '}${label}`, ...draw(children, `${indent}${isLast ? '   ' : '│  '}`)];
  });
}

function gaps({ discovery, complete }: EvidenceSet['head'], look: Style): readonly string[] {
  const open = discovery.filter(
    ({ outcome }) => outcome === 'failed' || outcome === 'truncated' || outcome === 'skipped',
  );
  const lines = open.map((entry) => {
    const why =
      entry.error === undefined ? entry.limit || entry.types.join(', ') : `${entry.error.code}: ${entry.error.message}`;
    return `  ${look.warn(entry.outcome)}  ${entry.source} of ${short(entry.subject)}  ${printable(why)}`;
  });
  const heading = complete ? look.faint('complete') : look.warn('INCOMPLETE: something could not be looked up or read');
  return ['', heading, ...lines];
}
