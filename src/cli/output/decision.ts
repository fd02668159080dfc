import type { EvidenceSet } from '../../evidence.ts';
import type { Answer, Exception, Finding } from '../../generated/decision.ts';
import { describeSigners } from './signers.ts';
import { plural, printable, type Style, short } from './style.ts';

/** Most findings of one kind printed in full: the rest is counted, and whole in `--output json`. */
const MAX_SHOWN = 50;

/** A decision as a person reads it: the verdict, why, what to do. */
export function describeDecision({ decision, subject, policies }: Answer, evidence: EvidenceSet, look: Style): string {
  const verdict = decision.allow ? look.good('✓ allowed') : look.bad('✗ denied');
  const policy = policies.map((one) => `${one.name}${one.revision === '' ? '' : ` ${one.revision}`}`).join(', ');
  const view: View = { look, targets: targetNames(evidence) };
  const lines = [
    `${verdict}  ${look.strong(printable(subject.reference))}`,
    look.faint(`  ${summary(evidence)} · policy ${printable(policy)}`),
    ...describeSigners(evidence, look),
    ...section(decision.violations, look.bad, view),
    ...section(decision.warnings, look.warn, view, 'warnings'),
    ...section(decision.exceptions, look.faint, view, 'waived'),
  ];
  if (decision.truncated > 0) lines.push('', look.warn(`  ${decision.truncated} more were left out`));
  return `${lines.join('\n')}\n`;
}

interface View {
  readonly look: Style;
  /** By digest, what a finding about one of several targets is marked with. */
  readonly targets: ReadonlyMap<string, string>;
}

function targetNames({ head }: EvidenceSet): ReadonlyMap<string, string> {
  const { targets } = head.subject;
  if (targets.length < 2) return new Map();
  return new Map(
    targets.map(({ digest, platform: { os, architecture, variant } }) => [
      digest,
      [os, architecture, variant].filter((part) => part !== '').join('/') || short(digest),
    ]),
  );
}

function summary({ head }: EvidenceSet): string {
  const targets = head.subject.targets.length;
  const parts = [
    plural(head.artifacts.length, 'artifact'),
    ...(targets > 1 ? [plural(targets, 'target')] : []),
    head.complete ? 'evidence complete' : 'evidence INCOMPLETE',
  ];
  return parts.join(' · ');
}

function section(
  findings: readonly (Finding | Exception)[],
  mark: (text: string) => string,
  view: View,
  heading = '',
): readonly string[] {
  if (findings.length === 0) return [];
  const first = findings.slice(0, MAX_SHOWN);
  const shown = first.flatMap((finding, at) => [
    ...describeFinding(finding, mark, view),
    ...advice(finding, first[at + 1], view.look),
  ]);
  const rest = findings.length - MAX_SHOWN;
  const more = rest > 0 ? [`  … and ${rest} more (all of them with --output json)`] : [];
  return ['', ...(heading === '' ? [] : [view.look.faint(`  ${heading}`)]), ...shown, ...more];
}

function describeFinding(
  finding: Finding | Exception,
  mark: (text: string) => string,
  { look, targets }: View,
): readonly string[] {
  const severity = finding.severity === '' ? '' : look.faint(` ${finding.severity}`);
  const target = targets.get(finding.subject);
  const about = [target, finding.policy].filter((name) => name !== undefined && name !== '').join(', ');
  const marks = about === '' ? '' : look.faint(` (${printable(about)})`);
  const lines = [`  ${mark(printable(finding.code))}${severity}${marks}  ${printable(finding.msg)}`];
  if (finding.effective_on !== '') lines.push(look.faint(`    in force from ${printable(finding.effective_on)}`));
  if ('until' in finding) lines.push(look.faint(`    until ${printable(finding.until)}: ${printable(finding.reason)}`));
  return lines;
}

/** What to do and what it rests on, once for neighbours of which the same is true. */
function advice(finding: Finding, next: Finding | undefined, look: Style): readonly string[] {
  const evidence = finding.evidence.map(short).join(', ');
  const isLastOfKind = next?.code !== finding.code || next.solution !== finding.solution;
  const isLastOfEvidence = isLastOfKind || next.evidence.map(short).join(', ') !== evidence;
  return [
    ...(evidence !== '' && isLastOfEvidence ? [look.faint(`    evidence ${evidence}`)] : []),
    ...(finding.solution !== '' && isLastOfKind ? [look.faint(`    → ${printable(finding.solution)}`)] : []),
  ];
}
