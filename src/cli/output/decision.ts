import type { EvidenceSet } from '../../evidence.ts';
import type { Answer, Exception, Finding } from '../../generated/decision.ts';
import { plural, printable, type Style, short } from './style.ts';

/** Most findings of one kind printed in full: the rest is counted, and whole in `--output json`. */
const MAX_SHOWN = 50;

/** A decision as a person reads it: the verdict, why, what to do. */
export function describeDecision({ decision, subject, policies }: Answer, evidence: EvidenceSet, look: Style): string {
  const verdict = decision.allow ? look.good('✓ allowed') : look.bad('✗ denied');
  const policy = policies.map((one) => `${one.name}${one.revision === '' ? '' : ` ${one.revision}`}`).join(', ');
  const lines = [
    `${verdict}  ${look.strong(printable(subject.reference))}`,
    look.faint(`  ${summary(evidence)} · policy ${printable(policy)}`),
    ...section(decision.violations, look.bad, look),
    ...section(decision.warnings, look.warn, look, 'warnings'),
    ...section(decision.exceptions, look.faint, look, 'waived'),
  ];
  if (decision.truncated > 0) lines.push('', look.warn(`  ${decision.truncated} more were left out`));
  return `${lines.join('\n')}\n`;
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
  look: Style,
  heading = '',
): readonly string[] {
  if (findings.length === 0) return [];
  const shown = findings.slice(0, MAX_SHOWN).flatMap((finding) => describeFinding(finding, mark, look));
  const rest = findings.length - MAX_SHOWN;
  const more = rest > 0 ? [`  … and ${rest} more (all of them with --output json)`] : [];
  return ['', ...(heading === '' ? [] : [look.faint(`  ${heading}`)]), ...shown, ...more];
}

function describeFinding(finding: Finding | Exception, mark: (text: string) => string, look: Style): readonly string[] {
  const severity = finding.severity === '' ? '' : look.faint(` ${finding.severity}`);
  const lines = [`  ${mark(printable(finding.code))}${severity}  ${printable(finding.msg)}`];
  if (finding.solution !== '') lines.push(look.faint(`    → ${printable(finding.solution)}`));
  if (finding.evidence.length > 0) lines.push(look.faint(`    evidence ${finding.evidence.map(short).join(', ')}`));
  if (finding.effective_on !== '') lines.push(look.faint(`    in force from ${printable(finding.effective_on)}`));
  if ('until' in finding) lines.push(look.faint(`    until ${printable(finding.until)}: ${printable(finding.reason)}`));
  return lines;
}
